// What the body tables cannot say: rules between members, and between members and the model.

import { fault } from "../core/shape.mjs";
import { CONTEXT_TOKENS } from "../core/read.mjs";
import { quoted, refuse, refuseFault } from "./errors.mjs";
import { efforts, isKnown, isOffByDefault, isReasoning, isResponsesOnly, lacksJsonSchema, samplesWhenOff, toolsNeedResponses } from "./models.mjs";
import { checkItems, checkMessages } from "./order.mjs";
import { checkStrict, checkToolSchema } from "./strict.mjs";
import * as shapes from "./shapes.mjs";

/** Refuses a Chat Completions body the API would refuse. */
export function checkChat(body) {
  shape(body, shapes.chat, true);
  if (!isKnown(body.model)) refuse(`The model \`${body.model}\` does not exist or you do not have access to it.`, { status: 404, code: "model_not_found" });
  if (isResponsesOnly(body.model)) refuse("This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?", { status: 404, param: "model" });
  if (body.stream_options && !body.stream) refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", { param: "stream_options" });
  chatTools(body);
  chatModel(body);
  chatFormat(body);
  checkMessages(body.messages);
}

/** Refuses a Responses body the API would refuse. */
export function checkResponses(body, table = shapes.responses) {
  shape(body, table, false);
  if (!isKnown(body.model)) refuse(`The requested model '${body.model}' does not exist.`, { param: "model", code: "model_not_found" });
  if (body.previous_response_id) refuse(`Previous response with id '${body.previous_response_id}' not found.`, { param: "previous_response_id", code: "previous_response_not_found" });
  responsesTools(body);
  responsesModel(body);
  responsesFormat(body);
  if (Array.isArray(body.input)) checkItems(body.input, body);
}

/** Refuses a prompt longer than any window. */
export function checkLength(prompt, param) {
  if (prompt <= CONTEXT_TOKENS) return;
  const text = param === "messages"
    ? `This model's maximum context length is ${CONTEXT_TOKENS} tokens. However, your messages resulted in ${prompt} tokens. Please reduce the length of the messages.`
    : "Your input exceeds the context window of this model. Please adjust your input and try again.";
  refuse(text, { param, code: "context_length_exceeded" });
}

function shape(body, table, chat) {
  const found = fault(body, table);
  if (found) refuseFault(found, { chat });
}

// --- tools ---

function chatTools({ tools, tool_choice, parallel_tool_calls }) {
  if (!tools) {
    onlyWithTools("tool_choice", tool_choice);
    onlyWithTools("parallel_tool_calls", parallel_tool_calls);
  }
  const named = tool_choice?.function?.name;
  const names = (tools ?? []).map((tool) => tool.function?.name);
  if (named && !names.includes(named)) refuse(`Tool choice '${named}' not found in 'tools' parameter.`, { param: "tool_choice" });
  (tools ?? []).forEach((tool, index) => tool.function && checkToolSchema(tool.function, `tools[${index}].function.parameters`));
}

function onlyWithTools(name, value) {
  if (value !== undefined && value !== null) refuse(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, { param: name });
}

function responsesTools({ tools, tool_choice: choice }) {
  const named = choice?.type === "function" && choice.name;
  if (named && !(tools ?? []).some(({ name }) => name === named)) refuse(`Tool choice '${named}' not found in 'tools' parameter.`, { param: "tool_choice" });
  // `auto` and `none` pass without tools on this endpoint, a demand does not.
  if (choice === "required" && !tools?.length) refuse("Tool choice 'required' must be specified with 'tools' parameter.", { param: "tool_choice" });
  (tools ?? []).forEach((tool, index) => tool.type === "function" && checkToolSchema(tool, `tools[${index}].parameters`));
}

// --- model ---

function chatModel(body) {
  const { model, reasoning_effort: effort, tools } = body;
  if (!isReasoning(model)) {
    if (effort) refuse("Unrecognized request argument supplied: reasoning_effort");
    return;
  }
  if (given(body.max_tokens)) unsupported("max_tokens", " Use 'max_completion_tokens' instead.");
  for (const name of ["frequency_penalty", "presence_penalty", "logit_bias", "top_logprobs", "stop"]) if (given(body[name])) unsupported(name);
  checkEffort(model, effort, "reasoning_effort", efforts(model).filter((level) => level !== "max"));
  if (!maySample(model, effort)) chatSampling(body);
  if (tools && toolsNeedResponses(model) && effort !== "none") refuse(`Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`, { param: "reasoning_effort" });
}

function chatSampling(body) {
  for (const name of ["temperature", "top_p"]) {
    // The default value itself passes.
    if (given(body[name]) && body[name] !== 1) refuse(`Unsupported value: '${name}' does not support ${body[name]} with this model. Only the default (1) value is supported.`, { param: name, code: "unsupported_value" });
  }
  if (body.logprobs) unsupported("logprobs");
}

function responsesModel({ model, reasoning, temperature, top_p, top_logprobs }) {
  const effort = reasoning?.effort;
  if (!isReasoning(model)) {
    if (effort) unsupported("reasoning.effort");
    if (reasoning?.summary) unsupported("reasoning.summary");
    return;
  }
  checkEffort(model, effort, "reasoning.effort", efforts(model));
  if (maySample(model, effort)) return;
  for (const [name, value] of Object.entries({ temperature, top_p, top_logprobs })) if (given(value)) unsupported(name);
}

const maySample = (model, effort) => (effort === "none" && samplesWhenOff(model)) || (!effort && isOffByDefault(model));

function checkEffort(model, effort, param, levels) {
  if (effort && !levels.includes(effort)) refuse(`Unsupported value: '${effort}' is not supported with the '${model}' model. Supported values are: ${quoted(levels)}.`, { param, code: "unsupported_value" });
}

const given = (value) => value !== undefined && value !== null;

const unsupported = (name, hint = "") =>
  refuse(`Unsupported parameter: '${name}' is not supported with this model.${hint}`, { param: name, code: "unsupported_parameter" });

// --- JSON formats ---

function chatFormat({ model, messages, response_format: format }) {
  if (format?.type === "json_object" && !says(messages)) refuse("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", { param: "messages" });
  if (format?.type !== "json_schema") return;
  if (lacksJsonSchema(model)) refuse("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs", { param: "response_format" });
  const { name, schema, strict } = format.json_schema;
  if (strict) checkStrict(schema ?? {}, (text) => refuse(`Invalid schema for response_format '${name}': ${text}`, { param: "response_format" }));
}

function responsesFormat({ input, instructions, text }) {
  const format = text?.format;
  if (format?.type === "json_object" && !says([input, instructions])) refuse("Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.", { param: "input" });
  if (format?.type === "json_schema" && format.strict) checkStrict(format.schema, (fault) => refuse(`Invalid schema for response_format '${format.name}': ${fault}`, { param: "text.format.schema", code: "invalid_json_schema" }));
}

const says = (value) => /json/i.test(JSON.stringify(value));
