// POST /embeddings (openai 7.57.0, resources/embeddings).

import { json } from "../core/reply.mjs";
import { either, fault, int, list, need, obj, oneOf, str } from "../core/shape.mjs";
import { tokens } from "../core/text.mjs";
import { vector } from "../core/vector.mjs";
import { refuse, refuseFault } from "./errors.mjs";

const BODY = obj({
  model: need(str()),
  input: need(either(str(), list(str()))),
  encoding_format: oneOf("float", "base64"),
  dimensions: int({ min: 1 }),
  user: str(),
});

export function embed(body) {
  const found = fault(body, BODY);
  if (found) refuseFault(found);
  const texts = [body.input].flat();
  if (texts.length === 0 || texts.length > 2048 || texts.includes("")) refuse("'$.input' is invalid. Please check the API reference.", { param: "input" });
  if (!/^text-embedding-(3-(small|large)|ada-002)$/.test(body.model)) refuse(`The model \`${body.model}\` does not exist or you do not have access to it.`, { status: 404, code: "model_not_found" });
  if (body.dimensions && body.model.endsWith("ada-002")) refuse("This model does not support specifying dimensions.", { param: "dimensions" });
  const data = texts.map((text, index) => ({ object: "embedding", index, embedding: encoded(vector(text, body.dimensions ?? 16), body.encoding_format) }));
  const count = texts.reduce((sum, text) => sum + tokens(text), 0);
  return json({ object: "list", data, model: body.model, usage: { prompt_tokens: count, total_tokens: count } }, { space: 2 });
}

const encoded = (numbers, format) => (format === "base64" ? Buffer.from(new Float32Array(numbers).buffer).toString("base64") : numbers);
