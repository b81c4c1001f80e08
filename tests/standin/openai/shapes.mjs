// The bodies of Chat Completions and Responses as tables (wire reference OpenAI, sections 3 and 6).

import { any, bool, either, int, list, maybe, need, num, obj, oneOf, open, str, tagged } from "../core/shape.mjs";

// Optional members may be null everywhere in this API.
const rec = (fields) => obj(fields, { nulls: true });
const TOOL_NAME = str({ pattern: /^[a-zA-Z0-9_-]+$/, max: 64 });
const cacheMark = rec({ mode: str(), ttl: str() });
const role = need(str());
const tier = oneOf("auto", "default", "flex", "priority", "fast", "scale", "ultrafast");
const verbosity = oneOf("low", "medium", "high");

/** Members both endpoints share. */
const COMMON = {
  model: need(str()), stream: bool, store: bool, metadata: open, service_tier: tier, safety_identifier: str(),
  user: str(), prompt_cache_key: str(), prompt_cache_options: open, prompt_cache_retention: oneOf("in_memory", "24h"),
  temperature: num({ min: 0, max: 2 }), top_p: num({ min: 0, max: 1 }), top_logprobs: int({ min: 0, max: 20 }),
  parallel_tool_calls: bool, moderation: open,
};

// --- Chat Completions ---

const textPart = rec({ type: need(str()), text: need(str()), prompt_cache_breakpoint: cacheMark });
const refusalPart = rec({ type: need(str()), refusal: need(str()) });
const userParts = list(tagged("type", {
  text: textPart,
  image_url: rec({ type: need(str()), image_url: need(rec({ url: need(str()), detail: oneOf("auto", "low", "high", "original") })), prompt_cache_breakpoint: cacheMark }),
  input_audio: rec({ type: need(str()), input_audio: need(rec({ data: need(str()), format: need(oneOf("wav", "mp3")) })) }),
  file: rec({ type: need(str()), file: need(rec({ file_id: str(), file_data: str(), filename: str() })) }),
}), { min: 1 });
const textParts = list(tagged("type", { text: textPart }), { min: 1 });
const chatCall = tagged("type", {
  function: rec({ index: int(), id: need(str()), type: need(str()), function: need(rec({ name: need(TOOL_NAME), arguments: need(str()) })) }),
  custom: rec({ id: need(str()), type: need(str()), custom: need(rec({ name: need(str()), input: need(str()) })) }),
});
const speaker = str({ pattern: /^[^\s<|\\/>]+$/, max: 64 });
const systemMessage = rec({ role, content: need(either(str(), textParts)), name: speaker });

const messages = list(tagged("role", {
  system: systemMessage, developer: systemMessage,
  user: rec({ role, content: need(either(str(), userParts)), name: speaker }),
  assistant: rec({
    role, content: maybe(either(str(), list(tagged("type", { text: textPart, refusal: refusalPart })))), name: speaker,
    refusal: str(), annotations: list(open), audio: rec({ id: need(str()) }), tool_calls: list(chatCall, { min: 1 }), function_call: rec({ name: need(str()), arguments: need(str()) }),
  }),
  tool: rec({ role, content: need(either(str(), textParts)), tool_call_id: need(str()) }),
  function: rec({ role, content: need(maybe(str())), name: need(str()) }),
}), { min: 1 });

const functionSpec = rec({ name: need(TOOL_NAME), description: str(), parameters: open, strict: bool });
const namedTool = rec({ type: need(oneOf("function")), function: need(rec({ name: need(str()) })) });
const jsonSchema = { name: need(str({ pattern: /^[a-zA-Z0-9_-]+$/, max: 64 })), description: str(), schema: open, strict: bool };

/** POST /chat/completions */
export const chat = rec({
  ...COMMON, messages: need(messages),
  max_completion_tokens: int({ min: 1 }), max_tokens: int({ min: 1 }), n: int({ min: 1, max: 128 }),
  stop: either(str(), list(str(), { max: 4 })), frequency_penalty: num({ min: -2, max: 2 }), presence_penalty: num({ min: -2, max: 2 }),
  logit_bias: open, logprobs: bool, seed: int(),
  tools: list(tagged("type", { function: rec({ type: need(str()), function: need(functionSpec) }), custom: rec({ type: need(str()), custom: need(open) }) }), { min: 1, max: 128 }),
  tool_choice: either(oneOf("none", "auto", "required"), tagged("type", { function: namedTool, allowed_tools: rec({ type: need(str()), allowed_tools: need(rec({ mode: need(oneOf("auto", "required")), tools: need(list(open)) })) }) })),
  response_format: tagged("type", { text: rec({ type: need(str()) }), json_object: rec({ type: need(str()) }), json_schema: rec({ type: need(str()), json_schema: need(rec(jsonSchema)) }) }),
  reasoning_effort: oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max"), verbosity,
  stream_options: rec({ include_usage: bool, include_obfuscation: bool }),
  prediction: rec({ type: need(oneOf("content")), content: need(any) }), modalities: list(oneOf("text", "audio")), audio: open,
  web_search_options: open, functions: list(functionSpec), function_call: any,
});

