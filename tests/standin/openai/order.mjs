// Rules on the order of messages and items: calls and their results, reasoning and what it led to.

import { isBase64 } from "../core/read.mjs";
import { refuse } from "./errors.mjs";

/** Prefix of reasoning state made here; other state cannot be decrypted, as with the real API. */
export const SEAL = "gAAAAABstandin-";

/** Checks the messages of Chat Completions. */
export function checkMessages(messages) {
  const open = new Set(); // ids of calls not answered yet
  messages.forEach((message, index) => {
    if (message.role === "tool") return answerCall(open, message, index);
    if (open.size) unanswered(open, index);
    if (message.role === "assistant") openCalls(open, message, index);
    if (message.role === "user") images(message.content, `messages[${index}].content`);
  });
  if (open.size) unanswered(open, messages.length);
}

function answerCall(open, { tool_call_id: id }, index) {
  if (!open.delete(id)) refuse("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", { param: `messages.[${index}].role` });
}

const unanswered = (open, index) =>
  refuse(`An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(", ")}`, { param: `messages.[${index}].role` });

function openCalls(open, { content, tool_calls: calls, function_call: old, audio, refusal }, index) {
  for (const { id } of calls ?? []) open.add(id);
  const silent = content === undefined || content === null;
  if (silent && !calls && !old && !audio && !refusal) refuse("Invalid value for 'content': expected a string, got null.", { param: `messages.[${index}].content` });
}

function images(content, path) {
  if (typeof content === "string") return;
  content.forEach((part, index) => {
    if (part.type === "image_url") imageUrl(part.image_url.url, `${path}[${index}].image_url.url`);
    if (part.type === "input_image" && part.image_url) imageUrl(part.image_url, `${path}[${index}].image_url`);
  });
}

function imageUrl(url, param) {
  if (/^https?:\/\//.test(url)) return;
  const [, type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  if (!type) refuse(`Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`, { param, code: "invalid_value" });
  if (!/^image\/(png|jpe?g|gif|webp)$/.test(type)) refuse("You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].", { code: "invalid_image_format" });
  if (!isBase64(data)) refuse(`Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got an invalid base64-encoded value.`, { param, code: "invalid_value" });
}

/** Checks the input items of Responses. */
export function checkItems(items, { store }) {
  items.forEach((item, index) => {
    if (item.type === "reasoning") reasoning(item, items[index + 1], store);
    if (item.type === "item_reference") notStored(item.id);
    if (item.role === "user") images(item.content, `input[${index}].content`);
  });
  pairs(items);
}

function reasoning({ id, encrypted_content: state }, next, store) {
  const led = ["function_call", "message", "reasoning", "web_search_call", "custom_tool_call"];
  const led_to = next && (led.includes(next.type) || next.role === "assistant") && next.role !== "user";
  if (!led_to) refuse(`Item '${id ?? "rs_0"}' of type 'reasoning' was provided without its required following item.`, { param: "input" });
  if (!state) return notStored(id ?? "rs_0", store);
  if (!state.startsWith(SEAL)) refuse(`The encrypted content ${state.slice(0, 4)}...${state.slice(-4)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`, { code: "invalid_encrypted_content" });
}

// This server stores nothing, whatever `store` says; the text is the one for `store: false`.
const notStored = (id) =>
  refuse(`Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`, { status: 404, param: "input" });

function pairs(items) {
  const ids = (type) => items.filter((item) => item.type === type).map((item) => item.call_id);
  const [calls, outputs] = [ids("function_call"), ids("function_call_output")];
  const unanswered = calls.find((id) => !outputs.includes(id));
  if (unanswered) refuse(`No tool output found for function call ${unanswered}.`, { param: "input" });
  const stray = outputs.find((id) => !calls.includes(id));
  if (stray) refuse(`No tool call found for function call output with call_id ${stray}.`, { param: "input" });
}
