// The local models this Ollama has, by families, and what each can do (wire reference Ollama, section 6).

import { digest } from "../core/text.mjs";

const LISTED = { "llama3.2:latest": "3.2B", "qwen3:8b": "8.2B", "gemma3:4b": "4.3B", "gpt-oss:20b": "20.9B", "llama2:latest": "6.7B" };
const FAMILY = /^(llama|qwen|qwq|gemma|mi[sx]tral|phi|gpt-oss|deepseek|codellama|llava|smollm|tinyllama|granite|command-r|nemotron)/;
const CONTEXT = 131072;

/** Is a model of this name on the disk? */
export const isKnown = (name) => FAMILY.test(name) && !/no-?such|non-?exist|not-exist/.test(name);

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
  const family = /^[a-z-]+\d*/.exec(name)[0];
  return { parent_model: "", format: "gguf", family, families: [family], parameter_size: LISTED[name] ?? "8.0B", quantization_level: "Q4_K_M" };
};

const entry = (name) => ({ name, model: name, modified_at: "2026-11-01T12:00:00.123456789+01:00", size: 4661230766, digest: digest(name), details: details(name) });

/** GET /api/tags */
export const tags = () => ({ models: Object.keys(LISTED).map((name) => ({ ...entry(name), capabilities: capabilities(name) })) });

/** GET /api/ps: the first model is loaded. */
export function running() {
  const name = Object.keys(LISTED)[0];
  const { name: tag, model, size, digest: hash, details: about } = entry(name);
  return { models: [{ name: tag, model, size, digest: hash, details: about, expires_at: new Date(Date.now() + 300_000).toISOString(), size_vram: size, context_length: 8192 }] };
}

/** POST /api/show */
export function show(name) {
  const family = details(name).family;
  const model_info = { "general.architecture": family, "general.parameter_count": 8030261248, [`${family}.context_length`]: CONTEXT, [`${family}.embedding_length`]: 4096, "tokenizer.ggml.tokens": null };
  return { license: "stand-in", modelfile: `FROM ${name}`, parameters: 'stop "<|end|>"', template: "{{ .Prompt }}", details: details(name), model_info, capabilities: capabilities(name), modified_at: "2026-11-01T12:00:00Z" };
}
