// Reads a checked chat body and writes its answer (wire reference Ollama, sections 3 and 4).

import { base64Image, promptTokens } from "../core/read.mjs";
import { pieces } from "../core/text.mjs";
import { alwaysThinks, capabilities } from "./models.mjs";

/** The question in a chat body. */
export function read(body) {
  const { model, messages = [], tools, format, options, think } = body;
  const user = messages.findLast(({ role }) => role === "user");
  const images = (user?.images ?? []).map((data) => base64Image(imageType(data), data));
  const schema = format && typeof format === "object" ? format : null;
  return {
    model, userText: user?.content ?? "", images, results: resultsIn(messages), choice: "auto", parallel: true,
    tools: (tools ?? []).filter((tool) => tool?.function?.name).map(({ function: spec }) => ({ name: spec.name, schema: spec.parameters })),
    json: Boolean(format), schema, stop: options?.stop ?? [], maxTokens: Math.max(0, options?.num_predict ?? 0),
    promptTokens: promptTokens([messages, tools, format], images),
    think: { can: capabilities(model).includes("thinking") && (think !== false || alwaysThinks(model)), asked: think !== false || alwaysThinks(model), shown: true },
  };
}

const MAGIC = { iVBOR: "image/png", "/9j/": "image/jpeg", R0lGO: "image/gif", UklGR: "image/webp" };
const imageType = (data) => Object.entries(MAGIC).find(([start]) => data.startsWith(start))?.[1] ?? "image";

// Newer clients name the tool; with older ones only the order tells.
function resultsIn(messages) {
  const at = messages.findLastIndex(({ role }) => role === "assistant");
  const calls = messages[at]?.tool_calls ?? [];
  return messages.slice(at + 1).filter(({ role }) => role === "tool").map((message, index) => ({
    name: message.tool_name ?? calls.find(({ id }) => id && id === message.tool_call_id)?.function.name ?? calls[index]?.function.name ?? "tool",
    text: message.content ?? "",
  }));
}

/** The object of a request with `"stream": false`. */
export const whole = (body, answer) => ({ ...head(body), message: { role: "assistant", content: said(answer), ...thought(answer), ...called(toolCalls(answer)) }, ...counts(answer) });

const head = ({ model }) => ({ model, created_at: new Date().toISOString().replace("Z", "123Z") });
const said = ({ text, refusal }) => refusal || text; // there is no refusal on this wire
const thought = ({ thinking }) => (thinking ? { thinking } : {});
const called = (calls) => (calls.length ? { tool_calls: calls } : {});

const toolCalls = ({ calls, finish }) =>
  finish === "length" ? [] : calls.map(({ id, name, args }, index) => ({ id: `call_${id.slice(0, 8)}`, function: { index, name, arguments: args } }));

function counts({ usage: { prompt, output }, finish }) {
  const ns = (ms) => Math.round(ms * 1e6);
  return {
    done: true, done_reason: finish === "length" ? "length" : "stop", total_duration: ns(10 + output), load_duration: ns(5),
    prompt_eval_count: prompt, prompt_eval_duration: ns(3), eval_count: output, eval_duration: ns(output),
  };
}

/** The NDJSON lines of a streamed answer; tool calls come whole, one line each. */
export function lines(body, answer) {
  const line = (message) => ({ text: `${JSON.stringify({ ...head(body), message: { role: "assistant", content: "", ...message }, done: false })}\n` });
  const last = { ...head(body), message: { role: "assistant", content: "" }, ...counts(answer) };
  return [
    ...pieces(answer.thinking).map((thinking) => line({ thinking })),
    ...pieces(said(answer)).map((content) => line({ content })),
    ...toolCalls(answer).map((call) => line({ tool_calls: [call] })),
    { text: `${JSON.stringify(last)}\n`, end: true },
  ];
}

/** The answer to an empty conversation: the model is loaded, or unloaded with keep_alive 0. */
export const loaded = (body) => ({ ...head(body), message: { role: "assistant", content: "" }, done: true, done_reason: body.keep_alive === 0 ? "unload" : "load" });
