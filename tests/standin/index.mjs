// A stand-in for the four provider APIs, on one local port.
//
//   request -> faults peeled off the path -> mount (dialect | control | replay)
//           -> CORS gate -> body -> dialect.respond() -> faults applied -> send()
//
// Out of scope: real models, TLS, HTTP/2.

import { createServer } from "node:http";
import * as cors from "./core/cors.mjs";
import { broken, isFault } from "./core/faults.mjs";
import { control } from "./core/control.mjs";
import { note, observation, watch } from "./core/observe.mjs";
import { json, Refusal } from "./core/reply.mjs";
import { replay } from "./core/replay.mjs";
import { send } from "./core/send.mjs";
import { claude } from "./claude/index.mjs";
import { gemini } from "./gemini/index.mjs";
import { google } from "./gemini/vertex.mjs";
import { ollama } from "./ollama/index.mjs";
import { openai } from "./openai/index.mjs";

const DIALECTS = { openai, claude, gemini, google, ollama };
const BODY_LIMIT = 32 * 1024 * 1024;
const OPTIONS = { keepAliveTimeout: 60_000 }; // the default of 5 s closes idle sockets under a client about to reuse them
const DRAIN_LIMIT = 3 * BODY_LIMIT; // read on for a while: a client still sending would see a reset, not the 413

/** Starts the server.
 *  @param {object} [options]
 *  @param {number} [options.port] 0 (default) picks a free one
 *  @param {string} [options.host] default 127.0.0.1
 *  @param {string} [options.cassettes] folder of recordings; default: environment AIRCHER_CASSETTES
 *  @param {boolean} [options.secureKeys] false lets every key in, and none; default true
 *  @param {number} [options.paceMs] wait between the events of a stream; default 10
 *  @returns {Promise<{url: string, port: number, close: () => Promise<void>}>} */
export async function start(options = {}) {
  const { port = 0, host = "127.0.0.1" } = options;
  const settings = { cassettes: process.env.AIRCHER_CASSETTES, secureKeys: true, paceMs: 10, ...defined(options) };
  const seen = observation();
  const server = createServer(OPTIONS, (req, res) => serve(req, res, settings, seen).catch((error) => crash(res, error)));
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const bound = server.address().port;
  return { url: `http://${host}:${bound}`, port: bound, close: () => close(server) };
}

const defined = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function close(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections(); // stalled streams would keep it open for ever
  });
}

async function serve(req, res, settings, seen) {
  const call = routed(req);
  res.sendDate = true;
  if (req.method === "OPTIONS") return preflight(call, res, seen);
  const refused = call.policy.gate(req, seen);
  if (refused) return void res.writeHead(refused.status, { "content-type": refused.type }).end(refused.text);
  const reply = await replyTo(call, settings, seen);
  if (call.kind !== "control") watch(seen, req, res);
  await send(res, withCors(reply, call, seen), settings.paceMs);
}

function preflight({ req, policy }, res, seen) {
  const { status, headers } = policy.preflight(req, seen);
  res.writeHead(status, { ...headers, "content-length": 0 }).end();
}

const withCors = (reply, { req, policy }, seen) => ({ ...reply, headers: { ...reply.headers, ...policy.headers(req, seen) } });

// --- routing ---

function routed(req) {
  const url = new URL(req.url, "http://standin");
  const { faults, path } = peeled(url.pathname);
  const [, mount, rest] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  return { req, faults, query: url.searchParams, path: rest ?? "/", ...mounted(mount, faults) };
}

function peeled(path) {
  const faults = [];
  for (let hit; (hit = /^\/_fault\/([^/]+)(\/.*)$/.exec(path)); path = hit[2]) faults.push(hit[1]);
  return { faults, path };
}

function mounted(mount, faults) {
  const wrong = faults.find((name) => !isFault(name));
  if (wrong) return { kind: "none", policy: cors.open, problem: `no fault named ${wrong}` };
  if (mount === "_standin") return { kind: "control", policy: cors.open };
  if (mount === "_replay") return { kind: "replay", policy: cors.open, dialect: openai };
  if (!Object.hasOwn(DIALECTS, mount ?? "")) return { kind: "none", policy: cors.open, problem: `no mount /${mount ?? ""}; there are ${Object.keys(DIALECTS).join(", ")}` };
  return { kind: "dialect", dialect: DIALECTS[mount], policy: cors[mount] };
}

// --- answering ---

async function replyTo(call, settings, seen) {
  const { text, bytes, tooLarge } = await bodyOf(call.req);
  const body = parsed(text);
  if (call.kind === "control") return control({ ...call, body }, seen);
  note(seen, call.req, body ?? text, text.length);
  if (call.kind === "none") return json({ error: { message: call.problem, type: "standin_route" } }, { status: 404 });
  const reply = call.kind === "replay" ? await replay(call.path, call.query, settings.cassettes) : answered({ ...call, text, bytes, body, tooLarge, settings });
  return call.faults.reduce((result, name) => broken(name, result, call.dialect), reply);
}

function answered(call) {
  const reply = judged(call);
  return { ...reply, headers: { ...call.dialect.headers(), ...reply.headers } };
}

function judged(call) {
  try {
    return call.dialect.respond(call);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function bodyOf(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
    if (size > DRAIN_LIMIT) break;
  }
  const bytes = Buffer.concat(chunks);
  return size > BODY_LIMIT ? { text: "", tooLarge: true } : { text: bytes.toString("utf8"), bytes, tooLarge: false };
}

// A bug here must not look like a provider's failure.
function crash(res, error) {
  if (res.destroyed || error.code === "ECONNRESET") return; // the client went while sending
  console.error(error);
  if (!res.headersSent) res.writeHead(599, { "content-type": "text/plain" });
  res.end(`stand-in bug: ${error.stack}`);
}
