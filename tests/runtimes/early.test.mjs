// What browsers can do with the parts of the wasm they have loaded by then: everything before the first call with the
// first, every call with the first two. Each case is a page of its own, so that no other has loaded more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { browser, serve } from "./lib/browser.mjs";
import { url } from "./lib/world.mjs";

const address = await serve(fileURLToPath(new URL("../../pkg/dist/", import.meta.url)), { "/": "<!doctype html><title>early</title>" });

const EVERYTHING = {
  providers: {
    openai: { api_key: null, headers: { a: "b" }, requests_per_min: 3, custom_models: { a: "gpt-6-luna", b: { model: "x", prices: { in: 1, tiers: [{ from: 1, prices: { in: 2 } }], changes: [{ from: "2026-01-01", prices: { in: 1 } }] } } } },
    claude: {},
    gemini: { safety_settings: [{ category: "A" }] },
    ollama: { keep_alive: "5m", num_ctx: 3 },
    fallback_order: ["openai", "claude"],
  },
  retry: { max_retries: 1, retryable_errors: ["timeout"] },
  timeouts: { total: "1m" },
  failover: { models: { openai: "x" } },
  limits: { line_bytes: 3 },
  costs: { daily_limit: "1.5", budget_timezone: "Europe/Berlin", limits: { openai_daily: 1 }, tags: { "a:b": { daily: 1, monthly: 2 } } },
};
/** Configurations, and how `create` has to fail. */
const CASES = [
  ["a plain one", { providers: { openai: { api_key: null } } }],
  ["one with everything", EVERYTHING],
  ["TOML", "[providers.openai]\nbase_url = \"https://example.com\"\n"],
  ["an unknown key", { retri: 1 }, /^retri: unknown field `retri`, did you mean `retry`\?$/],
  ["an unknown key in TOML", "[retry]\nmax_retrys = 1", /^line 2: retry\.max_retrys: unknown field/],
  ["a value out of range", { costs: { daily_limit: -1 } }, /^costs\.daily_limit: must not be negative/],
  ["a zone there is not", { costs: { budget_timezone: "Mars/Base" } }, /^costs\.budget_timezone: `Mars\/Base`/],
  ["no duration", { timeouts: { total: "5 parsecs" } }, /^timeouts\.total: `5 parsecs`/],
  ["no address", { providers: { openai: { base_url: "nope" } } }, /^providers\.openai\.base_url/],
  ["a key in a page", { providers: { openai: { api_key: "sk-x" } } }, /^providers\.openai\.api_key: a key in a page/],
];

for (const [name, config, wrong] of CASES) {
  test(`before the first call: ${name}`, async () => {
    const page = await browser.newPage();
    await page.goto(address);
    const error = await page.evaluate(early, config);
    if (wrong) assert.match(error ?? "no error", wrong);
    else assert.equal(error, undefined);
    await page.close();
  });
}

/** Whose calls have to ask for a list of models first, of each dialect that has such servers. */
const ASKED = { ollama: { base_url: `${url}/ollama` }, lmstudio: { base_url: `${url}/openai/v1`, api_key: "sk-test-12345678" } };

for (const id of Object.keys(ASKED)) {
  test(`a call whose provider has to be asked for its models first: ${id}`, async () => {
    const page = await browser.newPage();
    const loaded = [];
    page.on("request", (request) => request.url().endsWith(".wasm") && loaded.push(request.url().split("/").at(-1)));
    await page.goto(address);
    assert.match(await page.evaluate(asked, { [id]: ASKED[id] }), /^This is [\w.-]+(:\w+)? speaking/);
    assert.deepEqual(loaded, ["aircher_core.wasm", "aircher_call.wasm"]);
    await page.close();
  });
}

test("a signal, a limit and close() hold while the rest of the library loads", async () => {
  const page = await browser.newPage();
  await page.route("**/aircher_call.wasm", async (route) => (await wait(3000), route.continue().catch(() => {})));
  await page.goto(address);
  const ends = await page.evaluate(leaving, url);
  for (const [how, type, code, took] of ends) assert.ok(took < 2000, `${how}: ${type} ${code} after ${took} ms`);
  assert.deepEqual(ends.map(([how, type, code]) => `${how}: ${type} ${code}`), ["signal: cancelled undefined", "limit: timeout total", "close: cancelled closed"]);
  await page.close();
});

/** What loads later, and what is told when that fails. */
const PARTS = { core: "invalid_config undefined", call: "network_error wasm_part", more: "network_error wasm_part", toml: "network_error wasm_part" };

for (const [part, told] of Object.entries(PARTS)) {
  test(`what did not load is loaded when it is asked for again: ${part}`, async () => {
    const { page, asked } = await failingOnce(`aircher_${part}.wasm`);
    const ends = await page.evaluate(twice, { part, url });
    assert.deepEqual([ends, asked()], [[told, "done"], 2]);
    await page.close();
  });
}

