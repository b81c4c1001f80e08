// Configurations as TOML text: `[name, check]`.
import { same, truly } from "./checks.mjs";

const KEY = "sk-test-12345678";
const alike = (a, b, what) => same(JSON.stringify(a), JSON.stringify(b), what);

export function toml({ Aircher, AircherError }, url) {
  const create = (text) => Aircher.create(text, { dangerouslyAllowBrowser: true });
  return Object.entries({
    "text is a configuration": async () => {
      const llm = await create(sample(url));
      same((await llm.chat({ messages: [{ role: "user", content: "Say hello." }] })).provider, "mine", "who answered");
      await llm.close();
    },
    "the configuration in effect shows no key": async () => {
      const { config } = await create(sample(url));
      same(config.providers.mine.api_key, "***", "the key");
      alike(config.timeouts, { connect: "15s", first_byte: "10m", idle: "1m", total: "1m" }, "time limits");
      truly(!JSON.stringify(config).includes(KEY), "the key is nowhere");
    },
    "text and object are the same": async () => {
      const table = { kind: "openai", api_key: KEY, base_url: `${url}/openai/v1`, model: "gpt-6-luna" };
      const object = { providers: { default: "mine", mine: table }, timeouts: { total: "60s" } };
      alike((await create(sample(url))).config, (await create(object)).config, "the configuration");
    },
    "a mistake has its line": () => wrong(create, AircherError, sample(url).replace("model", "modle"), 8, "line 8: providers.mine.modle: unknown field `modle`, did you mean `model`?"),
    "so has what is no TOML": () => wrong(create, AircherError, 'a = "x', 1, 'line 1: config: invalid basic string, expected `"`'),
  });
}

const sample = (url) => `
[providers]
default = "mine"
[providers.mine] # läuft überall
kind = "openai"
api_key = "${KEY}"
base_url = "${url}/openai/v1"
model = "gpt-6-luna"
[timeouts]
total = "60s"
`;

async function wrong(create, AircherError, text, line, message) {
  const error = await create(text).then(() => undefined, (error) => error);
  truly(AircherError.is(error), `an AircherError, not ${error}`);
  alike([error.type, error.line, error.message], ["invalid_config", line, message], "the error");
}
