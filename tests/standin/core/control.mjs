// The observation paths: GET /_standin/streams, GET /_standin/requests, POST /_standin/reset,
// POST /_standin/origins {"add": [...]}, ANY /_standin/landing (where the fault `redirect` leads).

import { json } from "./reply.mjs";
import { note, reset } from "./observe.mjs";

/** The reply to a control request. */
export function control({ req, path, body }, seen) {
  const action = ACTIONS[`${req.method} ${path}`] ?? (path === "/landing" ? landing : null);
  if (!action) return json({ error: { message: `no control ${req.method} ${path}`, type: "standin_control" } }, { status: 404 });
  return json(action(seen, body, req));
}

const ACTIONS = {
  "GET /streams": ({ open, ended }) => ({ open, ended }),
  "GET /requests": ({ requests, landings }) => ({ requests, landings }),
  "POST /reset": (seen) => (reset(seen), { ok: true }),
  "POST /origins": (seen, body) => (seen.origins.push(...(body?.add ?? [])), { origins: seen.origins }),
};

function landing(seen, body, req) {
  seen.landings += 1;
  note(seen, req, body);
  return { landed: seen.landings };
}
