// POST models/{m}:batchEmbedContents (@google/genai 3.1.0).

import { json } from "../core/reply.mjs";
import { int, list, need, obj, str } from "../core/shape.mjs";
import { vector } from "../core/vector.mjs";
import { check } from "./checks.mjs";
import { refuse } from "./errors.mjs";

const CONTENT = obj({ role: str(), parts: need(list(obj({ text: need(str()) }))) });
const BODY = obj({ requests: need(list(obj({ model: need(str()), content: need(CONTENT), taskType: str(), title: str(), outputDimensionality: int({ min: 1 }) }))) });

export function embed(body, model) {
  const { requests } = check(body, BODY);
  if (requests.length > 100) refuse("* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch");
  if (requests.some((request) => request.model !== `models/${model}`)) refuse("* BatchEmbedContentsRequest.requests[0].model: must match the model specified in the batch request");
  const texts = requests.map(({ content }) => content.parts.map(({ text }) => text).join(""));
  if (texts.includes("")) refuse("* BatchEmbedContentsRequest.requests[0].content: content is empty");
  return json({ embeddings: texts.map((text, at) => ({ values: vector(text, requests[at].outputDimensionality ?? 16) })) }, { space: 2 });
}
