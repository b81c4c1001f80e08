// IndexedDB in Chromium: in pages and all kinds of workers, together, and when the database is lost, blocked or full.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser } from "./lib/browser.mjs";
import { OPS, found, judged, place } from "./lib/runner.mjs";

const chrome = process.env.CHROME ?? found("chromium", "chromium-browser", "google-chrome");
const lacks = chrome ? undefined : "no Chromium: set CHROME";
const PLACES = ["page", "dedicated worker", "shared worker", "service worker"];
const { open } = lacks ? {} : await browser(chrome);

for (const where of PLACES) place(`indexeddb in a ${where}`, () => inPage(where, "contract", { ops: 1000 }), lacks);

place("indexeddb, two pages with all kinds of workers", async () => {
  const pages = [await open(), await open()];
  const sides = pages.flatMap((page, tab) => PLACES.map((where) => [page, where, `${where} ${tab}`]));
  const limit = sides.length * OPS * 500_000;
  const told = await Promise.all(sides.map(([page, where, name]) => asked(page, where, "race", { name, ops: OPS, limit })));
  return judged(told);
}, lacks);

const RESTORED = { limit_seen: 99, settled: 42, reserved: 0, n: 3, estimated: 0, tokens_in: 1, tokens_out: 1, alert_sent: 50 };
const meta = (epoch) => ({ schema: 1, epoch, hw_ms: 5, zone: "UTC" });

for (const where of PLACES) {
  check(`a lost database comes back from the mirror (${where})`, where, "lost", {}, ({ warned, docs }) => {
    const restored = { meta: meta("aa"), "b/*/d:1": RESTORED, "b/*/m:1": RESTORED };
    assert.deepEqual(docs, [restored, restored]);
    assert.deepEqual(warned, ["ledger_restored"], "one of two says so");
  });
}

check("a torn mirror gives way to the one before", "page", "lost", { torn: true }, ({ warned, docs }) => {
  assert.deepEqual(docs[0], { meta: meta("aa"), "b/*/d:1": RESTORED });
  assert.deepEqual(warned, ["ledger_restored"]);
});

check("without a mirror the app's own memory tells of the loss", "page", "lost", { mirror: false, sinceHint: "aa" }, ({ warned, docs }) => {
  assert.deepEqual([warned, docs], [["ledger_reset", "ledger_reset"], [{}, {}]]);
});

check("a new database is no loss", "page", "lost", { mirror: false }, ({ warned }) => assert.deepEqual(warned, []));

check("another epoch than the app remembers is a loss", "page", "hinted", {}, (warned) => assert.deepEqual(warned, [[], ["ledger_reset"], [], []]));

for (const where of ["page", "dedicated worker"]) {
  check(`a database deleted under an open store comes back (${where})`, where, "deleted", { mirror: true }, ({ warned, docs }) => {
    assert.deepEqual([warned, docs], [["ledger_restored"], [{ meta: meta("bb"), "b/*/d:1": RESTORED }]]);
  });
}

check("a database deleted under an open store is told of without a mirror too", "page", "deleted", { mirror: false }, ({ warned, docs }) => {
  assert.deepEqual([warned, docs], [["ledger_reset"], [{}]]);
});

check("a database that another tab holds is an error after five seconds", "page", "blocked", {}, ({ code, waited, then }) => {
  assert.equal(code, "ledger_blocked");
  assert.ok(waited > 4900 && waited < 8000, `${waited} ms`);
  assert.deepEqual(then, { meta: JSON.stringify(meta("ee")) }, "and it opens when the tab is gone");
});

test("a full disk is an error of its own, and nothing is half written", { skip: lacks }, async () => {
  const page = await open("localhost", 1_000_000);
  const { code, is, left } = await asked(page, "page", "full", { bytes: 3_000_000 });
  await page.close();
  assert.deepEqual({ code, is, left }, { code: "ledger_quota", is: true, left: { "b/1": 2 } });
});

check("a page without locks and files has a ledger too", "page", "bare", {}, (told) => assert.deepEqual(told, { persisted: false, meta: JSON.stringify(meta("ff")) }));

check("whether the browser keeps it is told", "page", "persisted", {}, (persisted) => assert.equal(typeof persisted, "boolean"));

function check(name, where, task, values, judge) {
  test(name, { skip: lacks }, async () => judge(await inPage(where, task, values)));
}

async function inPage(where, task, values) {
  const page = await open();
  try {
    return await asked(page, where, task, values);
  } finally {
    await page.close();
  }
}

function asked(page, where, task, values) {
  return page.evaluate((given) => perform(...given), [where, task, values]);
}
