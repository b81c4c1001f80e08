// What each fault of ../cells.md makes of a good reply of the stand-in.
//
// A reply is what `tests/standin/core/send.mjs` writes; `wire(response, reply)` writes it by hand instead. A frame is one
// event, or the whole body where the answer was not asked for as a stream.
import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { broken, isFault } from "../../standin/core/faults.mjs";
import { page, whole } from "../../standin/core/reply.mjs";
import { refusal } from "./bodies.mjs";
import { cutThrough, echoing, form, forms } from "./echo.mjs";
import { behindTheEnd, begun, bigArguments, deep, oddNumbers, repeated, said, ticking, words } from "./shapes.mjs";

/** The reply with a fault. */
export function faulty(name, reply, context) {
  const [, status, look] = /^status-(\d+)(?:-(\w+))?$/.exec(name) ?? [];
  if (status) return refused(Number(status), look, context);
  const [, waitName] = /^retry-after-(.+)$/.exec(name) ?? [];
  if (waitName) return withHeaders(refusal(429, context), { "retry-after": WAITS[waitName](), "retry-after-ms": undefined });
  const [, redirect] = /^redirect-(\d+)$/.exec(name) ?? [];
  if (redirect) return whole("", "text/plain", { status: Number(redirect), headers: { location: `${context.second}/landing?key=${encodeURIComponent(context.key)}` } });
  const [, cut] = /^echo-cut-(\w+)$/.exec(name) ?? [];
  if (cut) return echoCut(cut, context);
  const own = FAULTS[name];
  if (own) return own(reply, context);
  if (!isFault(name)) throw new Error(`no fault is called ${name}`);
  return spoken(broken(name, reply, context.dialect), context);
}

/** Headers whose value is `undefined` go. */
function withHeaders(reply, headers) {
  const all = Object.entries({ ...reply.headers, ...headers });
  return { ...reply, headers: Object.fromEntries(all.filter(([, value]) => value !== undefined)) };
}

/** The stand-in's error bodies say nothing of the key. */
const spoken = (reply, { key }) => ({ ...reply, frames: reply.frames.map(({ text, end }) => ({ text: /"error"/.test(text) ? echoing(text, key) : text, end })) });

const LOOKS = {
  html: (status, { key }) => page(`Error ${status} ${forms(key)}`, status),
  text: (status, { key }) => whole(`upstream failed ${forms(key)}`, "text/plain", { status }),
  empty: (status) => whole("", "application/json", { status }),
};

const refused = (status, look, context) => (look ? LOOKS[look](status, context) : refusal(status, context));

/** How long a refusal asks to wait, in forms that mean nothing, too much, or the past. */
const WAITS = {
  negative: () => "-5",
  word: () => "soon",
  nan: () => "NaN",
  huge: () => "1e99",
  day: () => "86400",
  past: () => "Wed, 21 Oct 2015 07:28:00 GMT",
};

/** A message so long that it is cut, at 500 characters, through one form of the key. */
function echoCut(name, context) {
  const reply = refusal(400, { ...context, key: "" });
  return { ...reply, frames: reply.frames.map(({ text }) => ({ text: cutThrough(text, form(name, context.key), 500) })) };
}

// --- frames ---

const bytes = ({ frames }) => Buffer.concat(frames.map(({ text }) => Buffer.from(text)));
const half = (list) => list.slice(0, Math.ceil(list.length / 2));
const body = (reply, buffer) => ({ ...reply, frames: [{ text: buffer }], faulty: true });
const more = (reply, texts) => ({ ...reply, frames: [...half(reply.frames), ...texts.map((text) => ({ text }))], faulty: true });

/** In a stream behind the first half; a whole answer is replaced. */
const insteadOfRest = (reply, stream, document) => (reply.stream ? more(reply, [stream]) : body(reply, document));

const changed = (reply, from, to) => body(reply, Buffer.from(bytes(reply).toString("latin1").replace(from, to), "latin1"));

