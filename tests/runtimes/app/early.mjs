// What has to work before the first call: browsers have only the first part of the wasm until then. So this runs before
// anything else, and asks for everything that is not a call.
import { same, truly } from "./checks.mjs";

const KEY = "sk-test-12345678";
const PROVIDERS = { openai: { api_key: KEY, model: "gpt-6-luna", requests_per_min: 4, max_concurrent: 2, headers: { "x-a": "b" } }, claude: { api_key: KEY }, gemini: { api_key: KEY }, mine: { kind: "ollama" } };
const MODEL = { id: "mine", provider: "openai", context_window: 4321, prices: { in: 1, out: 2 } };
/** Configurations that hold. */
const GOOD = {
  plain: { providers: PROVIDERS },
  everything: {
    providers: { ...PROVIDERS, default: "openai", fallback_order: ["openai", "mine"], health_check_interval: "0s" },
    retry: { max_retries: 2, initial_delay: "1s", retryable_errors: ["timeout"] },
    timeouts: { total: "3s" },
    failover: { on_content_filter: true, models: { openai: "x" } },
    limits: { line_bytes: 500_000 },
  },
  budgets: { providers: PROVIDERS, costs: { monthly_budget: 9, daily_limit: "5.5", alert_threshold: 0.8, mode: "hard", limits: { openai_daily: 1, mine_monthly: 2 }, tags: { "team:search": { daily: 1 } } } },
  "a time zone": { costs: { budget_timezone: "Europe/Berlin", daily_limit: 1 } },
  "models of one's own": { providers: { openai: { api_key: KEY, custom_models: { mine: { context_window: 5, prices: { in: 1, out: 2 } } } } } },
};
/** And some that do not, with what the message names. */
const BAD = {
  nonsense: { providers: { openai: { nonsense: 1 } } },
  base_url: { providers: { openai: { base_url: "no" } } },
  kind: { providers: { x: { kind: "y" } } },
  fallback_order: { providers: { fallback_order: ["x"] } },
  temperature: { providers: { openai: { temperature: 9 } } },
  api_key: { providers: { openai: { api_key: "sk" } } },
  total: { timeouts: { total: "x" } },
  max_retries: { retry: { max_retries: -1 } },
  retryable_errors: { retry: { retryable_errors: ["nope"] } },
  daily_limit: { costs: { daily_limit: "five" } },
  a_b: { costs: { limits: { a_b: 1 } } },
  line_bytes: { limits: { line_bytes: 0 } },
  prices: { providers: { openai: { custom_models: { m: { prices: { in: "x" } } } } } },
  "retry.max_retries: expected plain data, found NaN": { retry: { max_retries: NaN } },
  "timeouts.total: expected plain data, found a bigint": { timeouts: { total: 5n } },
  "timeouts.idle: expected a duration": { timeouts: { idle: 5000 } },
  "providers: expected an object, found a list": { providers: [{ kind: "openai", api_key: KEY }] },
  "providers: expected plain data, found a Map": { providers: new Map([["openai", { api_key: KEY }]]) },
  "config: expected plain data, found a Map": new Map(),
  "providers.openai.headers: expected plain data, found a Set": { providers: { openai: { headers: new Set(["x-a"]) } } },
  "providers.openai.api_key: expected plain data, found a Promise": { providers: { openai: { api_key: Promise.resolve(KEY) } } },
  "providers.openai.api_key: expected a string, null or a function": { providers: { openai: { api_key: { value: KEY } } } },
  "providers.openai.model: expected plain data, found a function": { providers: { openai: { model: () => "gpt-6-luna" } } },
  "providers.opena: `opena` is no kind of provider, did you mean `openai`?": { providers: { opena: { api_key: KEY } } },
};

/** `[name, check]`. */
export function early({ Aircher, AircherError }) {
  const create = (config) => Aircher.create(config, { dangerouslyAllowBrowser: true });
  return [
    ...Object.entries(GOOD).map(([name, config]) => [name, () => shown(create, config)]),
    ...Object.entries(BAD).map(([name, config]) => [`refused: ${name}`, () => refused(create, AircherError, name, config)]),
    ["models and prices", () => models(create, AircherError)],
    ["what is known of a provider", () => known(create)],
    // Last: explaining loads what calls need.
    ["a request that is no plain data", () => requests(create, AircherError)],
  ];
}

async function shown(create, config) {
  const llm = await create(config);
  for (const id of Object.keys(config.providers ?? {})) truly(JSON.stringify(llm.config).includes(`"${id}"`), `the configuration shows ${id}`);
  truly(!JSON.stringify(llm.config).includes(KEY), "but no key");
  await llm.close();
}

async function refused(create, AircherError, name, config) {
  const error = await create(config).then(() => undefined, (error) => error);
  truly(AircherError.is(error) && ["invalid_config", "authentication"].includes(error.type), `a typed error, not ${error}`);
  truly(error.message.includes(name), `"${error.message}" names ${name}`);
}

async function requests(create, AircherError) {
  const llm = await create(GOOD.plain);
  const openai = llm.provider("openai");
  const ask = (more, content = "hi") => ({ messages: [{ role: "user", content }], ...more });
  const wrong = {
    "seed: expected plain data, found a bigint": () => llm.explain(ask({ seed: 1n })),
    "metadata.at: expected plain data, found a bigint": () => llm.explain(ask({ metadata: { at: 1n } })),
    "temperature: expected plain data, found NaN": () => llm.explain(ask({ temperature: NaN })),
    "user: expected plain data, found a function": () => llm.explain(ask({ user: () => "me" })),
    "request: expected plain data, found a Map": () => llm.explain(new Map()),
    "content: expected a text": () => openai.countTokens(undefined),
    "content: expected a text, a list of parts or `{ messages }`": () => openai.countTokens([{ role: "user", content: "hi" }]),
    "did you mean `openai`?": async () => llm.provider("opnai"),
    "models: expected a list of models": async () => llm.registry.merge("x"),
  };
  for (const [name, make] of Object.entries(wrong)) {
    const error = await make().then(() => undefined, (error) => error);
    truly(AircherError.is(error) && error.message.includes(name), `"${error}" says: ${name}`);
  }
  await llm.close();
}

async function models(create, AircherError) {
  const llm = await create(GOOD.plain);
  const openai = llm.provider("openai");
  llm.registry.merge({ models: [MODEL] });
  same(openai.tokenLimit("mine"), 4321, "the window of a merged model");
  same(openai.calculateCost({ prompt_tokens: 1_000_000, completion_tokens: 500_000, cached_tokens: 0 }, "mine").cost, 2, "what it costs");
  truly((await llm.models()).length > 10 && (await openai.models()).some(({ id }) => id === "mine"), "the list of models");
  for (const wrong of ["{", { models: [{ ...MODEL, provider: "nobody" }] }]) {
    let error;
    try {
      llm.registry.merge(wrong);
    } catch (thrown) {
      error = thrown;
    }
    truly(AircherError.is(error) && error.type === "invalid_config", `invalid_config, not ${error}`);
  }
  await llm.close();
}

async function known(create) {
  const llm = await create(GOOD.everything);
  for (const id of Object.keys(PROVIDERS)) {
    const provider = llm.provider(id);
    same(provider.name, id, "its name");
    truly(provider.supports.functions !== undefined && provider.status().healthy, "abilities and health");
  }
  same(JSON.stringify(llm.metrics().providers), "{}", "figures");
  await llm.close();
}
