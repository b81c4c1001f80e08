// A tab of the race: its workers spend, it looks on.
import { books, pause, tasks, total } from "./client.mjs";

const SAMPLE_MS = 20;

tasks({
  /** One answer per worker. */
  async workers({ task, workers, ...values }) {
    return Promise.all(Array.from({ length: workers }, (_, at) => worker(task, { ...values, seed: values.seed * 1000 + at })));
  },

  /** Watches the total until `stop`; the most that was ever settled and reserved. */
  async watch({ name }) {
    const seen = { samples: 0, settled: 0, committed: 0 };
    for (globalThis.watching = true; globalThis.watching; await pause(SAMPLE_MS)) {
      const { settled, reserved } = await total(name);
      seen.samples += 1;
      seen.settled = Math.max(seen.settled, settled);
      seen.committed = Math.max(seen.committed, settled + reserved);
    }
    return seen;
  },

  stop: () => void (globalThis.watching = false),
  books: async ({ name }) => ({ entries: await books(name, "r/"), open: await books(name, "o/"), total: await total(name), buckets: await books(name, "b/") }),
});

function worker(task, values) {
  const made = new Worker(new URL("race-worker.mjs", import.meta.url), { type: "module" });
  return new Promise((done, fail) => {
    made.onerror = ({ message }) => fail(new Error(`a worker failed: ${message}`));
    made.onmessage = ({ data: { value, error } }) => (error ? fail(new Error(error)) : done(value));
    made.postMessage({ task, values });
  }).finally(() => made.terminate());
}
