// Where proofs run: Chromium with a profile of its own, and the packed package served to it beside the pages' scripts.
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const FOLDERS = { "/dist/": "../../../pkg/dist", "/page/": "../page" };
const MIME = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
/** A tab nobody looks at is slowed down; here every tab counts as looked at. */
const AWAKE = ["--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"];
export const FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...AWAKE];

/** Whether this is the proof itself (`cargo xtask proof`) or its smaller run (`cargo xtask test`). */
export const FULL = process.env.AIRCHER_PROOF === "full";
export const count = (full, small) => (FULL ? full : small);

export const CHROME = process.env.CHROME;
if (!CHROME) throw new Error("CHROME is not set: run cargo xtask proof <name>");

/** `posts` answers what pages send: `{ "/ack": (json) => … }`. Resolves to the origin's address. */
export async function serve(posts = {}) {
  const server = createServer((request, response) => (request.method === "POST" ? receive(request, response, posts) : send(request, response)));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function receive(request, response, posts) {
  const pieces = [];
  try {
    for await (const piece of request) pieces.push(piece);
  } catch {
    return; // killed while it was sending
  }
  posts[new URL(request.url, "http://page").pathname]?.(JSON.parse(Buffer.concat(pieces).toString()));
  response.writeHead(204).end();
}

/** `/` is a page without anything; `/page/x.mjs.html` one that runs a script. */
function send({ url }, response) {
  const path = normalize(new URL(url, "http://page").pathname);
  if (path === "/" || path.endsWith(".html")) return void response.setHeader("content-type", "text/html").end(html(path.replace(/\.html$/, "")));
  const prefix = Object.keys(FOLDERS).find((prefix) => path.startsWith(prefix));
  const file = prefix && fileURLToPath(new URL(join(FOLDERS[prefix], path.slice(prefix.length)), import.meta.url));
  if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": MIME[extname(file)] ?? "application/octet-stream", "service-worker-allowed": "/" });
  createReadStream(file).pipe(response);
}

const html = (script) => `<!doctype html><meta charset="utf-8"><title>proof</title>${script === "/" ? "" : `<script type="module" src="${script}"></script>`}`;

/** A folder that is gone when the proof is over; whoever writes there has to `end` before. */
export function temporary(end = async () => {}) {
  const made = mkdtempSync(join(tmpdir(), "aircher-proof-"));
  after(async () => {
    await end();
    rmSync(made, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  return made;
}

/**
 * `tab(script)` resolves to a page in which that script of `page/` has run. `quota`: it is of an origin of its own that
 * may keep so many bytes; that has to be said before its first one, because what is left is looked up rarely.
 */
export async function browser({ init } = {}) {
  const origin = await serve();
  const profile = temporary(() => context.close());
  const context = await chromium.launchPersistentContext(profile, { executablePath: CHROME, args: FLAGS });
  if (init) await context.addInitScript(init);
  return {
    context,
    async tab(script, quota) {
      const page = await context.newPage();
      const home = quota ? origin.replace("127.0.0.1", "localhost") : origin;
      if (quota) await (await context.newCDPSession(page)).send("Storage.overrideQuotaForOrigin", { origin: home, quotaSize: quota });
      page.on("pageerror", (error) => console.log(`a page threw: ${error.message}`));
      await page.goto(`${home}/page/${script}.html`);
      await page.waitForFunction(() => globalThis.perform);
      return page;
    },
  };
}

/** Has a page do one of its tasks; nothing may hang. */
export function asked(page, task, values = {}, limit_ms = 600_000) {
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error(`${task} did not end in ${limit_ms} ms`)), limit_ms).unref());
  return Promise.race([page.evaluate(([task, values]) => globalThis.perform(task, values), [task, values]), late]);
}

/** The figures of a proof, as they go into docs/proofs.md. */
export function report(name, figures) {
  const text = Object.entries(figures).map(([what, figure]) => `${what} ${figure}`).join(", ");
  console.log(`\n| ${name} | ${new Date().toISOString().slice(0, 10)} | ${FULL ? "" : "small run: "}${text} |\n`);
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
