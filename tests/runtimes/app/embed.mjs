// Embeddings, over real HTTP.
import { same, truly } from "./checks.mjs";

const TABLES = {
  openai: { api_key: "sk-test-12345678", base_url: "/openai/v1" },
  claude: { api_key: "sk-ant-test-12345678", base_url: "/claude" },
  gemini: { api_key: "AIza-test-12345678", base_url: "/gemini/v1beta" },
  ollama: { api_key: null, base_url: "/ollama" },
};

export function embed({ Aircher, AircherError }, url) {
  const open = (config = {}) => {
    const entry = ([id, table]) => [id, { ...table, base_url: url + table.base_url }];
    const providers = Object.fromEntries(Object.entries(TABLES).map(entry));
    return Aircher.create({ providers, retry: { max_retries: 0 }, ...config }, { dangerouslyAllowBrowser: true });
  };
  return Object.entries({
    "vectors come in the order of the texts": () => ordered(open),
    "it is booked": () => booked(open),
    "what cannot be is an error": () => refused(open, AircherError),
    "an aborted signal ends it": () => aborted(open, AircherError),
  });
}

async function ordered(open) {
  const llm = await open();
  const texts = Array.from({ length: 230 }, (_, at) => `Text number ${at}.`);
  for (const provider of ["openai", "gemini", "ollama"]) {
    const { embeddings, usage, metadata, ...answer } = await llm.embed({ input: texts, provider, dimensions: 8 });
    same(`${embeddings.length} ${embeddings.every(({ length }) => length === 8)} ${answer.provider}`, `230 true ${provider}`, provider);
    truly(usage.prompt_tokens > 230 && metadata.requests >= 1, `${provider}: ${JSON.stringify(usage)}`);
    const alone = await llm.embed({ input: texts[229], provider, dimensions: 8 });
    same(JSON.stringify(alone.embeddings), JSON.stringify([embeddings[229]]), `${provider}: the last one, asked for alone`);
  }
  await llm.close();
}

async function booked(open) {
  const llm = await open();
  const used = [];
  const before = (await llm.costs.today()).cost_nano_usd;
  llm.on("usage", (entry) => used.push(entry));
  const { cost, metadata, model } = await llm.embed({ input: ["one", "two"], metadata: { job: "index" } });
  same(model, "text-embedding-3-small", "the usual model");
  truly(cost > 0 && cost === metadata.cost_nano_usd / 1e9, `cost ${cost}`);
  same((await llm.costs.today()).cost_nano_usd - before, metadata.cost_nano_usd, "in the books");
  same(used.map(({ cost_nano_usd, tags }) => `${cost_nano_usd} ${tags.job}`).join(), `${metadata.cost_nano_usd} index`, "as an event");
  truly((await llm.models()).every(({ id }) => !id.includes("embed")), "no model to chat with");
  await llm.close();
}

async function refused(open, AircherError) {
  const llm = await open();
  const type = async (request) => {
    const error = await llm.embed(request).catch((error) => error);
    return AircherError.is(error) ? error.type : `no error: ${error}`;
  };
  same(await type({ input: "a", provider: "claude" }), "unsupported", "no endpoint");
  same(await type({ input: [] }), "invalid_request", "no text");
  same(await type({ input: "a", stream: true }), "invalid_request", "a field of chats");
  same(await type({ input: "a", model: "openai/no-such-embedding" }), "model_not_found", "no such model");
  same(await type({ input: "a", provider: "ollama", model: "qwen3:8b" }), "model_not_found", "a model that chats");
  await llm.close();
  const poor = await open({ costs: { daily_limit: "0.000000001" } });
  const error = await poor.embed({ input: "word ".repeat(500), provider: "openai" }).catch((error) => error);
  same(error.type, "budget_exceeded", "a limit");
  await poor.close();
  same((await llm.embed({ input: "a" }).catch((error) => error)).code, "closed", "a closed client");
}

async function aborted(open, AircherError) {
  const llm = await open();
  const controller = new AbortController();
  const asked = llm.embed({ input: ["a", "b"] }, { signal: controller.signal });
  controller.abort();
  const error = await asked.catch((error) => error);
  truly(AircherError.is(error) && error.type === "cancelled", `not cancelled: ${error}`);
  // What was being reserved just then is given back with the next one.
  await llm.embed({ input: "c" });
  same((await llm.costs.status()).pending, 0, "open reservations");
  await llm.close();
}
