// OpenAI: Chat Completions or Responses, whichever is asked (wire: openai §1, §7).
import * as chat from "./openai-chat.js";
import * as responses from "./openai-responses.js";
import { event, named, vector } from "./shared.js";

const TYPES = { 400: "invalid_request_error", 401: "invalid_request_error", 429: "requests", 500: "server_error" };
const CODES = { 401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded" };

export const openai = {
  origin: "https://api.openai.com",
  notFound: (model) => `The model '${model}' does not exist`,
  streamType: "text/event-stream; charset=utf-8",
  malformed: event('{"choices": [{"delta":'),
  /** The model and whether a stream is wanted; undefined for what is no chat. */
  read: ({ path, body }) => (/\/(chat\/completions|responses)$/.test(path) ? { model: body?.model, stream: body?.stream === true } : undefined),
  whole: (answer, { path }) => at(path).whole(answer),
  events: (answer, { path, body }) => at(path).events(answer, body),
  error: (status, { message, type, code }) => ({ error: { message, type: type ?? named(TYPES, status), param: null, code: code ?? CODES[status] ?? null } }),
  other({ method, path, body, tokens }, model) {
    if (path.endsWith("/embeddings")) return embeddings(body, tokens);
    if (path.endsWith("/responses/input_tokens")) return { object: "response.input_tokens", input_tokens: tokens };
    if (method === "GET" && path.endsWith("/models")) return { object: "list", data: [entry(model)] };
    if (method === "GET" && path.includes("/models/")) return entry(decodeURIComponent(path.split("/").at(-1)));
    return undefined;
  },
};

function embeddings({ model, input, dimensions, encoding_format: format }, tokens) {
  const encoded = (numbers) => (format === "base64" ? btoa(String.fromCharCode(...new Uint8Array(new Float32Array(numbers).buffer))) : numbers);
  const data = [input].flat().map((text, index) => ({ object: "embedding", index, embedding: encoded(vector(text, dimensions)) }));
  return { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

const at = (path) => (path.endsWith("/responses") ? responses : chat);
const entry = (id) => ({ id, object: "model", created: 1_767_225_600, owned_by: "fake" });
