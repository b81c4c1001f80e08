// Writes an answer as one response or as the chunks of the wire reference, section 4.

import { idOf, pieces } from "../core/text.mjs";
import { version, wantsSignature } from "./models.mjs";
import { signature } from "./order.mjs";

const FINISH = { stop: "STOP", length: "MAX_TOKENS", tools: "STOP", refusal: "SAFETY" };

/** The object of generateContent. */
export function whole(model, answer) {
  const parts = partsOf(model, answer);
  return { candidates: [{ ...content(parts), ...ending(answer), index: 0 }], usageMetadata: usage(answer, answer.usage.visible, answer.usage.reasoning), ...tail(model, answer) };
}

// A blocked answer has no content at all.
const content = (parts) => (parts.length ? { content: { parts, role: "model" } } : {});

function ending({ finish, calls }) {
  const note = calls.length && finish === "tools" ? { finishMessage: "Model generated function call(s)." } : {};
  return { finishReason: FINISH[finish], ...note, ...(finish === "refusal" ? { safetyRatings: [{ category: "HARM_CATEGORY_DANGEROUS_CONTENT", probability: "HIGH", blocked: true }] } : {}) };
}

const tail = (model, { seed }) => ({ modelVersion: model, responseId: idOf("", seed) });

function usage({ usage: { prompt } }, visible, thoughts) {
  const base = { promptTokenCount: prompt, ...(visible ? { candidatesTokenCount: visible } : {}), totalTokenCount: prompt + visible + thoughts };
  return { ...base, promptTokensDetails: [{ modality: "TEXT", tokenCount: prompt }], ...(thoughts ? { thoughtsTokenCount: thoughts } : {}), serviceTier: "standard" };
}

// --- parts ---

function partsOf(model, answer) {
  const { thinking, shown, text, calls, finish } = answer;
  const thought = thinking && shown ? [{ text: thinking, thought: true }] : [];
  if (finish === "refusal") return thought;
  return [...thought, ...(text ? [{ text }] : []), ...callParts(model, { calls, finish, thinking }), ...signedEnd(model, answer)];
}

// A call that hits the limit never shows up: calls are whole or not there.
function callParts(model, { calls, finish, thinking }) {
  if (finish === "length") return [];
  return calls.map(({ id, name, args, argsText }, index) => ({
    functionCall: { ...(version(model) >= 3 ? { id } : {}), name, args },
    // Only the first of parallel calls carries the signature.
    ...(index === 0 && (wantsSignature(model) || thinking) ? { thoughtSignature: signature(name + argsText) } : {}),
  }));
}

// On text the signature comes last, on a part of its own with empty text.
const signedEnd = (model, { text, calls }) => (wantsSignature(model) && text && !calls.length ? [{ text: "", thoughtSignature: signature(text) }] : []);

// --- chunks ---

/** The chunks of streamGenerateContent, last one with the finish reason. */
export function chunks(model, answer) {
  const parts = partsOf(model, answer).flatMap(split);
  const thoughts = parts.filter((part) => part.thought).length;
  const deltas = parts.map((part, index) => chunk(model, answer, [part], share(answer, index + 1 - thoughts, parts.length - thoughts)));
  return [...deltas, last(model, answer)];
}

// Text arrives a few words at a time; everything else is whole.
function split(part) {
  if (!part.text || part.thoughtSignature) return [part];
  return pieces(part.text).map((text) => ({ ...part, text }));
}

// Thoughts are counted from the first chunk on, the visible part grows.
const share = ({ usage: { visible, reasoning } }, done, all) => [done > 0 ? Math.round((visible * done) / all) : 0, reasoning];

const chunk = (model, answer, parts, [visible, thoughts]) => ({ candidates: [{ ...content(parts), index: 0 }], usageMetadata: usage(answer, visible, thoughts), ...tail(model, answer) });

function last(model, answer) {
  const parts = answer.finish === "refusal" ? [] : [{ text: "" }];
  return { candidates: [{ ...content(parts), ...ending(answer), index: 0 }], usageMetadata: usage(answer, answer.usage.visible, answer.usage.reasoning), ...tail(model, answer) };
}

// --- framing ---

/** Frames with alt=sse: CRLF, no event names, no end marker. */
export const sse = (list) => list.map((item, index) => ({ text: `data: ${JSON.stringify(item)}\r\n\r\n`, end: index === list.length - 1 }));

/** Frames without alt=sse: one JSON array, streamed. */
export const array = (list) => list.map((item, index) => {
  const isLast = index === list.length - 1;
  return { text: `${index ? ",\r\n" : "["}${JSON.stringify(item, null, 2)}${isLast ? "\r\n]" : "\r\n"}`, end: isLast };
});
