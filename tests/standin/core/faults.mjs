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
  "tiny": (reply) => ({ ...reply, chunkBytes: 1, paceMs: 0 }),
  "wrong-type": (reply) => ({ ...reply, headers: { ...reply.headers, "content-type": "text/plain" } }),
};

/** The names of all faults; `status-<code>` and `slow-<ms>` take a number. */
export const FAULT_NAMES = [...Object.keys(FAULTS), "status-<code>", "slow-<ms>"];

/** Is there a fault of this name? */
export const isFault = (name) => Object.hasOwn(FAULTS, name) || /^(status-[45]\d\d|slow-\d+)$/.test(name);

/** Applies one fault to a reply of `dialect`. */
export function broken(name, reply, dialect) {
  if (reply.status !== 200) return reply;
  const [, kind, value] = /^(status|slow)-(\d+)$/.exec(name) ?? [];
  return { ...apply(name, kind, Number(value), reply, dialect), faulty: true };
}

function apply(name, kind, value, reply, dialect) {
  if (kind === "status") return dialect.failure(value, reply).asStatus(value);
  if (kind === "slow") return { ...reply, paceMs: value };
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

const lineStart = ({ headers }) => (/event-stream/.test(headers["content-type"]) ? 'data: {"x":"' : '{"x":"');
