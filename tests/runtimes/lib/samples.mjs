// Runs a sample where it belongs: Node, Deno, workerd or Chromium, told by what it imports.
//
// What is meant for the providers goes to the stand-in (`redirect.mjs`); nothing is changed within a sample. Each
// resolves to what the sample said.
import { generateKeyPairSync } from "node:crypto";
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { deno, node24 } from "./tools.mjs";
import { app, url } from "./world.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const REDIRECT = file("./redirect.mjs");
const KEYS = { OPENAI_API_KEY: "sk-test-readme", ANTHROPIC_API_KEY: "sk-ant-test-readme", GEMINI_API_KEY: "AIza-test-readme", GOOGLE_SERVICE_ACCOUNT: keyFile() };
const MAP = { imports: { "aircher-llm": "/node_modules/aircher-llm/dist/entry-default.js", "aircher-llm/stores/indexeddb": "/node_modules/aircher-llm/dist/stores/indexeddb.js" } };

/** A service account whose key is made here. */
function keyFile() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const private_key = privateKey.export({ type: "pkcs8", format: "pem" });
  return JSON.stringify({ type: "service_account", project_id: "my-project", client_email: "robot@my-project.iam.gserviceaccount.com", private_key });
}

/** Where a sample runs, by words of it. */
const PLACES = [
  ["stores/indexeddb", inChromium],
  ["stores/d1", inWorkerd],
  ["stores/durable-object", inWorkerd],
  ["stores/deno-kv", inDeno],
  ["stores/redis", withRedis],
  ["stores/sqlite", (name) => inNode(name, node24)],
  ["export default", asWorker],
];

/** Writes a sample into the app's folder and runs it. */
export function sample(name, code) {
  writeFileSync(join(app, name), code);
  const [, run] = PLACES.find(([word]) => code.includes(word)) ?? [undefined, inNode];
  return run(name);
}

/** Why a sample cannot run here. */
export function lacks(code) {
  return code.includes("stores/redis") && !redisServer() ? "no valkey-server or redis-server on PATH" : undefined;
}

function inNode(name, node = process.execPath, more = {}) {
  return said(node, ["--import", REDIRECT, name], more);
}

/** A Worker in Node: its `fetch` is called. */
function asWorker(name) {
  const call = `import worker from "./${name}";\nconsole.log(await (await worker.fetch(new Request("http://worker/"), process.env)).text());\n`;
  writeFileSync(join(app, `run-${name}`), call);
  return inNode(`run-${name}`);
}

function inDeno(name) {
  writeFileSync(join(app, `run-${name}`), `import "${REDIRECT}";\nawait import("./${name}");\n`);
  const leave = ["--allow-net", "--allow-env", `--allow-read=${app}`, `--allow-write=${app}`];
  return said(deno, ["run", "--no-prompt", "--no-lock", "--node-modules-dir=manual", "--unstable-kv", ...leave, `run-${name}`], { DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(app, "deno") });
}

/** miniflare asks for Node 22, so the Node 24 of the list runs it. */
function inWorkerd(name) {
  return said(node24, [file("./worker-sample.mjs"), name]);
}

async function inChromium(name) {
  const { html, read, serve } = await import("./browser.mjs");
  writeFileSync(join(app, "redirect.mjs"), `globalThis.process = { env: { STANDIN: ${JSON.stringify(url)} } };\n${await source(REDIRECT)}`);
  writeFileSync(join(app, `run-${name}`), `import "./redirect.mjs";\nawait import("./${name}");\nglobalThis.over = true;\n`);
  return read(await serve(app, { "/": html(`/run-${name}`, `<script type="importmap">${JSON.stringify(MAP)}</script>`) }));
}

const source = async (path) => (await import("node:fs/promises")).readFile(path, "utf8");

/** The sample's `redis` is a package of a few lines over the client of the stores' tests. */
async function withRedis(name) {
  const port = await startedRedis();
  const folder = join(app, "node_modules/redis");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "name": "redis", "type": "module", "exports": "./index.mjs" }');
  writeFileSync(join(folder, "index.mjs"), `import { client } from "${file("../../stores/lib/resp.mjs")}";
export const createClient = ({ url }) => ({
  async connect() {
    const { send, close } = await client(new URL(url).port);
    return { sendCommand: ([command, ...args]) => send(command, args), close };
  },
});
`);
  return inNode(name, process.execPath, { REDIS_URL: `redis://127.0.0.1:${port}` });
}

function redisServer() {
  const paths = ["valkey-server", "redis-server"].map((name) => spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim());
  return paths.find(Boolean);
}

async function startedRedis() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => probe.once("listening", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  const child = spawn(redisServer(), ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", app], { stdio: "ignore" });
  after(() => child.kill());
  const { client } = await import("../../stores/lib/resp.mjs");
  for (let tries = 0; tries < 100; tries += 1) {
    const ready = await client(port).catch(() => setTimeout(50));
    if (ready) return ready.close(), port;
  }
  throw new Error(`no redis answers at port ${port}`);
}

/** A sample may be a test itself: without `NODE_TEST_CONTEXT` it does not take itself for a part of this one. */
async function said(program, args, more = {}) {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, ...KEYS, STANDIN: url, ...more };
  const { stdout } = await promisify(execFile)(program, args, { cwd: app, env, timeout: 30_000 });
  return stdout;
}
