// Writes an answer as Chat Completions: one object, or chunks in the order of the wire reference, section 5.

import { fragments, idOf, padding, pieces } from "../core/text.mjs";
import { dated } from "./models.mjs";

const FINISH = { stop: "stop", length: "length", tools: "tool_calls", refusal: "stop" };

/** The object of a request without `stream`. */
export function whole(body, answer) {
  const choice = (index) => ({ index, message: message(answer), logprobs: null, finish_reason: FINISH[answer.finish] });
  return { ...head(body, answer, "chat.completion"), choices: times(body.n, choice), usage: usage(answer, body.n) };
}

const times = (n, make) => Array.from({ length: n ?? 1 }, (_, index) => make(index));

function message({ text, refusal, calls }) {
  const base = { role: "assistant", content: calls.length || refusal ? null : text, refusal: refusal || null, annotations: [] };
  return calls.length ? { ...base, tool_calls: calls.map(toolCall) } : base;
}

const toolCall = ({ id, name, argsText }) => ({ id: `call_${id}`, type: "function", function: { name, arguments: argsText } });

const head = ({ model, service_tier: tier }, { seed }, object) => ({
  id: idOf("chatcmpl-", seed), object, created: Math.floor(Date.now() / 1000), model: dated(model),
  service_tier: tier && tier !== "auto" ? tier : "default", system_fingerprint: "fp_standin0001",
});

function usage({ usage: { prompt, output, reasoning } }, n = 1) {
  const completion = output * (n ?? 1);
  return {
    prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning * (n ?? 1), audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}

/** The frames of a request with `stream`. */
export function chunks(body, answer) {
  const frame = framer(body, answer);
  const choices = times(body.n, (index) => choiceFrames(frame, answer, index)).flat();
  const counted = body.stream_options?.include_usage ? [frame({ choices: [], usage: usage(answer, body.n) }, true)] : [];
  return [...choices, ...counted, { text: "data: [DONE]\n\n", end: true }];
}

function framer(body, answer) {
  const { include_usage, include_obfuscation } = body.stream_options ?? {};
  const base = head(body, answer, "chat.completion.chunk");
  return (part, end = false) => {
    const chunk = { ...base, ...part, ...(include_usage && !part.usage ? { usage: null } : {}) };
    const hidden = include_obfuscation === false ? {} : { obfuscation: padding(JSON.stringify(part), 15, "x") };
    return { text: `data: ${JSON.stringify({ ...chunk, ...hidden })}\n\n`, end };
  };
}

function choiceFrames(frame, answer, index) {
  const at = (delta, finish = null) => ({ choices: [{ index, delta, logprobs: null, finish_reason: finish }] });
  return [...deltas(answer).map((delta) => frame(at(delta))), frame(at({}, FINISH[answer.finish]), true)];
}

function deltas(answer) {
  if (answer.calls.length) return answer.calls.flatMap(callDeltas);
  const opening = { role: "assistant", content: answer.refusal ? null : "", refusal: null };
  const member = answer.refusal ? "refusal" : "content";
  return [opening, ...pieces(answer.refusal || answer.text).map((piece) => ({ [member]: piece }))];
}

// The first chunk of a call has its id and name, the role comes with the first call.
function callDeltas(call, index) {
  const opening = { tool_calls: [{ index, ...toolCall({ ...call, argsText: "" }) }] };
  const parts = fragments(call.argsText).map((part) => ({ tool_calls: [{ index, function: { arguments: part } }] }));
  return [index === 0 ? { role: "assistant", content: null, ...opening, refusal: null } : opening, ...parts];
}