const FAULTS = {
  "good": (reply) => reply,

  // how a connection ends
  "eof-before-end": (reply) => (reply.stream ? broken("eof-before-end", reply) : broken("eof-in-line", reply)),
  "refused": (reply) => reply, // the caller goes elsewhere
  "reset-first": (reply) => ({ ...reply, wire: (response) => response.socket.resetAndDestroy() }),
  "no-head": (reply) => ({ ...reply, wire: (response) => response.socket.end() }),
  "half-head": (reply) => ({ ...reply, wire: (response) => response.socket.end("HTTP/1.1 200 OK\r\ncontent-ty") }),
  "not-http": (reply) => ({ ...reply, wire: (response) => response.socket.end("220 mail.example ESMTP ready\r\n") }),
  "reset": (reply) => ({ ...reply, wire: reset }),
  "short": (reply) => ({ ...reply, wire: short }),
  "stall": (reply) => (reply.stream ? { ...reply, frames: half(reply.frames), after: "hang", faulty: true } : broken("stall", reply)),
  "stall-early": (reply) => broken("stall", reply),
  "slow-head": (reply) => ({ ...reply, wire: (response, reply) => sleep(100).then(() => send(response, reply)) }),

  // what else comes
  "no-content": (reply) => ({ ...reply, status: 204, frames: [], stream: true }),
  "image": (reply) => withHeaders(body(reply, Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1")), { "content-type": "image/png" }),
  "error-first": (reply, context) => spoken(reply.stream ? { ...reply, frames: [{ text: context.dialect.failure(503, reply).frame }] } : broken("json-error", reply, context.dialect), context),
  "error-mid-stream": (reply, context) => spoken(broken(reply.stream ? "error-mid-stream" : "json-error", reply, context.dialect), context),
  "error-behind-end": (reply, context) => ({ ...reply, frames: behindTheEnd(reply, spoken({ frames: [{ text: context.dialect.failure(503, reply).frame }] }, context).frames), faulty: true }),
  "garbage": (reply, { mount, key }) => insteadOfRest(reply, words(mount, `{"a":nonsense ${forms(key)}}`), `{"a":nonsense ${forms(key)}}`),
  "garbage-cut": (reply, { mount, key }) => {
    const garbage = `{"a":nonsense ${"x".repeat(170)}${key}}`;
    return insteadOfRest(reply, words(mount, garbage), garbage);
  },
  "number-frame": (reply, { mount }) => insteadOfRest(reply, words(mount, "42"), "42"),

  // sizes
  "endless-line": (reply) => ({ ...reply, frames: begun(reply), endless: "a".repeat(65_536), faulty: true }),
  "endless-event": (reply, { mount }) => ({ ...reply, frames: [], endless: ticking(reply, mount).repeat(64), faulty: true }),
  // The first piece gets time to arrive alone.
  "endless-stream": (reply, { mount }) => ({ ...reply, frames: ["lorem ", "ipsum "].map((text) => ({ text: said(reply, mount, text) })), paceMs: 200, endless: said(reply, mount, "lorem ipsum ").repeat(8), faulty: true }),
  "endless-pings": (reply) => ({ ...reply, wire: pings }),
  "huge-arguments": (reply) => bigArguments(reply, 50_000),
  "large-arguments": (reply) => bigArguments(reply, 20_000),
  "huge-error": (reply, { key }) => whole(`${forms(key)} ${"e".repeat(200_000)}`, "text/plain", { status: 500 }),
  "gzip": (reply) => zipped(reply, gzipSync(bytes(reply))),
  "gzip-cut": (reply) => zipped(reply, gzipSync(bytes(reply)).subarray(0, 30)),
  "gzip-lie": (reply) => zipped(reply, bytes(reply)),
  "gzip-bomb": (reply) => zipped(reply, BOMB()),

  // what must succeed
  "invalid-utf8": (reply) => changed(reply, /This/g, "Th\xffis"),
  "lone-surrogate": (reply) => changed(reply, /This/g, "Th\\ud800is"),
  "nul": (reply) => changed(reply, /This/g, "Th\\u0000is"),
  "bytewise": (reply) => ({ ...body(reply, Buffer.from(`\ufeff${bytes(reply).toString().replaceAll(/\r?\n/g, "\r\n")}`)), wire: bytewise }),
  "old-line-ends": (reply) => (/event-stream/.test(reply.headers["content-type"]) ? body(reply, Buffer.from(bytes(reply).toString().replaceAll(/\r?\n/g, "\r"))) : reply),
  "repeated": (reply, { mount }) => repeated(reply, mount),
  "prototype": (reply) => changed(reply, /\{"(id|type|candidates|model|response)"/g, '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"$1"'),
  "deep-unknown": (reply) => deep(reply, 20_000),
  "odd-numbers": (reply) => oddNumbers(reply),
};

// --- by hand ---

async function send(response, { status, headers, frames }) {
  response.writeHead(status, headers);
  for (const { text } of frames) response.write(text);
  response.end();
}

/** Says how long it is, and ends before. */
async function short(response, reply) {
  await beginning(response, { ...reply, headers: { ...reply.headers, "content-length": bytes(reply).length } });
  response.socket?.end();
}

async function reset(response, reply) {
  // Of a connection that is to be closed Node takes a reset for the end.
  response.shouldKeepAlive = true;
  await beginning(response, reply);
  response.socket?.resetAndDestroy();
}

/** The first half, and time for it to arrive: what comes right before a reset is lost. */
async function beginning(response, reply) {
  response.writeHead(200, reply.headers);
  response.write(half(bytes(reply)));
  await sleep(700);
}

/** Single bytes at both ends, where marks and line ends lie, and small pieces between: each write is a turn of both loops. */
async function bytewise(response, reply) {
  const all = bytes(reply);
  response.writeHead(200, reply.headers);
  for (let at = 0; at < all.length && !response.destroyed; ) {
    const size = at < 60 || at > all.length - 20 ? 1 : 61;
    response.write(all.subarray(at, at + size));
    at += size;
    await new Promise(setImmediate);
  }
  response.end();
}

/** Signs of life, and nothing else. */
async function pings(response, { headers, stream }) {
  response.writeHead(200, headers);
  const ping = stream && /event-stream/.test(headers["content-type"]) ? ": ping\n\n" : "\n";
  for (let count = 0; count < 500 && !response.destroyed; count += 1) {
    response.write(ping);
    await sleep(50);
  }
  response.end();
}

const zipped = (reply, buffer) => withHeaders(body(reply, buffer), { "content-encoding": "gzip", "content-length": undefined });

/** 4 MiB of blanks in 4 KiB; made once, when it is asked for. */
const BOMB = () => (BOMB.made ??= gzipSync(Buffer.from(`data: ${" ".repeat(4 << 20)}`)));
