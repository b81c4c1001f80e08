// Every kind of worker spends over the one ledger of its origin, and the page sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, browser, report } from "./lib/lab.mjs";

const PLACES = ["dedicated worker", "shared worker", "service worker"];

test("a page and its workers keep the same books", async () => {
  const { tab } = await browser();
  const page = await tab("workers.mjs");
  let total = 0;
  for (const where of PLACES) {
    const { cost, today, seen, reserved, heard } = await asked(page, "spend", { where }, 60_000);
    total += cost;
    assert.ok(cost > 0, where);
    assert.deepEqual([today, seen, reserved], [total, total, 0], where);
    assert.deepEqual(heard.filter(({ remote }) => remote), [{ cost, remote: true }], `${where}: the page hears of it, which has only listened`);
  }
  const { cost, seen } = await asked(page, "own");
  total += cost;
  assert.equal(seen, total);
  report("workers", { places: PLACES.length + 1, "total n$": total, "seen by the page": "each" });
});
