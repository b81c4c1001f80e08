// What a suite tests: a configuration, a client, or something that behaves like one of a client's providers.
//
// With a configuration every check has a client of its own, closed behind it: no check can disturb another.
import { Aircher } from "aircher-llm";

/** What stands beside the providers in `config.providers`. */
const SETTINGS = ["default", "fallback_order", "health_check_interval", "health_check_timeout"];
/** What signs requests without an API key. */
const SIGNED = ["service_account", "service_account_env", "access_token"];
const WRONG_KEY = "wrong-key-of-the-test-suite";

/** `{ name, kind, model, open(change) }`; `open` resolves to `{ provider, close }`. */
export async function subjectOf(given, { provider, test_api_key, options }) {
  if (typeof given?.chat !== "function") return configured(given, { provider, test_api_key, options });
  if (test_api_key !== undefined) throw new TypeError("test_api_key: a client has its keys; give the suite a configuration instead");
  if (options !== undefined) throw new TypeError("options: a client has its own; give the suite a configuration instead");
  return typeof given.provider === "function" ? clientOf(given, provider) : live(given);
}

function clientOf(llm, id) {
  const name = id ?? only(llm.config.providers);
  return live(llm.provider(name), llm.config.providers[llm.provider(name).name]);
}

/** What lives already: it stays open. */
function live(provider, table) {
  const open = async (change) => {
    if (change) throw new Error("a client that lives cannot be changed");
    return { provider, close: async () => {} };
  };
  return { name: provider.name, model: table?.model, keyless: "a client was given, not a configuration: its key cannot be changed", open };
}

async function configured(given, { provider: id, test_api_key, options }) {
  const llm = await Aircher.create(given, options);
  const name = id === undefined ? only(llm.config.providers) : llm.provider(id).name;
  const shown = llm.config;
  const entry = Object.keys(given?.providers ?? {}).find((key) => !SETTINGS.includes(key) && llm.provider(key).name === name) ?? name;
  await llm.close();
  const open = async (change) => {
    const key = change?.key ?? test_api_key;
    const client = await Aircher.create(key === undefined ? given : withKey(given, shown, { name, entry, key }), options);
    return { provider: client.provider(name), close: () => client.close() };
  };
  const table = shown.providers[name];
  return { name, model: table.model, keyless: keyless(table, test_api_key), wrongKey: WRONG_KEY, open };
}

/** Why a wrong key would say nothing; undefined where it would. */
function keyless(shown, key) {
  if (SIGNED.some((name) => shown[name])) return "requests are signed otherwise than by an API key";
  if (shown.kind === "ollama" && key === undefined) return "Ollama takes no key";
  return shown.api_key === null && key === undefined ? "no key is sent" : undefined;
}

/** The configured provider when there is one alone, or one that answers by default. */
function only(providers) {
  const names = Object.keys(providers).filter((name) => !SETTINGS.includes(name));
  if (providers.default) return providers.default;
  if (names.length === 1) return names[0];
  throw new TypeError(`provider: name one of ${names.join(", ")}`);
}

/**
 * The configuration with another key for one provider, and nobody who would take over. Text has been read by the
 * library: what it shows is used.
 */
function withKey(given, shown, { name, entry, key }) {
  const config = typeof given === "object" ? given : { ...shown, providers: { [name]: readable(shown.providers[name]) } };
  const { api_key_env, ...table } = config.providers?.[entry] ?? {};
  const { default: first, fallback_order, ...providers } = config.providers ?? {};
  return { ...config, providers: { ...providers, [entry]: { ...table, api_key: key } } };
}

/** Values that are shown as `***` are secrets, which a new configuration cannot repeat. */
const readable = (table) => Object.fromEntries(Object.entries(table).filter(([, value]) => !JSON.stringify(value).includes('"***"')));
