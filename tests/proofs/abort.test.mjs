// S7: calls that are left, in every way and at every point, over real HTTP. A second later nothing of them is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { count, report } from "./lib/lab.mjs";
import { client, crowd, streams } from "./lib/served.mjs";

const CALLS = count(10_000, 300);
const AT_ONCE = 20;
/** What a call goes through before its answer comes is some hundred turns of the microtask queue. */
const TURNS = 200;
const PIECES = 30;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const turns = async (count) => {
  for (let turn = 0; turn < count; turn += 1) await undefined;
};
/** Ways to leave a call; `at` says when. Each resolves when its reader is done with it. */
const WAYS = {
  "signal, before it begins": ({ llm, ask }) => llm.chat(ask(), { signal: AbortSignal.abort() }),
  "signal, after so many turns": async ({ llm, ask }, at) => {
    const gone = new AbortController();
    const call = llm.chatStream(ask(), { signal: gone.signal }).response;
    call.catch(() => {});
    await turns(at % TURNS);
    gone.abort();
    return call;
  },
  "signal, whole answer, after so many milliseconds": ({ llm, ask }, at) => llm.chat(ask(), { signal: AbortSignal.timeout(at % 40) }),
  "signal, after so many pieces": async ({ llm, ask }, at) => {
    const gone = new AbortController();
    let pieces = 0;
    for await (const piece of llm.chatStream(ask("[long]"), { signal: gone.signal })) if (pieces++ === at % PIECES) gone.abort(piece);
  },
  "break, after so many pieces": async ({ llm, ask }, at) => {
    let pieces = 0;
    for await (const piece of llm.chatStream(ask("[long]"))) if (pieces++ === at % PIECES) return piece;
  },
  "cancel(), after so many turns": async ({ llm, ask }, at) => {
    const stream = llm.chatStream(ask());
    const next = stream[Symbol.asyncIterator]().next();
    await turns(at % TURNS);
    stream.cancel();
    return next;
  },
  "readable, cancelled": async ({ llm, ask }, at) => {
    const reader = llm.chatStream(ask("[long]")).textStream.getReader();
    for (let piece = 0; piece < at % PIECES; piece += 1) await reader.read();
    await reader.cancel();
  },
  "signal, while it waits to try again": ({ failing, ask }, at) => failing.chat(ask(), { signal: AbortSignal.timeout(5 + (at % 30)) }),
  // Neither ended nor read on: what is collected is cancelled.
  "forgotten, after so many pieces": async ({ llm, ask }, at) => {
    const read = FACES[at % FACES.length](llm.chatStream(ask("[long]")));
    for (let piece = 0; piece <= at % PIECES; piece += 1) await read();
  },
  "signal, before the headers": ({ silent, ask }, at) => silent.chat(ask(), { signal: AbortSignal.timeout(at % 30) }),
};
/** What reads a stream's next piece. */
const FACES = [
  (stream) => {
    const iterator = stream[Symbol.asyncIterator]();
    return () => iterator.next();
  },
  (stream) => {
    const reader = stream.readable.getReader();
    return () => reader.read();
  },
  (stream) => {
    const reader = stream.textStream.getReader();
    return () => reader.read();
  },
];
const NAMES = Object.keys(WAYS);
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a call that is left leaves nothing", async () => {
  const [{ llm, ask }, failing, silent] = [await client("/_fault/slow-2"), await client("/_fault/status-500"), await client("/_fault/stall-first")];
  const all = { llm, ask, failing: failing.llm, silent: silent.llm };
  await llm.chat(ask());
  const before = timers();
  const ended = { cancelled: 0, otherwise: 0, wrong: [] };
  const began = performance.now();
  await crowd(CALLS, AT_ONCE, async (at) => {
    const name = NAMES[at % NAMES.length];
    const error = await WAYS[name](all, Math.floor(at / NAMES.length)).then(() => undefined, (error) => error);
    if (error === undefined) ended.otherwise += 1;
    else if (error.type === "cancelled") ended.cancelled += 1;
    // The failing provider may have failed for good before its caller left, or be left alone for a while.
    else if (["server_error", "circuit_open"].includes(error.type)) ended.otherwise += 1;
    else ended.wrong.push(`${name}: ${error}`);
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  collect();
  await wait(1000);
  const left = { "sockets open after 1 s": await streams(), "timers left": Math.max(0, timers() - before), "reservations pending": (await llm.costs.status()).pending, "open streams": llm.metrics().open_streams };
  report("abort", { calls: CALLS, ways: NAMES.length, "cancelled": ended.cancelled, "left or over before": ended.otherwise, "of another type": ended.wrong.length, ...left, seconds });
  assert.deepEqual(ended.wrong.slice(0, 3), []);
  assert.ok(ended.cancelled > CALLS / 3);
  for (const [what, many] of Object.entries(left)) assert.equal(many, 0, what);
  for (const each of [llm, failing.llm, silent.llm]) await each.close();
});
