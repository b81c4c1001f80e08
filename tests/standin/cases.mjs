// The tables of standin.test.mjs: how to ask each door, and what each must refuse.

import * as readers from "./readers.mjs";

const SCHEMA = { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } }, required: ["city", "days"] };
const PNG = "iVBORw0KGgo=";
const KEYS = {
  openai: { authorization: "Bearer sk-test-1" },
  claude: { "x-api-key": "sk-ant-test-1", "anthropic-version": "2023-06-01" },
  gemini: { "x-goog-api-key": "AIza-test-1" },
  ollama: {},
};

const chatTools = ["weather", "time"].map((name) => ({ type: "function", function: { name, parameters: SCHEMA } }));

/** One entry per door: path and body for a text, with and without streaming and tools; the reader of its answers. */
export const DOORS = {
  chat: {
    dialect: "openai", headers: KEYS.openai, reader: readers.chat, path: () => "/openai/v1/chat/completions",
    body: (text, { streaming, tools } = {}) => ({ model: "gpt-4o", messages: [{ role: "user", content: text }], ...(tools ? { tools: chatTools } : {}), ...(streaming ? { stream: true, stream_options: { include_usage: true } } : {}) }),
  },
  responses: {
    dialect: "openai", headers: KEYS.openai, reader: readers.responses, path: () => "/openai/v1/responses",
    body: (text, { streaming, tools } = {}) => ({
      model: "gpt-6-sol", input: text, store: false, stream: Boolean(streaming), include: ["reasoning.encrypted_content"], reasoning: { effort: "medium", summary: "auto" },
      ...(tools ? { tools: ["weather", "time"].map((name) => ({ type: "function", name, parameters: SCHEMA, strict: false })) } : {}),
    }),
  },
  claude: {
    dialect: "claude", headers: KEYS.claude, reader: readers.claude, path: () => "/claude/v1/messages",
    body: (text, { streaming, tools } = {}) => ({
      model: "claude-haiku-5-5", max_tokens: 8000, messages: [{ role: "user", content: text }], thinking: { type: "adaptive", display: "summarized" }, stream: Boolean(streaming),
      ...(tools ? { tools: ["weather", "time"].map((name) => ({ name, input_schema: SCHEMA })) } : {}),
    }),
  },
  gemini: {
    dialect: "gemini", headers: KEYS.gemini, reader: readers.gemini,
    path: (streaming) => `/gemini/v1beta/models/gemini-3-pro-preview:${streaming ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (text, { tools } = {}) => ({
      contents: [{ role: "user", parts: [{ text }] }], generationConfig: { thinkingConfig: { includeThoughts: true } },
      ...(tools ? { tools: [{ functionDeclarations: ["weather", "time"].map((name) => ({ name, parametersJsonSchema: SCHEMA })) }] } : {}),
    }),
  },
  ollama: {
    dialect: "ollama", headers: KEYS.ollama, reader: readers.ollama, path: () => "/ollama/api/chat",
    body: (text, { streaming, tools } = {}) => ({ model: "qwen3:8b", messages: [{ role: "user", content: text }], stream: Boolean(streaming), ...(tools ? { tools: chatTools } : {}) }),
  },
};

const chatWith = (extra) => ({ ...DOORS.chat.body("hi"), ...extra });
const responsesWith = (extra) => ({ ...DOORS.responses.body("hi"), ...extra });
const claudeWith = (extra) => ({ model: "claude-haiku-5-5", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...extra });
const geminiWith = (extra) => ({ contents: [{ role: "user", parts: [{ text: "hi" }] }], ...extra });
const ollamaWith = (extra) => ({ model: "llama3.2", messages: [{ role: "user", content: "hi" }], stream: false, ...extra });

const reasoning = { model: "gpt-5-mini" };
const call = { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } }] };
const user = { role: "user", content: "hi" };
const toolUse = { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: {} }] };
const toolResult = { type: "tool_result", tool_use_id: "toolu_1", content: "sunny" };
const claudeTools = [{ name: "weather", input_schema: SCHEMA }];
const functionCall = { role: "model", parts: [{ functionCall: { name: "weather", args: {} }, thoughtSignature: "skip_thought_signature_validator" }] };
const functionResponse = { functionResponse: { name: "weather", response: { output: "sunny" } } };
const turn = { role: "user", parts: [{ text: "hi" }] };
const geminiTools = [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: SCHEMA }] }];
const config = (generationConfig) => geminiWith({ generationConfig });

/** Per door: [what, body, status, text of the error message, extra {path, headers}]. */
export const REFUSALS = {
  chat: [
    ["unknown member", chatWith({ foo: 1 }), 400, "Unrecognized request argument supplied: foo"],
    ["unknown nested member", chatWith({ messages: [{ ...user, foo: 1 }] }), 400, "Unknown parameter: 'messages[0].foo'."],
    ["wrong type", chatWith({ messages: [{ role: "user", content: 5 }] }), 400, "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead."],
    ["missing messages", { model: "gpt-4o" }, 400, "Missing required parameter: 'messages'."],
    ["empty messages", chatWith({ messages: [] }), 400, "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."],
    ["unknown role", chatWith({ messages: [{ role: "bot", content: "x" }] }), 400, "Invalid value: 'bot'. Supported values are: 'system', 'developer', 'user', 'assistant', 'tool', and 'function'."],
    ["temperature too high", chatWith({ temperature: 99 }), 400, "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 99.0 instead."],
    ["calls without results", chatWith({ messages: [user, call, user], tools: chatTools }), 400, "must be followed by tool messages"],
    ["a result without its call", chatWith({ messages: [user, { role: "tool", tool_call_id: "call_1", content: "x" }] }), 400, "must be a response to a preceeding message with 'tool_calls'"],
    ["tool_choice without tools", chatWith({ tool_choice: "auto" }), 400, "'tool_choice' is only allowed when 'tools' are specified"],
    ["parallel_tool_calls without tools", chatWith({ parallel_tool_calls: true }), 400, "'parallel_tool_calls' is only allowed when 'tools' are specified"],
    ["bad tool name", chatWith({ tools: [{ type: "function", function: { name: "a b" } }] }), 400, "Invalid 'tools[0].function.name': string does not match pattern"],
    ["max_tokens on a reasoning model", chatWith({ ...reasoning, max_tokens: 10 }), 400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."],
    ["temperature on a reasoning model", chatWith({ ...reasoning, temperature: 0.2 }), 400, "'temperature' does not support 0.2 with this model"],
    ["stop on a reasoning model", chatWith({ ...reasoning, stop: "x" }), 400, "Unsupported parameter: 'stop'"],
    ["effort on a plain model", chatWith({ reasoning_effort: "low" }), 400, "Unrecognized request argument supplied: reasoning_effort"],
    ["effort the model lacks", chatWith({ model: "o4-mini", reasoning_effort: "none" }), 400, "Supported values are: 'low', 'medium', and 'high'."],
    ["tools with reasoning on gpt-6", chatWith({ model: "gpt-6-sol", tools: chatTools }), 400, "Function tools with reasoning_effort are not supported for gpt-6-sol"],
    ["stream_options without stream", chatWith({ stream_options: { include_usage: true } }), 400, "only allowed when 'stream' is enabled"],
    ["json_object without the word", chatWith({ response_format: { type: "json_object" } }), 400, "must contain the word 'json'"],
    ["a loose strict schema", chatWith({ response_format: { type: "json_schema", json_schema: { name: "n", strict: true, schema: SCHEMA } } }), 400, "'additionalProperties' is required to be supplied and to be false"],
    ["a bad image", chatWith({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/bmp;base64,AAAA" } }] }] }), 400, "unsupported image"],
    ["unknown model", chatWith({ model: "gpt-no-such" }), 404, "The model `gpt-no-such` does not exist or you do not have access to it."],
    ["a responses-only model", chatWith({ model: "o3-pro" }), 404, "This is not a chat model"],
    ["no key", chatWith({}), 401, "You didn't provide an API key.", { headers: {} }],
    ["wrong key", chatWith({}), 401, "Incorrect API key provided: nope.", { headers: { authorization: "Bearer nope" } }],
    ["wrong path", chatWith({}), 404, "Invalid URL (POST /v1/nope)", { path: "/openai/v1/nope" }],
    ["context too long", chatWith({ messages: [{ role: "user", content: "a".repeat(4_100_000) }] }), 400, "maximum context length is"],
  ],
  responses: [
    ["unknown member", responsesWith({ stop: "x" }), 400, "Unknown parameter: 'stop'."],
    ["unknown nested member", responsesWith({ reasoning: { foo: 1 } }), 400, "Unknown parameter: 'reasoning.foo'."],
    ["too few output tokens", responsesWith({ max_output_tokens: 1 }), 400, "integer below minimum value. Expected a value >= 16, but got 1 instead."],
    ["temperature on a reasoning model", responsesWith({ temperature: 1 }), 400, "Unsupported parameter: 'temperature' is not supported with this model."],
    ["a call without output", responsesWith({ input: [user, { type: "function_call", call_id: "c1", name: "f", arguments: "{}" }] }), 400, "No tool output found for function call c1."],
    ["output without its call", responsesWith({ input: [user, { type: "function_call_output", call_id: "c1", output: "x" }] }), 400, "No tool call found for function call output with call_id c1."],
    ["reasoning that leads nowhere", responsesWith({ input: [user, { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" }] }), 400, "Item 'rs_1' of type 'reasoning' was provided without its required following item."],
    ["foreign reasoning", responsesWith({ input: [user, { type: "reasoning", summary: [], encrypted_content: "foreign" }, { role: "assistant", content: "x" }, user] }), 400, "could not be verified"],
    ["reasoning without its state", responsesWith({ input: [user, { type: "reasoning", id: "rs_1", summary: [] }, { role: "assistant", content: "x" }, user] }), 404, "Item with id 'rs_1' not found."],
    ["an unknown earlier response", responsesWith({ previous_response_id: "resp_1" }), 400, "Previous response with id 'resp_1' not found."],
    ["unknown model", responsesWith({ model: "gpt-no-such" }), 400, "The requested model 'gpt-no-such' does not exist."],
  ],
  claude: [
    ["unknown member", claudeWith({ foo: 1 }), 400, "foo: Extra inputs are not permitted"],
    ["unknown nested member", claudeWith({ messages: [{ role: "user", content: [{ type: "text", text: "x", foo: 1 }] }] }), 400, "messages.0.content.0.text.foo: Extra inputs are not permitted"],
    ["missing max_tokens", claudeWith({ max_tokens: undefined }), 400, "max_tokens: Field required"],
    ["missing model", claudeWith({ model: undefined }), 400, "model: Field required"],
    ["missing messages", claudeWith({ messages: undefined }), 400, "messages: Field required"],
    ["wrong type", claudeWith({ max_tokens: "10" }), 400, "max_tokens: Input should be a valid integer"],
    ["temperature out of range", claudeWith({ temperature: 1.5 }), 400, "temperature: range: 0..1"],
    ["sampling on a new model", claudeWith({ temperature: 0.5 }), 400, "`temperature` is deprecated for this model."],
    ["sampling in the new version", claudeWith({ model: "claude-opus-4-6", temperature: 1 }), 400, "temperature: Extra inputs are not permitted", { headers: { ...KEYS.claude, "anthropic-version": "2026-10-21" } }],
    ["temperature and top_p", claudeWith({ model: "claude-sonnet-4-5", temperature: 1, top_p: 1 }), 400, "cannot both be specified"],
    ["empty text", claudeWith({ messages: [{ role: "user", content: [{ type: "text", text: "" }] }] }), 400, "messages: text content blocks must be non-empty"],
    ["empty content", claudeWith({ messages: [{ role: "user", content: "" }] }), 400, "all messages must have non-empty content"],
    ["calls without results", claudeWith({ messages: [user, toolUse, user], tools: claudeTools }), 400, "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1"],
    ["results after text", claudeWith({ messages: [user, toolUse, { role: "user", content: [{ type: "text", text: "x" }, toolResult] }], tools: claudeTools }), 400, "immediately after"],
    ["a result without its call", claudeWith({ messages: [{ role: "user", content: [toolResult] }], tools: claudeTools }), 400, "unexpected `tool_use_id` found in `tool_result` blocks: toolu_1"],
    ["calls in the history without tools", claudeWith({ messages: [user, toolUse, { role: "user", content: [toolResult] }] }), 400, "must define tools"],
    ["tool_choice without tools", claudeWith({ tool_choice: { type: "auto" } }), 400, "tool_choice may only be specified while providing tools"],
    ["bad tool name", claudeWith({ tools: [{ name: "a b", input_schema: SCHEMA }] }), 400, "tools.0.custom.name: String should match pattern"],
    ["a schema without type", claudeWith({ tools: [{ name: "f", input_schema: {} }] }), 400, "tools.0.custom.input_schema.type: Field required"],
    ["a forced tool on sonnet-5-5", claudeWith({ model: "claude-sonnet-5-5", tools: claudeTools, tool_choice: { type: "any" } }), 400, "is not supported for this model"],
    ["a budget on a new model", claudeWith({ thinking: { type: "enabled", budget_tokens: 1024 } }), 400, '"thinking.type.enabled" is not supported for this model.'],
    ["adaptive on an old model", claudeWith({ model: "claude-haiku-4-5", thinking: { type: "adaptive" } }), 400, "adaptive thinking is not supported on this model"],
    ["a budget below the least", claudeWith({ model: "claude-haiku-4-5", thinking: { type: "enabled", budget_tokens: 5 } }), 400, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"],
    ["a budget above max_tokens", claudeWith({ model: "claude-haiku-4-5", thinking: { type: "enabled", budget_tokens: 2000 } }), 400, "`max_tokens` must be greater than `thinking.budget_tokens`"],
    ["effort the model lacks", claudeWith({ model: "claude-opus-4-6", output_config: { effort: "xhigh" } }), 400, "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium."],
    ["prefill on a new model", claudeWith({ messages: [user, { role: "assistant", content: "So" }] }), 400, "This model does not support assistant message prefill. The conversation must end with a user message."],
    ["a changed signature", claudeWith({ messages: [user, { role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "foreign" }, { type: "text", text: "y" }] }, user] }), 400, "Invalid `signature` in `thinking` block"],
    ["a circular strict schema", claudeWith({ tools: [{ name: "f", strict: true, input_schema: { type: "object", additionalProperties: false, properties: {}, $defs: { Node: { type: "object", additionalProperties: false, properties: { next: { $ref: "#/$defs/Node" } } } } } }] }), 400, "Circular reference detected in schema definitions: Node -> Node."],
    ["too many strict tools", claudeWith({ tools: Array.from({ length: 21 }, (_, n) => ({ name: `f${n}`, strict: true, input_schema: { type: "object", additionalProperties: false, properties: {} } })) }), 400, "Too many strict tools (21)."],
    ["an open schema", claudeWith({ output_config: { format: { type: "json_schema", schema: SCHEMA } } }), 400, "'additionalProperties' must be explicitly set to false"],
    ["unknown model", claudeWith({ model: "claude-no-such" }), 404, "model: claude-no-such"],
    ["no version", claudeWith({}), 400, "anthropic-version: header is required", { headers: { "x-api-key": "sk-ant-test-1" } }],
    ["no key", claudeWith({}), 401, "x-api-key header is required", { headers: { "anthropic-version": "2023-06-01" } }],
    ["wrong key", claudeWith({}), 401, "API key is invalid.", { headers: { ...KEYS.claude, "x-api-key": "sk-test-1" } }],
    ["wrong path", claudeWith({}), 404, "Not Found", { path: "/claude/v1/nope" }],
    ["max_tokens when counting", claudeWith({}), 400, "max_tokens: Extra inputs are not permitted", { path: "/claude/v1/messages/count_tokens" }],
    ["context too long", claudeWith({ messages: [{ role: "user", content: "a".repeat(4_100_000) }] }), 400, "prompt is too long: "],
  ],
  gemini: [
    ["unknown member", geminiWith({ foo: 1 }), 400, 'Invalid JSON payload received. Unknown name "foo": Cannot find field.'],
    ["unknown nested member", config({ foo: 1 }), 400, `Unknown name "foo" at 'generation_config': Cannot find field.`],
    ["wrong type", config({ maxOutputTokens: "x" }), 400, `Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), "x"`],
    ["no contents", { contents: [] }, 400, "contents is not specified"],
    ["a turn without parts", geminiWith({ contents: [{ role: "user", parts: [] }] }), 400, "contents.parts must not be empty."],
    ["a part without data", geminiWith({ contents: [{ role: "user", parts: [{}] }] }), 400, "required oneof field 'data' must have one initialized field"],
    ["unknown role", geminiWith({ contents: [{ role: "assistant", parts: [{ text: "x" }] }] }), 400, "Please use a valid role: user, model."],
    ["fewer responses than calls", geminiWith({ contents: [turn, { role: "model", parts: [functionCall.parts[0], functionCall.parts[0]] }, { role: "user", parts: [functionResponse] }], tools: geminiTools }), 400, "number of function response parts is equal to"],
    ["a response without its call", geminiWith({ contents: [turn, { role: "model", parts: [{ text: "x" }] }, { role: "user", parts: [functionResponse] }] }), 400, "comes immediately after a function call turn"],
    ["a call without its signature", geminiWith({ contents: [turn, { role: "model", parts: [{ functionCall: { name: "weather", args: {} } }] }, { role: "user", parts: [functionResponse] }], tools: geminiTools }), 400, "Function call is missing a thought_signature"],
    ["arguments as text", geminiWith({ contents: [turn, { role: "model", parts: [{ functionCall: { name: "f", args: "{}" } }] }] }), 400, "Invalid value at 'contents[1].parts[0].function_call.args'"],
    ["bad tool name", geminiWith({ tools: [{ functionDeclarations: [{ name: "1 f" }] }] }), 400, "Invalid function name."],
    ["JSON Schema in the older form", geminiWith({ tools: [{ functionDeclarations: [{ name: "f", parameters: { type: "OBJECT", additionalProperties: false } }] }] }), 400, `Unknown name "additionalProperties" at 'tools[0].function_declarations[0].parameters'`],
    ["calling config without tools", geminiWith({ toolConfig: { functionCallingConfig: { mode: "ANY" } } }), 400, "Function calling config is set without function_declarations."],
    ["budget and level", config({ thinkingConfig: { thinkingBudget: 1, thinkingLevel: "LOW" } }), 400, "only set only one of thinking budget and thinking level"],
    ["penalties", config({ presencePenalty: 1 }), 400, "Penalty is not enabled for models/gemini-3-pro-preview"],
    ["a schema without its type", config({ responseJsonSchema: SCHEMA }), 400, "Response schema is only supported with response mime type"],
    ["unknown model", geminiWith({}), 404, "models/gemini-no-such is not found for API version v1beta, or is not supported for generateContent.", { path: "/gemini/v1beta/models/gemini-no-such:generateContent" }],
    ["no key", geminiWith({}), 403, "Method doesn't allow unregistered callers", { headers: {} }],
    ["wrong key", geminiWith({}), 400, "API key not valid. Please pass a valid API key.", { headers: { "x-goog-api-key": "nope" } }],
    ["wrong path", geminiWith({}), 404, "Error 404 (Not Found)!!1", { path: "/gemini/v1beta/nope" }],
    ["context too long", geminiWith({ contents: [{ role: "user", parts: [{ text: "a".repeat(4_100_000) }] }] }), 400, "exceeds the maximum number of tokens allowed (1048576)."],
  ],
  ollama: [
    ["missing body", undefined, 400, "missing request body"],
    ["missing model", ollamaWith({ model: undefined }), 400, "model is required"],
    ["unknown model", ollamaWith({ model: "llama-no-such" }), 404, "model 'llama-no-such' not found"],
    ["wrong type", ollamaWith({ messages: "hi" }), 400, "json: cannot unmarshal string into Go struct field ChatRequest.messages of type []api.Message"],
    ["content as parts", ollamaWith({ messages: [{ role: "user", content: [] }] }), 400, "ChatRequest.messages.content of type string"],
    ["arguments as text", ollamaWith({ messages: [{ role: "assistant", tool_calls: [{ function: { name: "f", arguments: "{}" } }] }] }), 400, "of type api.ToolCallFunctionArguments"],
    ["thinking on a plain model", ollamaWith({ think: true }), 400, '"llama3.2" does not support thinking'],
    ["an unknown level", ollamaWith({ model: "qwen3", think: "much" }), 400, 'invalid think value: "much"'],
    ["tools on an old model", ollamaWith({ model: "llama2", tools: chatTools }), 400, "registry.ollama.ai/library/llama2:latest does not support tools"],
    ["a float for an integer option", ollamaWith({ options: { num_ctx: 1.5 } }), 400, 'option "num_ctx" must be of type integer'],
    ["an image with its prefix", ollamaWith({ messages: [{ role: "user", content: "x", images: [`data:image/png;base64,${PNG}`] }] }), 400, "illegal base64 data at input byte"],
    ["context too long", ollamaWith({ truncate: false, options: { num_ctx: 10 } }), 400, "the input length exceeds the context length"],
    ["wrong path", ollamaWith({}), 404, "404 page not found", { path: "/ollama/api/nope" }],
  ],
};

const history = {
  chat: chatWith({ messages: [user, call, { role: "tool", tool_call_id: "call_1", content: "sunny" }], tools: chatTools }),
  claude: claudeWith({ messages: [user, toolUse, { role: "user", content: [toolResult] }], tools: claudeTools }),
  gemini: geminiWith({ contents: [turn, functionCall, { role: "user", parts: [functionResponse] }], tools: geminiTools }),
  ollama: ollamaWith({ messages: [user, { role: "assistant", content: "", tool_calls: [{ function: { name: "weather", arguments: {} } }] }, { role: "tool", tool_name: "weather", content: "sunny" }] }),
  responses: responsesWith({ input: [user, { type: "function_call", call_id: "c1", name: "weather", arguments: "{}" }, { type: "function_call_output", call_id: "c1", output: "sunny" }] }),
};

/** Bodies with a tool result in the history: the answer quotes it. */
export const RESULTS = history;

const image = `data:image/png;base64,${PNG}`;

/** Bodies with one image of 8 bytes. */
export const IMAGES = {
  chat: chatWith({ messages: [{ role: "user", content: [{ type: "text", text: "look" }, { type: "image_url", image_url: { url: image } }] }] }),
  responses: responsesWith({ input: [{ role: "user", content: [{ type: "input_text", text: "look" }, { type: "input_image", image_url: image }] }] }),
  claude: claudeWith({ messages: [{ role: "user", content: [{ type: "text", text: "look" }, { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } }] }] }),
  gemini: geminiWith({ contents: [{ role: "user", parts: [{ text: "look" }, { inline_data: { mime_type: "image/png", data: PNG } }] }] }),
  ollama: ollamaWith({ messages: [{ role: "user", content: "look", images: [PNG] }] }),
};
