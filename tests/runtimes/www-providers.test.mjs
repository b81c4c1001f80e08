// What the page of `www/` shows of its providers: how they are, who was asked in what order, what the configuration says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, configure, open, requests, set, standin } from "./lib/page.mjs";

/** A configuration in which OpenAI has the given fault, and Claude takes over. */
const failing = (fault, more = "") => `
[providers]
fallback_order = ["openai", "claude"]
[providers.openai]
base_url = "${standin.url}/_fault/${fault}/openai/v1"
api_key_env = "STANDIN_OPENAI"
api = "responses"
model = "gpt-6-luna"
requests_per_min = 60
max_concurrent = 4
[providers.claude]
base_url = "${standin.url}/claude"
api_key_env = "STANDIN_CLAUDE"
model = "claude-haiku-5-5"
[retry]
max_retries = 1
initial_delay = "100ms"
${more}`;
const row = (page, id) => page.locator(`#standing [data-id="${id}"]`);

test("health: nothing is known at first; a check tells, and so does a call", async () => {
  const { page, faults } = await open();
  assert.deepEqual(await page.locator("#standing .state").allInnerTexts(), Array(4).fill("not asked"));
  await page.click('[aria-label="Check Claude (stand-in) now"]');
  await row(page, "standin-claude").and(page.locator('[data-state="good"]')).waitFor();
  assert.match(await row(page, "standin-claude").locator(".facts").first().innerText(), /^heard of at .* · took \d+ ms$/);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Check Claude (stand-in) now", "focus stays");
  await ask(page, "Hello");
  await row(page, "standin-openai").and(page.locator('[data-state="good"]')).waitFor();
  assert.match(await row(page, "standin-openai").locator(".pace").innerText(), /^1 request in the last minute$/);
  assert.equal(await row(page, "standin-gemini").getAttribute("data-state"), "unknown");
  await page.click("#check");
  await page.waitForFunction(() => document.querySelectorAll('#standing [data-state="good"]').length === 4);
  assert.deepEqual(faults, []);
  await page.close();
});

test("health: a provider that fails again and again is shown with its circuit", async () => {
  const { page, faults } = await open();
  await configure(page, failing("status-500"));
  for (const text of ["One", "Two", "Three"]) await ask(page, text);
  await row(page, "openai").and(page.locator('[data-circuit="open"]')).waitFor();
  assert.equal(await row(page, "openai").locator(".state").innerText(), "does not answer");
  assert.match(await row(page, "openai").locator(".facts").first().innerText(), /^circuit open: it is left alone for a while · heard of at .*HTTP 500/);
  assert.match(await page.textContent("#health-said"), /^openai: .*circuit open/);
  const skipped = (await ask(page, "Four")).locator(".attempts .skipped");
  assert.match(await skipped.innerText(), /^openai gpt-6-luna\s+not asked, circuit open/);
  assert.deepEqual(faults, []);
  await page.close();
});

test("a failover's timeline tells who was asked, for how long, and what came of it", async () => {
  const { page, faults } = await open();
  await configure(page, failing("status-503"));
  const answer = await ask(page, "Hello");
  assert.match(await answer.locator(".answer").innerText(), /^This is claude-haiku-5-5 speaking/);
  assert.match(await answer.locator(".course summary").innerText(), /^3 attempts in \d/);
  const rows = answer.locator(".attempts li");
  assert.deepEqual(await rows.locator(".who").allInnerTexts(), ["openai", "openai", "claude"]);
  assert.deepEqual(await rows.locator(".outcome").allInnerTexts(), ["overloaded (503)", "overloaded (503)", "answered"]);
  const facts = await rows.locator(".facts").allInnerTexts();
  assert.match(facts[1], /^[\d.]+ m?s · after waiting [\d.]+ m?s · \$0$/);
  assert.match(facts[2], /^[\d.]+ m?s · (after waiting .* · )?\$0\.0+[1-9]/);
  const pieces = await answer.locator(".took").evaluateAll((all) => all.map((piece) => piece.getBoundingClientRect().left - piece.parentElement.getBoundingClientRect().left));
  assert.ok(pieces[0] < pieces[1] && pieces[1] < pieces[2], `one behind the other: ${pieces}`);
  assert.deepEqual(faults, []);
  await page.close();
});

test("a call that nobody answers has its timeline below the error", async () => {
  const { page } = await open();
  await configure(page, failing("status-503").replace(`${standin.url}/claude`, `${standin.url}/_fault/status-529/claude`));
  const answer = await ask(page, "Hello");
  assert.equal(await answer.locator(".error .type").innerText(), "overloaded");
  assert.deepEqual(await answer.locator(".attempts .who").allInnerTexts(), ["openai", "openai", "claude"]);
  assert.equal(await answer.locator(".attempts .failed").count(), 3);
  assert.equal(await page.inputValue("#prompt"), "Hello");
  await page.close();
});