// --- Responses ---

const inputText = rec({ type: need(str()), text: need(str()), prompt_cache_breakpoint: cacheMark });
const inputImage = rec({ type: need(str()), image_url: str(), file_id: str(), detail: oneOf("auto", "low", "high", "original"), prompt_cache_breakpoint: cacheMark });
const inputFile = rec({ type: need(str()), file_id: str(), file_url: str(), file_data: str(), filename: str(), detail: str() });
const inputParts = list(tagged("type", { input_text: inputText, input_image: inputImage, input_file: inputFile }));
const outputParts = list(tagged("type", {
  output_text: rec({ type: need(str()), text: need(str()), annotations: list(open), logprobs: list(open) }), refusal: refusalPart,
}));
const status = oneOf("in_progress", "completed", "incomplete");
const itemType = str();

// A message item may leave its `type` out; its role then says which parts it takes.
const messageItem = tagged("role", {
  user: rec({ type: itemType, role, content: need(either(str(), inputParts)), id: str(), status }),
  system: rec({ type: itemType, role, content: need(either(str(), inputParts)), id: str(), status }),
  developer: rec({ type: itemType, role, content: need(either(str(), inputParts)), id: str(), status }),
  assistant: rec({ type: itemType, role, content: need(either(str(), outputParts)), id: str(), status, phase: oneOf("commentary", "final_answer") }),
});
const items = list(tagged("type", {
  message: messageItem,
  reasoning: rec({ type: itemType, id: str(), summary: need(list(rec({ type: need(oneOf("summary_text")), text: need(str()) }))), content: list(open), encrypted_content: str(), status }),
  function_call: rec({ type: itemType, id: str(), call_id: need(str({ min: 1, max: 64 })), name: need(TOOL_NAME), arguments: need(str()), status, namespace: str() }),
  function_call_output: rec({ type: itemType, id: str(), call_id: need(str({ min: 1, max: 64 })), output: need(either(str(), inputParts)), status }),
  item_reference: rec({ type: itemType, id: need(str()) }),
  compaction: open,
}, { fallback: "message", others: /^(web_search|file_search|code_interpreter|custom_tool|computer|image_generation|local_shell|shell|apply_patch|tool_search|mcp)_\w+$/ }));

const responsesFormat = tagged("type", { text: rec({ type: need(str()) }), json_object: rec({ type: need(str()) }), json_schema: rec({ type: need(str()), ...jsonSchema, schema: need(open) }) });

const COUNTED = {
  model: COMMON.model, input: need(either(str(), items)), instructions: str(),
  tools: list(tagged("type", { function: rec({ type: need(str()), name: need(TOOL_NAME), description: str(), parameters: need(maybe(open)), strict: bool, defer_loading: bool }) }, { others: /^(web_search|code_interpreter|file_search|image_generation|mcp|custom|computer|local_shell|shell|apply_patch|tool_search|namespace)/ })),
  tool_choice: either(oneOf("none", "auto", "required"), tagged("type", { function: rec({ type: need(str()), name: need(str()) }), allowed_tools: rec({ type: need(str()), mode: need(oneOf("auto", "required")), tools: need(list(open)) }) })),
  parallel_tool_calls: bool, previous_response_id: str(), conversation: any, truncation: oneOf("auto", "disabled"),
  reasoning: rec({ effort: oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max"), summary: oneOf("auto", "concise", "detailed"), generate_summary: str(), context: str(), mode: str() }),
  text: rec({ format: responsesFormat, verbosity }),
};

/** POST /responses */
export const responses = rec({
  ...COMMON, ...COUNTED, max_output_tokens: int({ min: 16 }), max_tool_calls: int({ min: 1 }),
  include: list(oneOf("reasoning.encrypted_content", "message.output_text.logprobs", "message.input_image.image_url", "web_search_call.action.sources", "web_search_call.results", "file_search_call.results", "code_interpreter_call.outputs", "computer_call_output.output.image_url")),
  stream_options: rec({ include_obfuscation: bool }), background: bool, prompt: open, context_management: any, access_programs: any, image: any,
});

/** POST /responses/input_tokens: the same without output options. */
export const inputTokens = rec(COUNTED);
