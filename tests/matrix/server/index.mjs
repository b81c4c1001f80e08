// The fault server: the stand-in's answers, broken in every way of ../cells.md.
//
//   /<fault>/<cell>/<mount>/…   what the stand-in answers at /<mount>/…, with that fault; `good` breaks nothing
//   /seen                       POSTs per fault and cell, and what came to the second origin
//
// A browser opens six connections to one host and port, and here a dozen may be stuck: so the server listens on many ports.
// Whatever a fault says in words says the caller's key too (`echo.mjs`), as servers and proxies do that repeat requests.
import { createServer } from "node:http";
import { open } from "../../standin/core/cors.mjs";
import { Refusal } from "../../standin/core/reply.mjs";
import { send } from "../../standin/core/send.mjs";
import { claude } from "../../standin/claude/index.mjs";
import { gemini } from "../../standin/gemini/index.mjs";
import { ollama } from "../../standin/ollama/index.mjs";
import { openai } from "../../standin/openai/index.mjs";
import { keyOf } from "./echo.mjs";
import { faulty } from "./faults.mjs";

const MOUNTS = { openai, claude, gemini, ollama };

/** Starts it on `ports` free ports. Resolves to `{ urls, refused, seen, close }`; nobody listens at `refused`. */
export async function start(ports) {
  const seen = { posts: {}, second: 0, bugs: [] };
  const second = await listening((request, response) => {
    seen.second += 1;
    response.writeHead(200, open.headers()).end("{}");
  });
  const servers = await Promise.all(Array.from({ length: ports }, () => listening((request, response) => serve(request, response, { seen, second: second.url }).catch((error) => crash(response, error, seen)))));
  const gone = await listening(() => {});
  await gone.close();
  const all = [...servers, second];
  return { urls: servers.map(({ url }) => url), refused: gone.url, seen, close: () => Promise.all(all.map(({ close }) => close())) };
}

async function listening(handle) {
  const server = createServer(handle);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => new Promise((done) => (server.close(done), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

async function serve(request, response, { seen, second }) {
  // A connection that a fault has broken must not be met by the next call.
  response.shouldKeepAlive = false;
  const text = await textOf(request);
  if (request.method === "OPTIONS") return void response.writeHead(204, open.preflight(request).headers).end();
  const [, fault, cell, mount, path] = /^\/([^/]+)\/([^/]+)\/([^/]+)(\/.*)$/.exec(request.url) ?? [];
  if (!MOUNTS[mount]) return void response.writeHead(404, open.headers()).end();
  const place = `${fault}/${cell}`;
  seen.posts[place] = (seen.posts[place] ?? 0) + 1;
  const key = keyOf(request);
  const dialect = MOUNTS[mount];
  const reply = answered(dialect, { req: request, text, ...addressed(path) });
  const context = { dialect, mount, key, second, visit: seen.posts[place] };
  const broken = reply.status === 200 ? faulty(fault, reply, context) : reply;
  const headers = { ...broken.headers, ...open.headers(), "x-request-id": `req ${key}` };
  if (broken.wire) return broken.wire(response, { ...broken, headers });
  await send(response, { ...broken, headers }, 0);
}

function addressed(path) {
  const url = new URL(path, "http://matrix");
  return { path: url.pathname, query: url.searchParams };
}

function answered(dialect, call) {
  const settings = { secureKeys: false };
  try {
    return dialect.respond({ ...call, body: JSON.parse(call.text), tooLarge: false, settings });
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

// A client that leaves while it is answered is what half of the cells are about; anything else is a bug here.
function crash(response, error, seen) {
  if (response.destroyed || ["ECONNRESET", "EPIPE", "ABORT_ERR"].includes(error.code)) return;
  seen.bugs.push(error.stack);
  response.destroy();
}