test("what did not load is loaded when it is asked for again: what tabs tell each other", async () => {
  const { page, asked, faults } = await failingOnce("health.js");
  assert.deepEqual(await page.evaluate(outage), [true, "open"]);
  for (let times = 0; times < 50 && asked() < 2; times += 1) await wait(100);
  assert.deepEqual([asked(), faults], [2, []]);
  await page.close();
});

/** A page whose server fails once with that file; how often it was asked for it. */
async function failingOnce(file) {
  const page = await browser.newPage();
  const faults = [];
  let count = 0;
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.route(`**/${file}`, (route) => (++count === 1 ? route.fulfill({ status: 500 }) : route.continue()));
  await page.goto(address);
  return { page, asked: () => count, faults };
}

/** In the page: something that needs a part, two times; how each has ended. */
async function twice({ part, url }) {
  const { Aircher } = await import("/entry-default.js");
  const config = { providers: { ollama: { base_url: `${url}/ollama` } } };
  const open = () => Aircher.create(config);
  const llm = part === "core" ? undefined : await open();
  const work = {
    core: open,
    toml: () => Aircher.create("[providers.ollama]"),
    call: () => llm.chat({ messages: [{ role: "user", content: "Hello" }], model: "qwen3:8b" }),
    more: () => llm.models({ live: true, provider: "ollama" }),
  }[part];
  const ended = () => work().then(() => "done", ({ type, code }) => `${type} ${code}`);
  return [await ended(), await ended()];
}

/** In the page: health is looked after where an interval is given, and where a provider is out; its circuit before and behind. */
async function outage() {
  const { Aircher } = await import("/entry-default.js");
  const providers = { ollama: {}, health_check_interval: "5m" };
  const llm = await Aircher.create({ providers, retry: { max_retries: 0 } }, { fetch: async () => new Response("{}", { status: 500 }) });
  await new Promise((wake) => setTimeout(wake, 500)); // the file has failed to load by then
  const isHealthy = llm.health().ollama.healthy;
  for (let times = 0; times < 6; times += 1) await llm.chat({ messages: [{ role: "user", content: "Hello" }], model: "qwen3:8b" }).catch(() => {});
  return [isHealthy, llm.health().ollama.circuit];
}

/** In the page: first calls that are left at once; how and when each has ended. */
async function leaving(url) {
  const { Aircher } = await import("/entry-default.js");
  const ask = { messages: [{ role: "user", content: "Hello" }], model: "qwen3:8b" };
  const left = async (how, options) => {
    const llm = await Aircher.create({ providers: { ollama: { base_url: `${url}/ollama` } } });
    const began = performance.now();
    if (how === "close") setTimeout(() => llm.close(), 200);
    return llm.chat(ask, options).then(() => [how, "answered"], ({ type, code }) => [how, type, code, performance.now() - began]);
  };
  return Promise.all([left("signal", { signal: AbortSignal.timeout(200) }), left("limit", { timeouts: { totalMs: 200 } }), left("close")]);
}

/** In the page: a call without a model; what it says. */
async function asked(providers) {
  const { Aircher } = await import("/entry-default.js");
  const llm = await Aircher.create({ providers }, { dangerouslyAllowBrowser: true });
  return llm.chat({ messages: [{ role: "user", content: "Hello" }] }).then(({ message }) => message.content, String);
}

/** In the page: every method that is synchronous, and what may be wrong with what it is given; the message of an error. */
async function early(config) {
  const { Aircher } = await import("/entry-default.js");
  const refused = (call) => {
    try {
      call();
    } catch (error) {
      if (/^invalid_/.test(error.type)) return;
      throw error;
    }
    throw new Error(`not refused: ${call}`);
  };
  try {
    const llm = await Aircher.create(config);
    const openai = llm.provider("openai");
    JSON.stringify([llm.config, llm.health(), llm.metrics(), await llm.models(), openai.supports, openai.status(), openai.tokenLimit("gpt-6-luna")]);
    openai.calculateCost({ prompt_tokens: 300000, completion_tokens: 4, cached_tokens: 3 }, "gpt-5.4", { service_tier: "flex", at: "2026-11-22" });
    llm.registry.merge([{ provider: "openai", id: "a", in: 1, out: 2, tiers: [{ above_input: 3, in: 4 }], price_changes: [{ from: "2026-12-01", in: 3 }] }]);
    refused(() => llm.provider("nobody"));
    refused(() => llm.registry.merge([{ id: 1 }]));
    refused(() => openai.calculateCost({ prompt_tokens: -1 }, "gpt-5.4"));
    return undefined;
  } catch (error) {
    return error.message;
  }
}
