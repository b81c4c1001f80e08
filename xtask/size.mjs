// Sizes of what a browser downloads for `import "aircher-llm"`, against size-budget.json (bytes, brotli -11):
//   node xtask/size.mjs <dist folder>
//
// Every file the default entry reaches needs a line in the budget, so nothing joins the download unnoticed. Lines
// may move; the total is never raised.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** `from "./a.js"`, `import "./a.js"`, `import("./a.js")`, `new URL("./a.wasm"`. */
const LINK = /(?:from|import|import\(|URL\()\s*["'`]\.\/([\w.-]+)["'`]/g;
const dist = process.argv[2];
const budget = JSON.parse(readFileSync("size-budget.json", "utf8"));
const rows = reached("entry-default.js").map(measure);
const total = rows.reduce(add, { name: "total", raw: 0, gzip: 0, brotli: 0, limit: budget.total });
const faults = [...rows, total].flatMap(judge);
if (sum(Object.values(budget.files)) > budget.total) faults.push("the lines of size-budget.json add up to more than its total");

print(["file", "raw", "gzip -9", "brotli -11", "budget"]);
for (const row of [...rows, total]) print([row.name, row.raw, row.gzip, row.brotli, row.limit ?? "none"]);
for (const fault of faults) console.error(`over budget: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

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
    limit: budget.files[name],
  };
}

function add(total, row) {
  return { ...total, raw: total.raw + row.raw, gzip: total.gzip + row.gzip, brotli: total.brotli + row.brotli };
}

function judge({ name, brotli, limit }) {
  if (limit === undefined) return [`${name} has no line in size-budget.json`];
  return brotli > limit ? [`${name} is ${brotli} bytes, ${brotli - limit} too many`] : [];
}

function sum(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

function print([name, ...cells]) {
  console.log(name.padEnd(20) + cells.map((cell) => String(cell).padStart(12)).join(""));
}
