// Vectors of texts: the same text, the same vector; nothing else is promised of them.

import { digest } from "./text.mjs";

/** `dimensions` numbers of length 1 altogether. */
export function vector(text, dimensions) {
  const raw = Array.from({ length: dimensions }, (_, at) => parseInt(digest([text, at >> 4]).slice((at % 16) * 4, (at % 16) * 4 + 4), 16) / 32768 - 1);
  const length = Math.hypot(...raw);
  return raw.map((number) => number / length);
}
