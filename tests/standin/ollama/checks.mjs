// What Ollama refuses (wire reference Ollama, sections 2 and 5). It is a Go server: unknown members pass
// unseen, a wrong JSON type is refused in the words of Go's decoder.

import { any, bool, either, fault, int, kindOf, list, maybe, num, obj, open, str } from "../core/shape.mjs";
import { isBase64 } from "../core/read.mjs";
import { Refusal } from "../core/reply.mjs";
import { full } from "./disk.mjs";
import { capabilities } from "./models.mjs";

// Everything may be missing, null or accompanied.
const loose = (name, fields) => obj(Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, maybe(type)])), { free: true, name });

const call = loose("ToolCall", { id: str(), function: loose("ToolCallFunction", { index: int(), name: str(), arguments: { ...open, name: "api.ToolCallFunctionArguments" } }) });
const message = loose("Message", { role: str(), content: str(), thinking: str(), images: list(str()), tool_calls: list(call), tool_name: str(), tool_call_id: str() });
const tool = loose("Tool", { type: str(), function: loose("ToolFunction", { name: str(), description: str(), parameters: open }) });

const chatBody = loose("ChatRequest", {
  model: str(), messages: { ...list(message), name: "[]api.Message" }, tools: { ...list(tool), name: "api.Tools" }, stream: bool, format: any,
  options: open, keep_alive: any, think: any, truncate: bool, shift: bool, logprobs: bool, top_logprobs: int(),
});
const MANAGED = {
  pull: loose("PullRequest", { model: str(), name: str(), stream: bool, insecure: bool }),
  delete: loose("DeleteRequest", { model: str(), name: str() }),
  copy: loose("CopyRequest", { source: str(), destination: str() }),
  create: loose("CreateRequest", {
    model: str(), name: str(), from: str(), stream: bool, quantize: str(), files: open, adapters: open, template: str(), license: any, system: str(), parameters: open, messages: list(message),
    renderer: str(), parser: str(), requires: str(),
  }),
};
const showBody = loose("ShowRequest", { model: str(), name: str(), verbose: bool });

const OPTIONS = {
  num_keep: int(), seed: int(), num_predict: int(), top_k: int(), top_p: num(), min_p: num(), typical_p: num(), repeat_last_n: int(), temperature: num(), repeat_penalty: num(),
  presence_penalty: num(), frequency_penalty: num(), stop: list(str()), num_ctx: int(), num_batch: int(), num_gpu: int(), main_gpu: int(), use_mmap: bool, num_thread: int(), draft_num_predict: int(),
};
const OPTION_TYPES = { integer: "integer", number: "float32", boolean: "boolean", list: "of type array" };
const LEVELS = ["low", "medium", "high", "max"];

/** Throws an error answer: a bare text under `error`. */
export function refuse(error, status = 400) {
  throw new Refusal(status, JSON.stringify({ error }), { "content-type": "application/json; charset=utf-8" });
}

/** Refuses a chat body the server would refuse. */
export function checkChat(body, disk) {
  decoded(body, chatBody, "ChatRequest");
  known(body.model, disk);
  if (body.think !== undefined && body.think !== null) think(body.think, body.model, disk.base(body.model));
  if (body.tools?.length && !capabilities(disk.base(body.model)).includes("tools")) refuse(`registry.ollama.ai/library/${full(body.model)} does not support tools`);
  format(body.format);
  for (const [name, value] of Object.entries(body.options ?? {})) option(name, value);
  (body.messages ?? []).forEach(images);
}

/** Refuses a show body; returns the model name, in its new or old place. */
export function checkShow(body, disk) {
  decoded(body, showBody, "ShowRequest");
  const name = body.model ?? body.name;
  known(name, disk);
  return name;
}

/** Refuses a prompt beyond the window, if truncation was switched off. */
export function checkLength({ truncate, options }, prompt) {
  const window = options?.num_ctx ?? 1_000_000;
  if (truncate === false && prompt > window) refuse("the input length exceeds the context length");
}

function decoded(body, table, struct) {
  const found = fault(body, table);
  if (!found) return;
  const field = found.path.filter((part) => typeof part === "string").join(".");
  refuse(`json: cannot unmarshal ${goKind(found.value)} into Go struct field ${struct}.${field} of type ${goType(found.type)}`);
}

const goKind = (value) => ({ integer: "number", boolean: "bool" })[kindOf(value)] ?? kindOf(value);
const goType = (type) => type.name ?? { string: "string", integer: "int", boolean: "bool", list: "[]string", object: "map[string]interface {}", number: "float32" }[type.is];

function known(name, disk) {
  if (!name) refuse("model is required");
  if (!disk.has(name)) missing(name);
}

/** Refuses what is not there. */
export function missing(name) {
  refuse(`model '${name}' not found`, 404);
}

/** A body of model management, if Go can read it. */
export function decodedAs(body, kind) {
  decoded(body, MANAGED[kind], `${kind[0].toUpperCase()}${kind.slice(1)}Request`);
  return body;
}

/** The name in a body, in its new or old place. */
export function asModel({ model, name }) {
  const found = model ?? name;
  if (!found || /[\s?#]/.test(found)) refuse("invalid model name");
  return found;
}

function think(value, model, base) {
  const valid = typeof value === "boolean" || LEVELS.includes(value);
  if (!valid) refuse(`invalid think value: ${JSON.stringify(value)} (must be "high", "medium", "low", "max", true, or false)`);
  if (value && !capabilities(base).includes("thinking")) refuse(`"${model}" does not support thinking`);
}

function format(value) {
  const isFine = value === undefined || value === null || value === "" || value === "json" || kindOf(value) === "object";
  if (!isFine) refuse(`invalid format: ${JSON.stringify(value)}; expected "json" or a valid JSON Schema object`);
}

// Unknown options only make a line in the server's log.
function option(name, value) {
  const type = OPTIONS[name];
  if (type && value !== null && fault(value, either(type))) refuse(`option "${name}" must be of type ${OPTION_TYPES[type.is]}`);
}

function images({ images: list }) {
  const wrong = (list ?? []).find((data) => !isBase64(data));
  if (wrong !== undefined) refuse(`illegal base64 data at input byte ${wrong.search(/[^A-Za-z0-9+/]/)}`);
}
