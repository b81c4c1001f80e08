// What comes from outside and means harm: servers that send a call elsewhere, addresses, models and keys that try to,
// and JavaScript values that are no plain data. A typed error or a faithful answer, and nothing leaves the origin.
import { control, same, truly } from "./checks.mjs";

const PROVIDERS = [
  { id: "openai", path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna" },
  { id: "claude", path: "/claude", api_key: "sk-ant-test-12345678", model: "claude-haiku-5-5" },
  { id: "gemini", path: "/gemini/v1beta", api_key: "AIza-test-12345678", model: "gemini-3.8-flash" },
  { id: "ollama", path: "/ollama", api_key: null, model: "qwen3:8b" },
];
const REDIRECTS = [301, 302, 303, 304, 307, 308];
const EVIL = "evil.example";
const ADDRESSES = [
  "http://user:secret@127.0.0.1:1/v1", "http://127.0.0.1:1@evil.example/v1", "http://127.0.0.1:1\\@evil.example/v1", "//evil.example/v1", "\\\\evil.example/v1", "http:\\\\evil.example",
  "http:evil.example", "http:///evil.example", "javascript:fetch('//evil.example')", "data:text/plain,x", "file:///etc/passwd", "blob:http://evil.example/x", "ftp://evil.example",
  "http://127.0.0.1:1/v1?to=//evil.example", "http://127.0.0.1:1/v1#@evil.example", "http://127.0.0.1:1/%2e%2e/%2e%2e", "http://127.0.0.1:1/../..//evil.example", "http://127.0.0.1:1/v1/..;/x",
  "http://127.0.0.1:1/v1\r\nHost: evil.example", "http://127.0.0.1:1\t.evil.example", "http://127.0.0.1:1/\u0000", "http://127.0.0.1:1。evil.example", "http://１２７.0.0.1:1", "http://evil。example",
  "http://ⓔvil.example", "http://127.0.0.1:99999", "http://[::1", "http://0x7f.1:1/", "http://127.1:1", "", " ", "http://", "http://127.0.0.1:1/v1 ", "HTTP://127.0.0.1:1/V1",
];
const MODELS = [
  "../../../x", "..%2f..%2fx", "%2e%2e/%2e%2e/x", "/x", "//evil.example/x", "\\\\evil.example\\x", "@evil.example", ":80@evil.example/", "http://evil.example/x", "x?key=1&to=//evil.example", "x#y", "x\r\nHost: evil.example",
  "x\u0000y", "x y", "ｘ／ｙ", "‮x", "🙂", "\ud83d", "x;y=z", ".", "..", "x:generateContent?alt=sse&x=", "constructor", "__proto__", "x".repeat(10_000),
];
const KEYS = ["x\r\nx-evil: 1", "sk-\u0000-12345678", "sk-ü-12345678", "sk 12345678", "\ud83d12345678", "x".repeat(10_000), "", "Bearer\t12345678"];

/** `[name, check]`. */
export function hazards({ Aircher, AircherError }, url) {
  const all = { Aircher, AircherError, url };
  return Object.entries({
    "redirects are not followed": () => redirected(all),
    "addresses": () => addresses(all),
    "models": () => models(all),
    "keys": () => keys(all),
    "values that are no data": () => values(all),
    "listeners, variables and functions that throw": () => throwing(all),
  });
}

const caught = (promise) => promise.then(() => undefined, (error) => error);
const ask = (id, more) => ({ provider: id, messages: [{ role: "user", content: "Say hello." }], ...more });

function create({ Aircher }, providers, options, more) {
  return Aircher.create({ providers, retry: { max_retries: 0 }, ...more }, { dangerouslyAllowBrowser: true, ...options });
}

async function redirected(all) {
  await control(all.url, "reset", "POST");
  for (const code of REDIRECTS) {
    const tables = PROVIDERS.map(({ id, path, api_key, model }) => [id, { api_key, model, base_url: `${all.url}/_fault/redirect-${code}${path}` }]);
    const llm = await create(all, Object.fromEntries(tables));
    for (const { id } of PROVIDERS) {
      for (const call of [llm.chat(ask(id, { fallback: false })), llm.chatStream(ask(id, { fallback: false })).response]) {
        const error = await caught(call);
        truly(all.AircherError.is(error), `${id} ${code}: an AircherError, not ${error}`);
        same(error.type, "redirect_blocked", `${id} ${code}`);
      }
    }
    await llm.close();
  }
  same((await control(all.url, "requests")).landings, 0, "requests that landed");
}

/** A fetch that sends nothing, and what it was asked for. */
function recorder() {
  const asked = [];
  const fetch = async (address) => (asked.push(String(address)), new Response('{"error":{"message":"no"}}', { status: 400, headers: { "content-type": "application/json" } }));
  return { asked, fetch };
}

async function typed(all, what, work) {
  const error = await caught(work());
  truly(error === undefined || all.AircherError.is(error), `${what}: an AircherError, not ${error}`);
  truly(error?.code !== "internal", `${what}: the instance lives`);
  return error;
}

async function addresses(all) {
  for (const base_url of ADDRESSES) {
    for (const { id, api_key, model } of PROVIDERS) {
      const { asked, fetch } = recorder();
      await typed(all, base_url, async () => {
        const llm = await create(all, { [id]: { api_key, model, base_url } }, { fetch });
        await llm.chat(ask(id)).finally(() => llm.close());
      });
      // What was asked for is on the host the address names, by the platform's own reading, and on no other.
      for (const address of asked) {
        const { origin, username, password } = new URL(address);
        same(origin, new URL(base_url).origin, `${JSON.stringify(base_url)}: the origin of ${address}`);
        same(username + password, "", `${base_url}: nobody's name`);
        truly(/^https?:$/.test(new URL(address).protocol), `${base_url}: over http`);
      }
    }
  }
}

async function models(all) {
  for (const model of MODELS) {
    for (const { id, path, api_key } of PROVIDERS) {
      const { asked, fetch } = recorder();
      const base_url = `http://127.0.0.1:1${path}`;
      await typed(all, model, async () => {
        const llm = await create(all, { [id]: { api_key, base_url } }, { fetch });
        await llm.chat(ask(id, { model })).finally(() => llm.close());
      });
      for (const address of asked) {
        const { origin, pathname, search } = new URL(address);
        same(origin, "http://127.0.0.1:1", `${JSON.stringify(model)}: the origin`);
        truly(pathname.startsWith(path) && !search.includes(EVIL), `${id}, ${JSON.stringify(model)}: ${address}`);
      }
    }
  }
}

async function keys(all) {
  for (const api_key of KEYS) {
    for (const { id, model } of PROVIDERS.slice(0, 3)) {
      const { asked, fetch } = recorder();
      for (const given of [api_key, async () => api_key]) {
        const error = await typed(all, "a key", async () => {
          const llm = await create(all, { [id]: { api_key: given, model, base_url: "http://127.0.0.1:1" } }, { fetch });
          await llm.chat(ask(id)).finally(() => llm.close());
        });
        truly(["authentication", "invalid_config"].includes(error?.type), `${id}: ${JSON.stringify(api_key)} is refused: ${error}`);
        truly(api_key === "" || !JSON.stringify(error).includes(api_key), "and not told");
      }
      same(asked.length, 0, `${id}: requests with ${JSON.stringify(api_key.slice(0, 20))}`);
    }
  }
}

let deep = [];
for (let level = 0; level < 1_000_000; level += 1) deep = [deep];

/** Values in place of something a request holds; each is made anew. */
function dangers() {
  const cycle = {};
  cycle.self = cycle;
  const thrower = { get content() { throw new Error("no"); } };
  const trap = new Proxy({}, { ownKeys() { throw new TypeError("no keys"); }, get() { throw new TypeError("nothing"); } });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return {
    "a cycle": cycle, "a million levels": deep, "a getter that throws": thrower, "a proxy that throws": trap, "a revoked proxy": proxy,
    "a proto": JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'), "a BigInt": 2n ** 80n, "NaN": NaN, "infinity": -Infinity, "half a character": "\ud83d", "a symbol": Symbol("x"),
    "a function": () => 1, "a date": new Date(NaN), "a map": new Map([["a", 1]]), "toJSON that throws": { toJSON() { throw "a string"; } }, "toJSON that is itself": { toJSON() { return this; } },
    "an array of holes": new Array(1000), "bytes": new Uint8Array(8), "null": null, "minus zero": -0, "two to the 53rd": 2 ** 53 + 2, "a boxed text": new String("x"), "a promise": Promise.resolve(1),
  };
}

async function values(all) {
  const [{ id, path, api_key, model }] = PROVIDERS;
  const llm = await create(all, { [id]: { api_key, model, base_url: all.url + path } });
  const places = {
    request: (it) => it, content: (it) => ask(id, { messages: [{ role: "user", content: it }] }), message: (it) => ask(id, { messages: [it] }), messages: (it) => ask(id, { messages: it }),
    metadata: (it) => ask(id, { metadata: { it } }), tools: (it) => ask(id, { tools: [{ type: "function", function: { name: "f", parameters: it } }] }), temperature: (it) => ask(id, { temperature: it }),
    provider_options: (it) => ask(id, { provider_options: { openai: it } }), cost_limit: (it) => ask(id, { cost_limit: it }),
  };
  const signal = AbortSignal.timeout(60_000);
  for (const [place, made] of Object.entries(places)) {
    for (const [name, it] of Object.entries(dangers())) await typed(all, `${name} as ${place}`, () => llm.chat(made(it), { signal }));
  }
  for (const [name, it] of Object.entries(dangers())) {
    await typed(all, `${name} as models`, async () => llm.registry.merge(it));
    await typed(all, `${name} as timeouts`, () => llm.chat(ask(id), { timeouts: it }));
    await typed(all, `${name} as a configuration`, async () => (await all.Aircher.create(it)).close());
    await typed(all, `${name} as a provider`, async () => (await create(all, { [id]: it })).close());
    await typed(all, `${name} as usage`, async () => llm.provider(id).calculateCost(it, model));
  }
  same({}.polluted, undefined, "the prototype of all objects");
  truly((await llm.chat(ask(id))).message.content.length > 0, "the next call is answered");
  await llm.close();
}

async function throwing(all) {
  const [{ id, path, api_key, model }] = PROVIDERS;
  const no = () => { throw new Error("no"); };
  const on = Object.fromEntries(["health", "log", "request", "response", "retry", "usage", "warning"].map((event) => [event, no]));
  const llm = await create(all, { [id]: { api_key, model, base_url: all.url + path } }, { on, onSettled: no, logLevel: "debug" });
  truly((await llm.chat(ask(id))).message.content.length > 0, "an answer, whoever listens");
  await llm.close();
  for (const fetch of [no, async () => no()]) {
    const bad = await create(all, { [id]: { api_key, model, base_url: all.url + path } }, { fetch });
    same((await typed(all, "a fetch that throws", () => bad.chat(ask(id)))).type, "network_error", "the error");
    await bad.close();
  }
  const silent = await create(all, { [id]: { api_key: no, model, base_url: all.url + path } });
  same((await typed(all, "a key function that throws", () => silent.chat(ask(id)))).type, "authentication", "the error");
  await silent.close();
}
