// The page of `www/`, driven like a person does it, against the stand-in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { HEAVY, HOSTILE, PLAIN } from "./lib/hostile.mjs";
import { address, answered, ask, open, send, set, standin } from "./lib/page.mjs";

const PROVIDERS = [
  { id: "standin-openai", model: "gpt-6-luna" },
  { id: "standin-claude", model: "claude-haiku-5-5" },
  { id: "standin-gemini", model: "gemini-3.8-flash" },
  { id: "standin-ollama", model: "qwen3:8b" },
];
/** One red pixel. */
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==", "base64");
const IMAGE = { name: "red.png", mimeType: "image/png", buffer: PNG };

for (const { id, model } of PROVIDERS) {
  test(`${id}: streams text and tells the usage`, async () => {
    const { page, faults } = await open();
    await set(page, { provider: id });
    const answer = await ask(page, "Good morning");
    assert.match(await answer.locator(".answer").innerText(), new RegExp(`This is ${model} speaking\\. You said: "Good morning"`));
    assert.match(await answer.locator(".facts").innerText(), /· \d+ tokens in, \d+ out .*· finished: stop · \d+\.\d s$/);
    assert.deepEqual(faults, []);
    await page.close();
  });
}

test("text is on the page before the answer is complete", async () => {
  const { page } = await open();
  await send(page, "Much, please [long]");
  await page.waitForFunction(() => /Sentence number 9 /.test(document.querySelector("article.assistant[aria-busy] .answer")?.textContent));
  await page.close();
});

test("the models of the provider are offered", async () => {
  const { page } = await open();
  await set(page, { provider: "standin-claude" });
  await page.waitForSelector('#models option[value="claude-haiku-5-5"]', { state: "attached" });
  await page.close();
});

for (const { id } of PROVIDERS) {
  test(`${id}: thinking has a place of its own, closed when the answer is there`, async () => {
    const { page } = await open();
    await set(page, { provider: id, think: true });
    const answer = await ask(page, "Why?");
    assert.match(await answer.locator(".thinking div").textContent(), /The user wrote/);
    assert.equal(await answer.locator(".thinking").getAttribute("open"), null);
    assert.doesNotMatch(await answer.locator(".answer").innerText(), /The user wrote/);
    await page.close();
  });
}

test("a conversation goes on: the second question carries the first answer", async () => {
  const { page } = await open();
  await set(page, { provider: "standin-claude", think: true, system: "Be brief" });
  await ask(page, "First [think]");
  await ask(page, "Second");
  const { body } = (await requests()).findLast(({ path }) => path.includes("/claude/"));
  assert.deepEqual(body.messages.map(({ role }) => role), ["user", "assistant", "user"]);
  assert.match(JSON.stringify(body.system), /Be brief/);
  await page.click("#new");
  await ask(page, "Third");
  assert.equal((await requests()).findLast(({ path }) => path.includes("/claude/")).body.messages.length, 1);
  await page.close();
});

for (const [how, stop] of [["the button", (page) => page.click("#stop")], ["Escape", (page) => page.keyboard.press("Escape")]]) {
  test(`${how} stops the answer, and the server sees the connection close`, async () => {
    await reset();
    const { page } = await open();
    await send(page, "Much, please [long]");
    await page.waitForFunction(() => document.querySelector("article.assistant .answer")?.textContent.length > 100);
    await stop(page);
    const stopped = Date.now();
    await answered(page);
    assert.ok((await closed(stopped)) < 1000, "within a second");
    assert.equal(await page.locator("article.assistant .facts").innerText(), "stopped");
    await page.waitForSelector("#send:visible");
    await page.close();
  });
}

test("Shift+Enter makes a new line and sends nothing", async () => {
  const { page } = await open();
  await page.fill("#prompt", "one");
  await page.press("#prompt", "Shift+Enter");
  assert.equal(await page.inputValue("#prompt"), "one\n");
  assert.equal(await page.locator("article").count(), 0);
  await page.close();
});

for (const { id } of PROVIDERS.slice(0, 3)) {
  test(`${id}: sees the image that was added`, async () => {
    const { page, faults } = await open();
    await set(page, { provider: id });
    await page.setInputFiles("#file", [IMAGE, { ...IMAGE, name: "second.png" }]);
    await page.click('[aria-label="Remove second.png"]');
    const answer = await ask(page, "What is it?");
    assert.match(await answer.locator(".answer").innerText(), new RegExp(`I see 1 image \\(image/png, ${PNG.length} bytes\\)`));
    assert.equal(await page.locator("#images img").count(), 0, "the row is empty for the next message");
    assert.deepEqual(faults, []);
    await page.close();
  });
}

