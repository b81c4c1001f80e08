// OpenAI's Responses (wire: openai §6). Thinking goes as the summary of a reasoning item.
import { event, fragments } from "./shared.js";

export function whole(answer) {
  const isCut = ["length", "content_filter"].includes(answer.finish) && !answer.refusal;
  const reason = answer.finish === "length" ? "max_output_tokens" : "content_filter";
  const state = isCut ? { status: "incomplete", incomplete_details: { reason } } : { status: "completed", incomplete_details: null };
  return { ...envelope(answer), ...state, output: items(answer), usage: usage(answer) };
}

export function events(answer) {
  const begun = { ...envelope(answer), status: "in_progress", output: [], usage: null };
  const last = whole(answer);
  const list = [
    ["response.created", { response: begun }],
    ["response.in_progress", { response: begun }],
    ...last.output.flatMap((item, output_index) => itemEvents(item, output_index, answer)),
    [`response.${last.status}`, { response: last }],
  ];
  return list.map(([type, data], sequence_number) => event({ type, ...data, sequence_number }, type));
}

const envelope = ({ id, model }) => ({ id: `resp_${id}`, object: "response", created_at: 1_767_225_600, error: null, incomplete_details: null, model, service_tier: "default" });

const usage = ({ usage: { prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens } }) => ({
  input_tokens: prompt_tokens,
  input_tokens_details: { cached_tokens, cache_write_tokens },
  output_tokens: completion_tokens,
  output_tokens_details: { reasoning_tokens },
  total_tokens: prompt_tokens + completion_tokens,
});

function items({ id, thinking, text, refusal, calls }) {
  const reasoning = thinking ? [{ id: `rs_${id}`, type: "reasoning", summary: [{ type: "summary_text", text: thinking }] }] : [];
  const part = refusal ? { type: "refusal", refusal } : { type: "output_text", annotations: [], logprobs: [], text };
  const message = text || refusal ? [{ id: `msg_${id}`, type: "message", status: "completed", role: "assistant", content: [part] }] : [];
  return [...reasoning, ...message, ...calls.map(callItem)];
}

const callItem = ({ id, name, args }) => ({ id: `fc_${id}`, type: "function_call", status: "completed", arguments: args, call_id: id, name });

function itemEvents(item, output_index, answer) {
  const [empty, inner] = INNER[item.type](item, { item_id: item.id, output_index }, answer);
  return [["response.output_item.added", { item: { ...item, ...empty }, output_index }], ...inner, ["response.output_item.done", { item, output_index }]];
}

/** What an item is at its beginning, and the events until its end. */
const INNER = {
  reasoning({ summary: [part] }, at, { thoughts }) {
    const where = { ...at, summary_index: 0 };
    const deltas = thoughts.map((delta) => ["response.reasoning_summary_text.delta", { ...where, delta }]);
    const begin = ["response.reasoning_summary_part.added", { ...where, part: { ...part, text: "" } }];
    const end = [["response.reasoning_summary_text.done", { ...where, text: part.text }], ["response.reasoning_summary_part.done", { ...where, part }]];
    return [{ summary: [] }, [begin, ...deltas, ...end]];
  },
  message({ content: [part] }, at, { pieces, refusal }) {
    const [kind, field] = refusal ? ["refusal", "refusal"] : ["output_text", "text"];
    const where = { ...at, content_index: 0 };
    const deltas = (refusal ? [refusal] : pieces).map((delta) => [`response.${kind}.delta`, { ...where, delta }]);
    const begin = ["response.content_part.added", { ...where, part: { ...part, [field]: "" } }];
    const end = [[`response.${kind}.done`, { ...where, [field]: part[field] }], ["response.content_part.done", { ...where, part }]];
    return [{ status: "in_progress", content: [] }, [begin, ...deltas, ...end]];
  },
  function_call({ arguments: text }, at) {
    const deltas = fragments(text).map((delta) => ["response.function_call_arguments.delta", { ...at, delta }]);
    return [{ status: "in_progress", arguments: "" }, [...deltas, ["response.function_call_arguments.done", { ...at, arguments: text }]]];
  },
};
