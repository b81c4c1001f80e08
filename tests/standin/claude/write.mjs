// Writes an answer as a message object or as the events of the wire reference, section 4.

import { fragments, idOf, padding, pieces } from "../core/text.mjs";
import { signature } from "./order.mjs";

/** The object of a request without `stream`. */
export const whole = (body, answer) => ({ ...head(body, answer), content: blocks(answer), ...ending(answer), usage: usage(answer) });

const head = ({ model }, { seed }) => ({ id: idOf("msg_01", seed), type: "message", role: "assistant", model });

function ending({ finish, stopped }) {
  const refused = { type: "refusal", category: "general_harms", explanation: "The request was refused by the script." };
  const reason = { stop: stopped ? "stop_sequence" : "end_turn", length: "max_tokens", tools: "tool_use", refusal: "refusal" }[finish];
  return { stop_reason: reason, stop_sequence: stopped ?? null, stop_details: finish === "refusal" ? refused : null, container: null };
}

function usage({ usage: { prompt, output, reasoning } }) {
  return {
    input_tokens: prompt, cache_creation_input_tokens: 0, cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output, output_tokens_details: { thinking_tokens: reasoning }, server_tool_use: null, service_tier: "standard", inference_geo: "global",
  };
}

// --- blocks ---

function blocks({ thinking, shown, text, calls, refusal }) {
  const thought = thinking ? [{ type: "thinking", thinking: shown ? thinking : "", signature: signature(shown ? thinking : "") }] : [];
  // A refusal is a stop reason here; its words stand in no block of their own.
  const said = text && !refusal ? [{ type: "text", text }] : [];
  return [...thought, ...said, ...calls.map(toolUse)];
}

const toolUse = ({ id, name, args, cut }) =>
  ({ type: "tool_use", id: `toolu_01${id}`, name, input: cut ? {} : args, caller: { type: "direct" } });

/** The frames of a request with `stream`. */
export function events(body, answer) {
  const list = blocks(answer).flatMap((block, index) => blockEvents(block, index, answer));
  const first = frame("message_start", { message: { ...head(body, answer), content: [], ...begun, usage: { ...usage(answer), output_tokens: 1 } } });
  const ping = { text: 'event: ping\ndata: {"type": "ping"}\n\n' };
  return [first, ...list.slice(0, 1), ping, ...list.slice(1), ...closing(answer)];
}

const begun = { stop_reason: null, stop_sequence: null, stop_details: null };

function closing(answer) {
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details } = usage(answer);
  const counted = { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details };
  return [frame("message_delta", { delta: ending(answer), usage: counted }, true), frame("message_stop", {}, true)];
}

// Real data lines have blanks before their last brace; JSON stays valid.
function frame(type, data, end = false) {
  const text = JSON.stringify({ type, ...data });
  return { text: `event: ${type}\ndata: ${text.slice(0, -1)}${padding(text, 15)}}\n\n`, end };
}

function blockEvents(block, index, answer) {
  const start = frame("content_block_start", { index, content_block: EMPTY[block.type](block) });
  const deltas = DELTAS[block.type](block, answer).map((delta) => frame("content_block_delta", { index, delta }));
  // A call cut by the limit gets no stop event.
  const cut = block.type === "tool_use" && callOf(block, answer).cut;
  return [start, ...deltas, ...(cut ? [] : [frame("content_block_stop", { index })])];
}

const callOf = (block, { calls }) => calls.find(({ id }) => block.id.endsWith(id));

const EMPTY = {
  thinking: () => ({ type: "thinking", thinking: "", signature: "" }),
  text: () => ({ type: "text", text: "" }),
  tool_use: ({ id, name, caller }) => ({ type: "tool_use", id, name, input: {}, caller }),
};

const DELTAS = {
  thinking: ({ thinking, signature: sealed }) => [...pieces(thinking).map((part) => ({ type: "thinking_delta", thinking: part })), { type: "signature_delta", signature: sealed }],
  text: ({ text }) => pieces(text).map((part) => ({ type: "text_delta", text: part })),
  tool_use: (block, answer) => ["", ...fragments(callOf(block, answer).argsText)].map((part) => ({ type: "input_json_delta", partial_json: part })),
};
