// L8: many tabs cross the alert line of one budget together; one of them says so, once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, browser, count, report } from "./lib/lab.mjs";

const TABS = 16;
const ROUNDS = count(20, 2);
const CALLS = 3;
/** 20 tokens of input and 20 of output. */
const COST = 12_000;
const LIMIT = TABS * CALLS * COST * 10;
/** The middle one of all calls crosses it. */
const LINE = (TABS * CALLS * COST) / 2;

test("sixteen tabs cross the line, one tells", async () => {
  const { tab } = await browser();
  const tabs = await Promise.all(Array.from({ length: TABS }, () => tab("alerts.mjs")));
  const all = (task, values) => Promise.all(tabs.map((page) => asked(page, task, values, 60_000)));
  let alerts = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await all("open", { name: `alerts-${round}`, daily_limit: (LIMIT / 1e9).toFixed(9), alert_threshold: LINE / LIMIT });
    await all("spend", { at: Date.now() + 300, calls: CALLS, tokens: 20 });
    // Spending on beyond the line is no news.
    await all("spend", { at: Date.now(), calls: 1, tokens: 20 });
    const heard = (await all("alerts")).flat();
    assert.equal(heard.length, 1, `round ${round}: ${JSON.stringify(heard)}`);
    const { cost, limit, scope, period } = heard[0];
    assert.ok(Math.abs(cost * 1e9 - LINE) < 2 * COST, `told at ${cost}, the line is ${LINE / 1e9}`);
    assert.deepEqual([limit, scope, period.slice(0, 2)], [LIMIT / 1e9, "*", "d:"]);
    alerts += heard.length;
  }
  report("alerts", { tabs: TABS, rounds: ROUNDS, "calls that cross together": CALLS * TABS, alerts });
});