test("pace: what is allowed, what was sent, and the pause a provider asks for while it lasts", async () => {
  const { page } = await open();
  const claude = `[providers.claude]\nbase_url = "${standin.url}/_fault/status-429/claude"\napi_key_env = "STANDIN_CLAUDE"\nmodel = "claude-haiku-5-5"`;
  await configure(page, `${claude}\nrequests_per_min = 60\ntokens_per_min = 100000\nmax_concurrent = 4\n`);
  assert.equal(await row(page, "claude").locator(".pace").innerText(), "0 of 60 requests a minute · 100000 tokens a minute · 4 at a time");
  await page.fill("#prompt", "Hello");
  await page.press("#prompt", "Enter");
  await page.waitForFunction(() => /^pauses for [23]\.0 s: rate limit \(429\) · 1 of 60 requests/.test(document.querySelector('[data-id="claude"] .pace').textContent));
  assert.match(await page.locator("article.assistant .now").innerText(), /^claude: rate limit\. Asking again in 2\.\d s\.$/);
  await page.keyboard.press("Escape");
  await page.close();
});

test("who would answer: a dry run says it, and sends nothing", async () => {
  const { page, faults } = await open();
  await configure(page, failing("status-503", "[costs]\ndaily_limit = 0.000001\n"));
  await page.fill("#prompt", "How are you?");
  const before = (await requests()).length;
  await page.click("#explain");
  await page.waitForSelector("#prospects li");
  assert.deepEqual(await page.locator("#prospects .who").allInnerTexts(), ["openai", "claude"]);
  assert.deepEqual(await page.locator("#prospects .outcome").allInnerTexts(), ["not asked, budget exceeded", "not asked, budget exceeded"]);
  await configure(page, failing("status-503"));
  await page.click("#explain");
  await page.waitForSelector("#prospects .answered");
  assert.match(await page.locator("#prospects .answered").innerText(), /openai gpt-6-luna\s+would answer\s+about \d+ tokens in, up to \d+ out · \$0\.\d+ for so many/);
  assert.equal((await requests()).length, before);
  assert.deepEqual(faults, []);
  await page.close();
});

test("a mistake in the configuration is marked at its line, and the nearest key taken over", async () => {
  const { page, faults } = await open();
  await page.click('#views [data-view="configuration"]');
  const starter = await page.inputValue("#toml");
  for (const part of ["fallback_order", "[retry]", "[costs]", "[response_cache]"]) assert.ok(starter.includes(part), part);
  const line = starter.split("\n").findIndex((text) => text.startsWith("max_retries")) + 1;
  await page.fill("#toml", starter.replace("max_retries", "max_retrys"));
  await page.waitForSelector("#toml-problem .message");
  assert.equal(await page.innerText("#toml-problem .message"), `line ${line}: retry.max_retrys: unknown field \`max_retrys\`, did you mean \`max_retries\`?`);
  assert.equal(await page.innerText("#toml-lines .wrong"), `${line}`);
  assert.equal(await page.getAttribute("#toml", "aria-invalid"), "true");
  await page.click("#apply");
  assert.equal(await page.evaluate(() => document.activeElement.id), "toml");
  assert.match(await page.evaluate(() => getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)), /^max_retrys = 2/);
  // The mark lies behind its line, wherever the text was scrolled to.
  assert.ok(await page.evaluate(() => {
    const [mark, number] = [".mark", "#toml-lines .wrong"].map((selector) => document.querySelector(selector).getBoundingClientRect());
    return Math.abs(mark.top - number.top) < 4;
  }));
  await page.click('#toml-problem button:has-text("Write max_retries")');
  await page.waitForFunction(() => document.getElementById("toml-said").textContent === "No mistakes.");
  assert.equal(await page.inputValue("#toml"), starter);
  assert.equal(await page.locator(".mark:visible").count(), 0);
  assert.deepEqual(faults, []);
  await page.close();
});

