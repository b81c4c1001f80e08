// S8: many streams, one after the other and a few at a time. What they need is given back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryStore } from "../../pkg/dist/stores/memory.js";
import { count, report } from "./lib/lab.mjs";
import { client, crowd } from "./lib/served.mjs";

const STREAMS = count(10_000, 500);
const AT_ONCE = 32;
const SAMPLES = 20;
/** Bytes for 10,000 streams, what the floor of an hour is. */
const MOST = 1 << 20;
/** So few streams say less: the heap breathes, and two kilobytes of each would be seen. */
const SLACK = count(0, MOST);

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** A store that forgets entries that are closed: keeping them is what a real one is for. */
function forgetful() {
  const store = memoryStore();
  const isClosed = ([key, doc]) => key.startsWith("r/") && doc !== null && JSON.parse(doc).state !== "pending";
  const forgotten = (fn) => (docs) => {
    const { writes, out } = fn(docs);
    return { writes: writes.map((write) => (isClosed(write) ? [write[0], null] : write)), out };
  };
  return { ...store, kind: "forgetful", update: (keys, fn) => store.update(keys, forgotten(fn)) };
}

/** Bytes per stream, by least squares. */
function slope(samples) {
  const mean = (of) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, bytes] = [mean((sample) => sample.at), mean((sample) => sample.bytes)];
  const by = samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.bytes - bytes), 0);
  return by / samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0);
}

test("memory stays flat", async () => {
  const { llm, ask } = await client("", { store: forgetful() });
  const stream = async () => {
    let text = "";
    for await (const chunk of llm.chatStream(ask())) text += chunk.stream.delta.content ?? "";
    assert.ok(text.length > 20);
  };
  const heap = [];
  const wasm = [];
  const step = Math.ceil(STREAMS / SAMPLES);
  // The first part warms up what grows once.
  await crowd(step * 4, AT_ONCE, stream);
  for (let at = 0; at < STREAMS; at += step) {
    await crowd(step, AT_ONCE, stream);
    await new Promise((done) => setTimeout(done, 50));
    gc();
    gc();
    heap.push({ at, bytes: process.memoryUsage().heapUsed });
    wasm.push({ at, bytes: llm.metrics().memory.wasm_bytes });
  }
  const grown = { heap: Math.round(slope(heap) * 10_000), wasm: Math.round(slope(wasm) * 10_000) };
  const actual = (samples) => samples.at(-1).bytes - samples[0].bytes;
  report("soak", { streams: STREAMS, "JS heap, bytes per 10,000 streams": grown.heap, "wasm memory, bytes per 10,000 streams": grown.wasm, "wasm memory now": wasm.at(-1).bytes, "open streams": llm.metrics().open_streams });
  assert.ok(grown.heap <= MOST || actual(heap) <= SLACK, `the heap grew: ${heap.map(({ bytes }) => bytes).join(" ")}`);
  assert.ok(grown.wasm <= MOST || actual(wasm) <= SLACK, `the wasm grew: ${wasm.map(({ bytes }) => bytes).join(" ")}`);
  assert.equal(llm.metrics().open_streams, 0);
  await llm.close();
});
