// Writes an answer as Responses: one object, or events in the order of the wire reference, section 6.

import { fragments, idOf, padding, pieces, seal } from "../core/text.mjs";
import { dated } from "./models.mjs";
import { SEAL } from "./order.mjs";

/** The object of a request without `stream`. */
export const whole = (body, answer) => envelope(body, answer, ended(answer), outputItems(body, answer), usage(answer));

function ended({ finish }) {
  return finish === "length" ? { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } : { status: "completed", incomplete_details: null };
}

function envelope(body, { seed }, state, output, used) {
  return {
    id: idOf("resp_", seed), object: "response", created_at: Math.floor(Date.now() / 1000), ...state, error: null,
    background: false, instructions: body.instructions ?? null, max_output_tokens: body.max_output_tokens ?? null, model: dated(body.model),
    output, parallel_tool_calls: body.parallel_tool_calls ?? true, previous_response_id: null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    service_tier: used ? "default" : "auto", store: body.store ?? true, temperature: body.temperature ?? 1, top_p: body.top_p ?? 1,
    text: { format: body.text?.format ?? { type: "text" }, verbosity: body.text?.verbosity ?? "medium" },
    tool_choice: body.tool_choice ?? "auto", tools: body.tools ?? [], truncation: "disabled", usage: used, user: null, metadata: body.metadata ?? {},
  };
}

const usage = ({ usage: { prompt, output, reasoning } }) => ({
  input_tokens: prompt, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: output, output_tokens_details: { reasoning_tokens: reasoning }, total_tokens: prompt + output,
});

// --- items ---

function outputItems(body, answer) {
  const reasoning = answer.thinking ? [reasoningItem(body, answer)] : [];
  // A limit that ends in the thinking leaves no message at all.
  const message = answer.text || answer.refusal ? [messageItem(answer)] : [];
  return [...reasoning, ...message, ...answer.calls.map(callItem)];
}

function reasoningItem(body, { seed, thinking, shown }) {
  const state = body.include?.includes("reasoning.encrypted_content") ? { encrypted_content: seal(SEAL, thinking) } : {};
  return { id: idOf("rs_", seed), type: "reasoning", content: [], ...state, summary: shown && body.reasoning?.summary ? [{ type: "summary_text", text: thinking }] : [] };
}

function messageItem({ seed, text, refusal, finish }) {
  const part = refusal ? { type: "refusal", refusal } : { type: "output_text", annotations: [], logprobs: [], text };
  return { id: idOf("msg_", seed), type: "message", status: finish === "length" ? "incomplete" : "completed", role: "assistant", phase: "final_answer", content: [part] };
}

const callItem = ({ id, name, argsText, cut }) =>
  ({ id: `fc_${id}`, type: "function_call", status: cut ? "incomplete" : "completed", arguments: argsText, call_id: `call_${id}`, name });

// --- events ---

/** The frames of a request with `stream`. */
export function events(body, answer) {
  const begun = envelope(body, answer, { status: "in_progress", incomplete_details: null }, [], null);
  const last = whole(body, answer);
  const list = [
    ["response.created", { response: begun }],
    ["response.in_progress", { response: begun }],
    ...last.output.flatMap(itemEvents),
    [`response.${last.status}`, { response: last }],
  ];
  return list.map(([type, data], index) => frame(type, data, index, index === list.length - 1));
}

function frame(type, data, number, end) {
  const hidden = type.endsWith(".delta") ? { obfuscation: padding(JSON.stringify(data) + number, 15, "x") } : {};
  return { text: `event: ${type}\ndata: ${JSON.stringify({ type, ...data, ...hidden, sequence_number: number })}\n\n`, end };
}

/** One event of the stream as text, outside the numbering: for failures. */
export const eventText = (type, data) => frame(type, data, 99, true).text;

function itemEvents(item, output_index) {
  return [
    ["response.output_item.added", { item: EMPTY[item.type](item), output_index }],
    ...INNER[item.type](item, output_index),
    ["response.output_item.done", { item, output_index }],
  ];
}

const EMPTY = {
  // State seen here is not the final one: readers must take it from `.done`.
  reasoning: (item) => ({ ...item, ...(item.encrypted_content ? { encrypted_content: `${SEAL}early` } : {}), summary: [] }),
  message: (item) => ({ ...item, status: "in_progress", content: [] }),
  function_call: (item) => ({ ...item, status: "in_progress", arguments: "" }),
};

const INNER = { reasoning: summaryEvents, message: partEvents, function_call: argumentEvents };

function summaryEvents({ id, summary }, output_index) {
  return summary.flatMap((part, summary_index) => {
    const at = { item_id: id, output_index, summary_index };
    return [
      ["response.reasoning_summary_part.added", { ...at, part: { type: "summary_text", text: "" } }],
      ...pieces(part.text).map((delta) => ["response.reasoning_summary_text.delta", { ...at, delta }]),
      ["response.reasoning_summary_text.done", { ...at, text: part.text }],
      ["response.reasoning_summary_part.done", { ...at, part }],
    ];
  });
}

function partEvents({ id, content: [part] }, output_index) {
  const [kind, member] = part.type === "refusal" ? ["refusal", "refusal"] : ["output_text", "text"];
  const at = { item_id: id, output_index, content_index: 0 };
  const extra = kind === "output_text" ? { logprobs: [] } : {};
  return [
    ["response.content_part.added", { ...at, part: { ...part, [member]: "" } }],
    ...pieces(part[member]).map((delta) => [`response.${kind}.delta`, { ...at, delta, ...extra }]),
    [`response.${kind}.done`, { ...at, [member]: part[member], ...extra }],
    ["response.content_part.done", { ...at, part }],
  ];
}

function argumentEvents({ id, arguments: text }, output_index) {
  const at = { item_id: id, output_index };
  return [...fragments(text).map((delta) => ["response.function_call_arguments.delta", { ...at, delta }]), ["response.function_call_arguments.done", { ...at, arguments: text }]];
}
