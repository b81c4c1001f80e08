// Text measures shared by all dialects: deltas, token counts and ids.
// Everything is a pure function of its input, so the same request always gets the same answer.

import { createHash } from "node:crypto";

const UNICODE_RUN = /[^\u0000-\u02ff\u2000-\u206f]/;

/** Cuts text into deltas: one word each, a few words for long texts, single code points around non-Latin text. */
export function pieces(text) {
  if (UNICODE_RUN.test(text)) return Array.from(text);
  const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text ? [text] : []);
  // 2000 deltas of one word would make a long answer take 20 s at the usual pace.
  return words.length > 400 ? grouped(words, 10) : words;
}

function grouped(words, size) {
  const groups = [];
  for (let i = 0; i < words.length; i += size) groups.push(words.slice(i, i + size).join(""));
  return groups;
}

/** Cuts a JSON text into fragments of a few characters, the way tool arguments arrive. */
export const fragments = (text) => text.match(/[\s\S]{1,5}/gu) ?? [];

/** Tokens of a text: a quarter of its characters, rounded up; 0 for nothing. */
export const tokens = (text) => Math.ceil(text.length / 4);

/** Hex digest of any JSON value: the seed of ids. */
export const digest = (value) => createHash("sha256").update(JSON.stringify(value) ?? "").digest("hex");

/** An id such as `call_1f…`: stable for one seed and ordinal. */
export const idOf = (prefix, seed, ordinal = 0) => prefix + digest([seed, ordinal]).slice(0, 24);

/** Opaque state (signature, encrypted reasoning) that the checks can later recognise as made here, for this content. */
export const seal = (prefix, content) => prefix + digest(content).slice(0, 40);

/** Zero to `max` blanks or letters, chosen by the text: stands for a provider's random padding. */
export const padding = (text, max, filler = " ") => filler.repeat(parseInt(digest(text).slice(0, 4), 16) % (max + 1));
