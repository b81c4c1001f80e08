// The mount /ollama: GET /, /api/chat, /api/tags, /api/version, /api/show, /api/ps, /api/embed; pull, create, copy, delete and blobs.
// No keys.

import { answer } from "../core/script.mjs";
import { failure } from "../core/faults.mjs";
import { json, stream, whole as plain } from "../core/reply.mjs";
import { checkChat, checkLength, checkShow, refuse } from "./checks.mjs";
import { diskOf, full } from "./disk.mjs";
import { embed } from "./embed.mjs";
import { blob, copy, create, pull, remove } from "./manage.mjs";
import { running, show, tags } from "./models.mjs";
import { lines, loaded, read, whole } from "./write.mjs";

/** The Ollama dialect. */
export const ollama = { respond, headers: () => ({}), failure: failed };

const ROUTES = {
  "/": { GET: alive, HEAD: alive },
  "/api/version": { GET: () => json({ version: "0.33.0" }) },
  "/api/tags": { GET: (_, disk) => json(tags(disk)) },
  "/api/ps": { GET: (_, disk) => json(running(disk)) },
  "/api/show": { POST: (call, disk) => json(show(checkShow(bodyOf(call), disk), disk)) },
  "/api/chat": { POST: (call, disk) => chat(bodyOf(call), disk) },
  "/api/pull": { POST: (call, disk) => pull(bodyOf(call), disk) },
  "/api/create": { POST: (call, disk) => create(bodyOf(call), disk) },
  "/api/copy": { POST: (call, disk) => copy(bodyOf(call), disk) },
  "/api/delete": { DELETE: (call, disk) => remove(bodyOf(call), disk) },
  "/api/embed": { POST: (call) => embed(bodyOf(call)) },
};

function alive() {
  return plain("Ollama is running", "text/plain; charset=utf-8");
}

function respond(call) {
  const disk = diskOf(call.settings);
  const sent = blob(call, disk);
  if (sent) return sent;
  const route = ROUTES[call.path];
  if (!route) return plain("404 page not found", "text/plain", { status: 404 });
  const action = route[call.req.method];
  return action ? action(call, disk) : plain("405 method not allowed", "text/plain", { status: 405 });
}

function chat(body, disk) {
  checkChat(body, disk);
  disk.loaded[body.keep_alive === 0 ? "delete" : "add"](full(body.model));
  if (!body.messages?.length) return json(loaded(body));
  const question = read(body);
  checkLength(body, question.promptTokens);
  const said = answer(question);
  // Streaming is the default of this server.
  return body.stream === false ? json(whole(body, said)) : stream(lines(body, said), "application/x-ndjson");
}

function bodyOf({ body, text, tooLarge }) {
  if (tooLarge) refuse("http: request body too large", 413);
  if (!text) refuse("missing request body");
  if (body === undefined) refuse("invalid character 'x' looking for beginning of value");
  return body;
}

const FAILURES = {
  401: { error: "unauthorized", signin_url: "https://ollama.com/connect" },
  429: { StatusCode: 429, Status: "429 Too Many Requests", error: "too many requests, please retry shortly" },
  503: { error: "server busy, please try again. maximum pending requests exceeded" },
};

function failed(status) {
  const body = FAILURES[status] ?? { error: "llama runner process has terminated: exit status 2" };
  return failure(body, `${JSON.stringify({ error: body.error })}\n`);
}
