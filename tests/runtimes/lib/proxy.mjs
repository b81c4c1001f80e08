// examples/proxy-worker in workerd, with the package before it and the stand-in behind it:   node proxy.mjs <stand-in>
// (in the app's folder). Prints one `{ name, error? }` per check.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { same, truly } from "../app/checks.mjs";

const { Aircher } = createRequire(join(process.cwd(), "app.js"))("aircher-llm");
const standin = process.argv[2];
const MOUNTS = { "api.openai.com": "/openai", "api.anthropic.com": "/claude", "generativelanguage.googleapis.com": "/gemini" };
const KEYS = { OPENAI_API_KEY: "sk-test-kept-by-the-proxy", ANTHROPIC_API_KEY: "sk-ant-test-kept-by-the-proxy" };
const PAGE = "https://my.site";
const HELLO = { messages: [{ role: "user", content: "Say hello." }] };
const asked = [];

/** What the Worker sends to the providers goes to the stand-in. */
async function outbound(request) {
  const { hostname, pathname, search } = new URL(request.url);
  asked.push({ hostname, pathname, headers: Object.fromEntries(request.headers) });
  const body = request.method === "GET" ? undefined : await request.text();
  return fetch(standin + MOUNTS[hostname] + pathname + search, { method: request.method, headers: request.headers, body });
}

const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules: [{ type: "ESModule", path: "worker.mjs", contents: readFileSync(new URL("../../../examples/proxy-worker/worker.js", import.meta.url), "utf8") }],
  bindings: { ...KEYS, ORIGINS: `https://other.site ${PAGE}` },
  outboundService: outbound,
});
const proxy = String(await worker.ready).replace(/\/$/, "");
const from = (origin) => (url, init) => fetch(url, { ...init, headers: { ...init.headers, origin } });
const config = { providers: { openai: { base_url: `${proxy}/openai`, api_key: null, model: "gpt-6-luna" }, claude: { base_url: `${proxy}/claude`, api_key: null, model: "claude-haiku-5-5" }, gemini: { base_url: `${proxy}/gemini`, api_key: null, model: "gemini-3.8-flash" } } };
const client = (origin = PAGE) => Aircher.create(config, { fetch: from(origin) });

const CHECKS = {
  async "it streams through, with the key it keeps"() {
    const llm = await client();
    for (const provider of ["openai", "claude"]) {
      let chunks = 0;
      for await (const { stream } of llm.chatStream({ ...HELLO, provider })) chunks += Number(!stream.finished);
      truly(chunks > 3, `${provider} streams`);
    }
    truly(asked.every(({ headers }) => !("origin" in headers || "cookie" in headers)), "nothing of the page goes on");
    same(asked[0].headers.authorization, `Bearer ${KEYS.OPENAI_API_KEY}`, "the key");
  },
  async "providers behind it can be asked how they are"() {
    const { openai, claude } = await (await client()).checkHealth();
    same(`${openai.healthy} ${claude.healthy}`, "true true", "healthy");
  },
  async "one it has no key for is not there"() {
    const error = await (await client()).chat({ ...HELLO, provider: "gemini" }).catch((error) => error);
    same(error.status_code, 404, "the status");
  },
  async "other origins, none, and other paths are not let in"() {
    const before = asked.length;
    const error = await (await client("https://evil.site")).chat({ ...HELLO, provider: "openai" }).catch((error) => error);
    same(error.status_code, 403, "another origin");
    same((await fetch(`${proxy}/openai/models`)).status, 403, "no origin");
    for (const path of ["/openai/files", "/openai/../claude/v1/files", "/claude/v1/messages/batches", "/constructor/models", "/openai//models", "/"]) {
      same((await fetch(proxy + path, { headers: { origin: PAGE } })).status, 404, path);
    }
    same(asked.length, before, "requests sent on");
  },
  async "a page is answered before it asks"() {
    const headers = { origin: PAGE, "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
    const answer = await fetch(`${proxy}/openai/responses`, { method: "OPTIONS", headers });
    same(`${answer.status} ${answer.headers.get("access-control-allow-origin")} ${answer.headers.get("access-control-allow-headers")}`, `204 ${PAGE} content-type`, "the preflight");
  },
  async "the key is in no answer"() {
    const answer = await fetch(`${proxy}/openai/models`, { headers: { origin: PAGE } });
    const told = JSON.stringify([...answer.headers]) + (await answer.text());
    truly(answer.ok && !told.includes("kept-by-the-proxy"), "an answer without the key");
  },
};

const results = [];
for (const [name, check] of Object.entries(CHECKS)) results.push(await check().then(() => ({ name }), (error) => ({ name, error: String(error?.stack ?? error) })));
console.log(JSON.stringify(results));
await worker.dispose();
