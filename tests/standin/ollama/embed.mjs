// POST /api/embed (wire reference Ollama, section 1).

import { json } from "../core/reply.mjs";
import { tokens } from "../core/text.mjs";
import { vector } from "../core/vector.mjs";
import { refuse } from "./checks.mjs";

const EMBEDDING = /minilm|embed|bge/;
const KNOWN = ["model", "input", "truncate", "dimensions", "options", "keep_alive"];
const CONTEXT = 2048;

export function embed(body) {
  if (Object.keys(body).some((key) => !KNOWN.includes(key))) refuse("invalid request");
  const { model, input, truncate = true, dimensions = 16 } = body;
  if (!EMBEDDING.test(model)) refuse(`model "${model}" not found, try pulling it first`, 404);
  const texts = [input ?? []].flat();
  if (texts.some((text) => typeof text !== "string")) refuse("invalid input type");
  if (!truncate && texts.some((text) => tokens(text) > CONTEXT)) refuse("the input length exceeds the context length");
  const count = texts.reduce((sum, text) => sum + Math.min(tokens(text), CONTEXT), 0);
  return json({ model, embeddings: texts.map((text) => vector(text, dimensions)), total_duration: 14143917, load_duration: 1019500, prompt_eval_count: count });
}
