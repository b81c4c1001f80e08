// Chromium, and folders served to it.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { url } from "./world.mjs";

const MIME = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** The one browser of a test file. */
export const browser = await chromium.launch({ executablePath: process.env.CHROME, args: FLAGS });
after(() => browser.close());

/** Serves a folder, and `pages` (path to HTML) over it. */
export async function serve(folder, pages = {}) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://page").pathname;
    if (pages[path]) return void response.setHeader("content-type", "text/html").end(pages[path]);
    send(join(folder, normalize(path)), response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

function send(file, response) {
  const found = statSync(file, { throwIfNoEntry: false })?.isFile();
  if (!found) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": MIME[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}

/** Opens a page and waits for the results of the scenario. */
export async function visit(address) {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  try {
    await page.goto(`${address}?standin=${encodeURIComponent(url)}`);
    await page.waitForFunction(() => globalThis.results, undefined, { timeout: 180_000 });
    return await page.evaluate(() => globalThis.results);
  } catch (error) {
    throw new Error(`${error.message}\nthe page said:\n${said.join("\n")}`);
  } finally {
    await page.close();
  }
}

/** Opens a page and reads what it says on the console until its script is over. */
export async function read(address) {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.args().length > 1 ? message.args().map((arg) => arg.jsonValue()) : [message.text()]));
  const failed = new Promise((_, fail) => page.on("pageerror", fail));
  try {
    await page.goto(address);
    await Promise.race([failed, page.waitForFunction(() => globalThis.over, undefined, { timeout: 20_000 })]);
    const lines = await Promise.all(said.map((parts) => Promise.all(parts)));
    return lines.map((parts) => `${parts.join(" ")}\n`).join("");
  } finally {
    await page.close();
  }
}

export const html = (script, head = "") => `<!doctype html><meta charset="utf-8"><title>test</title>${head}<script type="module" src="${script}"></script>`;
