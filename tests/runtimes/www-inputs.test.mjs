// What goes with a message on the page of `www/`: the model, images and PDFs, Gemini's safety settings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, ask, open, requests, set } from "./lib/page.mjs";

/** One red pixel, and the shortest thing that calls itself a PDF. */
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==", "base64");
const PDF = Buffer.from("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n");
const FILES = [
  { name: "red.png", mimeType: "image/png", buffer: PNG },
  { name: "report.pdf", mimeType: "application/pdf", buffer: PDF },
];
/** Where each dialect has the two: `[image, PDF, name of the PDF]` of a body. */
const SENT = {
  "standin-openai": ({ input }) => {
    const [, image, file] = input.at(-1).content;
    return [image.image_url, file.file_data, file.filename];
  },
  "standin-claude": ({ messages }) => {
    const [, image, file] = messages.at(-1).content;
    return [image, file].map(({ source }) => `data:${source.media_type};base64,${source.data}`).concat(file.title);
  },
  "standin-gemini": ({ contents }) => {
    const [, image, file] = contents.at(-1).parts;
    return [image, file].map(({ inlineData }) => `data:${inlineData.mimeType};base64,${inlineData.data}`).concat("report.pdf");
  },
};

for (const [id, sent] of Object.entries(SENT)) {
  test(`${id}: an image and a PDF reach the provider as they are`, async () => {
    const { page, faults } = await open();
    await set(page, { provider: id });
    await page.setInputFiles("#file", FILES);
    await page.locator("#images figure").nth(1).waitFor();
    assert.deepEqual(await page.locator("#images figcaption").allInnerTexts(), [`${PNG.length} bytes`, `${PDF.length} bytes`]);
    assert.match(await page.locator("#images .sheet").innerText(), /report\.pdf$/);
    const answer = await ask(page, "What are these?");
    assert.equal(await answer.locator(".error").count(), 0);
    const { body } = (await requests()).findLast(({ method, path }) => method === "POST" && path.includes(id.split("-")[1]));
    assert.deepEqual(sent(body), [dataUrl("image/png", PNG), dataUrl("application/pdf", PDF), "report.pdf"]);
    assert.equal(await page.locator("article.user .file").innerText(), `report.pdf · PDF, ${PDF.length} bytes`);
    assert.equal(await page.locator("article.user img").getAttribute("src"), dataUrl("image/png", PNG));
    assert.deepEqual(faults, []);
    await page.close();
  });
}

test("files are dropped and pasted as well; what cannot be sent is named", async () => {
  const { page, faults } = await open();
  await page.evaluate(bring, ["drop", "dropped.png", "image/png", PNG.toString("base64")]);
  await page.evaluate(bring, ["paste", "pasted.pdf", "application/pdf", PDF.toString("base64")]);
  await page.evaluate(bring, ["drop", "notes.txt", "text/plain", ""]);
  assert.deepEqual(await page.locator("#images button").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))), ["Remove dropped.png", "Remove pasted.pdf"]);
  assert.match(await page.innerText("#files-note"), /^notes\.txt cannot be sent \(text\/plain\): images and PDF can\.$/);
  await page.click('[aria-label="Remove pasted.pdf"]');
  assert.match(await (await ask(page, "What is it?")).locator(".answer").innerText(), new RegExp(`I see 1 image \\(image/png, ${PNG.length} bytes\\)`));
  assert.equal(await page.innerText("#files-note"), "");
  assert.deepEqual(faults, []);
  await page.close();
});

test("files come back when the message fails", async () => {
  const { page } = await open();
  await set(page, { key: "sk-wrong-key" });
  await page.setInputFiles("#file", FILES);
  await ask(page, "What are these?");
  assert.equal(await page.locator("#images figure").count(), 2);
  await set(page, { key: "sk-test-right" });
  await page.click("#send");
  assert.match(await (await answered(page)).locator(".answer").innerText(), /I see 1 image/);
  await page.close();
});

