// The page of an Ollama server's models in `www/`, driven like a person does it, against the stand-in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, open, requests, set, standin } from "./lib/page.mjs";

const model = (page, name) => page.locator(`#installed tr[data-model="${name}"]`);

test("models with their size and what they can do, and those in memory", async () => {
  const { page, faults } = await shown();
  assert.match(await page.innerText("#ollama-version"), /^Version \d+\.\d+.*, \d+ models, [\d.]+ GB\.$/);
  const cells = await model(page, "qwen3:8b").locator("th, td").allInnerTexts();
  assert.equal(cells[0], "qwen3:8b");
  assert.match(cells[1], /^[\d.]+ GB$/);
  assert.match(cells[2], /^8\.2B/);
  assert.match(cells[3], /tools.*thinking/);
  await page.click('[aria-label="Load qwen3:8b"]');
  await page.locator('[aria-label="Unload qwen3:8b"]').waitFor();
  assert.equal(await page.innerText("#ollama-said"), "qwen3:8b is in memory.");
  await page.click('[aria-label="Unload qwen3:8b"]');
  await page.waitForFunction(() => document.getElementById("ollama-said").textContent === "qwen3:8b is out of memory.");
  await page.locator('[aria-label="Unload qwen3:8b"]').waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await page.close();
});

test("pull: the bar moves, in all and by layer, and the model is there", async () => {
  const { page, faults } = await shown({ slow: 150 });
  await pull(page, "llama3.2:new-bar");
  await page.waitForFunction(() => document.querySelector(".pull > progress").value > 1_000_000);
  const [value, max] = await page.$eval(".pull > progress", ({ value, max }) => [value, max]);
  assert.ok(value < max && max >= 4_000_000, `${value} of ${max}`);
  assert.match(await page.innerText(".pull > .facts"), /^pulling [0-9a-f]{12} · [\d.]+ MB of 4\.0 MB/);
  await page.waitForFunction(() => / [kKM]B\/s · .* left/.test(document.querySelector(".pull > .facts").textContent));
  assert.equal(await page.getAttribute(".pull > progress", "aria-label"), "llama3.2:new-bar, in all");
  await page.waitForFunction(() => document.querySelector('.pull[data-state="done"]'), undefined, { timeout: 30_000 });
  const layers = await page.$$eval(".layers progress", (all) => all.map(({ value, max }) => [value, max]));
  assert.deepEqual(layers, [[4_000_000, 4_000_000], [1500, 1500], [800, 800]]);
  assert.deepEqual(await page.locator(".layers .facts").allInnerTexts(), ["4.0 MB of 4.0 MB", "1.5 KB of 1.5 KB", "800 bytes of 800 bytes"]);
  assert.equal(await page.innerText("#ollama-said"), "llama3.2:new-bar is here.");
  await model(page, "llama3.2:new-bar").waitFor();
  await pull(page, "llama3.2:new-bar");
  await page.waitForFunction(() => document.getElementById("ollama-said").textContent === "llama3.2:new-bar was up to date.");
  assert.deepEqual(faults, []);
  await page.close();
});

test("pull: cancelled it stops at the server too; the next one goes on from there", async () => {
  const { page, faults } = await shown({ slow: 150 });
  await pull(page, "llama3.2:new-cancelled");
  await page.waitForFunction(() => document.querySelector(".pull > progress").value > 1_000_000);
  await page.click('[aria-label="Cancel llama3.2:new-cancelled"]');
  await page.waitForFunction(() => document.querySelector('.pull[data-state="cancelled"]'));
  assert.match(await page.innerText("#ollama-said"), /was cancelled/);
  assert.equal(await page.locator('[aria-label="Cancel llama3.2:new-cancelled"]').count(), 0);
  assert.equal(await model(page, "llama3.2:new-cancelled").count(), 0);
  await page.waitForFunction(async (url) => (await (await fetch(url)).json()).ended.some(({ by, path }) => by === "client" && path.endsWith("/api/pull")), `${standin.url}/_standin/streams`).catch(() => {});
  const { ended } = await (await fetch(`${standin.url}/_standin/streams`)).json();
  assert.ok(ended.some(({ by, path }) => by === "client" && path.endsWith("/api/pull")), "the connection was closed by us");
  await pull(page, "llama3.2:new-cancelled");
  await page.waitForFunction(() => document.querySelector(".pull > progress").value > 1_000_000);
  await page.waitForFunction(() => document.querySelector('.pull[data-state="done"]'), undefined, { timeout: 30_000 });
  await model(page, "llama3.2:new-cancelled").waitFor();
  assert.deepEqual(faults, []);
  await page.close();
});

test("pull: a model nobody has is told", async () => {
  const { page } = await shown();
  await pull(page, "no-such-model");
  await page.waitForFunction(() => document.querySelector('.pull[data-state="failed"]'));
  assert.match(await page.innerText(".pull > .facts"), /^model not found: .*What you can do: /);
  assert.equal(await page.innerText("#ollama-said"), "no-such-model could not be pulled.");
  assert.equal(await page.locator(".pull > progress:visible").count(), 0);
  await page.close();
});

test("delete: only after a second word", async () => {
  const { page, faults } = await shown();
  await page.click('[aria-label="Delete gemma3:4b"]');
  assert.match(await page.innerText("#sure-question"), /^Delete gemma3:4b\? Its [\d.]+ GB would have to be pulled again\.$/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "sure-no", "Enter keeps it");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Delete gemma3:4b");
  assert.equal((await requests()).filter(({ method }) => method === "DELETE").length, 0);
  await page.keyboard.press("Enter");
  await page.click("#sure-yes");
  await model(page, "gemma3:4b").waitFor({ state: "detached" });
  assert.equal(await page.innerText("#ollama-said"), "gemma3:4b is deleted.");
  const [sent] = (await requests()).filter(({ method }) => method === "DELETE");
  assert.deepEqual(sent.body, { model: "gemma3:4b" });
  assert.deepEqual(faults, []);
  await page.close();
});

test("a model is chatted with at a click; a server that is not there is told", async () => {
  const { page } = await shown();
  await page.click('[aria-label="Chat with llama2:latest"]');
  assert.deepEqual([await page.inputValue("#provider"), await page.inputValue("#model")], ["standin-ollama", "llama2:latest"]);
  assert.match(await (await ask(page, "Hello")).locator(".answer").innerText(), /^This is llama2:latest speaking/);
  await set(page, { "base-url": `${new URL(standin.url).origin}/nowhere` });
  await page.click('#views [data-view="ollama"]');
  await page.waitForSelector("#ollama-problem .error");
  await page.close();
});

/** The page, at the models of the stand-in's Ollama; `slow`: so many milliseconds between the lines of a pull. */
async function shown({ slow } = {}) {
  const opened = await open();
  await set(opened.page, { provider: "standin-ollama", ...(slow ? { "base-url": `${standin.url}/_fault/slow-${slow}/ollama` } : {}) });
  await opened.page.click('#views [data-view="ollama"]');
  await opened.page.locator("#installed tr[data-model]").first().waitFor();
  return opened;
}

async function pull(page, name) {
  await page.fill("#pull-name", name);
  await page.press("#pull-name", "Enter");
}
