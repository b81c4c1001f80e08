// The local models this Ollama has, by families, and what each can do (wire reference Ollama, section 6).

import { digest } from "../core/text.mjs";
import { LISTED } from "./disk.mjs";

const CONTEXT = 131072;

/** Its capabilities, as /api/show lists them. */
export function capabilities(name) {
  const list = ["completion"];
  if (!/^(llama2|llama3:|llama3$|phi3?($|:)|codellama|gemma[23]?($|:)|llava|tinyllama|deepseek-r1)/.test(name)) list.push("tools");
  if (/^(gemma3|gemma4|llava|llama3\.2-vision|llama4|qwen\d?(\.\d)?-?vl|mistral-small3)/.test(name)) list.push("vision");
  if (/^(qwen3|qwq|deepseek-r1|gpt-oss|gemma4|magistral)/.test(name)) list.push("thinking");
  return list;
}

/** Thinking of these cannot be switched off. */
export const alwaysThinks = (name) => name.startsWith("gpt-oss");

const details = (name) => {
  const family = /^[a-z-]*\d*/.exec(name)[0];
  return { parent_model: "", format: "gguf", family, families: [family], parameter_size: LISTED[name] ?? "8.0B", quantization_level: "Q4_K_M" };
};

const entry = ([name, { digest, size, base }]) => ({ name, model: name, modified_at: "2026-11-01T12:00:00.123456789+01:00", size, digest, details: details(base) });

/** One that makes vectors only. */
const EMBEDDING = { name: "all-minilm:latest", model: "all-minilm:latest", modified_at: "2026-11-01T12:00:00.123456789+01:00", size: 45960996, digest: digest("all-minilm"), details: { parent_model: "", format: "gguf", family: "bert", families: ["bert"], parameter_size: "23M", quantization_level: "F16" }, capabilities: ["embedding"] };

/** GET /api/tags */
export const tags = (disk) => ({ models: [...[...disk.installed].map(entry).map((model) => ({ ...model, capabilities: capabilities(disk.base(model.name)) })), EMBEDDING] });

/** GET /api/ps */
export function running(disk) {
  const loaded = [...disk.installed].filter(([name]) => disk.loaded.has(name)).map(entry);
  const expires_at = new Date(Date.now() + 300_000).toISOString();
  return { models: loaded.map(({ modified_at, ...model }) => ({ ...model, expires_at, size_vram: model.size, context_length: 8192 })) };
}

/** POST /api/show */
export function show(name, disk) {
  const base = disk.base(name);
  const { family } = details(base);
  const model_info = { "general.architecture": family, "general.parameter_count": 8030261248, [`${family}.context_length`]: CONTEXT, [`${family}.embedding_length`]: 4096, "tokenizer.ggml.tokens": null };
  return { license: "stand-in", modelfile: `FROM ${base}`, parameters: 'stop "<|end|>"', template: "{{ .Prompt }}", details: details(base), model_info, capabilities: capabilities(base), modified_at: "2026-11-01T12:00:00Z" };
}
