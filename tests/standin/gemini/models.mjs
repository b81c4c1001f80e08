// Which model takes what (wire reference Gemini, section 2).

/** Ids the model list shows. */
export const LISTED = ["gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro", "gemini-3-pro-preview", "gemini-3.6-flash", "gemini-4-argon", "gemma-4-27b-it", "gemini-embedding-001"];

/** Does a model of this name exist? */
export const isKnown = (id) => /^(gemini-|gemma-)/.test(id) && !/no-?such|non-?exist|not-exist/.test(id);

/** Models without generateContent. */
export const isEmbedding = (id) => /embedding/.test(id);

/** Main version: gemini-2.5-pro is 2.5; an alias without a number counts as the newest. */
export const version = (id) => Number(/^gem\w+-(\d+(\.\d+)?)/.exec(id)?.[1] ?? 4);

/** How a model is told to think: "none", "budget" or "level". */
export function thinkingKind(id) {
  if (id.startsWith("gemma-")) return version(id) >= 4 ? "level" : "none";
  if (version(id) < 2.5) return "none";
  return version(id) < 3 ? "budget" : "level";
}

/** Allowed thinking budget of a 2.5 model: lowest, highest, and whether 0 turns it off. */
export function budget(id) {
  if (/lite/.test(id)) return { min: 512, max: 24576, off: true };
  return /pro/.test(id) ? { min: 128, max: 32768, off: false } : { min: 1, max: 24576, off: true };
}

/** Thinking levels of a model from 3 on. */
export function levels(id) {
  if (id.startsWith("gemma-")) return ["MINIMAL", "HIGH"];
  if (/hydrogen/.test(id)) return ["LOW", "MEDIUM", "HIGH", "XHIGH"];
  const noMinimal = /pro|argon|carbon|flash-latest|3\.[78]-flash/.test(id);
  return noMinimal ? ["LOW", "MEDIUM", "HIGH"] : ["MINIMAL", "LOW", "MEDIUM", "HIGH"];
}

/** Function calls of these must come back with their signature. */
export const wantsSignature = (id) => id.startsWith("gemini-") && version(id) >= 3;

/** Penalties are refused from 2.5 on. */
export const refusesPenalty = (id) => version(id) >= 2.5;

/** JSON mode together with function tools. */
export const mixesJsonAndTools = (id) => version(id) >= 3;
