// Gemini's generateContent (wire: gemini §3–§5); the paths of Vertex AI end the same way.
import { event, named, vector } from "./shared.js";

const FINISH = { stop: "STOP", length: "MAX_TOKENS", tool_calls: "STOP", content_filter: "SAFETY", unknown: "OTHER" };
const STATUS = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};
const CHAT = /\/models\/([^/:]+):(streamGenerateContent|generateContent)$/;

export const gemini = {
  origin: "https://generativelanguage.googleapis.com",
  notFound: (model) => `models/${model} is not found for API version v1beta`,
  streamType: "text/event-stream",
  malformed: event('{"candidates": [{"content":'),
  read({ path }) {
    const [, model, method] = CHAT.exec(path) ?? [];
    return model && { model: decodeURIComponent(model), stream: method.startsWith("stream") };
  },
  whole: (answer) => chunk(answer, parts(answer), true),
  events(answer) {
    const deltas = [...answer.thoughts.map(thought), ...answer.pieces.map((text) => ({ text })), ...answer.calls.map(call)];
    return [...deltas.map((part) => event(chunk(answer, [part], false))), event(chunk(answer, [{ text: "" }], true))];
  },
  error: (code, { message, type }) => ({ error: { code, message, status: type ?? named(STATUS, code) } }),
  other({ method, path, body, tokens }, model) {
    if (path.endsWith(":batchEmbedContents")) return { embeddings: body.requests.map(embedding) };
    if (path.endsWith(":countTokens")) return { totalTokens: tokens };
    if (method === "GET" && path.endsWith("/models")) return { models: [entry(model)] };
    if (method === "GET" && path.includes("/models/")) return entry(decodeURIComponent(path.split("/").at(-1)));
    return undefined;
  },
};

const entry = (id) => ({ name: `models/${id}`, displayName: id, supportedGenerationMethods: ["generateContent", "countTokens"] });
const embedding = ({ content, outputDimensionality }) => ({ values: vector(content.parts.map(({ text }) => text).join(""), outputDimensionality) });
const thought = (text) => ({ text, thought: true });
const call = ({ id, name, args }) => ({ functionCall: { id, name, args: JSON.parse(args) } });

function parts({ thinking, text, calls }) {
  return [...(thinking ? [thought(thinking)] : []), ...(text ? [{ text }] : []), ...calls.map(call)];
}

function chunk(answer, list, isLast) {
  const content = list.length > 0 && answer.finish !== "content_filter" ? { content: { parts: list, role: "model" } } : {};
  const ending = isLast ? { finishReason: FINISH[answer.finish] } : {};
  return { candidates: [{ ...content, ...ending, index: 0 }], usageMetadata: usage(answer), modelVersion: answer.model, responseId: answer.id };
}

function usage({ usage: { prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens } }) {
  return {
    promptTokenCount: prompt_tokens,
    candidatesTokenCount: completion_tokens - reasoning_tokens,
    totalTokenCount: prompt_tokens + completion_tokens,
    ...(cached_tokens && { cachedContentTokenCount: cached_tokens }),
    ...(reasoning_tokens && { thoughtsTokenCount: reasoning_tokens }),
  };
}
