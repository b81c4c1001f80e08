// The mount /gemini/v1beta (and /v1), and Vertex AI (vertex.mjs): models/{m}:generateContent, :streamGenerateContent, :countTokens, :batchEmbedContents, models, models/{m}.

import { answer } from "../core/script.mjs";
import { failure } from "../core/faults.mjs";
import { CONTEXT_TOKENS } from "../core/read.mjs";
import { json, page, Refusal, stream } from "../core/reply.mjs";
import { check, checkRequest } from "./checks.mjs";
import { embed } from "./embed.mjs";
import { errorBody, refuse } from "./errors.mjs";
import { isEmbedding, isKnown, LISTED, thinkingKind } from "./models.mjs";
import { read } from "./read.mjs";
import * as shapes from "./shapes.mjs";
import { authorizeVertex, checkVertex, vertexPath } from "./vertex.mjs";
import { array, chunks, sse, whole } from "./write.mjs";

/** The Gemini dialect. */
export const gemini = { respond, headers: () => ({ server: "scaffolding on HTTPServer2", "x-content-type-options": "nosniff" }), failure: failed };

function respond(call) {
  const { req, path } = call;
  const vertex = vertexPath(path);
  if (vertex) return onVertex(call, vertex);
  const [, version, rest] = /^\/(v1beta|v1)\/(.*)$/.exec(path) ?? [];
  const [, model, method] = /^models\/([^:/]+):(\w+)$/.exec(rest ?? "") ?? [];
  const action = req.method === "POST" ? METHODS[method] : undefined;
  const isGet = req.method === "GET" && /^models(\/[^:/]+)?$/.test(rest ?? "");
  if (!action && !isGet) return page("Error 404 (Not Found)!!1", 404);
  authorize(call);
  return isGet ? models(call, rest, version) : action({ ...call, model: decodeURIComponent(model), version, method });
}

function onVertex(call, vertex) {
  const action = call.req.method === "POST" ? METHODS[vertex.method] : undefined;
  if (!action) return page("Error 404 (Not Found)!!1", 404);
  authorizeVertex(call, vertex);
  if (call.body) checkVertex(call.body);
  return action({ ...call, ...vertex });
}

const METHODS = { generateContent: generate, streamGenerateContent: streamed, countTokens, batchEmbedContents: embedded };

function embedded(call) {
  if (!isEmbedding(call.model)) refuse(`models/${call.model} is not found for API version ${call.version}, or is not supported for ${call.method}. Call ModelService.ListModels to see the list of available models and their supported methods.`, { status: 404 });
  return embed(bodyOf(call), call.model);
}

function generate(call) {
  return json(whole(call.model, answered(call)), { space: 2 });
}

function streamed(call) {
  const isSse = call.query.get("alt") === "sse";
  const list = streamedErrors(isSse, () => chunks(call.model, answered(call)));
  return isSse ? stream(sse(list), "text/event-stream") : stream(array(list), "application/json; charset=UTF-8");
}

// Errors before the first chunk: still plain JSON under alt=sse, but with the stream's content type;
// an array of one without it.
function streamedErrors(isSse, make) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [{ text }] = error.reply.frames;
    throw isSse ? new Refusal(error.reply.status, text, { "content-type": "text/event-stream" }) : new Refusal(error.reply.status, `[${text}]`, error.reply.headers);
  }
}

function answered(call) {
  const body = check(bodyOf(call), shapes.generate);
  found(call);
  checkRequest(body, call.model);
  const question = read(body, call.model);
  if (question.promptTokens > CONTEXT_TOKENS) refuse(`The input token count (${question.promptTokens}) exceeds the maximum number of tokens allowed (1048576).`);
  return answer(question);
}

function countTokens(call) {
  const body = check(bodyOf(call), shapes.count);
  found(call);
  const request = body.generateContentRequest ?? body;
  if (!request.contents?.length) refuse("* CountTokensRequest.contents: contents is not specified\n");
  const total = read(request, call.model).promptTokens;
  return json({ totalTokens: total, promptTokensDetails: [{ modality: "TEXT", tokenCount: total }] }, { space: 2 });
}

// --- request ---

const KEY_TEXT = "API key not valid. Please pass a valid API key.";
const BAD_KEY = [
  { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com", metadata: { service: "generativelanguage.googleapis.com" } },
  { "@type": "type.googleapis.com/google.rpc.LocalizedMessage", locale: "en-US", message: KEY_TEXT },
];

function authorize({ req, query, settings }) {
  if (!settings.secureKeys) return;
  const key = req.headers["x-goog-api-key"] ?? query.get("key");
  if (!key) refuse("Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.", { status: 403 });
  if (!key.startsWith("AIza-test")) refuse(KEY_TEXT, { details: BAD_KEY });
}

function bodyOf({ body, tooLarge }) {
  if (tooLarge) refuse("Request payload size exceeds the limit: 33554432 bytes.", { status: 413 });
  if (body === undefined) refuse("Invalid JSON payload received. Unexpected token.\n\n^");
  return body;
}

function found({ model, version, method }) {
  if (isKnown(model) && !isEmbedding(model)) return;
  refuse(`models/${model} is not found for API version ${version}, or is not supported for ${method}. Call ModelService.ListModels to see the list of available models and their supported methods.`, { status: 404 });
}

// --- models ---

function models({ query }, rest, version) {
  if (rest !== "models") return oneModel(decodeURIComponent(rest.slice(7)), version);
  const from = Number(query.get("pageToken")) || 0;
  const to = from + (Number(query.get("pageSize")) || 50);
  return json({ models: LISTED.slice(from, to).map(model), ...(to < LISTED.length ? { nextPageToken: String(to) } : {}) }, { space: 2 });
}

function oneModel(id, version) {
  if (!isKnown(id)) refuse(`models/${id} is not found for API version ${version}. Call ModelService.ListModels to see the list of available models.`, { status: 404 });
  return json(model(id), { space: 2 });
}

function model(id) {
  const methods = isEmbedding(id) ? ["embedContent"] : ["generateContent", "countTokens"];
  return { name: `models/${id}`, version: "001", displayName: id, description: "", inputTokenLimit: 1048576, outputTokenLimit: 65536, supportedGenerationMethods: methods, temperature: 1, maxTemperature: 2, topP: 0.95, topK: 64, thinking: thinkingKind(id) !== "none" };
}

// --- failures ---

const WAIT = [
  { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaMetric: "generativelanguage.googleapis.com/generate_content_requests", quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", quotaDimensions: { location: "global" }, quotaValue: "15" }] },
  { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2s" },
];
const FAILURES = {
  429: ["You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\nPlease retry in 2.4s.", WAIT],
  503: ["The model is overloaded. Please try again later."],
  504: ["The request timed out. Please try again."],
};

// A running stream breaks off with a bare object, without `data:` before it.
function failed(status) {
  const body = errorBody(status, ...(FAILURES[status] ?? ["Internal error encountered."]));
  return failure(body, `${JSON.stringify(body, null, 2)}\r\n`, status === 429 ? { "retry-after": "2" } : {}, 2);
}
