// Anthropic's error bodies and wordings.

import { idOf } from "../core/text.mjs";
import { Refusal } from "../core/reply.mjs";

let refused = 0;

/** The body of an error. */
export const errorBody = (type, message, request_id = idOf("req_011", refused)) => ({ type: "error", error: { type, message }, request_id });

/** Throws an error answer, 400 invalid_request_error unless said otherwise. */
export function refuse(message, { status = 400, type = "invalid_request_error", id } = {}) {
  refused += 1;
  const body = errorBody(type, message, id);
  const retry = [400, 401, 404].includes(status) ? { "x-should-retry": "false" } : {};
  throw new Refusal(status, JSON.stringify(body), { "content-type": "application/json", ...(body.request_id ? { "request-id": body.request_id } : {}), ...retry });
}

/** Throws the answer for a fault of the body table. */
export function refuseFault(fault) {
  refuse(WORDING[fault.kind](fault, pathOf(fault.path)));
}

/** `messages.0.content.1.tool_use.id` of a fault path; variants are part of it. */
export const pathOf = (path) => path.map((part) => part.tag ?? part).join(".");

const WORDING = {
  unknown: ({ name }, path) => `${path ? `${path}.` : ""}${name}: Extra inputs are not permitted`,
  missing: (fault, path) => `${path}: Field required`,
  type: ({ type }, path) => `${path}: Input should be ${expected(type)}`,
  enum: ({ type }, path) => `${path}: Input should be ${alternatives(type.values)}`,
  tag: ({ type, value }, path) => `${path}: Input tag '${value}' found using '${type.key}' does not match any of the expected tags: ${Object.keys(type.variants).map((tag) => `'${tag}'`).join(", ")}`,
  min: ({ type }, path) => (type.range ? `${path}: range: ${type.min}..${type.max}` : `${path}: Input should be greater than or equal to ${type.min}`),
  max: ({ type }, path) => (type.range ? `${path}: range: ${type.min}..${type.max}` : `${path}: Input should be less than or equal to ${type.max}`),
  pattern: ({ type }, path) => `${path}: String should match pattern '${type.pattern.source}'`,
  short: ({ type }, path) => type.empty ?? `${path}: ${type.is === "list" ? "List" : "String"} should have at least ${type.min} ${type.is === "list" ? "item" : "character"}`,
  long: ({ type, value }, path) => `${path}: List should have at most ${type.max} items after validation, not ${value.length}`,
};

const NAMES = { string: "a valid string", integer: "a valid integer", number: "a valid number", boolean: "a valid boolean", list: "a valid list", object: "an object", tagged: "an object", either: "a valid string", enum: "a valid string" };

const expected = (type) => (type.is === "enum" ? alternatives(type.values) : NAMES[type.is]);

function alternatives(values) {
  const all = values.map((value) => `'${value}'`);
  return all.length > 1 ? `${all.slice(0, -1).join(", ")} or ${all.at(-1)}` : all[0];
}