for (const { id } of PROVIDERS.slice(0, 3)) {
  test(`${id}: a wrong key is told, with what to do`, async () => {
    const { page } = await open();
    await set(page, { provider: id, key: "sk-wrong-key" });
    const answer = await ask(page, "Hello");
    assert.equal(await answer.locator(".error .type").innerText(), "authentication");
    // OpenAI's own words name the remedy; the others get a hint of ours.
    assert.match(await answer.locator(".error").innerText(), id === "standin-openai" ? /API key/ : /What you can do: .*key/);
    assert.doesNotMatch(await answer.innerText(), /sk-wrong-key/);
    assert.equal(await page.inputValue("#prompt"), "Hello", "it can be sent again");
    await set(page, { key: { "standin-openai": "sk-test-a", "standin-claude": "sk-ant-test-a", "standin-gemini": "AIza-test-a" }[id] });
    assert.match(await (await ask(page, "Again")).locator(".answer").innerText(), /You said: "Again"/);
    await page.close();
  });
}

test("no key and a bad address are told before anything is sent", async () => {
  await reset();
  const { page } = await open();
  await set(page, { provider: "openai" });
  assert.match(await (await ask(page, "Hello")).locator(".error").innerText(), /authentication/);
  await set(page, { "base-url": "not a url" });
  assert.match(await (await ask(page, "Hello")).locator(".error").innerText(), /invalid config[\s\S]*base_url/);
  assert.equal((await requests()).length, 0);
  await page.close();
});

test("only the books are kept: no key, no prompt, no answer", async () => {
  const { page } = await open();
  await set(page, { key: "sk-test-secret" });
  await ask(page, "Hello Rumpelstiltskin");
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).map(({ name }) => name).join(), location.search + location.hash]);
  assert.deepEqual(kept, [0, 0, "", "aircher-ledger", ""]);
  const books = await page.evaluate(documents);
  assert.match(books, /gpt-6-luna/);
  assert.doesNotMatch(books, /sk-test|Rumpelstiltskin|speaking/);
  await page.reload();
  await page.waitForSelector("body[data-ready]");
  assert.notEqual(await page.inputValue("#key"), "sk-test-secret");
  await page.close();
});

test("the policy comes as a header too, without a way to inline scripts", async () => {
  const policy = (await fetch(address)).headers.get("content-security-policy");
  for (const part of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval';", "require-trusted-types-for 'script'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part), part);
  // Vertex AI has a host for every place.
  assert.doesNotMatch(policy.replace(" https://*.googleapis.com ", " "), /unsafe-inline|'unsafe-eval'|\*\.|https:\/\/\*/);
});

for (const width of [360, 1200]) {
  test(`${width} px wide: nothing to scroll sideways, settings open or closed`, async () => {
    const { page } = await open({ width, height: 740 });
    const wide = `${"a".repeat(120)} https://example.com/${"b".repeat(70)}`;
    await ask(page, wide);
    await ask(page, "```\nconst a = 1; // a line of code that is certainly longer than any phone is wide, as they are\n```");
    const scrolls = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(await scrolls(), 0);
    await page.click("#settings > summary");
    assert.equal(await scrolls(), 0);
    await page.close();
  });
}

test("every field has a name for those who cannot see it", async () => {
  const { page } = await open();
  const nameless = await page.$$eval("input, select, textarea, button", (fields) =>
    fields.filter((field) => !field.labels?.length && !field.getAttribute("aria-label") && !field.textContent.trim()).map(({ id }) => id),
  );
  assert.deepEqual(nameless, []);
  await page.close();
});

async function requests() {
  return (await fetch(`${standin.url}/_standin/requests`)).json().then((seen) => (seen.requests ?? seen).filter(({ method }) => method === "POST"));
}

async function reset() {
  await fetch(`${standin.url}/_standin/reset`, { method: "POST" });
}

/** How long after `since` the server saw its peer close a stream. */
async function closed(since) {
  for (let tries = 0; tries < 40; tries += 1) {
    const { ended } = await (await fetch(`${standin.url}/_standin/streams`)).json();
    const one = ended.find(({ by }) => by === "client");
    if (one) return one.at_ms - since;
    await setTimeout(50);
  }
  return Infinity;
}

test(`${HOSTILE.length} hostile answers run no script, ask nobody and break no policy`, async () => {
  await reset();
  const { page, faults } = await open();
  await page.evaluate(() => {
    globalThis.fired = [];
    globalThis.fire = () => fired.push("script");
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => fired.push(`${violatedDirective} ${blockedURI}`));
  });
  for (const text of HOSTILE.map(filled)) {
    const answer = await ask(page, text);
    assert.ok((await answer.locator(".answer").textContent()).includes("You said"), text);
    for (const link of await answer.locator(".answer a").all()) await told(link);
  }
  // An echo is cut; the renderer gets each of them whole as well.
  await page.evaluate(rendered, HOSTILE.map(filled));
  await setTimeout(200);
  assert.deepEqual(await page.evaluate(() => globalThis.fired), []);
  assert.deepEqual(faults, []);
  assert.equal((await (await fetch(`${standin.url}/_standin/requests`)).json()).landings, 0);
  const tags = await page.$$eval("#log *, #rendered *", (all) => [...new Set(all.map(({ localName }) => localName))].sort());
  assert.deepEqual(tags.filter((tag) => !HARMLESS.includes(tag)), []);
  await page.close();
});

