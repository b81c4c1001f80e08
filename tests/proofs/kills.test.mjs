// L3: a browser that spends is killed (kill -9) at random moments; nothing it had settled is lost without a word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "./lib/killed.mjs";
import { count, pause, report, serve, temporary } from "./lib/lab.mjs";

const KILLS = count(200, 5);
const OPEN_MS = 60_000;
/** How long a browser spends before it is killed, at most. One in ten is killed while it starts. */
const SPENDS_MS = 1_500;
const STARTS_MS = 2_500;
/** Open reservations of the dead are charged within this time. */
const RECOVERS_MS = 12_000;

test("killed browsers lose nothing that was settled", async (t) => {
  const acked = new Map(); // what the books of this epoch have to hold
  const figures = { kills: 0, settled: 0, "lost silently": 0, "databases lost": 0, restored: 0, "told of as gone": 0, "settled n$ missing after a restore": 0 };
  const faults = [];
  const opened = new Map();
  const origin = await serve({
    "/settled": ({ id, cost }) => acked.size < acked.set(id, cost).size && (figures.settled += 1),
    "/warned": ({ code, message }) => code.startsWith("ledger_") && faults.push(`${code}: ${message}`),
    "/opened": (told) => opened.get(told.session)?.(told),
  });
  let last;
  const profile = temporary(() => last?.killed());

  const start = (session, more = "") => {
    const told = new Promise((done) => opened.set(session, done));
    last = chromium(profile, `${origin}/page/spender.mjs.html?session=${session}${more}`);
    return { told, killed: last.killed };
  };
  const look = async (told, session) => {
    const late = new Promise((done) => setTimeout(done, OPEN_MS).unref());
    const books = await Promise.race([told, late]);
    if (!books) throw new Error(`the browser did not open its books in ${OPEN_MS} ms (session ${session})`);
    compare(books, { acked, figures, faults });
    return books;
  };

  for (; figures.kills < KILLS; figures.kills += 1) {
    const session = String(figures.kills);
    const { told, killed } = start(session);
    if (session % 10 === 9) {
      await pause(Math.random() * STARTS_MS);
    } else {
      await look(told, session);
      await pause(Math.random() * SPENDS_MS);
    }
    await killed();
    // What the dead had sent is read before the living is asked.
    await pause(30);
    if (figures.kills % 20 === 19) console.log(JSON.stringify(figures));
  }

  const { told, killed } = start("last", "&look");
  await look(told, "last");
  await pause(RECOVERS_MS);
  await killed();
  const { told: end, killed: ended } = start("end", "&look");
  const { reserved, entries } = await look(end, "end");
  await ended();

  report("kills", { ...figures, "entries at the end": entries.length, "left reserved n$ (12 s later)": reserved });
  await t.test("many entries were settled", () => assert.ok(figures.settled > KILLS));
  await t.test("nothing was lost silently", () => assert.equal(figures["lost silently"], 0));
  await t.test("the books agree with themselves, and nothing else went wrong", () => assert.deepEqual(faults, []));
  await t.test("what the dead had reserved is charged", () => assert.equal(reserved, 0));
});

/** The books of a browser that has just started against what was settled before it was killed. */
function compare({ entries, settled, warnings }, { acked, figures, faults }) {
  const found = new Map(entries.map(([id, state, nano]) => [id, { state, nano }]));
  const missing = [...acked].filter(([id, cost]) => found.get(id)?.state !== "posted" || found.get(id).nano !== cost);
  const restored = warnings.includes("ledger_restored");
  const gone = warnings.includes("ledger_reset");
  const sum = entries.reduce((all, [, state, nano]) => all + (state === "posted" || state === "expired" ? nano : 0), 0);
  if (restored || gone) {
    const before = [...acked.values()].reduce((all, cost) => all + cost, acked.base ?? 0);
    figures["databases lost"] += 1;
    figures.restored += Number(restored);
    figures["told of as gone"] += Number(gone);
    figures["settled n$ missing after a restore"] += restored ? Math.max(0, before - settled) : 0;
    acked.clear();
    acked.base = settled;
  } else {
    figures["lost silently"] += missing.length;
    if (settled !== sum + (acked.base ?? 0)) faults.push(`the total is ${settled}, its entries are ${sum} after ${acked.base ?? 0}`);
  }
  for (const [id] of missing) acked.delete(id);
}
