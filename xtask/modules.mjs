// Whose bytes the wasm is made of:   node xtask/modules.mjs <wasm with names> [lines]
//
// A function belongs to the first module of ours its name mentions, else to its crate. Sizes are before compression:
// they tell where to look, size-budget.json tells whether one has to.
import { readFileSync } from "node:fs";
import { DATA, functions as all, sections } from "./wasm.mjs";

const [file, lines = "25"] = process.argv.slice(2);
const bytes = readFileSync(file);
const data = sections(bytes).find(({ id }) => id === DATA).content.length;
const functions = all(bytes).map(({ name, body }) => ({ size: body.length, name: plain(name) }));
const modules = new Map();
for (const { size, name } of functions) modules.set(owner(name), (modules.get(owner(name)) ?? 0) + size);
print("module", [...modules, ["(data)", data]].map(([name, size]) => ({ name, size })));
print("function", functions);

function owner(name) {
  const ours = name.match(/aircher_llm::(\w+(?:::\w+)?)/);
  return ours ? `aircher_llm::${ours[1]}` : (name.match(/\w+(?=[[:])/)?.[0] ?? "(other)");
}

/** Without hashes and the noise of trait paths. */
function plain(name) {
  return name.replace(/::h[0-9a-f]{16}/g, "").replace(/\[[0-9a-f]{16}\]/g, "").replace(/\{\{(\w+)\}\}/g, "$1");
}

function print(title, rows) {
  console.log(`\n${"bytes".padStart(9)}  ${title}`);
  const largest = rows.sort((a, b) => b.size - a.size).slice(0, Number(lines));
  for (const { name, size } of largest) console.log(`${String(size).padStart(9)}  ${name.slice(0, 140)}`);
}
