// Counting tokens: `[name, check]`.
import { same, truly } from "./checks.mjs";

const TEXT = "How many tokens are these? Zwölf, 12345 or 二十?";
const TOOLS = [{ type: "function", function: { name: "look", description: "Looks.", parameters: { type: "object", properties: {} } } }];

/** `providers`: `{ id, model }`; without `Tokenizer` nothing exact is counted offline. */
export function tokens({ Aircher, AircherError, Tokenizer }, { config, providers }) {
  const create = (options) => Aircher.create(config, { dangerouslyAllowBrowser: true, ...options });
  const request = { messages: [{ role: "system", content: "Be brief." }, { role: "user", content: TEXT }], tools: TOOLS };
  const checks = {
    "an estimate sends nothing": async () => {
      const sent = [];
      const llm = await create({ fetch: (...given) => (sent.push(given), fetch(...given)) });
      for (const { id, model } of providers) {
        const counts = [TEXT, [{ type: "text", text: TEXT }], { messages: [{ role: "user", content: TEXT }] }, request];
        const [text, parts, message, whole] = await Promise.all(counts.map((what) => llm.provider(id).countTokens(what, { model })));
        truly(text > 10 && text < 30, `${id}: ${text} tokens`);
        same(parts, text, `${id}: parts`);
        truly(message >= text && whole > message, `${id}: ${text} < ${message} < ${whole}`);
      }
      same(sent.length, 0, "requests");
      await llm.close();
    },
    "the provider counts once": async () => {
      const sent = [];
      const llm = await create({ fetch: (...given) => (sent.push(given), fetch(...given)) });
      for (const { id, model } of providers.filter(({ id }) => id !== "ollama")) {
        const count = () => llm.provider(id).countTokens(request, { model, exact: true });
        const tokens = await count();
        truly(Number.isInteger(tokens) && tokens > 10, `${id}: ${tokens}`);
        same(await count(), tokens, `${id}: again`);
      }
      same(sent.length, 3, "requests");
      await llm.close();
    },
    "who cannot count says so": async () => {
      const llm = await create();
      const error = await llm.provider("ollama").countTokens(TEXT, { exact: true }).then(() => undefined, (error) => error);
      truly(AircherError.is(error) && error.type === "unsupported", `an error, not ${error}`);
      await llm.close();
    },
  };
  if (!Tokenizer) return Object.entries(checks);
  return Object.entries({
    ...checks,
    "the tokenizer counts like tiktoken": async () => {
      const tokenizer = await Tokenizer.load("gpt-6-luna");
      same([...tokenizer.encode("Hello, world!")].join(), "13225,11,2375,0", "tokens");
      same(tokenizer.decode(tokenizer.encode(TEXT)), TEXT, "and back");
      const older = await Tokenizer.load("cl100k_base");
      same([...older.encode("Hello, world!")].join(), "9906,11,1917,0", "tokens of GPT-4");
      truly((await Tokenizer.load("gpt-4o")) === tokenizer, "loaded once");
    },
    "a client asks it": async () => {
      const llm = await create({ tokenizer: Tokenizer, fetch: () => Promise.reject(new Error("sent")) });
      const tokens = await llm.provider("openai").countTokens("Hello, world!", { model: "gpt-6-luna", exact: true });
      same(tokens, 4, "tokens");
      await llm.close();
    },
  });
}
