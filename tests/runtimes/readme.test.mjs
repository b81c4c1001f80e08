// Runs every ```js block of README.md and of the documents below as written, with the installed package, where it belongs
// (lib/samples.mjs).
//
// Two things are added around a block, never inside: keys in the environment; and, where a block makes no client of its
// own, the lines a reader has already seen (`preamble`).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { lacks, sample } from "./lib/samples.mjs";

const NAMES = ["configuration", "costs", "resilience", "observability", "response-cache", "testing", "tokens"];
const [README, ...DOCS] = ["README.md", ...NAMES.map((name) => `docs/${name}.md`), ...providerPages()].map((name) => {
  const text = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  return { name, blocks: Array.from(text.matchAll(/^```js\n(.*?)^```$/gms), ([, code]) => code) };
});
/** A page for each provider. */
function providerPages() {
  const folder = new URL("../../docs/providers/", import.meta.url);
  return readdirSync(folder).filter((name) => name.endsWith(".md")).map((name) => `docs/providers/${name}`);
}

const IMPORT = 'import { Aircher, AircherError } from "aircher-llm";\n';
/** What the blocks with these words have to say. */
const SAYS = [
  ["llm.config.timeouts", /^\{ connect: '15s', first_byte: '10m', idle: '1m', total: '2m' \}$/m],
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
  ["llm.explain", /^claude would answer\nopenai table gpt-6-astra \d+ 0\.\d+ budget_exceeded \[ 'top_p' \]\nclaude fallback claude-haiku-5-5 \d+ 0\.00\d+ in 0 ms \[.*\]$/m],
  ["checkHealth", /^true true closed\ntrue true$/m],
  ["of.p95_latency", /^openai: 1 requests, 0 failed, p95 \d+ ms, \$0\.0000\d+\n(\w+: 0 requests, .*\n)*0 true$/m],
  ["startSpan", /^span chat gpt-6-luna: [1-9]\d* tokens, true$/m],
  ['logLevel: "debug"', /^debug request\ndebug response\n(debug usage\n)?info chat\n/m],
  ["twice is enough", /^answered 200 true$/m],
  ["metadata.raw", /^POST \/\S+ gpt-6-luna\n200 application\/json\S* .+$/m],
  ["on_truncated", /^This is gpt-6-luna speaking/],
  ["suite.run(", /^passed chat answers a question$[\s\S]*^claude: 15 passed, 0 failed, 0 skipped$/m],
  [".register({ test })", /^# pass 15$|^ℹ pass 15$/m],
  ["virtualClock()", /^Hello, world! 16 \[ 'rate_limit', null \]\nHi 0 true$/m],
  ["fakeFetch(openai", /^gemini I take over\.$/m],
  ["recordingFetch(", /^false false\ntrue$/m],
  ["proj_abc", /^This is gpt-6-luna speaking/m],
  ['kind: "vllm"', /^https:\/\/api\.groq\.com\/openai\/v1 http:\/\/localhost:8001\/v1$/m],
  ["top_logprobs", /^default$/m],
  ["cache_write_tokens)", /^true$/m],
  ["countTokens(question)", /^[1-9]\d*\n[1-9]\d*$/m],
  ["Tokenizer.load(", /^5$/m],
  ['location: "europe-west4"', /^my-project This is gemini-3.8-flash/m],
  ["async fetch(request, env) {\n    const llm = await Aircher.create({ providers: { gemini", /^This is gemini-3.8-flash/m],
  ["fetchToken", /^This is gemini-3.8-flash/m],
  ["vertex: true", /^This is gemini-3.8-flash/m],
  ["response_cache: false", /true 0 \d+$/m],
  ["keep_alive: \"10m\"", /^This is llama3\.2 speaking.* 0$/m],
  ["ollama.show(", /^qwen3:8b \d+ completion,tools,thinking$[\s\S]*^0\.33\.0 131072 Q4_K_M$/m],
  ["bytes_per_second", /^pulling manifest: 0 of 0 bytes, 0 a second$[\s\S]*^success: 4002300 of 4002300 bytes[\s\S]*^smollm:135m is new/m],
  ['auto_pull: "missing"', /^pulling_model smollm:new-135m is not installed[\s\S]*^This is smollm:new-135m speaking/m],
  ["ollama.create(", /^reading model metadata$[\s\S]*^success\n64$/m],
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
