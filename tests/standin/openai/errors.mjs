// OpenAI's error bodies and wordings. A fault of the body table becomes the text the API gives.

import { kindOf } from "../core/shape.mjs";
import { Refusal } from "../core/reply.mjs";

/** Throws an error answer; `code` and `param` are null where the API has none. */
export function refuse(message, { status = 400, type = "invalid_request_error", param = null, code = null } = {}) {
  throw new Refusal(status, JSON.stringify({ error: { message, type, param, code } }, null, 2), { "content-type": "application/json" });
}

/** Throws the answer for a fault found by the body table; `chat` picks the older wording for unknown members. */
export function refuseFault(fault, { chat = false } = {}) {
  const param = pathOf(fault.path);
  const [message, code] = WORDING[fault.kind](fault, param, chat);
  const unknown = fault.kind === "unknown";
  refuse(message, { param: unknown && chat && !param ? null : unknown ? member(param, fault.name) : fault.kind === "tag" ? member(param, fault.type.key) : param, code });
}

/** `messages[0].content[1].text` of a fault path. */
export const pathOf = (path) =>
  path.filter((part) => typeof part !== "object").map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("").replace(/^\./, "");

const member = (path, name) => (path ? `${path}.${name}` : name);

const WORDING = {
  unknown: ({ name }, path, chat) => (chat && !path ? [`Unrecognized request argument supplied: ${name}`, null] : [`Unknown parameter: '${member(path, name)}'.`, "unknown_parameter"]),
  missing: (fault, path) => [`Missing required parameter: '${path}'.`, "missing_required_parameter"],
  type: ({ type, value }, path) => [`Invalid type for '${path}': expected ${expected(type)}, but got ${got(value)} instead.`, "invalid_type"],
  enum: ({ type, value }) => [`Invalid value: '${value}'. Supported values are: ${quoted(type.values)}.`, "invalid_value"],
  tag: ({ type, value }) => [`Invalid value: '${value}'. Supported values are: ${quoted(Object.keys(type.variants))}.`, "invalid_value"],
  min: ({ type, value }, path) => [`Invalid '${path}': ${unit(type)} below minimum value. Expected a value >= ${type.min}, but got ${shown(type, value)} instead.`, `${unit(type)}_below_min_value`],
  max: ({ type, value }, path) => [`Invalid '${path}': ${unit(type)} above maximum value. Expected a value <= ${type.max}, but got ${shown(type, value)} instead.`, `${unit(type)}_above_max_value`],
  pattern: ({ type }, path) => [`Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '${type.pattern.source}'.`, "invalid_value"],
  short: ({ type, value }, path) => [`Invalid '${path}': empty ${noun(type)}. Expected ${a(noun(type))} with minimum length ${type.min}, but got an empty ${noun(type)} instead.`, `empty_${noun(type)}`, value],
  long: ({ type, value }, path) => [`Invalid '${path}': ${noun(type)} too long. Expected ${a(noun(type))} with maximum length ${type.max}, but got ${a(noun(type))} with length ${value.length} instead.`, `${noun(type)}_above_max_length`],
};

const NAMES = { string: "a string", enum: "a string", integer: "an integer", number: "a decimal", boolean: "a boolean", object: "an object", tagged: "an object" };
const GOT = { integer: "an integer", number: "a decimal", array: "an array", object: "an object", boolean: "a boolean", string: "a string", null: "null" };

const got = (value) => GOT[kindOf(value)];
const unit = (type) => (type.is === "integer" ? "integer" : "decimal");
const noun = (type) => (type.is === "list" ? "array" : "string");
const a = (word) => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);
const shown = (type, value) => (type.is === "number" && Number.isInteger(value) ? `${value}.0` : value);

function expected(type) {
  if (type.is === "either") return `one of ${type.options.map((one) => expected(one)).join(" or ").replace(/ or an? /g, " or ")}`;
  return type.is === "list" ? `an array of ${NAMES[type.item.is]?.replace(/^an? /, "") ?? "object"}s` : NAMES[type.is];
}

/** `'a', 'b', and 'c'`. */
export function quoted(values) {
  const all = values.map((value) => `'${value}'`);
  return all.length < 3 ? all.join(" and ") : `${all.slice(0, -1).join(", ")}, and ${all.at(-1)}`;
}
