// Turns a checked body into the question the script answers.

import { base64Image, imageOf, promptTokens, textOf } from "../core/read.mjs";
import { hidesThinking, thinksByDefault, traits } from "./models.mjs";

/** The question in a messages or count_tokens body. */
export function read(body) {
  const { messages, tools, system, output_config, thinking } = body;
  const user = messages.findLast((message) => message.role === "user" && hasText(message)) ?? messages.at(-1);
  const images = blocksOf(user).filter(({ type }) => type === "image").map(({ source }) => imageIn(source));
  const schema = (output_config?.format ?? body.output_format)?.schema ?? null;
  return {
    model: body.model, userText: textOf(blocksOf(user).filter(({ type }) => type === "text")), images, results: resultsIn(messages),
    tools: (tools ?? []).filter((tool) => tool.input_schema).map(({ name, input_schema }) => ({ name, schema: input_schema })),
    choice: choiceOf(body.tool_choice), parallel: !body.tool_choice?.disable_parallel_tool_use,
    json: Boolean(schema), schema, stop: body.stop_sequences ?? [], maxTokens: body.max_tokens ?? 0,
    promptTokens: promptTokens([messages, system, tools, schema], images), think: thinkOf(body.model, thinking),
  };
}

function thinkOf(model, asked) {
  const on = asked ? ["adaptive", "enabled", "between_tools"].includes(asked.type) : thinksByDefault(model);
  const can = asked?.type !== "disabled" && traits(model).types.length > 0;
  return { can, asked: on, shown: asked?.display ? asked.display === "summarized" : !hidesThinking(model) };
}

const blocksOf = ({ content }) => (typeof content === "string" ? [{ type: "text", text: content }] : content);
const hasText = (message) => blocksOf(message).some(({ type }) => type === "text" || type === "image");

const imageIn = ({ type, media_type, data, url, file_id }) => (type === "base64" ? base64Image(media_type, data) : imageOf(url ?? file_id));

function choiceOf(choice) {
  if (choice?.type === "tool") return { name: choice.name };
  return { any: "required", none: "none" }[choice?.type] ?? "auto";
}

// Results count when the latest user turn brings them.
function resultsIn(messages) {
  const at = messages.findLastIndex(({ role }) => role === "assistant");
  const calls = at < 0 ? [] : blocksOf(messages[at]).filter(({ type }) => type === "tool_use");
  return messages.slice(at + 1).flatMap(blocksOf).filter(({ type }) => type === "tool_result").map((block) => ({
    name: calls.find(({ id }) => id === block.tool_use_id)?.name ?? "tool", text: textOf(block.content),
  }));
}