test("the model picker tells limits and prices, and takes a model", async () => {
  const { page, faults } = await open();
  await set(page, { provider: "standin-claude" });
  await page.waitForFunction(() => document.getElementById("model-note").textContent.includes("per million"));
  assert.match(await page.innerText("#model-note"), /^[\d.]+[kM] tokens · \d+k out · \$0\.10 in, \$0\.50 out per million · tools · images/);
  await page.click("#pick");
  assert.equal(await page.innerText("#picker-title"), "Models of Claude (stand-in)");
  const all = await page.locator("#picker-rows tr").count();
  await page.fill("#picker-filter", "opus");
  const rows = page.locator("#picker-rows tr");
  assert.ok((await rows.count()) > 0 && (await rows.count()) < all);
  const name = await rows.first().locator("button").innerText();
  assert.match(await rows.first().innerText(), /\$\d+(\.\d\d)?\s+\$\d+(\.\d\d)?/);
  await page.press("#picker-filter", "Enter");
  assert.equal(await page.locator("#picker[open]").count(), 0);
  assert.equal(await page.inputValue("#model"), name);
  assert.match(await (await ask(page, "Hello")).locator(".answer").innerText(), new RegExp(`This is ${name} speaking`));
  await page.fill("#model", "claude-sonnet-of-tomorrow");
  assert.equal(await page.innerText("#model-note"), "Not in the table: sent as it is.");
  assert.deepEqual(faults, []);
  await page.close();
});

test("the model picker asks the provider for its own list", async () => {
  const { page, faults } = await open();
  await set(page, { provider: "standin-claude" });
  await page.click("#pick");
  await page.waitForSelector("#picker-rows tr");
  const before = await page.locator("#picker-rows tr").count();
  await page.click("#picker-live");
  await page.waitForFunction(() => /^The provider lists \d+ models\.$/.test(document.getElementById("picker-said").textContent));
  const count = Number(/\d+/.exec(await page.innerText("#picker-said"))[0]);
  assert.ok(count > 0 && count !== before, `${count}, before ${before}`);
  assert.equal(await page.locator("#picker-rows tr").count(), count);
  assert.ok((await requests()).some(({ method, path }) => method === "GET" && path.startsWith("/claude/v1/models")));
  await page.click("#picker-close");
  await set(page, { key: "sk-wrong-key" });
  await page.click("#pick");
  await page.click("#picker-live");
  await page.waitForFunction(() => /key/.test(document.getElementById("picker-said").textContent));
  assert.deepEqual(faults, []);
  await page.close();
});

test("Escape closes the picker and nothing else", async () => {
  const { page } = await open();
  await page.fill("#prompt", "Much, please [long]");
  await page.press("#prompt", "Enter");
  await page.click("#pick");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#picker[open]").count(), 0);
  assert.equal(await page.locator("article.assistant[aria-busy]").count(), 1, "the answer goes on");
  await page.keyboard.press("Escape");
  await answered(page);
  await page.close();
});

test("safety settings reach Gemini, one for each category that was set", async () => {
  const { page, faults } = await open();
  assert.equal(await page.locator("#safety:visible").count(), 0, "nobody else has them");
  await set(page, { provider: "standin-gemini" });
  await ask(page, "Hello");
  await page.click("#safety summary");
  await page.selectOption('#safety [data-category="HARM_CATEGORY_HARASSMENT"]', "BLOCK_ONLY_HIGH");
  await page.getByLabel("Dangerous content").selectOption("OFF");
  await ask(page, "Hello again");
  const bodies = (await requests()).filter(({ method, path }) => method === "POST" && path.includes("/gemini/")).map(({ body }) => body);
  assert.deepEqual(bodies.slice(-2).map(({ safetySettings }) => safetySettings), [
    undefined,
    [
      { category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_ONLY_HIGH" },
      { category: "HARM_CATEGORY_DANGEROUS_CONTENT", threshold: "OFF" },
    ],
  ]);
  assert.deepEqual(faults, []);
  await page.close();
});

for (const width of [360, 1200]) {
  test(`${width} px wide: every view fits, and every field in it has a name`, async () => {
    const { page } = await open({ width, height: 740 });
    for (const view of await page.locator("#views button").all()) {
      await view.click();
      await page.evaluate(() => document.querySelectorAll("aside > details").forEach((details) => (details.open = true)));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, await view.innerText());
      assert.equal(await view.getAttribute("aria-current"), "page");
      assert.deepEqual(await page.$$eval("input, select, textarea, button", nameless), []);
    }
    await page.close();
  });
}

function nameless(fields) {
  return fields.filter((field) => !field.labels?.length && !field.getAttribute("aria-label") && !field.textContent.trim()).map(({ outerHTML }) => outerHTML);
}

const dataUrl = (type, bytes) => `data:${type};base64,${bytes.toString("base64")}`;

/** In the page: a file that is dropped on it, or pasted into the message. */
function bring([how, name, type, base64]) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type }));
  const more = { bubbles: true, cancelable: true };
  if (how === "drop") return void document.dispatchEvent(new DragEvent("drop", { ...more, dataTransfer: data }));
  document.getElementById("prompt").dispatchEvent(new ClipboardEvent("paste", { ...more, clipboardData: data }));
}
