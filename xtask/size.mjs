// Sizes of what a browser downloads for `import "aircher-llm"`, against size-budget.json (bytes, brotli -11):
//   node xtask/size.mjs <dist folder>
//
// What `create()` needs, what comes with the first call, what only some methods, only kept answers and only TOML text need
// are told apart, by the lines of the budget. Every file needs a line in it, so nothing joins a download unnoticed. Lines may
// move; the totals are never raised.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** `from "./a.js"`, `import "./a.js"`, `import("./a.js")`, `new URL("./a.wasm"`. */
const LINK = /(?:from|import|import\(|URL\()\s*["'`]\.\/([\w.-]+)["'`]/g;
const dist = process.argv[2];
const { later, more, toml, cache, ...first } = JSON.parse(readFileSync("size-budget.json", "utf8"));
const rows = reached("entry-default.js").map(measure);
const within = (budget) => rows.filter(({ name }) => name in budget.files);
const others = rows.filter(({ name }) => ![later, more, toml, cache].some(({ files }) => name in files));
const faults = [
  ...judged("before the first call", others, first),
  ...judged("with the first call", within(later), later),
  ...judged("for what only some need", within(more), more),
  ...judged("for TOML text", within(toml), toml),
  ...judged("for kept answers", within(cache), cache),
];
for (const fault of faults) console.error(`over budget: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** Prints the files of one group; what is wrong with them. */
function judged(title, found, budget) {
  const listed = found.map((row) => ({ ...row, limit: budget.files[row.name] }));
  const total = listed.reduce(add, { name: "total", raw: 0, gzip: 0, brotli: 0, limit: budget.total });
  print([title, "raw", "gzip -9", "brotli -11", "budget"]);
  for (const row of [...listed, total]) print([row.name, row.raw, row.gzip, row.brotli, row.limit ?? "none"]);
  const summed = Object.values(budget.files).reduce((a, b) => a + b, 0);
  const over = summed > budget.total ? [`the lines ${title} add up to more than their total`] : [];
  return [...over, ...[...listed, total].flatMap(judge)];
}

/** The files `name` imports or points to, itself included. */
function reached(name, seen = new Set()) {
  if (seen.has(name)) return [];
  seen.add(name);
  if (!name.endsWith(".js")) return [name];
  const code = readFileSync(join(dist, name), "utf8");
  const next = [...code.matchAll(LINK)].map((match) => match[1]);
  return [name, ...next.flatMap((file) => reached(file, seen))];
}

function measure(name) {
  const bytes = readFileSync(join(dist, name));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return {
    name,
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

function add(total, row) {
  return { ...total, raw: total.raw + row.raw, gzip: total.gzip + row.gzip, brotli: total.brotli + row.brotli };
}

function judge({ name, brotli, limit }) {
  if (limit === undefined) return [`${name} has no line in size-budget.json`];
  return brotli > limit ? [`${name} is ${brotli} bytes, ${brotli - limit} too many`] : [];
}

function print([name, ...cells]) {
  console.log(name.padEnd(24) + cells.map((cell) => String(cell).padStart(12)).join(""));
}
