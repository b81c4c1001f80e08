// The mount /claude/v1: messages, messages/count_tokens, models, models/{id}.

import { answer } from "../core/script.mjs";
import { failure } from "../core/faults.mjs";
import { CONTEXT_TOKENS } from "../core/read.mjs";
import { json, stream } from "../core/reply.mjs";
import { idOf } from "../core/text.mjs";
import { check } from "./checks.mjs";
import { errorBody, refuse } from "./errors.mjs";
import { isKnown, LISTED } from "./models.mjs";
import { read } from "./read.mjs";
import * as shapes from "./shapes.mjs";
import { events, whole } from "./write.mjs";

const VERSIONS = ["2023-06-01", "2026-10-21"];

/** The Claude dialect. */
export const claude = { respond, headers, failure: failed };

function respond(call) {
  const { req, path, query } = call;
  if (!/^\/v1\/(messages(\/count_tokens)?|models(\/[^/]+)?)$/.test(path)) refuse("Not Found", { status: 404, type: "not_found_error" });
  authorize(call);
  const isGet = path.startsWith("/v1/models");
  if (req.method !== (isGet ? "GET" : "POST")) refuse("Method Not Allowed", { status: 405 });
  if (isGet) return path === "/v1/models" ? json(modelList(query)) : json(oneModel(decodeURIComponent(path.slice(11))));
  return path === "/v1/messages" ? messages(bodyOf(call), req) : countTokens(bodyOf(call));
}

function messages(body, req) {
  check(body, shapes.messages(req.headers["anthropic-version"]));
  const question = read(body);
  checkLength(question);
  const said = answer(question);
  return body.stream ? stream(events(body, said), "text/event-stream; charset=utf-8") : json(whole(body, said));
}

function countTokens(body) {
  check(body, shapes.countTokens);
  return json({ input_tokens: read(body).promptTokens });
}

function checkLength({ promptTokens: prompt }) {
  if (prompt > CONTEXT_TOKENS) refuse(`prompt is too long: ${prompt} tokens > ${CONTEXT_TOKENS} maximum`);
}

// --- request ---

function authorize({ req, settings }) {
  const bearer = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1];
  const key = req.headers["x-api-key"] ?? bearer;
  if (settings.secureKeys && !key) refuse("x-api-key header is required", { status: 401, type: "authentication_error" });
  if (settings.secureKeys && !key.startsWith("sk-ant-test")) refuse("API key is invalid.", { status: 401, type: "authentication_error", id: null });
  const version = req.headers["anthropic-version"];
  if (!version) refuse("anthropic-version: header is required");
  if (!VERSIONS.includes(version)) refuse(`anthropic-version: "${version}" is not a valid version. Valid versions are ${VERSIONS.join(", ")}.`);
}

function bodyOf({ req, body, tooLarge }) {
  if (tooLarge) refuse("Request exceeds the maximum size", { status: 413, type: "request_too_large" });
  if (!/^application\/json/.test(req.headers["content-type"] ?? "")) refuse("content-type: must be application/json");
  if (body === undefined) refuse("The request body is not valid JSON: Expecting value: line 1 column 1 (char 0)");
  return body;
}

// --- models ---

function model(id) {
  const name = id.replace(/^claude-/, "").replace(/-(\d)/, " $1").replace(/-(\d)$/, ".$1");
  return { type: "model", id, display_name: `Claude ${name[0].toUpperCase()}${name.slice(1)}`, created_at: "2026-01-01T00:00:00Z", max_input_tokens: CONTEXT_TOKENS, max_tokens: 128000 };
}

function modelList(query) {
  const from = LISTED.indexOf(query.get("after_id")) + 1;
  const ids = LISTED.slice(from, from + (Number(query.get("limit")) || 20));
  return { data: ids.map(model), has_more: from + ids.length < LISTED.length, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
}

function oneModel(id) {
  if (!isKnown(id)) refuse(`model: ${id}`, { status: 404, type: "not_found_error" });
  return model(id);
}

// --- headers and failures ---

let served = 0;

function headers() {
  served += 1;
  const reset = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z/, "Z");
  const limits = ["requests", "tokens", "input-tokens", "output-tokens"].flatMap((kind) => [
    [`anthropic-ratelimit-${kind}-limit`, "4000"], [`anthropic-ratelimit-${kind}-remaining`, "3999"], [`anthropic-ratelimit-${kind}-reset`, reset],
  ]);
  return { "request-id": idOf("req_011", served), "anthropic-organization-id": "00000000-0000-4000-8000-000000000000", ...Object.fromEntries(limits) };
}

const FAILURES = {
  402: ["billing_error", "Your account has no credit left."],
  403: ["permission_error", "Your API key does not have permission to use the specified resource."],
  413: ["request_too_large", "Request exceeds the maximum size"],
  429: ["rate_limit_error", "This request would exceed your organization's rate limit of 50 requests per minute. Please try again later."],
  503: ["overloaded_error", "Overloaded"],
  504: ["timeout_error", "Request timed out"],
  529: ["overloaded_error", "Overloaded"],
};

function failed(status) {
  const body = errorBody(...(FAILURES[status] ?? ["api_error", "Internal server error"]));
  const retry = status === 429 ? { "retry-after": "2", "x-should-retry": "true" } : { "x-should-retry": "true" };
  return failure(body, `event: error\ndata: ${JSON.stringify(body)}\n\n`, retry);
}
