// L4: a tab dies between reserving and settling; what it reserved is charged, not given back, and soon.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, browser, count, FULL, pause, report } from "./lib/lab.mjs";

const ROUNDS = count(30, 2);
const WITHIN_MS = 10_000;
/** Without Web Locks: silence allowed (1 s) and a minute's grace; then it is looked for once a minute. */
const DEADLINE_MS = 61_000;

const WITHOUT_LOCKS = () => Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });

test("the reservation of a dead tab is charged within ten seconds", async () => {
  const { context, tab } = await browser();
  const watcher = await tab("orphans.mjs");
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `orphans-${round}`;
    // The watcher is there before, or opens after the crash; the dead has lived for a moment, or for long.
    const [before, after] = round % 2 ? [watcher] : [undefined, watcher];
    await watcher.reload();
    await watcher.waitForFunction(() => globalThis.perform);
    if (before) await asked(before, "idle", { name });
    const dying = await tab("orphans.mjs");
    await asked(dying, "reserve", { name });
    await pause(Math.random() * 7_000);
    await crash(context, dying);
    const died = Date.now();
    if (after) await asked(after, "idle", { name });
    const opened = Date.now() - died;
    const { ms, late, entries, total } = await asked(watcher, "recovered", { name, within_ms: 3 * WITHIN_MS });
    await dying.close();
    assert.equal(late, undefined, `still pending after ${ms} ms (round ${round})`);
    assert.deepEqual(entries.map(({ state }) => state), ["expired"]);
    assert.deepEqual([total.settled, total.reserved, total.estimated], [entries[0].amount, 0, 1], "charged in full");
    times.push(opened + ms);
  }
  times.sort((a, b) => a - b);
  report("orphans", { crashes: ROUNDS, recovered: times.length, "median ms": times[times.length >> 1], "longest ms": times.at(-1) });
  assert.ok(times.at(-1) <= WITHIN_MS, `the longest took ${times.at(-1)} ms`);
});

test("without Web Locks it is charged after its deadline", async () => {
  const { context, tab } = await browser({ init: WITHOUT_LOCKS });
  const values = { name: "lockless", timeouts: true };
  const watcher = await tab("orphans.mjs");
  await asked(watcher, "spend", values);
  const dying = await tab("orphans.mjs");
  await asked(dying, "reserve", values);
  await crash(context, dying);
  const early = await asked(watcher, "recovered", { ...values, within_ms: 3_000, spend: true });
  assert.ok(early.late, "it might still be alive");
  if (!FULL) await asked(watcher, "later", { ms: DEADLINE_MS });
  const { ms, late, total, entries } = await asked(watcher, "recovered", { ...values, spend: true, within_ms: DEADLINE_MS + 65_000 });
  await dying.close();
  report("orphans without Web Locks", { "deadline ms": DEADLINE_MS, "charged after ms": ms + early.ms, clock: FULL ? "real" : "moved on by the deadline" });
  assert.equal(late, undefined);
  assert.equal(entries.filter(({ state }) => state === "expired").length, 1);
  assert.deepEqual([total.reserved, total.n], [0, entries.length]);
});

/** The renderer dies at once, without any event in the page. */
async function crash(context, page) {
  const session = await context.newCDPSession(page);
  const crashed = new Promise((done) => page.once("crash", done));
  session.send("Page.crash").catch(() => {});
  await crashed;
}
