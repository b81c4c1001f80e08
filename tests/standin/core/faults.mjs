// Faults: each turns a good reply into a broken one. They touch only replies with status 200, so a
// request that is refused for its own sake still says why.

import { json, page, whole } from "./reply.mjs";

const FAULTS = {
  "eof-before-end": (reply) => ({ ...reply, frames: reply.frames.filter(({ end }) => !end) }),
  "eof-in-line": (reply) => ({ ...reply, frames: torn(reply.frames) }),
  "reset": (reply) => ({ ...reply, frames: torn(reply.frames), after: "reset" }),
  "empty": (reply) => ({ ...reply, frames: [] }),
  "html": () => page("Please sign in to the network", 200),
  "json-error": (reply, dialect) => dialect.failure(500, reply).asStatus(200),
  "error-mid-stream": (reply, dialect) => interrupted(reply, dialect),
  "stall": (reply) => ({ ...reply, frames: opening(reply.frames), after: "hang" }),
  "stall-first": (reply) => ({ ...reply, silent: true, after: "hang" }),
  "linger": (reply) => ({ ...reply, after: "hang" }),
  "endless-line": (reply) => ({ ...reply, frames: [{ text: lineStart(reply) }], endless: "a".repeat(65536) }),
  "redirect": () => whole("", "text/plain", { status: 307, headers: { location: "/_standin/landing" } }),
  "malformed": (reply) => ({ ...reply, frames: reply.frames.map((frame, at) => (at === reply.frames.length >> 1 ? { ...frame, text: endless(frame.text) } : frame)) }),
  "quota": () => said(429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota"),
  "too-long": () => said(400, "This model's maximum context length is 8 tokens. However, your messages resulted in 9 tokens.", "context_length_exceeded"),
  "tiny": (reply) => ({ ...reply, chunkBytes: 1, paceMs: 0 }),
  "wrong-type": (reply) => ({ ...reply, headers: { ...reply.headers, "content-type": "text/plain" } }),
};

/** When to come back, in the forms there are; "soon" is some tens of milliseconds, or the next second. */
const WAITS = {
  "nothing": () => [{}],
  "seconds": () => [{ "retry-after": "1" }],
  "ms": () => [{ "retry-after-ms": "40" }],
  "date": () => [{ "retry-after": new Date(Date.now() + 1000).toUTCString() }],
  "text": () => [{}, " Please try again in 40ms."],
  "negative": () => [{ "retry-after": "-5" }],
  "day": () => [{ "retry-after": "86400" }],
};

/** The names of all faults; `status-<code>`, `slow-<ms>`, `redirect-<code>` and `wait-<form>` (429) take a word. */
export const FAULT_NAMES = [...Object.keys(FAULTS), "status-<code>", "slow-<ms>", "redirect-<code>", "wait-<form>"];

/** Is there a fault of this name? */
export const isFault = (name) => Object.hasOwn(FAULTS, name) || /^(status-[45]\d\d|slow-\d+|redirect-30[1-8])$/.test(name) || (name.startsWith("wait-") && Object.hasOwn(WAITS, name.slice(5)));

/** Applies one fault to a reply of `dialect`. */
export function broken(name, reply, dialect) {
  if (reply.status !== 200) return reply;
  const [, kind, value] = /^(status|slow|redirect|wait)-(\w+)$/.exec(name) ?? [];
  return { ...apply(name, kind, value, reply, dialect), faulty: true };
}

function apply(name, kind, value, reply, dialect) {
  if (kind === "status") return dialect.failure(Number(value), reply).asStatus(Number(value));
  if (kind === "slow") return { ...reply, paceMs: Number(value) };
  if (kind === "redirect") return whole("", "text/plain", { status: Number(value), headers: { location: "/_standin/landing" } });
  if (kind === "wait") return limited(...WAITS[value]());
  return FAULTS[name](reply, dialect);
}

/** A provider's failure in the forms a fault may need: whole answer with any status, and stream frame. */
export const failure = (body, frame, headers = {}, space = 0) => ({
  frame,
  asStatus: (status) => json(body, { status, headers: status === 200 ? {} : headers, space }),
});

// Half of the frames, the last one itself cut in half: the end lies inside a line.
function torn(frames) {
  const kept = frames.slice(0, Math.ceil(frames.length / 2));
  const last = kept.pop() ?? { text: "" };
  return [...kept, { text: last.text.slice(0, Math.ceil(last.text.length / 2)) }];
}

const opening = (frames) => (frames.length > 1 ? frames.slice(0, 2) : torn(frames));

function interrupted(reply, dialect) {
  const { frame, asStatus } = dialect.failure(503, reply);
  if (!reply.stream) return asStatus(503);
  return { ...reply, frames: [...reply.frames.slice(0, Math.ceil(reply.frames.length / 2)), { text: frame }] };
}

// An event whose JSON ends nowhere.
const endless = (text) => text.replace(/.{8}(\s*)$/, "$1");

const limited = (headers, more = "") => said(429, `Rate limit reached.${more}`, "rate_limit_exceeded", headers);

// An error in OpenAI's shape, which servers of every dialect send.
const said = (status, message, code, headers = {}) => json({ error: { message, type: code, param: null, code } }, { status, headers });

const lineStart = ({ headers }) => (/event-stream/.test(headers["content-type"]) ? 'data: {"x":"' : '{"x":"');
