// The column of this package in the benchmark harness: copy it into the harness's peers/ folder and install
// the packed tarball there. One client for each run, chunks as a user reads them.
import { Aircher } from "aircher-llm";
import { MODEL } from "./_http.mjs";

export const name = "aircher";
export const providers = ["openai", "anthropic", "gemini", "ollama"];

const ID = { openai: "openai", anthropic: "claude", gemini: "gemini", ollama: "ollama" };

export async function create(provider, base) {
  const id = ID[provider];
  const base_url = provider === "gemini" ? `${base}/v1beta` : base;
  const config = { providers: { [id]: { base_url, api_key: "sk-bench-12345678", model: MODEL[provider] } } };
  const llm = await Aircher.create(config, { dangerouslyAllowBrowser: true });
  return {
    async stream(messages, onText) {
      for await (const chunk of llm.chatStream({ messages })) {
        const text = chunk.stream.delta.content;
        if (text) onText(text);
      }
    },
    async complete(messages) {
      return (await llm.chat({ messages })).message.content;
    },
  };
}
