// The cells, performed in a runtime: `perform(name)` starts the server, runs them all and takes it down.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { start } from "../server/index.mjs";
import { bun, deno, node24 } from "../../runtimes/lib/tools.mjs";
import { cells } from "./cells.mjs";
import { serve } from "./page.mjs";

/** The folder the package is installed in, with the files of `app/`. */
export const app = process.env.AIRCHER_APP;
if (!app) throw new Error("AIRCHER_APP is not set: run cargo xtask test --only build,matrix");

/** How many cells are tried at a time. */
export const LANES = 24;

const PERFORM = {
  node: (world) => program(process.execPath, ["main.mjs", world]),
  deno: (world) => program(deno, ["run", "--no-prompt", "--no-lock", "--node-modules-dir=manual", "--allow-net", "main.mjs", world], { DENO_NO_UPDATE_CHECK: "1" }),
  bun: (world) => program(bun, ["main.mjs", world]),
  workerd: (world) => program(node24, [new URL("workerd.mjs", import.meta.url).pathname, world]),
  chromium: page,
};

/** Where the cells are tried. */
export const RUNTIMES = Object.keys(PERFORM);

/** `wanted` chooses among the cells. Resolves to `{ cells, results: Map, leaks, posts, second, bugs, ms }`. */
export async function perform(runtime, { wanted = () => true, lanes = LANES } = {}) {
  const chosen = mixed(cells(runtime).filter(wanted));
  const server = await start(lanes);
  const told = await teller({ cells: chosen, urls: server.urls, refused: server.refused });
  const began = Date.now();
  try {
    const { results, leaks } = await PERFORM[runtime](told.url);
    const { posts, second, bugs } = server.seen;
    return { cells: chosen, results: new Map(results.map((result) => [result.id, result])), leaks, posts, second, bugs, ms: Date.now() - began };
  } finally {
    await Promise.all([server.close(), told.close()]);
  }
}

/** So that the heavy cells of one fault do not come all at once. */
function mixed(cells) {
  const columns = Array.from({ length: 15 }, (_, column) => cells.filter((_, at) => at % 15 === column));
  return columns.flat();
}

/** Tells the runtime what to do. */
async function teller(world) {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "application/json", "access-control-allow-origin": "*" }).end(JSON.stringify(world)));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => (server.closeAllConnections(), server.close()) };
}

/** A program prints the results as its last line; whatever else it says is searched for the key too. */
async function program(file, args, env = {}) {
  const child = spawn(file, args, { cwd: app, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const pipe of ["stdout", "stderr"]) child[pipe].on("data", (text) => (said[pipe] += text));
  const code = await new Promise((done, fail) => child.once("close", done).once("error", fail));
  const at = said.stdout.lastIndexOf('{"results"');
  if (at < 0) throw new Error(`${file} ended with ${code} and said:\n${said.stdout}${said.stderr}`);
  const { results, leaks } = JSON.parse(said.stdout.slice(at));
  return { results, leaks: [...leaks, ...[said.stdout.slice(0, at), said.stderr].filter((text) => /CaNaRy/.test(text))] };
}

async function page(world) {
  const browser = await chromium.launch({ executablePath: process.env.CHROME, args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  const site = await serve(app);
  try {
    const page = await browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.goto(`${site.url}/?world=${encodeURIComponent(world)}`);
    await page.waitForFunction(() => globalThis.results, undefined, { timeout: 300_000 }).catch((error) => {
      throw new Error(`${error.message}\nthe page said:\n${said.slice(-20).join("\n")}`);
    });
    const { results, leaks } = await page.evaluate(() => globalThis.results);
    return { results, leaks: [...leaks, ...said.filter((text) => /CaNaRy/.test(text))] };
  } finally {
    await browser.close();
    await site.close();
  }
}
