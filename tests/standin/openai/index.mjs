// The mount /openai/v1: chat/completions, responses, responses/input_tokens, embeddings, models, models/{id}.

import { answer } from "../core/script.mjs";
import { failure } from "../core/faults.mjs";
import { json, stream } from "../core/reply.mjs";
import { idOf } from "../core/text.mjs";
import * as chat from "./chat.mjs";
import { checkChat, checkLength, checkResponses } from "./checks.mjs";
import { embed } from "./embed.mjs";
import { refuse } from "./errors.mjs";
import { isKnown, LISTED } from "./models.mjs";
import { readChat, readResponses } from "./read.mjs";
import * as responses from "./responses.mjs";
import { inputTokens } from "./shapes.mjs";

const SSE = "text/event-stream; charset=utf-8";

/** The OpenAI dialect. */
export const openai = { respond, headers, failure: failed };

function respond(call) {
  authorize(call);
  const path = call.path.replace(/^\/v1/, "");
  if (path === "/models" && call.req.method === "GET") return json({ object: "list", data: LISTED.map(model) });
  if (path.startsWith("/models/") && call.req.method === "GET") return oneModel(decodeURIComponent(path.slice(8)));
  const post = POSTS[path];
  if (!post || !call.path.startsWith("/v1/")) refuse(`Invalid URL (${call.req.method} ${call.path})`, { status: 404 });
  if (call.req.method !== "POST") refuse(`Not allowed to ${call.req.method} on ${call.path}.`, { status: 405 });
  return post(bodyOf(call));
}

const POSTS = { "/chat/completions": chatCompletions, "/responses": respondTo, "/responses/input_tokens": countInput, "/embeddings": embed };

function chatCompletions(body) {
  checkChat(body);
  const question = readChat(body);
  checkLength(question.promptTokens, "messages");
  const said = answer(question);
  return body.stream ? stream(chat.chunks(body, said), SSE) : json(chat.whole(body, said), { space: 2 });
}

function respondTo(body) {
  checkResponses(body);
  const question = readResponses(body);
  checkLength(question.promptTokens, "input");
  const said = answer(question);
  return body.stream ? stream(responses.events(body, said), SSE) : json(responses.whole(body, said), { space: 2 });
}

function countInput(body) {
  checkResponses(body, inputTokens);
  return json({ object: "response.input_tokens", input_tokens: readResponses(body).promptTokens });
}

// --- request ---

const KEY_PAGE = "https://platform.openai.com/account/api-keys";

function authorize({ req, settings }) {
  if (!settings.secureKeys) return;
  const key = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1];
  if (!key) refuse(`You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from ${KEY_PAGE}.`, { status: 401 });
  if (!key.startsWith("sk-test")) refuse(`Incorrect API key provided: ${hidden(key)}. You can find your API key at ${KEY_PAGE}.`, { status: 401, code: "invalid_api_key" });
}

const hidden = (key) => (key.length > 12 ? `${key.slice(0, 8)}${"*".repeat(key.length - 12)}${key.slice(-4)}` : key);

function bodyOf({ body, tooLarge }) {
  if (tooLarge) refuse("The request body is too large.", { status: 413 });
  if (body === undefined) refuse("We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)");
  return body;
}

// --- models ---

const model = (id) => ({ id, object: "model", created: 1767225600, owned_by: "system" });

function oneModel(id) {
  if (!isKnown(id)) refuse(`The model '${id}' does not exist`, { status: 404, param: "model", code: "model_not_found" });
  return json(model(id));
}

// --- headers and failures ---

let served = 0;

// Rate limits go out on every answer; CORS keeps them from pages.
function headers() {
  served += 1;
  const limits = { "x-ratelimit-limit-requests": "10000", "x-ratelimit-limit-tokens": "2000000", "x-ratelimit-remaining-requests": "9999", "x-ratelimit-remaining-tokens": "1999980", "x-ratelimit-reset-requests": "6ms", "x-ratelimit-reset-tokens": "17ms" };
  return { "x-request-id": idOf("req_", served), "openai-version": "2020-10-01", "openai-processing-ms": "12", ...limits };
}

const FAILURES = {
  401: ["Incorrect API key provided: sk-wrong.", "invalid_request_error", "invalid_api_key"],
  403: ["Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"],
  429: ["Rate limit reached for gpt-4o in organization org-standin on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more.", "requests", "rate_limit_exceeded"],
  503: ["The server is currently overloaded with other requests. Sorry about that! You can retry your request, or contact us through our help center if the error persists.", "server_error", null],
};
const OTHER = ["The server had an error while processing your request. Sorry about that!", "server_error", null];

// A failing Responses stream has its own event; its error stands at the top, not under `error`.
function failed(status, reply) {
  const [message, type, code] = FAILURES[status] ?? OTHER;
  const error = { message, type, param: null, code };
  const isResponses = reply.frames[0]?.text.startsWith("event: response.");
  const frame = isResponses ? failedEvents(error) : `data: ${JSON.stringify({ error })}\n\n`;
  return failure({ error }, frame, [429, 503].includes(status) ? { "retry-after": "2", "retry-after-ms": "2000" } : {}, 2);
}

const failedEvents = ({ message, type, code }) =>
  responses.eventText("error", { error: { type, code: code ?? "server_error", message, param: null } }) +
  responses.eventText("response.failed", { response: { id: "resp_failed", object: "response", status: "failed", error: { code: code ?? "server_error", message }, output: [], usage: null } });
