// Claude's Messages (wire: anthropic §3–§5).
import { event, fragments, named } from "./shared.js";

const FINISH = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use", content_filter: "refusal", unknown: "other" };
const TYPES = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

export const claude = {
  origin: "https://api.anthropic.com",
  notFound: (model) => `model: ${model}`,
  streamType: "text/event-stream; charset=utf-8",
  malformed: event('{"type": "content_block_delta", "delta":', "content_block_delta"),
  read: ({ path, body }) => (path.endsWith("/messages") ? { model: body?.model, stream: body?.stream === true } : undefined),
  whole: (answer) => ({ ...head(answer), content: blocks(answer), ...ending(answer), usage: usage(answer) }),
  events(answer) {
    const begun = { ...head(answer), content: [], stop_reason: null, stop_sequence: null, usage: { ...usage(answer), output_tokens: 1 } };
    const list = blocks(answer).flatMap((block, index) => blockEvents(block, index, answer));
    const end = [frame("message_delta", { delta: ending(answer), usage: usage(answer) }), frame("message_stop", {})];
    return [frame("message_start", { message: begun }), ...list, ...end];
  },
  error: (status, { message, type }) => ({ type: "error", error: { type: type ?? named(TYPES, status), message }, request_id: "req_fake" }),
  other({ method, path, tokens }, model) {
    if (path.endsWith("/messages/count_tokens")) return { input_tokens: tokens };
    if (method === "GET" && path.endsWith("/models")) return { data: [entry(model)], has_more: false, first_id: model, last_id: model };
    if (method === "GET" && path.includes("/models/")) return entry(decodeURIComponent(path.split("/").at(-1)));
    return undefined;
  },
};

const entry = (id) => ({ type: "model", id, display_name: id, created_at: "2026-01-01T00:00:00Z" });
const head = ({ id, model }) => ({ id: `msg_${id}`, type: "message", role: "assistant", model });
const ending = ({ finish }) => ({ stop_reason: FINISH[finish], stop_sequence: null });
const frame = (type, data) => event({ type, ...data }, type);

function usage({ usage: { prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, cache_write_long_tokens, reasoning_tokens } }) {
  const [short, long] = [cache_write_tokens - cache_write_long_tokens, cache_write_long_tokens];
  return {
    input_tokens: prompt_tokens - cached_tokens - cache_write_tokens,
    cache_read_input_tokens: cached_tokens,
    cache_creation_input_tokens: cache_write_tokens,
    cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
    output_tokens: completion_tokens,
    output_tokens_details: { thinking_tokens: reasoning_tokens },
  };
}

/** A refusal is a stop reason here; its words stand in no block of their own. */
function blocks({ thinking, text, calls }) {
  const thought = thinking ? [{ type: "thinking", thinking, signature: "ZmFrZQ==" }] : [];
  const said = text ? [{ type: "text", text }] : [];
  return [...thought, ...said, ...calls.map(({ id, name, args }) => ({ type: "tool_use", id, name, input: parsed(args) }))];
}

/** Arguments that are no JSON can only be streamed: whole, the provider would have refused them itself. */
function parsed(args) {
  try {
    return JSON.parse(args);
  } catch {
    return {};
  }
}

function blockEvents(block, index, answer) {
  const [empty, deltas] = PARTS[block.type](block, answer);
  return [
    frame("content_block_start", { index, content_block: { ...block, ...empty } }),
    ...deltas.map((delta) => frame("content_block_delta", { index, delta })),
    frame("content_block_stop", { index }),
  ];
}

/** What a block is at its beginning, and its deltas. */
const PARTS = {
  thinking({ signature }, { thoughts }) {
    const deltas = thoughts.map((thinking) => ({ type: "thinking_delta", thinking }));
    return [{ thinking: "", signature: "" }, [...deltas, { type: "signature_delta", signature }]];
  },
  text: (_, { pieces }) => [{ text: "" }, pieces.map((text) => ({ type: "text_delta", text }))],
  tool_use: ({ id }, { calls }) => [{ input: {} }, fragments(calls.find((call) => call.id === id).args).map((partial_json) => ({ type: "input_json_delta", partial_json }))],
};