test("Markdown becomes the right elements, whole or one character at a time", async () => {
  const { page } = await open();
  for (const [text, html] of PLAIN) {
    assert.deepEqual(await page.evaluate(drawn, [text, text.length]), html, text);
    assert.deepEqual(await page.evaluate(drawn, [text, 1]), html, `${text}, one character at a time`);
  }
  await page.close();
});

test("Markdown takes time in proportion to its length, whatever it is", async () => {
  const { page } = await open();
  for (const piece of HEAVY) {
    const [short, long] = [10_000, 80_000].map((length) => [piece.repeat(length / piece.length), 500]);
    const few = await fastest(page, short);
    // Eight times the text; the square would be 64 times the time. The floor keeps noise out.
    const most = 20 * Math.max(few, 40);
    const many = await fastest(page, long, most);
    assert.ok(many < most, `${JSON.stringify(piece)}: ${Math.round(few)} ms, then ${Math.round(many)} ms`);
  }
  await page.close();
});

/** The best of three, or the first that is good enough: a busy machine makes single ones slow. */
async function fastest(page, work, enough = 0) {
  let best = Infinity;
  for (let tries = 0; tries < 3 && best > enough; tries += 1) best = Math.min(best, await page.evaluate(timed, work));
  return best;
}

const HARMLESS = "article div p h1 h2 h3 h4 h5 h6 ul ol li pre code blockquote hr strong em a details summary".split(" ");

const filled = (text) => text.replaceAll("{{outside}}", "https://outside.example");

async function told(link) {
  assert.match(await link.evaluate(({ href }) => href), /^(https|mailto):/);
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
}

/** In the page: renders texts by three characters. */
async function rendered(texts) {
  const { Markdown } = await import("./markdown.js");
  const root = document.createElement("div");
  root.id = "rendered";
  document.body.append(root);
  for (const text of texts) {
    const markdown = new Markdown(root.appendChild(document.createElement("div")));
    for (let at = 0; at < text.length; at += 3) markdown.push(text.slice(at, at + 3));
  }
}

/** In the page: the elements a text becomes when it comes in pieces. */
async function drawn([text, size]) {
  const { Markdown } = await import("./markdown.js");
  const root = document.createElement("div");
  const markdown = new Markdown(root);
  for (let at = 0; at < text.length; at += size) markdown.push(text.slice(at, at + size));
  return root.innerHTML;
}

/** In the page: the milliseconds that rendering takes. */
async function timed([text, size]) {
  const { Markdown } = await import("./markdown.js");
  const markdown = new Markdown(document.createElement("div"));
  const began = performance.now();
  for (let at = 0; at < text.length; at += size) markdown.push(text.slice(at, at + size));
  return performance.now() - began;
}

/** In the page: all documents of the ledger. */
async function documents() {
  const done = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = reject)));
  const db = await done(indexedDB.open("aircher-ledger"));
  const kv = db.transaction("kv").objectStore("kv");
  const found = JSON.stringify([await done(kv.getAllKeys()), await done(kv.getAll())]);
  db.close();
  return found;
}
