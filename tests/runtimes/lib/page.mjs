// The page of `www/` in Chromium, served and driven like a person does it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { start } from "../../standin/index.mjs";

const FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The stand-in; slow enough that there is something to stop. */
export const standin = await start({ port: 0, paceMs: 5 });
after(() => standin.close());

const server = spawn(process.execPath, [fileURLToPath(new URL("../../../www/serve.mjs", import.meta.url)), standin.url, "--with-stdin"], { stdio: ["pipe", "pipe", "inherit"] });
after(() => server.kill());
/** Where the page is. */
export const address = await told(server.stdout);

const browser = await chromium.launch({ executablePath: process.env.CHROME, args: FLAGS });
after(() => browser.close());

async function told(stdout) {
  for await (const line of createInterface({ input: stdout })) {
    const [url] = /http:\/\/\S+/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error("www/serve.mjs ended without saying where the page is");
}

/** Opens the page; `faults` collects what must not happen: errors, policy violations, requests to anybody else. */
export async function open({ width = 1200, height = 900, ...more } = {}) {
  return ready(await browser.newPage({ viewport: { width, height }, ...more }));
}

/** Opens the page twice, as two tabs of one browser: they share what the browser keeps. */
export async function openTwice() {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  const tabs = [await ready(await context.newPage()), await ready(await context.newPage())];
  return { tabs: tabs.map(({ page }) => page), faults: () => tabs.flatMap(({ faults }) => faults), close: () => context.close() };
}

async function ready(page) {
  page.setDefaultTimeout(10_000);
  const faults = watch(page);
  await page.goto(address);
  await page.waitForSelector("body[data-ready]");
  return { page, faults };
}

function watch(page) {
  const faults = [];
  const ours = [new URL(address).origin, standin.url];
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  // What a provider refuses, or fails with, is told on the console by the browser itself.
  page.on("console", (message) => message.type() === "error" && !/the server responded with a status of [45]/.test(message.text()) && faults.push(`console: ${message.text()}`));
  page.on("request", (request) => ours.some((origin) => request.url().startsWith(`${origin}/`)) || request.url().startsWith("data:") || faults.push(`request: ${request.url()}`));
  page.on("dialog", (dialog) => (faults.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  return faults;
}

/** Sets fields in the settings. */
export async function set(page, { provider, think, ...fields }) {
  await page.evaluate(() => (document.getElementById("settings").open = true));
  if (provider) await page.selectOption("#provider", provider);
  if (think !== undefined) await page.setChecked("#think", think);
  for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, value);
}

/** Sends a prompt with the Enter key. */
export async function send(page, text) {
  await page.fill("#prompt", text);
  await page.press("#prompt", "Enter");
}

/** The last answer, when it is complete. */
export async function answered(page) {
  await page.waitForSelector("#log article.assistant:last-child:not([aria-busy])");
  return page.locator("#log article.assistant").last();
}

/** Sends and waits. */
export async function ask(page, text) {
  await send(page, text);
  return answered(page);
}

/** What the stand-in was sent, in the order it came: `{ method, path, body }`. */
export async function requests() {
  const { requests } = await (await fetch(`${standin.url}/_standin/requests`)).json();
  return requests;
}

/** Writes a configuration into the editor and applies it. */
export async function configure(page, text) {
  await page.click('#views [data-view="configuration"]');
  await page.fill("#toml", text);
  await page.click("#apply");
  await page.waitForFunction(() => /^Applied/.test(document.getElementById("toml-said").textContent));
  await page.click('#views [data-view="chat"]');
}
