// Models as the providers list them, over real HTTP.
import { same, truly } from "./checks.mjs";

const TABLES = {
  openai: { api_key: "sk-test-12345678", base_url: "/openai/v1" },
  claude: { api_key: "sk-ant-test-12345678", base_url: "/claude" },
  gemini: { api_key: "AIza-test-12345678", base_url: "/gemini/v1beta" },
  ollama: { api_key: null, base_url: "/ollama" },
};

export function models({ Aircher, AircherError }, url) {
  const open = (change = {}, options, more) => {
    const entry = ([id, table]) => [id, { ...table, base_url: url + table.base_url, ...change[id] }];
    const config = { providers: Object.fromEntries(Object.entries({ ...TABLES, ...more }).map(entry)), retry: { max_retries: 0 } };
    return Aircher.create(config, { dangerouslyAllowBrowser: true, ...options });
  };
  return Object.entries({
    "every provider lists its own": () => listed(open),
    "one that does not answer is shown as the table has it": () => alone(open, AircherError),
    "what one says of a model is nobody else's": () => own(open),
    "a closed client asks nobody": () => closed(open, AircherError),
  });
}

async function listed(open) {
  const llm = await open();
  const all = await llm.models({ live: true });
  for (const id of Object.keys(TABLES)) {
    const own = all.filter(({ provider }) => provider === id);
    truly(own.length > 0 && own.every(({ source }) => source === "provider"), `${id}: ${JSON.stringify(own[0])}`);
    truly(own.every(({ id }) => !id.includes("embed")), `${id} shows what chats: ${own.map(({ id }) => id)}`);
    same(JSON.stringify(await llm.provider(id).models({ live: true })), JSON.stringify(own), `${id}, asked alone`);
  }
  const gemini = all.find(({ provider }) => provider === "gemini");
  same(llm.provider("gemini").tokenLimit(gemini.id), gemini.context_window, "what a call takes for true");
  truly((await llm.models()).length > all.length, "the table knows more than is listed");
  await llm.close();
}

async function alone(open, AircherError) {
  const warned = [];
  const llm = await open({ openai: { api_key: "sk-wrong-12345678" } }, { on: { warning: (warning) => warned.push(warning) } });
  const all = await llm.models({ live: true });
  truly(all.some(({ provider, source }) => provider === "openai" && source === "table"), "openai, as the table has it");
  truly(all.some(({ provider, source }) => provider === "claude" && source === "provider"), "claude, as it lists itself");
  same(warned.map(({ code, provider }) => `${code} ${provider}`).join(), "models_not_listed openai", "warnings");
  const error = await llm.models({ provider: "openai", live: true }).catch((error) => error);
  truly(AircherError.is(error) && error.type === "authentication" && !JSON.stringify(error).includes("sk-wrong-12345678"), `asked alone: ${error}`);
  await llm.close();
}

/** Two servers of a kind may mean different things by one name. */
async function own(open) {
  const { openai, ollama } = TABLES;
  const free = { model: "gpt-4o", context_window: 4096, prices: { in: 0, out: 0 } };
  const llm = await open({}, {}, { mine: { ...openai, kind: "openai", custom_models: { free } }, attic: { ...ollama, kind: "ollama" } });
  const usage = { prompt_tokens: 1_000_000, completion_tokens: 1_000_000 };
  const cost = (id) => llm.provider(id).calculateCost(usage, "gpt-4o").cost;
  same([cost("openai"), cost("mine")].join(), "12.5,0", "what gpt-4o costs");
  const window = (id, model) => llm.provider(id).tokenLimit(model);
  same([window("openai", "gpt-4o"), window("mine", "free")].join(), "128000,4096", "windows");
  const { context_length: told } = await llm.provider("attic").ollama.show("qwen3:8b");
  truly(told > 0, "the attic tells a window");
  same([window("attic", "qwen3:8b"), window("ollama", "qwen3:8b")].join(), `${told},`, "it holds there alone");
  llm.registry.merge([{ provider: "ollama", id: "only-here", context: 5 }]);
  same([window("ollama", "only-here"), window("attic", "only-here")].join(), "5,5", "what is merged holds at both");
  const shown = (await llm.models()).filter((model) => model.id === "gpt-4o").map(({ provider, source }) => `${provider} ${source}`);
  same(shown.join(), "openai table,mine config", "both are listed, each as it is");
  await llm.close();
}

async function closed(open, AircherError) {
  const llm = await open();
  await llm.close();
  for (const options of [{ live: true }, { live: true, provider: "claude" }]) {
    const error = await llm.models(options).catch((error) => error);
    truly(AircherError.is(error) && error.code === "closed", `not closed: ${error}`);
  }
}
