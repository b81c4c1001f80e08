// How providers are, over real HTTP: asked, told by calls, watched; and what is said when nothing gets through.
import { control, same, truly } from "./checks.mjs";

const KEYS = { openai: "sk-test-12345678", claude: "sk-ant-test-12345678", gemini: "AIza-test-12345678", ollama: null };
const PATHS = { openai: "/openai/v1", claude: "/claude", gemini: "/gemini/v1beta", ollama: "/ollama" };
const ASK = { messages: [{ role: "user", content: "Say hello." }] };
const isWorkerd = globalThis.navigator?.userAgent === "Cloudflare-Workers";
const isPage = typeof document !== "undefined" || (typeof WorkerGlobalScope !== "undefined" && !isWorkerd && !("Deno" in globalThis) && !("Bun" in globalThis));

export function health({ Aircher, AircherError }, url) {
  const open = (ids, change = {}, options) => {
    const table = (id) => ({ api_key: KEYS[id], base_url: url + PATHS[id], ...(id === "openai" ? { model: "gpt-6-luna" } : {}), ...change[id] });
    const providers = { ...change.providers, ...Object.fromEntries(ids.map((id) => [id, table(id)])) };
    return Aircher.create({ providers, retry: { max_retries: 0 } }, { dangerouslyAllowBrowser: true, ...options });
  };
  return Object.entries({
    "every provider can be asked": () => asked(open),
    "a wrong key is not healthy": () => wrongKey(open),
    "it is asked once in an interval": () => once(open, url),
    "an outage and its end are told": () => outage(open, url),
    "calls tell as well": () => called(open),
    "checks come by themselves, while there are calls": () => watched(open),
    "a server that is not there": () => nobody(open, AircherError),
    "a closed client asks nobody": () => closed(open, AircherError),
  });
}

async function asked(open) {
  const llm = await open(Object.keys(KEYS));
  const before = llm.health().openai;
  same(`${before.name} ${before.healthy} ${before.last_check} ${before.latency} ${before.circuit}`, "openai true null null closed", "before");
  const all = await llm.checkHealth();
  same(Object.keys(all).sort().join(), Object.keys(KEYS).sort().join(), "who was asked");
  for (const { name, healthy, last_check, latency, error, capabilities } of Object.values(all)) {
    truly(healthy && error === undefined, `${name} is healthy, not ${error}`);
    truly(latency >= 0 && Math.abs(Date.now() - Date.parse(last_check)) < 60_000, `${name}: ${latency} ms at ${last_check}`);
    truly(capabilities.includes("functions"), `what ${name} can do: ${capabilities}`);
  }
  same(JSON.stringify(llm.health()), JSON.stringify(all), "what is known and what was told");
  same(JSON.stringify(llm.provider("openai").status()), JSON.stringify(all.openai), "of one");
  await llm.close();
}

async function wrongKey(open) {
  const llm = await open(["openai"], { openai: { api_key: "sk-wrong-12345678" } });
  const { healthy, error, latency } = await llm.checkHealth("openai");
  truly(!healthy && /key was not accepted/.test(error) && !error.includes("sk-wrong-12345678"), `not healthy: ${error}`);
  truly(latency >= 0, "it answers all the same");
  same(await llm.provider("openai").isHealthy(), false, "isHealthy()");
  await llm.close();
}

const lists = async (url) => (await control(url, "requests")).requests.filter(({ path }) => path.endsWith("/models")).length;

async function once(open, url) {
  await control(url, "reset", "POST");
  const llm = await open(["openai"]);
  for (let times = 0; times < 3; times += 1) same(await llm.provider("openai").isHealthy(), true, "isHealthy()");
  same(await lists(url), 1, "requests with an interval of 5 minutes");
  const always = await open(["openai"], { providers: { health_check_interval: "0s" } });
  for (let times = 0; times < 3; times += 1) await always.provider("openai").isHealthy();
  same(await lists(url), 4, "requests without an interval");
  await Promise.all([llm.close(), always.close()]);
}

async function outage(open, url) {
  let isOut = true;
  const fetch = (...given) => (isOut ? Promise.resolve(new Response("{}", { status: 500 })) : globalThis.fetch(...given));
  const llm = await open(["openai"], {}, { fetch });
  const told = [];
  llm.on("health", ({ name, healthy, circuit }) => told.push(`${name} ${healthy} ${circuit}`));
  for (let times = 0; times < 6; times += 1) await llm.chat(ASK).catch(() => {});
  same(llm.health().openai.circuit, "open", "the circuit");
  isOut = false;
  same((await llm.checkHealth("openai")).circuit, "closed", "the circuit behind a good check");
  truly((await llm.chat(ASK)).message.content.length > 0, "the next call is answered");
  same(told.join(", "), "openai false closed, openai false open, openai true closed", "events");
  await llm.close();
}

async function called(open) {
  const llm = await open(["openai"]);
  await llm.chat(ASK);
  const { healthy, last_check, latency } = llm.provider("openai").status();
  truly(healthy && last_check !== null && latency === null, "heard of by a call");
  await llm.close();
}

async function watched(open) {
  const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));
  const watch = async () => {
    const asked = [];
    const fetch = (url, init) => (init.method === "GET" && asked.push(url), globalThis.fetch(url, init));
    return { asked, llm: await open(["openai"], { providers: { health_check_interval: "1s" } }, { fetch }) };
  };
  const [idle, busy, closed] = await Promise.all([watch(), watch(), watch()]);
  await Promise.all([busy.llm.chat(ASK), closed.llm.chat(ASK)]);
  await closed.llm.close();
  await pause(1_600); // the first check comes within 1.2 s
  same(busy.asked.length, isWorkerd ? 0 : 1, "checks behind a call");
  await pause(1_300);
  same(busy.asked.length, isWorkerd ? 0 : 1, "checks while there are no further calls");
  same(idle.asked.length, 0, "checks without a call");
  same(closed.asked.length, 0, "checks of a closed client");
  await Promise.all([idle.llm.close(), busy.llm.close()]);
}

async function nobody(open, AircherError) {
  const llm = await open(["openai", "ollama"], { openai: { base_url: "http://127.0.0.1:40009/v1" }, ollama: { base_url: "http://127.0.0.1:40009" } });
  const failed = (provider) => llm.chat({ ...ASK, provider, model: "m" }).then(() => undefined, (error) => error);
  const [openai, ollama] = [await failed("openai"), await failed("ollama")];
  for (const error of [openai, ollama]) same(AircherError.is(error) && error.type, "network_error", `the error: ${error}`);
  if (isPage) {
    same(openai.code, "cors", "the code");
    truly(openai.hint.includes(`access-control-allow-origin: ${location.origin}`), openai.hint);
    truly(ollama.hint.includes(`OLLAMA_ORIGINS=${location.origin}`), ollama.hint);
  } else {
    truly(openai.hint.includes("http://127.0.0.1:40009"), openai.hint);
    truly(isWorkerd || /nothing listens/.test(openai.hint), `${openai.code}: ${openai.message}: ${openai.hint}`);
    truly(isWorkerd || /ollama serve/.test(ollama.hint), `${ollama.code}: ${ollama.message}: ${ollama.hint}`);
  }
  same((await llm.checkHealth("openai")).healthy, false, "healthy");
  await llm.close();
}

async function closed(open, AircherError) {
  const llm = await open(["openai"]);
  await llm.close();
  const error = await llm.checkHealth().then(() => undefined, (error) => error);
  same(AircherError.is(error) && `${error.type} ${error.code}`, "invalid_request closed", "the error");
}
