// What the page of `www/` shows of the money, driven like a person does it, against the stand-in.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ask, open, openTwice, send, set } from "./lib/page.mjs";

/** gpt-6-luna: nano-dollars per token. */
const PRICE = { in: 100, out: 500 };
/** An amount as the page shows it: six decimals, without zeros at the end. */
const shown = (cost) => `$${cost.toFixed(6).replace(/0{1,4}$/, "")}`;

test("totals, chart, table and file tell what the answers told", async () => {
  const { page, faults } = await open();
  await set(page, { provider: "standin-openai" });
  const costs = [await priced(page, "Good morning"), await priced(page, "And again, with a few more words")];
  await set(page, { provider: "standin-ollama" });
  await ask(page, "For nothing");
  await rows(page, 3);

  const spent = costs[0] + costs[1];
  assert.equal(await text(page, "#totals .sum"), `${shown(spent)} no limit`);
  assert.equal(await page.locator("#totals .bar").count(), 0, "no bar without a limit");
  assert.deepEqual(await page.locator("#totals .facts").allInnerTexts(), ["3 calls", "3 calls"]);
  assert.deepEqual(await page.locator("#calls .cost").allInnerTexts(), ["$0", ...costs.map(shown).reverse()]);
  assert.deepEqual(await page.locator("#calls .how").allInnerTexts(), ["exact", "exact", "exact"]);
  assert.equal(await page.locator("#chart rect").count(), 1, "one column, and what is free has no height");
  const [date, piece] = (await page.locator("#chart title").textContent()).split(", ");
  assert.match(date, /^\d{4}-\d\d-\d\d$/);
  assert.equal(piece, `standin-openai: ${shown(spent)}`);
  assert.deepEqual(await page.locator("#chart .legend li").allInnerTexts(), ["standin-ollama", "standin-openai"]);

  const [head, ...lines] = (await downloaded(page)).trimEnd().split("\r\n").map((line) => line.split(","));
  const column = (name) => lines.map((line) => line[head.indexOf(name)]);
  assert.deepEqual(column("cost_nano_usd"), ["0", ...costs.map((cost) => String(Math.round(cost * 1e9))).reverse()]);
  assert.deepEqual(column("provider"), ["standin-ollama", "standin-openai", "standin-openai"]);
  assert.deepEqual(faults, []);
  await page.close();
});

test("the bar shows the part of the limit, and what does not fit is refused", async () => {
  const { page, faults } = await open();
  const cost = await priced(page, "Good morning");
  await limit(page, { daily: (cost * 4).toFixed(9), monthly: (cost * 10).toFixed(9) });
  // Each of the two fields is taken by itself: the first bar is drawn before the second limit is known.
  await page.locator("#totals .bar").nth(1).waitFor();
  const widths = await page.$$eval("#totals .bar", (bars) => bars.map((bar) => bar.querySelector(".spent").getBoundingClientRect().width / bar.getBoundingClientRect().width));
  assert.deepEqual(widths.map((width) => Math.round(width * 100)), [25, 10]);
  assert.match(await text(page, "#totals .sum"), / of \$0\.\d{2,6}$/);

  await limit(page, { daily: cost.toFixed(9), monthly: "" });
  const refused = await ask(page, "Too much");
  assert.equal(await refused.locator(".error .type").innerText(), "budget exceeded");
  assert.match(await refused.locator(".error .facts").innerText(), /the limit begins anew at \d{4}-\d\d-\d\dT00:00:00Z/);
  await page.waitForSelector("#totals .bar.full");
  assert.equal(await page.locator("#totals .bar").count(), 1);
  await limit(page, { daily: "-1" });
  await page.waitForFunction(() => document.getElementById("notes").textContent.includes("daily_limit"));
  assert.deepEqual(faults, []);
  await page.close();
});

test("a stopped answer is in the table, estimated", async () => {
  const { page } = await open();
  await send(page, "Much, please [long]");
  await page.waitForFunction(() => document.querySelector("article.assistant .answer")?.textContent.length > 100);
  await page.click("#stop");
  await rows(page, 1);
  assert.equal(await text(page, "#calls .how"), "estimated");
  assert.match(await text(page, "#calls .cost"), /^\$0\.0+[1-9]/);
  await page.close();
});

test("a call the provider refused is in the table, not charged", async () => {
  const { page } = await open();
  await set(page, { model: "gpt-no-such" });
  await ask(page, "Hello");
  await rows(page, 1);
  assert.deepEqual([await text(page, "#calls .how"), await text(page, "#calls .cost")], ["not charged", "$0"]);
  await page.close();
});

test("two pages side by side agree, and hold one budget", async () => {
  const { tabs, faults, close } = await openTwice();
  const [one, other] = tabs;
  const cost = await priced(one, "From the first");
  await rows(other, 1);
  await priced(other, "And from the second");
  for (const page of tabs) await rows(page, 2);
  await set(one, { key: "sk-test-another" });
  await priced(other, "While the first has a new key and has not used it");
  for (const page of tabs) await rows(page, 3);
  assert.equal(await text(one, "#totals"), await text(other, "#totals"));
  assert.equal(await text(one, "#calls"), await text(other, "#calls"));
  await limit(one, { daily: cost.toFixed(9) });
  assert.equal(await (await ask(one, "No")).locator(".error .type").innerText(), "budget exceeded");
  assert.deepEqual(faults(), []);
  await close();
});

test("names of models and tags stay text", async () => {
  const { page, faults } = await open();
  await page.evaluate(() => (globalThis.fire = () => (globalThis.fired = true)));
  const name = "gpt-9<img src=x onerror=fire()>";
  await set(page, { model: name, tag: "<svg onload=fire()>=1+1" });
  await ask(page, "Hello");
  await rows(page, 1);
  assert.equal(await text(page, "#calls .model"), name);
  assert.match(await text(page, "#calls .facts"), /tag: <svg onload=fire\(\)>/);
  assert.equal(await page.locator("#costs :is(img, #calls svg)").count(), 0);
  assert.equal(await page.evaluate(() => globalThis.fired), undefined);
  assert.deepEqual(faults, []);
  await page.close();
});

/** Asks, and what the answer says it cost: by its tokens, which the page tells as well. */
async function priced(page, prompt) {
  const facts = await (await ask(page, prompt)).locator(".facts").innerText();
  const [, input, output, cost] = /· (\d+) tokens in, (\d+) out.* · (\$[\d.]+) ·/.exec(facts);
  const nanos = input * PRICE.in + output * PRICE.out;
  assert.equal(cost, shown(nanos / 1e9));
  return nanos / 1e9;
}

/** Waits until the table has so many calls and none is under way. */
async function rows(page, count) {
  await page.waitForFunction((count) => {
    const how = [...document.querySelectorAll("#calls .how")].map(({ textContent }) => textContent);
    return how.length === count && !how.includes("under way");
  }, count);
}

async function limit(page, fields) {
  for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, value);
  await page.press("#daily", "Tab");
}

async function text(page, selector) {
  return page.locator(selector).first().innerText();
}

async function downloaded(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
  assert.equal(download.suggestedFilename(), "costs.csv");
  return readFile(await download.path(), "utf8");
}
