// The bodies of messages and count_tokens as tables (wire reference Anthropic, section 2).

import { any, bool, either, int, list, maybe, need, num, obj, oneOf, open, str, tagged } from "../core/shape.mjs";

const type = need(str());
const cache_control = maybe(obj({ type: need(oneOf("ephemeral")), ttl: oneOf("5m", "1h") }));
const ID = str({ pattern: /^[a-zA-Z0-9_-]+$/ });
const TEXT = need(str({ min: 1, empty: "messages: text content blocks must be non-empty" }));

const text = obj({ type, text: TEXT, cache_control, citations: maybe(list(open)) });
const imageType = need(oneOf("image/jpeg", "image/png", "image/gif", "image/webp"));
const imageSource = tagged("type", {
  base64: obj({ type, media_type: imageType, data: need(str()) }),
  url: obj({ type, url: need(str()) }),
  file: obj({ type, file_id: need(str()) }),
});
const image = obj({ type, source: need(imageSource), cache_control });
const document = obj({
  type, cache_control, title: maybe(str()), context: maybe(str()), citations: maybe(obj({ enabled: bool })),
  source: need(tagged("type", {
    base64: obj({ type, media_type: need(oneOf("application/pdf")), data: need(str()) }),
    text: obj({ type, media_type: need(oneOf("text/plain")), data: need(str()) }),
    url: obj({ type, url: need(str()) }),
    content: obj({ type, content: need(any) }),
    file: obj({ type, file_id: need(str()) }),
  })),
});
const search_result = obj({ type, source: need(str()), title: need(str()), content: need(list(text)), citations: maybe(obj({ enabled: bool })), cache_control });
const resultParts = list(tagged("type", { text, image, document, search_result, tool_reference: open }));

const BLOCKS = {
  text, image, document, search_result,
  thinking: obj({ type, thinking: need(str()), signature: need(str()) }),
  redacted_thinking: obj({ type, data: need(str()) }),
  tool_use: obj({ type, id: need(ID), name: need(str({ pattern: /^[a-zA-Z0-9_-]{1,128}$/ })), input: need(open), caller: maybe(open), cache_control }),
  tool_result: obj({ type, tool_use_id: need(ID), content: either(str(), resultParts), is_error: maybe(bool), cache_control }),
  // Blocks of server-side tools go back as they came.
  server_tool_use: open, web_search_tool_result: open, web_fetch_tool_result: open, code_execution_tool_result: open, bash_code_execution_tool_result: open,
  text_editor_code_execution_tool_result: open, tool_search_tool_result: open, mcp_tool_use: open, mcp_tool_result: open, container_upload: open, compaction: open, fallback: open,
};

const message = obj({ role: need(oneOf("user", "assistant", "system")), content: need(either(str(), list(tagged("type", BLOCKS)))) });

const toolName = need(str({ pattern: /^[a-zA-Z0-9_-]{1,128}$/ }));
const inputSchema = need(obj({ type: need(oneOf("object")) }, { free: true }));
const tool = tagged("type", {
  custom: obj({ type: str(), name: toolName, description: str(), input_schema: inputSchema, strict: bool, cache_control, eager_input_streaming: maybe(bool), input_examples: list(open), defer_loading: bool, allowed_callers: list(str()) }),
}, { fallback: "custom", others: /^[a-z_0-9]+_20\d{6}$/ }); // server-side tools carry a date

const disable_parallel_tool_use = bool;
const display = oneOf("summarized", "omitted");
const COUNTED = {
  model: need(str({ min: 1 })), messages: need(list(message, { min: 1, max: 100000, empty: "messages: at least one message is required" })),
  system: either(str(), list(tagged("type", { text: obj({ type, text: need(str({ min: 1, empty: "system: text content blocks must be non-empty" })), cache_control, citations: maybe(list(open)) }) }))),
  tools: list(tool), cache_control, context_management: maybe(open), mcp_servers: list(open),
  tool_choice: tagged("type", {
    auto: obj({ type, disable_parallel_tool_use }), any: obj({ type, disable_parallel_tool_use }),
    tool: obj({ type, name: need(str()), disable_parallel_tool_use }), none: obj({ type }),
  }),
  thinking: tagged("type", {
    adaptive: obj({ type, display, block_binding: open }), disabled: obj({ type }), between_tools: obj({ type }),
    enabled: obj({ type, budget_tokens: need(int({ min: 1024 })), display, block_binding: open }),
  }),
  output_config: obj({ effort: maybe(oneOf("low", "medium", "high", "xhigh", "max")), format: maybe(obj({ type: need(oneOf("json_schema")), schema: need(open) })) }),
  output_format: obj({ type: need(oneOf("json_schema")), schema: need(open) }),
};

const SAMPLING = { temperature: num({ min: 0, max: 1, range: true }), top_p: num({ min: 0, max: 1, range: true }), top_k: int({ min: 0 }) };

const REST = {
  max_tokens: need(int({ min: 0 })), stream: bool, stop_sequences: list(str()), metadata: obj({ user_id: maybe(str()) }),
  service_tier: oneOf("auto", "standard_only"), speed: oneOf("standard", "fast"), inference_geo: maybe(str()), container: any, diagnostics: open,
};

/** POST /v1/messages; the newer API version has no sampling members at all. */
export const messages = (version) => obj({ ...COUNTED, ...REST, ...(version === "2026-10-21" ? {} : SAMPLING) });

/** POST /v1/messages/count_tokens: no limits, no streaming, no sampling. */
export const countTokens = obj(COUNTED);
