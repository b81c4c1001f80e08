// The suite of aircher-llm/testing under every test runner: what holds passes, what is broken fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DENO, run } from "./lib/kit.mjs";
import { bun, deno, node24, npm } from "./lib/tools.mjs";
import { app } from "./lib/world.mjs";

const VITEST = [npm("vitest/vitest.mjs"), "run", "--reporter=verbose", "--root", app];
/** What each says of 72 checks that hold; the other three are skipped. */
const RUNNERS = {
  "node:test": {
    file: process.execPath,
    args: ["--test", "--test-reporter=tap", "kit.node.mjs"],
    // Else it takes itself for a part of the test that runs it.
    env: { NODE_TEST_CONTEXT: undefined },
    passed: /^# pass 72$/m,
    skipped: /^# skipped 3$/m,
  },
  vitest: { file: node24, args: [...VITEST, "kit.vitest.test.mjs"], passed: /Tests .*\b72 passed/, skipped: /Tests .*\b3 skipped/ },
  "Deno.test": { file: deno, args: ["test", ...DENO, "--allow-env", "kit.deno.mjs"], passed: /\b72 passed/, skipped: /\b3 ignored/ },
  "bun:test": { file: bun, args: ["test", "./kit.bun.test.mjs"], passed: /^ *72 pass$/m, skipped: /^ *3 skip$/m },
};

for (const [name, { file, args, env, passed, skipped }] of Object.entries(RUNNERS)) {
  test(`the suites of all providers under ${name}`, async () => {
    const { code, said } = await run(file, args, env);
    assert.equal(code, 0, said);
    assert.match(said, passed);
    assert.match(said, skipped);
    assert.match(said, /Ollama takes no key/);
  });

  test(`a broken provider fails under ${name}`, async () => {
    const { code, said } = await run(file, args, { ...env, FAULT: "/_fault/json-error" });
    assert.notEqual(code, 0, said);
    assert.match(said, /server had an error while processing|Internal server error/);
  });
}
