// Runs every ```js block of README.md in Node, as written, with the installed package.
//
// Three things are added around a block, never inside: keys in the environment; `lib/redirect.mjs`, which sends what is
// meant for the providers to the stand-in; and, where a block makes no client of its own, the lines a reader has
// already seen (PREAMBLE). A block with a default export is a Worker: its `fetch` is called.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { app, url } from "./lib/world.mjs";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const BLOCKS = Array.from(README.matchAll(/^```js\n(.*?)^```$/gms), ([, code]) => code);
const REDIRECT = fileURLToPath(new URL("./lib/redirect.mjs", import.meta.url));
const KEYS = { OPENAI_API_KEY: "sk-test-readme", ANTHROPIC_API_KEY: "sk-ant-test-readme", GEMINI_API_KEY: "AIza-test-readme" };
const IMPORT = 'import { Aircher, AircherError } from "aircher-llm";\n';
const WORKER = (file) => `import worker from "./${file}";\nconsole.log(await (await worker.fetch(new Request("http://worker/"), process.env)).text());\n`;
/** What the blocks with these words have to say. */
const SAYS = [
  ["tool_call_id", /The tool get_weather answered: Light rain in Paris/],
  ["json_schema", /^Paris$/m],
  ["textStream", /^\d+ tokens in \d+ ms$/m],
  ["toResponse", /This is gpt-6-luna speaking/],
  ["no-such", /^model_not_found /],
  ['default: "local"', /^local$/m],
];

test("README.md begins with an example of at most 12 lines", () => {
  assert.ok(BLOCKS.length >= 8);
  assert.ok(BLOCKS[0].trimEnd().split("\n").length <= 12);
});

BLOCKS.forEach((code, index) => {
  test(`README.md, block ${index + 1}: ${code.split("\n")[0]}`, async () => {
    const said = await run(`readme-${index + 1}.mjs`, preamble(code) + code);
    if (/console\.log|export default/.test(code)) assert.notEqual(said.trim(), "", "it says something");
    assert.doesNotMatch(said, /undefined/);
    for (const [where, what] of SAYS) if (code.includes(where)) assert.match(said, what);
  });
});

/** What a reader has at hand at that point. */
function preamble(code) {
  if (code.includes('from "aircher-llm"')) return "";
  const client = code.includes("Aircher.create(") ? "" : "const llm = await Aircher.create();\n";
  const messages = /\bmessages\b/.test(code) && !/(const messages =|messages:)/.test(code) ? 'const messages = [{ role: "user", content: "Hello" }];\n' : "";
  return IMPORT + client + messages;
}

async function run(file, code) {
  writeFileSync(join(app, file), code);
  const worker = code.includes("export default");
  if (worker) writeFileSync(join(app, `run-${file}`), WORKER(file));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", REDIRECT, worker ? `run-${file}` : file], { cwd: app, env: { ...process.env, ...KEYS, STANDIN: url }, timeout: 20_000 });
  return stdout;
}
