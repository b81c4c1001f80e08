// L9: what the books cost in time. Measured, never asserted: a loaded machine would fail for no reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, browser, count, report } from "./lib/lab.mjs";

const CALLS = count(500, 20);

test("how long a reservation keeps a request waiting", async () => {
  const { tab } = await browser();
  const page = await tab("latency.mjs");
  const hard = await asked(page, "latency", { name: "hard", calls: CALLS, costs: { daily_limit: 100 } });
  assert.equal(hard.length, CALLS);
  // The first call also fetches its part of the library and makes the database.
  const [first, ...rest] = hard;
  const sorted = rest.sort((a, b) => a - b);
  const at = (part) => `${sorted[Math.floor(sorted.length * part)].toFixed(1)} ms`;
  report("latency", { calls: CALLS, "first call": `${first.toFixed(0)} ms`, p50: at(0.5), p99: at(0.99) });
});
