// The fault matrix: every cell of cells.md in every runtime, over the packed package (README.md).
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf } from "./lib/judge.mjs";
import { RUNTIMES, perform } from "./lib/runtimes.mjs";
import { beside, byDialect, counted } from "./lib/table.mjs";

/** Whether this is the proof itself (`cargo xtask proof matrix`). */
const FULL = process.env.AIRCHER_PROOF === "full";
/** Where the whole runs; elsewhere every third cell does, unless this is the proof. */
const WHOLE = ["node", "chromium"];
/** How soon these are told is a figure of the proof, measured while little else goes on. */
const STALL = /^stall/;
const SOON_MS = 250;

const wanted = (runtime) => (FULL || WHOLE.includes(runtime) ? undefined : ({ id }) => Number(id) % 3 === 0);
let node;

for (const runtime of RUNTIMES) {
  test(`matrix: ${runtime}`, { timeout: 600_000 }, async (t) => {
    const run = await perform(runtime, { wanted: wanted(runtime) });
    if (runtime === "node") node = run;
    const wrong = run.cells.map((cell) => [cell, faultsOf(cell, run.results.get(cell.id) ?? { type: "nothing" })]).filter(([, faults]) => faults.length);
    t.diagnostic(`${runtime}: ${run.cells.length} cells, ${wrong.length} not as they have to be, ${Math.round(run.ms / 1000)} s`);
    if (FULL) console.log(`\n${runtime}\n\n${byDialect(run, faultsOf)}\n`);
    assert.ok(run.cells.length > 400, "the cells ran");
    assert.deepEqual(wrong.map(([{ fault, dialect, mode }, faults]) => `${fault} ${dialect} ${mode}: ${faults.join("; ")}`), []);
    assert.deepEqual(run.leaks, [], "what was said holds the key");
    assert.equal(run.second, 0, "requests where redirects lead");
    assert.deepEqual(run.bugs, [], "failures of the server itself");
    assert.deepEqual(await unasked(runtime, run), [], "cells whose server was not asked");
  });
}

/**
 * A cell that never reached its fault would prove nothing. Where the limits of 300 ms had passed before the machine came
 * to ask, it is asked once more, with fewer beside it.
 */
async function unasked(runtime, run) {
  const late = new Set(unsent(run).map(({ id }) => id));
  if (late.size === 0) return [];
  const again = await perform(runtime, { wanted: ({ id }) => late.has(id), lanes: 2 });
  const wrong = again.cells.filter((cell) => faultsOf(cell, again.results.get(cell.id) ?? { type: "nothing" }).length);
  return [...unsent(again), ...wrong].map(({ fault, id }) => `${fault}/${id}`);
}

const unsent = ({ cells, posts }) => cells.filter(({ fault, id }) => fault !== "refused" && !posts[`${fault}/${id}`]);

test("a stall is told in time", { skip: !FULL, timeout: 600_000 }, async (t) => {
  for (const runtime of RUNTIMES) {
    const { cells, results } = await perform(runtime, { wanted: ({ fault, expect }) => STALL.test(fault) && expect.type === "timeout", lanes: 2 });
    const late = cells.map(({ id }) => results.get(id)).map(({ silence }) => silence - 300).sort((a, b) => a - b);
    t.diagnostic(`${runtime}: ${late.length} stalls, told ${Math.round(late[late.length >> 1])} ms after the limit of 300 ms (median), ${Math.round(late.at(-1))} ms (latest)`);
    assert.ok(late.at(-1) <= SOON_MS, `${runtime}: told too late`);
  }
});

test("the official packages before the same server", { skip: !FULL, timeout: 1_800_000 }, async (t) => {
  const { compare, versions } = await import("./sdks/compare.mjs");
  const others = {};
  for (const [name, version] of Object.entries(versions())) {
    others[name] = await compare(name);
    t.diagnostic(`${version}: ${counted(others[name])}`);
  }
  console.log(`\n${beside(node, others)}\n`);
  for (const [name, found] of Object.entries(others)) assert.equal(found.get("good").stream, "ok", `${name} works here at all`);
});