test("an applied configuration counts for the next message, until the fields do again", async () => {
  const { page, faults } = await open();
  await page.click('#views [data-view="configuration"]');
  await page.press("#toml", "Control+Enter");
  await page.waitForFunction(() => /^Applied: 4 providers, asked in the order openai, claude, gemini, at most \$1 a day\.$/.test(document.getElementById("toml-said").textContent));
  assert.deepEqual(await page.locator("#provider option").allTextContents(), ["openai", "claude", "gemini", "ollama"]);
  assert.deepEqual([await page.inputValue("#daily"), await page.isDisabled("#daily"), await page.isDisabled("#base-url")], ["1", true, true]);
  await page.click('#views [data-view="chat"]');
  assert.match(await (await ask(page, "Hello")).locator(".answer").innerText(), /^This is gpt-6-luna speaking/);
  await page.waitForFunction(() => / of \$1\.00$/.test(document.querySelector("#totals .sum")?.textContent));
  await page.click('#views [data-view="configuration"]');
  assert.match(await page.textContent("#effective"), /"idle": "1m"/);
  assert.doesNotMatch(await page.textContent("#effective"), /sk-/);
  await page.click("#forget");
  assert.deepEqual([await page.locator("#provider option").count(), await page.inputValue("#daily"), await page.isDisabled("#daily")], [8, "", false]);
  await page.click('#views [data-view="chat"]');
  await set(page, { provider: "standin-claude" });
  assert.match(await (await ask(page, "Hello")).locator(".answer").innerText(), /^This is claude-haiku-5-5 speaking/);
  assert.deepEqual(faults, []);
  await page.close();
});

test("the key of a configuration comes from the field, and stays out of the text", async () => {
  const { page } = await open();
  await configure(page, failing("linger").replace('fallback_order = ["openai", "claude"]', "").replace("/_fault/linger", ""));
  await set(page, { key: "sk-wrong-key" });
  assert.equal(await (await ask(page, "Hello")).locator(".error .type").innerText(), "authentication");
  await set(page, { key: "sk-test-mine" });
  assert.match(await (await ask(page, "Hello")).locator(".answer").innerText(), /You said: "Hello"/);
  await page.click('#views [data-view="configuration"]');
  await page.fill("#toml", '[providers.openai]\napi_key = "sk-test-literal"\n');
  await page.waitForSelector("#toml-problem .message");
  assert.match(await page.innerText("#toml-problem"), /a key in a page/);
  assert.doesNotMatch(await page.innerText("#toml-problem"), /sk-test/);
  await page.close();
});

/** Addresses the page's policy lets through, and such that it does not. */
const ADDRESSES = {
  true: ["https://api.openai.com/v1", "https://aiplatform.googleapis.com/v1", "https://eu-aiplatform.googleapis.com", "http://localhost:11434", "https://localhost:8443/v1", "http://127.0.0.1:1/", "pkg/"],
  false: ["https://api.groq.com/openai/v1", "http://api.openai.com", "https://api.openai.com:8443", "https://googleapis.com", "https://evil-googleapis.com", "https://api.openai.com.evil.example", "http://192.168.1.2:11434", "http://[::1]:11434"],
};

test("what the page says its policy lets through is what the browser does", async () => {
  const { page } = await open();
  await page.route(/^https?:\/\/(?!127\.0\.0\.1:\d{2})/, (route) => route.fulfill({ status: 204 }));
  const told = await page.evaluate(async (addresses) => {
    const { isLetThrough } = await import("./policy.js");
    const kept = new Set();
    document.addEventListener("securitypolicyviolation", ({ blockedURI }) => kept.add(new URL(blockedURI).href));
    await Promise.allSettled(addresses.map((address) => fetch(address, { mode: "no-cors" })));
    await new Promise((wake) => setTimeout(wake, 100));
    const seen = addresses.map((address) => [address, isLetThrough(address), !kept.has(new URL(address, location.href).href)]);
    return { seen, count: kept.size };
  }, Object.values(ADDRESSES).flat());
  for (const [address, said, done] of told.seen) assert.deepEqual([said, done], Array(2).fill(ADDRESSES.true.includes(address)), address);
  assert.equal(told.count, ADDRESSES.false.length);
  await page.close();
});

test("an address that the page's own policy keeps out is told with where that is set", async () => {
  const { page } = await open();
  await configure(page, '[providers.far]\nkind = "openai"\nbase_url = "https://llm.example/v1"\nmodel = "m"\napi_key_env = "FAR"\n[providers.ollama]\n[retry]\nmax_retries = 0\n');
  const wanted = /this page's own policy does not let requests to https:\/\/llm\.example through: add https:\/\/llm\.example to connect-src in www\/index\.html, which www\/serve\.mjs sends too/;
  assert.match(await page.textContent("#toml-problem"), wanted);
  assert.match(await page.textContent("#toml-problem"), /^providers\.far: /);
  assert.doesNotMatch(await page.textContent("#toml-problem"), /ollama/);
  await set(page, { provider: "far", key: "sk-test-mine" });
  const error = (await ask(page, "Hello")).locator(".error");
  assert.equal(await error.locator(".type").innerText(), "network error");
  assert.match(await error.locator(".hint").innerText(), wanted);
  assert.doesNotMatch(await error.innerText(), /access-control/);
  await page.click('#views [data-view="configuration"]');
  await page.fill("#toml", "[providers.openai]");
  await page.waitForFunction(() => document.getElementById("toml-problem").textContent === "");
  await page.close();
});
