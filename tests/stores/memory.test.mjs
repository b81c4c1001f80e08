// The store in memory, here; and the harness itself, which has to notice a store that is not atomic.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../js/stores/memory.js";
import { contract } from "./contract.mjs";
import { place } from "./lib/runner.mjs";

const here = (make, ops) => ({
  ops,
  fresh: async () => {
    const store = make();
    return () => store;
  },
});

place("memory", () => contract(here(memoryStore, 10_000)));

/** Reads, waits, writes: what a store over plain get and put does. */
function careless() {
  const store = memoryStore();
  return {
    ...store,
    async update(keys, fn) {
      const docs = await store.update(keys, (docs) => ({ writes: [], out: { ...docs } }));
      await new Promise((done) => setTimeout(done));
      const { writes, out } = fn(docs);
      return store.update([], () => ({ writes, out }));
    },
  };
}

test("a store that reads first and writes later is found out", async () => {
  const failed = (await contract(here(careless, 500))).filter(({ error }) => error).map(({ name }) => name);
  assert.deepEqual(failed, ["many updates at once: none is lost", "a document created by two at once is created once", "many at one limit: nothing over, nothing lost"]);
});
