// Rules on the order and content of messages (wire reference Anthropic, "Messages mapping" and "Thinking").

import { seal } from "../core/text.mjs";
import { isBase64 } from "../core/read.mjs";
import { refuse } from "./errors.mjs";

const MAX_CACHE_MARKS = 4;

/** The signature of a thinking block with this text; a changed text no longer fits it. */
export const signature = (thinking) => seal("EqQBstandin", thinking);

/** Checks the messages of a body. */
export function checkOrder(body, model) {
  const { messages } = body;
  messages.forEach((message, index) => {
    if (message.role === "system") systemInside(message, index, model);
    if (!message.content.length && !(index === messages.length - 1 && message.role === "assistant")) refuse(`messages.${index}: all messages must have non-empty content except for the optional final assistant message`);
    blocksOf(message).forEach((block, at) => blockRules(block, `messages.${index}.content.${at}`, message.role));
  });
  merged(messages).forEach((turn, index, turns) => results(turn, turns[index - 1], turns[index + 1], index));
  ending(messages.at(-1), model);
  history(body);
}

const blocksOf = ({ content }) => (typeof content === "string" ? [{ type: "text", text: content }] : content);

function systemInside({ content }, index, { mid }) {
  if (!mid) refuse(`messages.${index}.role: Input should be 'user' or 'assistant'`);
  if (typeof content !== "string" && content.some(({ type }) => type !== "text")) refuse(`messages.${index}: system messages may only contain text`);
}

// --- single blocks ---

const ROLE_OF = { tool_use: "assistant", thinking: "assistant", redacted_thinking: "assistant", tool_result: "user", image: "user" };

function blockRules(block, path, role) {
  if (ROLE_OF[block.type] && ROLE_OF[block.type] !== role) refuse(`${path}: \`${block.type}\` blocks are only permitted in \`${ROLE_OF[block.type]}\` messages`.replace(/^messages\.(\d+)\.content\.\d+/, "messages.$1"));
  if (block.type === "image") source(block.source, `${path}.image.source`);
  if (block.type === "thinking" && block.signature !== signature(block.thinking) && block.signature !== signature("")) refuse(`${path}: Invalid \`signature\` in \`thinking\` block`);
  if (block.type === "tool_result" && Array.isArray(block.content)) block.content.forEach((part, at) => part.type === "image" && source(part.source, `${path}.tool_result.content.${at}.image.source`));
}

function source({ type, data, url }, path) {
  if (type === "base64" && !isBase64(data)) refuse(`${path}.base64.data: Invalid base64 data`);
  if (type === "url" && !/^https:\/\//.test(url)) refuse(`${path}.url.url: Only HTTPS URLs are supported.`);
}

// --- calls and results ---

// Neighbours of one role count as one message, as the API merges them.
function merged(messages) {
  const turns = [];
  for (const message of messages.filter(({ role }) => role !== "system")) {
    if (turns.at(-1)?.role === message.role) turns.at(-1).blocks.push(...blocksOf(message));
    else turns.push({ role: message.role, blocks: [...blocksOf(message)] });
  }
  return turns;
}

const idsOf = (turn, type, key) => (turn?.blocks ?? []).filter((block) => block.type === type).map((block) => block[key]);

function results(turn, before, after, index) {
  const answered = leadingResults(after);
  const open = idsOf(turn, "tool_use", "id").filter((id) => !answered.includes(id));
  if (open.length) refuse(`messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`);
  const calls = idsOf(before, "tool_use", "id");
  const stray = idsOf(turn, "tool_result", "tool_use_id").find((id) => !calls.includes(id));
  if (stray) refuse(`messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`);
  const ids = idsOf(turn, "tool_result", "tool_use_id");
  if (new Set(ids).size < ids.length) refuse(`messages.${index}.content.1: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${ids.find((id, at) => ids.indexOf(id) !== at)}`);
}

// Only results before any other block count as "immediately after".
function leadingResults(turn) {
  const blocks = turn?.blocks ?? [];
  const end = blocks.findIndex(({ type }) => type !== "tool_result");
  return blocks.slice(0, end < 0 ? blocks.length : end).map(({ tool_use_id }) => tool_use_id);
}

// --- the whole list ---

function ending(last, { prefill }) {
  if (last.role !== "assistant") return;
  if (!prefill) refuse("This model does not support assistant message prefill. The conversation must end with a user message.");
  const text = blocksOf(last).at(-1)?.text ?? "";
  if (/\s$/.test(text)) refuse("messages: final assistant content cannot end with trailing whitespace");
}

function history({ messages, tools, system, thinking }) {
  const blocks = messages.flatMap(blocksOf);
  if (blocks.some(({ type }) => type === "tool_use") && !tools) refuse("Requests which include `tool_use` or `tool_result` blocks must define tools.");
  const marks = [...blocks, ...(tools ?? []), ...(Array.isArray(system) ? system : [])].filter((one) => one.cache_control).length;
  if (marks > MAX_CACHE_MARKS) refuse(`A maximum of ${MAX_CACHE_MARKS} blocks with cache_control may be provided. Found ${marks}.`);
  if (thinking?.type === "enabled") carriedBack(messages);
}

// With a thinking budget, a turn that called tools must come back with its thinking in front.
function carriedBack(messages) {
  const at = messages.findLastIndex((message) => message.role === "assistant");
  const first = at >= 0 && blocksOf(messages[at])[0];
  const inToolTurn = at >= 0 && blocksOf(messages[at]).some(({ type }) => type === "tool_use");
  if (inToolTurn && !/thinking$/.test(first.type)) refuse(`messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`);
}
