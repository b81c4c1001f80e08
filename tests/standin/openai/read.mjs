// Turns a checked body of either endpoint into the question the script answers.

import { imageOf, promptTokens, textOf } from "../core/read.mjs";
import { isOffByDefault, isReasoning } from "./models.mjs";

/** The question in a Chat Completions body. */
export function readChat(body) {
  const { messages, tools = [], response_format: format } = body;
  const user = messages.findLast(({ role }) => role === "user");
  const images = partsOf(user?.content).filter(({ type }) => type === "image_url").map(({ image_url }) => imageOf(image_url.url));
  return {
    model: body.model, userText: textOf(user?.content), images, results: chatResults(messages),
    tools: (tools ?? []).filter(({ type }) => type === "function").map(({ function: spec }) => ({ name: spec.name, schema: spec.parameters })),
    choice: choiceOf(body.tool_choice), parallel: body.parallel_tool_calls !== false,
    json: ["json_object", "json_schema"].includes(format?.type), schema: format?.json_schema?.schema ?? null,
    stop: [body.stop ?? []].flat(), maxTokens: body.max_completion_tokens ?? body.max_tokens ?? 0,
    promptTokens: promptTokens([messages, tools, format], images),
    think: { can: isReasoning(body.model), asked: reasons(body.model, body.reasoning_effort), shown: false },
  };
}

/** The question in a Responses body. */
export function readResponses(body) {
  const { tools, text, reasoning = {} } = body;
  const items = typeof body.input === "string" ? [{ role: "user", content: body.input }] : body.input;
  const user = items.findLast(({ role }) => role === "user");
  const images = partsOf(user?.content).filter(({ type, image_url }) => type === "input_image" && image_url).map(({ image_url }) => imageOf(image_url));
  return {
    model: body.model, userText: textOf(user?.content), images, results: itemResults(items),
    tools: (tools ?? []).filter(({ type }) => type === "function").map(({ name, parameters }) => ({ name, schema: parameters })),
    choice: choiceOf(body.tool_choice), parallel: body.parallel_tool_calls !== false,
    json: ["json_object", "json_schema"].includes(text?.format?.type), schema: text?.format?.schema ?? null,
    stop: [], maxTokens: body.max_output_tokens ?? 0,
    promptTokens: promptTokens([items, body.instructions, tools, text], images),
    think: { can: isReasoning(body.model), asked: reasons(body.model, reasoning?.effort), shown: Boolean(reasoning?.summary) },
  };
}

const reasons = (model, effort) => (effort ? effort !== "none" : !isOffByDefault(model));

const partsOf = (content) => (Array.isArray(content) ? content : []);

function choiceOf(choice) {
  if (choice?.type === "function") return { name: choice.function?.name ?? choice.name };
  return choice?.mode ?? choice?.allowed_tools?.mode ?? choice ?? "auto";
}

// Results count when they answer the latest assistant turn; a user message with their images may follow.
function chatResults(messages) {
  const at = messages.findLastIndex(({ role }) => role === "assistant");
  const calls = messages[at]?.tool_calls ?? [];
  return messages.slice(at + 1).filter(({ role }) => role === "tool").map((message) => ({
    name: calls.find(({ id }) => id === message.tool_call_id)?.function?.name ?? "tool", text: textOf(message.content),
  }));
}

function itemResults(items) {
  const at = items.findLastIndex(({ type, role }) => role === "assistant" || role === "user" || type === "function_call");
  const last = items[at]?.type === "function_call" ? at : -1;
  if (last < 0) return [];
  const calls = items.filter(({ type }) => type === "function_call");
  return items.slice(last).filter(({ type }) => type === "function_call_output").map((item) => ({
    name: calls.find(({ call_id }) => call_id === item.call_id)?.name, text: textOf(item.output),
  }));
}
