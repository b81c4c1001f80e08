// Who can be asked. Keys live in these objects, nowhere else: no storage, no address bar, no cookie.

const REAL = [
  { id: "openai", label: "OpenAI", kind: "openai" },
  { id: "claude", label: "Claude", kind: "claude" },
  { id: "gemini", label: "Gemini", kind: "gemini" },
  { id: "ollama", label: "Ollama on this machine", kind: "ollama" },
];
const STANDIN = [
  { id: "standin-openai", label: "OpenAI (stand-in)", kind: "openai", path: "/openai/v1", key: "sk-test-demo-key", model: "gpt-6-luna", api: "responses" },
  { id: "standin-claude", label: "Claude (stand-in)", kind: "claude", path: "/claude", key: "sk-ant-test-demo-key", model: "claude-haiku-5-5" },
  { id: "standin-gemini", label: "Gemini (stand-in)", kind: "gemini", path: "/gemini/v1beta", key: "AIza-test-demo-key", model: "gemini-3.8-flash" },
  { id: "standin-ollama", label: "Ollama (stand-in)", kind: "ollama", path: "/ollama", key: "", model: "qwen3:8b" },
];
const BLANK = { key: "", baseUrl: "", model: "" };

/** The choices in groups: the stand-in first, where this page is served with one. */
export async function groups() {
  const url = await standin();
  const real = { label: url ? "The real ones, with your key" : "Providers", choices: REAL.map((choice) => ({ ...BLANK, ...choice })) };
  if (!url) return [real];
  const choices = STANDIN.map(({ path, ...choice }) => ({ ...choice, baseUrl: url + path }));
  return [{ label: "The stand-in, no key needed", choices }, real];
}

/** `cargo xtask demo` serves this file; elsewhere there is none. */
async function standin() {
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
