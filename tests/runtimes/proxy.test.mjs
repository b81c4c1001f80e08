// The example that keeps keys on a Worker, in workerd. miniflare asks for Node 22, so the Node 24 of the list runs it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { node24 } from "./lib/tools.mjs";
import { program } from "./lib/world.mjs";

test("examples/proxy-worker", async (t) => {
  const results = await program(node24, [fileURLToPath(new URL("lib/proxy.mjs", import.meta.url))]);
  assert.equal(results.length, 6);
  for (const { name, error } of results) await t.test(name, () => assert.equal(error, undefined));
});
