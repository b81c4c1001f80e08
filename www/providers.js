// Who can be asked. Keys live in these objects, nowhere else: no storage, no address bar, no cookie.
//
//   groups()            the providers by themselves, and the stand-in
//   ofConfiguration()   those of a configuration as TOML text

const REAL = [
  { id: "openai", label: "OpenAI", kind: "openai" },
  { id: "claude", label: "Claude", kind: "claude" },
  { id: "gemini", label: "Gemini", kind: "gemini" },
  { id: "ollama", label: "Ollama on this machine", kind: "ollama" },
];
/** The stand-in's providers; `variable` is the name a configuration asks for its key by. */
export const STANDIN = [
  { id: "standin-openai", label: "OpenAI (stand-in)", kind: "openai", path: "/openai/v1", variable: "STANDIN_OPENAI", key: "sk-test-demo-key", model: "gpt-6-luna", api: "responses" },
  { id: "standin-claude", label: "Claude (stand-in)", kind: "claude", path: "/claude", variable: "STANDIN_CLAUDE", key: "sk-ant-test-demo-key", model: "claude-haiku-5-5" },
  { id: "standin-gemini", label: "Gemini (stand-in)", kind: "gemini", path: "/gemini/v1beta", variable: "STANDIN_GEMINI", key: "AIza-test-demo-key", model: "gemini-3.8-flash" },
  { id: "standin-ollama", label: "Ollama (stand-in)", kind: "ollama", path: "/ollama", key: "", model: "qwen3:8b" },
];
const BLANK = { key: "", baseUrl: "", model: "" };

/** The choices in groups: the stand-in first, where this page is served with one at `url`. */
export function groups(url) {
  const real = { label: url ? "The real ones, with your key" : "Providers", choices: REAL.map((choice) => ({ ...BLANK, ...choice })) };
  if (!url) return [real];
  const choices = STANDIN.map(({ path, ...choice }) => ({ ...choice, baseUrl: url + path }));
  return [{ label: "The stand-in, no key needed", choices }, real];
}

/** Where the stand-in is: `cargo xtask demo` serves this file; elsewhere there is none. */
export async function standin() {
  const answer = await fetch("standin.json").catch(() => undefined);
  return answer?.ok ? (await answer.json()).url : undefined;
}

/** The library's configuration. A key function hands out what is in the field at that moment. */
export function configuration(choices) {
  return { providers: Object.fromEntries(choices.map((choice) => [choice.id, table(choice)])) };
}

/** A server of one's own is spoken to in Chat Completions unless `api` says otherwise. */
function table({ kind, key, baseUrl, api = "auto" }) {
  const place = baseUrl ? { base_url: baseUrl } : {};
  return { kind, ...(kind === "openai" ? { api } : {}), ...place, api_key: key || kind !== "ollama" ? () => key : null };
}

/**
 * The providers of `llm.config.providers` of a client that knows no key: it shows the variable each asks for. Keys
 * that are known already, of the page's fields or the stand-in, are taken over.
 */
export function ofConfiguration(providers, known) {
  const tables = Object.entries(providers).filter(([, of]) => typeof of.kind === "string");
  const choices = tables.map(([id, { kind, base_url: baseUrl, model = "", api_key_env: variable }]) => {
    const key = variable ? (STANDIN.find((one) => one.variable === variable) ?? known.find((one) => one.id === id))?.key ?? "" : "";
    return { id, label: id, kind, baseUrl, model, variable, key };
  });
  return [{ label: "Your configuration", choices }];
}

/** The variables a configuration asks for its keys by. */
export function environment(choices) {
  return Object.fromEntries(choices.filter(({ variable, key }) => variable && key).map(({ variable, key }) => [variable, key]));
}
