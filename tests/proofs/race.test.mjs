// L1: many tabs and workers spend one daily budget at once; nothing is overspent, lost, counted twice or left reserved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, browser, count, report } from "./lib/lab.mjs";

const TABS = count(8, 2);
const WORKERS = count(8, 2);
const IN_FLIGHT = count(8, 4);
const REQUESTS = count(960, 96);
/** Less than all requests would cost. */
const LIMIT = REQUESTS * 9_000;
const NAIVE = { limit: LIMIT, cost: 12_000 };

test("tabs and workers spend one budget", async (t) => {
  const { tab } = await browser();
  const tabs = await Promise.all(Array.from({ length: TABS }, () => tab("race.mjs")));
  const each = { workers: WORKERS, inFlight: IN_FLIGHT, requests: REQUESTS / TABS / WORKERS };
  const race = async (task, values) => (await Promise.all(tabs.map((page, at) => asked(page, "workers", { task, ...each, ...values, seed: at + 1 })))).flat();

  const began = Date.now();
  const observer = await tab("race.mjs");
  const watched = asked(observer, "watch", { name: "race" });
  const told = await race("spend", { name: "race", daily_limit: (LIMIT / 1e9).toFixed(9) });
  const seconds = Math.round((Date.now() - began) / 1000);
  await asked(observer, "stop");
  const seen = await watched;
  const { entries, open, total, buckets } = await asked(observer, "books", { name: "race" });

  const books = new Map(entries.map(([key, doc]) => [key.slice(2), doc]));
  const posted = [...books.values()].filter(({ state }) => state === "posted");
  const invoices = told.flatMap(({ invoices }) => invoices);
  const finished = told.flatMap(({ finished }) => finished);
  const sum = (rows, value) => rows.reduce((all, row) => all + value(row), 0);
  const add = (name) => sum(told, (row) => row[name]);
  const errors = told.reduce((all, { errors }) => merged(all, errors), {});
  const charged = sum(invoices, ({ cost }) => cost);
  const lost = invoices.filter(({ id, cost }) => cost > 0 && books.get(id)?.state !== "posted");
  const short = invoices.filter(({ id, cost }) => cost > (books.get(id)?.actual ?? 0));
  const naive = sum(await race("naive", { name: "naive", ...NAIVE }), ({ spent }) => spent);

  report("race", {
    tabs: TABS, "workers each": WORKERS, "in flight each": IN_FLIGHT, requests: REQUESTS, finished: finished.length, "left, cut or failed": sum(Object.values(errors), (n) => n),
    refused: add("refused"), "refusals waited out": add("waits"), "settles done but told as failed": add("repeated"), "other updates": add("unsure"), "limit n$": LIMIT, "settled n$": total.settled,
    overspent: Math.max(0, total.settled - LIMIT), lost: lost.length, "left reserved": total.reserved, samples: seen.samples, "most ever settled and reserved n$": seen.committed, seconds,
    "the naive way spent n$": naive, "of n$": NAIVE.limit,
  });
  console.log(errors, told.reduce((all, { warnings }) => merged(all, warnings), {}));

  await t.test("the limit was reached", () => assert.ok(add("refused") > 0));
  await t.test("at no moment was more settled and reserved than the limit", () => assert.ok(seen.samples > 5 && seen.committed <= LIMIT));
  await t.test("nothing overspent, by the books or by the provider's invoices", () => assert.ok(total.settled <= LIMIT && charged <= LIMIT));
  await t.test("nothing charged is missing in the books", () => assert.deepEqual([lost, short], [[], []]));
  await t.test("every finished request is in the books once, to the nano-dollar", () => {
    const costs = new Map(invoices.map(({ id, cost }) => [id, cost]));
    for (const [id, cost] of finished) {
      const { state, actual, estimated = false } = books.get(`${id}#1`) ?? {};
      assert.deepEqual({ state, actual, cost, estimated }, { state: "posted", actual: costs.get(`${id}#1`), cost: actual, estimated: false });
    }
    assert.equal(new Set(finished.map(([id]) => id)).size, finished.length);
  });
  await t.test("the total is the sum of the entries", () => assert.deepEqual([total.settled, total.n], [sum(posted, ({ actual }) => actual), posted.length]));
  await t.test("every bucket says the same", () => {
    for (const [key, { settled, reserved }] of buckets) assert.deepEqual([key, settled, reserved], [key, total.settled, 0]);
  });
  await t.test("nothing is left reserved", () => assert.deepEqual([open, [...books.values()].filter(({ state }) => state === "pending")], [[], []]));
  await t.test("updates were repeated", () => assert.ok(add("repeated") > 0));
  await t.test("the naive way overspends", () => assert.ok(naive > NAIVE.limit));
});

function merged(a, b) {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
