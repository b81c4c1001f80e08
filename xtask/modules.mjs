// Whose bytes the wasm is made of:   node xtask/modules.mjs <wasm with names> [lines]
//
// A function belongs to the first module of ours its name mentions, else to its crate. Sizes are before compression:
// they tell where to look, size-budget.json tells whether one has to.
import { readFileSync } from "node:fs";

const [file, lines = "25"] = process.argv.slice(2);
const bytes = readFileSync(file);
let at = 8;
let imported = 0;
let data = 0;
const sizes = [];
const names = new Map();
const READERS = { 0: custom, 2: imports, 10: code, 11: (end) => (data = end - at) };

while (at < bytes.length) {
  const id = bytes[at++];
  const length = number();
  const end = at + length;
  READERS[id]?.(end);
  at = end;
}

const functions = sizes.map((size, index) => ({ size, name: plain(names.get(imported + index) ?? "?") }));
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

// ---- the few parts of the binary format this needs

function number() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return value >>> 0;
  }
}

function text() {
  const length = number();
  return bytes.toString("utf8", at, (at += length));
}

function code() {
  for (let count = number(); count > 0; count -= 1) {
    const size = number();
    sizes.push(size);
    at += size;
  }
}

function imports() {
  for (let count = number(); count > 0; count -= 1) {
    text();
    text();
    skipImport(bytes[at++]);
  }
}

/** function: type; table: element type and limits; memory: limits; global: type and mutability. */
function skipImport(kind) {
  if (kind === 0) {
    imported += 1;
    number();
    return;
  }
  if (kind === 3) return void (at += 2);
  if (kind === 1) at += 1;
  const bounded = number() & 1;
  number();
  if (bounded) number();
}

function custom(end) {
  if (text() !== "name") return;
  while (at < end) {
    const kind = bytes[at++];
    const length = number();
    const next = at + length;
    if (kind === 1) for (let count = number(); count > 0; count -= 1) names.set(number(), text());
    at = next;
  }
}
