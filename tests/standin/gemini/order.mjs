// Rules on the order and content of turns (wire reference Gemini, "Mapping" and "thoughtSignature").

import { isBase64 } from "../core/read.mjs";
import { seal } from "../core/text.mjs";
import { refuse } from "./errors.mjs";
import { wantsSignature } from "./models.mjs";

const PREFIX = "CpQEstandin";
const SKIP = "skip_thought_signature_validator";
const DATA = ["text", "inlineData", "functionCall", "functionResponse", "fileData", "executableCode", "codeExecutionResult"];

/** The signature put on a part. */
export const signature = (content) => seal(PREFIX, content).replace(/=/g, "");

/** Checks the turns of a body. */
export function checkContents(contents, model) {
  contents.forEach((turn, index) => {
    if (turn.role !== undefined && turn.role !== null && !["user", "model", "function"].includes(turn.role)) refuse("Please use a valid role: user, model.");
    if (!turn.parts?.length) refuse(`* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`);
    turn.parts.forEach((part, at) => partRules(part, `contents[${index}].parts[${at}]`));
  });
  const turns = merged(contents);
  turns.forEach((turn, index) => order(turn, turns[index - 1], turns[index + 1]));
  if (turns[0].role === "model") refuse("Please ensure that multiturn requests start with a user turn.");
  if (wantsSignature(model)) signed(turns);
}

function partRules(part, path) {
  const set = DATA.filter((name) => part[name] !== undefined && part[name] !== null);
  if (!set.length) refuse(`* GenerateContentRequest.${path}.data: required oneof field 'data' must have one initialized field\n`);
  if (set.length > 1) refuse(`Invalid value at '${path}' (oneof), oneof field 'data' is already set. Cannot set '${set[1]}'`);
  if (part.inlineData) blob(part.inlineData, path);
  if (part.functionCall && !part.functionCall.name) refuse(`* GenerateContentRequest.${path}.function_call.name: Name cannot be empty.\n`);
  if (part.functionResponse) response(part.functionResponse, path);
  if (part.thoughtSignature) ownSignature(part.thoughtSignature);
}

function blob({ mimeType, data }, path) {
  if (!mimeType) refuse(`* GenerateContentRequest.${path}.inline_data.mime_type: mime_type is not specified\n`);
  // Both base64 alphabets pass, with and without padding.
  const text = (data ?? "").replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
  if (!isBase64(text + "=".repeat((4 - (text.length % 4)) % 4))) refuse(`Invalid value at '${path}.inline_data.data' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(data ?? "")}`);
}

function response({ name, response: value }, path) {
  if (!name) refuse(`* GenerateContentRequest.${path}.function_response.name: Name cannot be empty.\n`);
  if (!value) refuse(`* GenerateContentRequest.${path}.function_response.response: response is not specified\n`);
}

function ownSignature(text) {
  if (text !== SKIP && !text.startsWith(PREFIX)) refuse("Corrupted thought signature.");
}

// --- order ---

function merged(contents) {
  const turns = [];
  for (const { role, parts } of contents) {
    const side = role === "model" ? "model" : "user";
    if (turns.at(-1)?.role === side) turns.at(-1).parts.push(...parts);
    else turns.push({ role: side, parts: [...parts] });
  }
  return turns;
}

const count = (turn, kind) => (turn?.parts ?? []).filter((part) => part[kind]).length;

function order(turn, before, after) {
  const responses = count(turn, "functionResponse");
  if (responses && !count(before, "functionCall")) refuse("Please ensure that function response turn comes immediately after a function call turn.");
  const calls = count(turn, "functionCall");
  if (calls && after && count(after, "functionResponse") !== calls) refuse("Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.");
}

// The current turn starts at the last user text; each of its steps needs a signature on its first call.
function signed(turns) {
  const start = turns.findLastIndex((turn) => turn.role === "user" && !count(turn, "functionResponse"));
  for (const turn of turns.slice(start + 1)) {
    const at = turn.parts.findIndex((part) => part.functionCall);
    if (at >= 0 && !turn.parts[at].thoughtSignature) missing(turn.parts[at].functionCall.name, at);
  }
}

const missing = (name, at) =>
  refuse(`Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${at + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`);
