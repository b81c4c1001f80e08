// Chromium with a profile of its own, and the repository served to it.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { temporary } from "./runner.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const PAGE = '<!doctype html><meta charset="utf-8"><title>stores</title><script type="module" src="/tests/stores/lib/browser-page.mjs"></script>';

/** `open()` resolves to a page; `quota` is how many bytes its origin may keep. */
export async function browser(executablePath) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const context = await chromium.launchPersistentContext(temporary(), { executablePath, args: FLAGS });
  after(() => context.close().then(() => server.close()));
  const origin = (host) => `http://${host}:${server.address().port}`;
  return {
    async open(host = "127.0.0.1", quota = undefined) {
      const page = await context.newPage();
      // Before the first byte is stored: what is left is looked up rarely.
      if (quota) await (await context.newCDPSession(page)).send("Storage.overrideQuotaForOrigin", { origin: origin(host), quotaSize: quota });
      await page.goto(`${origin(host)}/`);
      await page.waitForFunction(() => globalThis.perform);
      return page;
    },
  };
}

function answer(request, response) {
  const path = new URL(request.url, "http://page").pathname;
  if (path === "/") return void response.setHeader("content-type", "text/html").end(PAGE);
  const file = join(ROOT, normalize(path));
  // A worker of this folder may serve as the service worker of the whole origin.
  const headers = { "content-type": "text/javascript", "service-worker-allowed": "/" };
  if (!/\.m?js$/.test(file) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, headers);
  createReadStream(file).pipe(response);
}
