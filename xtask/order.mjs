// Names functions so that like ones stand side by side:   node xtask/order.mjs <optimised wasm with names> <wasm> <out>
//
// Compression finds what was said before the better the nearer it is. The functions of the optimised wasm are chained,
// each followed by the one most like it, and those of the other wasm, which is about to be optimised in the same way,
// are named by their place in that chain: `wasm-opt --reorder-functions-by-name` then puts them there.
import { readFileSync, writeFileSync } from "node:fs";
import { functions, names, renamed } from "./wasm.mjs";

/** Functions are alike when they share runs of so many bytes. */
const RUN = 4;

const [optimised, plain, out] = process.argv.slice(2);
const place = new Map(chain(functions(readFileSync(optimised))).map(({ name }, index) => [name, index]));
const bytes = readFileSync(plain);
writeFileSync(out, renamed(bytes, [...names(bytes)].map(([index, name]) => [index, sortable(place.get(name) ?? place.size, index)])));

function sortable(...numbers) {
  return numbers.map((number) => String(number).padStart(6, "0")).join("_");
}

/** Begins with the largest and goes on with the one most like the last. */
function chain(all) {
  const left = new Set(compared(all));
  let last = [...left].reduce((a, b) => (b.body.length > a.body.length ? b : a));
  const chained = [];
  while (last) {
    chained.push(last);
    left.delete(last);
    last = best(left, (other) => likeness(last, other));
  }
  return chained;
}

function best(candidates, score) {
  let found;
  let most = -1;
  for (const candidate of candidates) {
    const value = score(candidate);
    if (value > most) [found, most] = [candidate, value];
  }
  return found;
}

/** What two functions share, the rarer the more, for their sizes. */
function likeness(a, b) {
  const [few, many] = a.runs.size < b.runs.size ? [a.runs, b.runs] : [b.runs, a.runs];
  let shared = 0;
  for (const [run, weight] of few) if (many.has(run)) shared += weight;
  return shared / Math.sqrt(a.body.length * b.body.length);
}

/** The functions with their runs and the weight of each; what stands in one function only says nothing. */
function compared(all) {
  const found = all.map(({ body }) => new Set(runs(body)));
  const count = new Map();
  for (const own of found) for (const run of own) count.set(run, (count.get(run) ?? 0) + 1);
  const weights = (own) => [...own].filter((run) => count.get(run) > 1).map((run) => [run, Math.log(all.length / count.get(run))]);
  return all.map((each, index) => ({ ...each, runs: new Map(weights(found[index])) }));
}

function* runs(body) {
  for (let at = 0; at + RUN <= body.length; at += 1) yield body.readUInt32LE(at);
}
