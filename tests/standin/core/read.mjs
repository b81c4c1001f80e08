// Reading helpers that several dialects share when they turn a body into a question.

import { tokens } from "./text.mjs";

const IMAGE_TOKENS = 85;

/** Type and size of a base64 image given as data URL; other URLs have a type but no size. */
export function imageOf(url) {
  const [, type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return type ? base64Image(type, data) : { type: `image at ${url.slice(0, 80)}`, bytes: 0 };
}

/** Type and size of a bare base64 image. */
export const base64Image = (type, data) => ({ type, bytes: Buffer.from(data, "base64").length });

/** Is this strict base64 with padding? */
export const isBase64 = (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);

/** Prompt tokens of the parts of a body that the model reads; image bytes count as a flat sum. */
export function promptTokens(parts, images) {
  return tokens(JSON.stringify(parts, withoutData)) + images.length * IMAGE_TOKENS;
}

function withoutData(key, value) {
  const isData = key === "data" || key === "images" || (typeof value === "string" && value.startsWith("data:"));
  return isData ? undefined : value;
}

/** Above this many tokens every model here refuses the prompt. */
export const CONTEXT_TOKENS = 1_000_000;

/** Text of a content that is a string or a list of parts with `text`. */
export function textOf(content, separator = "") {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? part.refusal ?? "").filter(Boolean).join(separator);
}
