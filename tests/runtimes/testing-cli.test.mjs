// `npx aircher-llm test`.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { run, url } from "./lib/kit.mjs";
import { app } from "./lib/world.mjs";

const KEY = "sk-ant-test-of-the-command-line";
const CLI = join(app, "node_modules/aircher-llm/dist/cli.js");
const cli = (args, env = {}) => run(process.execPath, [CLI, ...args], { ANTHROPIC_API_KEY: "", MY_KEY: KEY, ...env });
const CLAUDE = ["test", "--provider", "claude", "--model", "claude-haiku-5-5", "--key-env", "MY_KEY", "--base-url"];

test("npx aircher-llm is installed", async () => {
  const { code, stdout } = await run(join(app, "node_modules/.bin/aircher-llm"), ["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: npx aircher-llm test --provider/);
});

test("npx aircher-llm test: a line for every check, exit code 0", async () => {
  const { code, said } = await cli([...CLAUDE, `${url}/claude`]);
  assert.equal(code, 0, said);
  assert.equal(said.match(/^✓ /gm).length, 15);
  assert.match(said, /^claude claude-haiku-5-5: 15 passed, 0 failed, 0 skipped$/m);
});

test("npx aircher-llm test --json: the report, other dialects, what is left out", async () => {
  const mine = ["--provider", "mine", "--kind", "openai", "--api", "chat", "--model", "gpt-4o", "--key-env", "MY_KEY", "--base-url", `${url}/openai/v1`];
  const { code, stdout } = await cli(["test", ...mine, "--skip-cost-tests", "--json"], { MY_KEY: "sk-test-12345678" });
  assert.equal(code, 0, stdout);
  const { provider, model, passed, failed, skipped, checks } = JSON.parse(stdout);
  assert.deepEqual({ provider, model, passed, failed, skipped }, { provider: "mine", model: "gpt-4o", passed: 4, failed: 0, skipped: 11 });
  assert.match(checks.find(({ name }) => name === "chat").reason, /skip_cost_tests/);
  const other = await cli(["test", "--provider", "ollama", "--base-url", `${url}/ollama`, "--model", "qwen3-vl:8b", "--skip", "tools", "--without", "images"]);
  assert.equal(other.code, 0, other.said);
  assert.match(other.said, /9 passed, 0 failed, 6 skipped/);
});

test("npx aircher-llm test: a failure is exit code 1, and told with its hint", async () => {
  const { code, said } = await cli([...CLAUDE, `${url}/_fault/status-500/claude`]);
  assert.equal(code, 1, said);
  assert.match(said, /^✗ chat: answers a question: server_error: /m);
  assert.doesNotMatch(said, new RegExp(KEY));
});

/** A provider that tells the key it was given, and an argument that is one: nobody prints it. */
test("npx aircher-llm test: no key is ever printed", async () => {
  const body = ({ headers }) => JSON.stringify({ error: { message: `your key is ${headers["x-api-key"]}` } });
  const telling = createServer((req, res) => res.writeHead(400, { "content-type": "application/json" }).end(body(req)));
  await new Promise((done) => telling.listen(0, "127.0.0.1", done));
  const told = await cli([...CLAUDE, `http://127.0.0.1:${telling.address().port}`, "--json"]);
  telling.close();
  assert.equal(told.code, 1);
  assert.match(told.said, /your key is/);
  assert.doesNotMatch(told.said, new RegExp(KEY));
  for (const args of [["--key", KEY], [`--api-key=${KEY}`], ["--key-env", KEY]]) {
    const { code, said } = await cli(["test", "--provider", "claude", ...args]);
    assert.equal(code, 2, said);
    assert.match(said, /environment variable/);
    assert.doesNotMatch(said, new RegExp(KEY));
  }
});

test("npx aircher-llm: what cannot be run is exit code 2", async () => {
  const claude = ["test", "--provider", "claude", "--key-env", "MY_KEY"];
  const wrong = [[], ["tset"], ["test"], ["test", "--provider", "nobody"]];
  const values = [["--skip", "nothing"], ["--timeout", "soon"], ["--without", "eyes"], ["--max-tokens", "many"], ["--api", "morse"]];
  for (const args of [...wrong, ...values.map((more) => [...claude, ...more])]) {
    const { code, said } = await cli(args);
    assert.equal(code, 2, `${args}: ${said}`);
    assert.match(said, /^aircher-llm: .{10,}/m);
  }
});
