// OpenAI's Chat Completions (wire: openai §4, §5). Thinking goes as `reasoning_content`, the way of compatible servers.
import { event, fragments } from "./shared.js";

const FINISH = { stop: "stop", length: "length", tool_calls: "tool_calls", content_filter: "content_filter", unknown: "other" };

export function whole(answer) {
  const { text, thinking, refusal, calls } = answer;
  const message = {
    role: "assistant",
    content: text || (calls.length || refusal ? null : ""),
    refusal: refusal || null,
    ...(thinking && { reasoning_content: thinking }),
    ...(calls.length && { tool_calls: calls.map((call) => toolCall(call)) }),
  };
  return { ...head(answer, "chat.completion"), choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH[answer.finish] }], usage: usage(answer) };
}

export function events(answer, { stream_options }) {
  const chunk = (delta, finish_reason = null) => event({ ...head(answer, "chat.completion.chunk"), choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  const counted = stream_options?.include_usage ? [event({ ...head(answer, "chat.completion.chunk"), choices: [], usage: usage(answer) })] : [];
  return [chunk({ role: "assistant", content: "" }), ...deltas(answer).map((delta) => chunk(delta)), chunk({}, FINISH[answer.finish]), ...counted, event("[DONE]")];
}

const head = ({ id, model }, object) => ({ id: `chatcmpl-${id}`, object, created: 1_767_225_600, model, system_fingerprint: "fp_fake" });

const toolCall = ({ id, name, args }) => ({ id, type: "function", function: { name, arguments: args } });

function deltas({ thoughts, pieces, refusal, calls }) {
  return [
    ...thoughts.map((reasoning_content) => ({ reasoning_content })),
    ...pieces.map((content) => ({ content })),
    ...(refusal ? [{ refusal }] : []),
    ...calls.flatMap((call, index) => [
      { tool_calls: [{ index, ...toolCall({ ...call, args: "" }) }] },
      ...fragments(call.args).map((part) => ({ tool_calls: [{ index, function: { arguments: part } }] })),
    ]),
  ];
}

function usage({ usage: { prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens } }) {
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens, cache_write_tokens },
    completion_tokens_details: { reasoning_tokens },
  };
}
