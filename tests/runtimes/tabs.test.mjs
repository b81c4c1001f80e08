// What tabs of one origin share: one request tries a provider that was out, one tab checks for all, kept answers are for
// all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, html, serve } from "./lib/browser.mjs";
import { app } from "./lib/world.mjs";

/** R3 of the robustness list. */
const TABS = 20;
const MAP = '<script type="importmap">{"imports":{"aircher-llm":"/node_modules/aircher-llm/dist/entry-default.js"}}</script>';

const address = await serve(app, { "/tabs": html("/tabs.mjs", MAP) });

/** So many tabs of one browser, each with a client; `tell(task, values)` has all of them do something. */
async function tabs(count, settings) {
  const context = await browser.newContext();
  const pages = await Promise.all(
    Array.from({ length: count }, async () => {
      const page = await context.newPage();
      page.on("pageerror", (error) => console.log(`a page threw: ${error.message}`));
      await page.goto(`${address}/tabs`);
      await page.waitForFunction(() => globalThis.perform);
      await page.evaluate((settings) => globalThis.perform("open", settings), settings);
      return page;
    }),
  );
  const one = (page, task, value) => page.evaluate(([task, value]) => globalThis.perform(task, value), [task, value]);
  return { pages, one, tell: (task, value) => Promise.all(pages.map((page) => one(page, task, value))), close: () => context.close() };
}

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

test(`${TABS} tabs try a provider that was out once in a window`, async () => {
  const { pages, one, tell, close } = await tabs(TABS);
  await tell("out", true);
  await tell("chats", 5);
  const circuits = async () => [...new Set(await tell("circuit"))].join();
  assert.equal(await circuits(), "open");
  await tell("sent");
  for (const window of [1, 2]) {
    // Every circuit's time is over, at the same moment.
    await tell("later", 320_000);
    assert.equal(await circuits(), "half_open");
    await tell("chats", 3);
    assert.equal(sum(await tell("sent")), 1, `requests of window ${window}`);
    assert.equal(await circuits(), "open", "all have heard that it failed");
    await tell("pause", 1_500); // until the lock is free again
  }
  await tell("out", false);
  await tell("later", 320_000);
  await one(pages[0], "chats", 1); // of one alone: the others' would be sent as soon as they hear
  await tell("pause", 300);
  assert.equal(sum(await tell("sent")), 1, "requests of the window in which it is back");
  assert.equal(await circuits(), "closed", "all have heard that it is back");
  await tell("chats", 1);
  assert.equal(sum(await tell("sent")), TABS, "and all ask it again");
  await close();
});

test("one tab checks for all, and another when it is gone", async () => {
  const { pages, one, tell, close } = await tabs(3, { health_check_interval: "1s" });
  const busy = async (pages, rounds) => {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(pages.map((page) => one(page, "chats", 1)));
      await one(pages[0], "pause", 200);
    }
  };
  await busy(pages, 30);
  const checks = await tell("checks");
  assert.equal(checks.filter((count) => count > 0).length, 1, `who checked: ${checks}`);
  const latencies = await tell("latency");
  assert.ok(latencies.every((latency) => latency !== null), `all have heard of it: ${latencies}`);
  const leader = checks.findIndex((count) => count > 0);
  await pages[leader].close();
  const [left, other] = pages.filter((_, at) => at !== leader);
  await busy([left, other], 20);
  const after = [await one(left, "checks"), await one(other, "checks")];
  assert.equal(after.filter((count) => count > 0).length, 1, `who checks now: ${after}`);
  await close();
});

test("what one tab has kept is there for all", async () => {
  const { pages, one, tell, close } = await tabs(3);
  assert.equal(await one(pages[0], "kept"), false);
  await one(pages[0], "pause", 200); // it is put away behind the answer
  assert.deepEqual(await tell("kept"), [true, true, true]);
  assert.equal(sum(await tell("sent")), 1, "requests of all tabs");
  await close();
});
