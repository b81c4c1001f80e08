// Runs every ```js block of README.md and of the documents below as written, with the installed package, where it belongs
// (lib/samples.mjs).
//
// Two things are added around a block, never inside: keys in the environment; and, where a block makes no client of its
// own, the lines a reader has already seen (`preamble`).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { lacks, sample } from "./lib/samples.mjs";

const [README, ...DOCS] = ["README.md", "docs/configuration.md", "docs/costs.md", "docs/resilience.md", "docs/observability.md"].map((name) => {
  const text = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  return { name, blocks: Array.from(text.matchAll(/^```js\n(.*?)^```$/gms), ([, code]) => code) };
});
const IMPORT = 'import { Aircher, AircherError } from "aircher-llm";\n';
/** What the blocks with these words have to say. */
const SAYS = [
  ["llm.config", /^\{ connect: '15s', first_byte: '10m', idle: '1m', total: '2m' \}$/m],
  ["tool_call_id", /The tool get_weather answered: Light rain in Paris/],
  ["json_schema", /^Paris$/m],
  ["textStream", /^\d+ tokens in \d+ ms$/m],
  ["toResponse", /This is gpt-6-luna speaking/],
  ["gpt-6-no-such", /^model_not_found /],
  ['default: "local"', /^local$/m],
  ["claude_monthly", /^0\.000\d+ 4\.99\d+$/m],
  ["monthly_budget", /speaking.* 0\.0000\d+ \d+\n4\.99/s],
  ["not sent:", /^not sent: \* d:\d{4}-\d\d-\d\d allows 0\.000001 /],
  ['cost_limit: "', /^0\.000\d+ \[ 'max_tokens: set to \d+/],
  ['"team:red"', /key: 'feature:search'[\s\S]*key: 'team:red'/],
  ["calculateCost(usage, model, metadata", /^true$/m],
  ["by_provider", /openai: 0\.0000[\s\S]*^1 \d+ false \{[\s\S]*store: 'memory'/m],
  ["onSettled", /^\*: 0\.0000\d+ of 0\.1 dollars\nkeep req_.* 0\.0000\d+\ngpt-6-luna 0\.0000\d+ exactly here$/m],
  ["costs.import(text)", /^\d+ id,time,provider,model/],
  ["fallback_order: [\"openai\", \"claude\", \"ollama", /^openai \[ 'openai: answered' \]$/m],
  ["fallback_order: [\"down", /^network_error \[[\s\S]*'down', 'network_error', true[\s\S]*'openai', 'model_not_found', true/],
  ["llm.explain", /^claude would answer\nopenai gpt-6-astra \d+ 0\.\d+ budget_exceeded \[ 'top_p' \]\nclaude claude-haiku-5-5 \d+ 0\.00\d+ possible \[.*\]$/m],
  ["checkHealth", /^true true closed\ntrue true$/m],
  ["of.p95_latency", /^openai: 1 requests, 0 failed, p95 \d+ ms, \$0\.0000\d+\n0 true$/m],
  ["startSpan", /^span chat gpt-6-luna: [1-9]\d* tokens, true$/m],
  ['logLevel: "debug"', /^debug request\ndebug response\n(debug usage\n)?info chat\n/m],
  ["twice is enough", /^answered 200 true$/m],
  ["metadata.raw", /^POST \/\S+ gpt-6-luna\n200 application\/json\S* .+$/m],
  ["on_truncated", /^This is gpt-6-luna speaking/],
  ["stores/indexeddb", /ledger_reset[\s\S]*"?indexeddb/],
  ["stores/sqlite", /^0\.0000/],
  ["stores/durable-object", /"text":"This is gpt-6-luna.*"cost":0\.0000/],
  ["stores/d1", /^This is gpt-6-luna.*speaking/],
  ["stores/deno-kv", /^0\.0000/],
  ["stores/redis", /^0\.0000/],
];

test("README.md begins with an example of at most 12 lines", () => {
  assert.ok(README.blocks.length >= 8);
  assert.ok(README.blocks[0].trimEnd().split("\n").length <= 12);
});

for (const { name, blocks } of [README, ...DOCS]) {
  blocks.forEach((code, index) => {
    const skip = !process.env.CI && lacks(code);
    test(`${name}, block ${index + 1}: ${code.split("\n")[0]}`, { skip }, async () => {
      const said = await sample(`${name.replace(/\W/g, "-")}-${index + 1}.mjs`, preamble(code) + code);
      if (/console\.log|export default/.test(code)) assert.notEqual(said.trim(), "", "it says something");
      assert.doesNotMatch(said, /undefined/);
      for (const [where, what] of SAYS) if (code.includes(where)) assert.match(said, what);
    });
  });
}

/** What a reader has at hand at that point. */
function preamble(code) {
  if (code.includes('from "aircher-llm"')) return "";
  const client = code.includes("Aircher.create(") ? "" : "const llm = await Aircher.create();\n";
  const messages = /\bmessages\b/.test(code) && !/(const messages =|messages:)/.test(code) ? 'const messages = [{ role: "user", content: "Hello" }];\n' : "";
  return IMPORT + client + messages;
}
