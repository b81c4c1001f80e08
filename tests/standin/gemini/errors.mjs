// Gemini's error bodies and wordings. Field paths in texts are the snake_case names of the protocol.

import { Refusal } from "../core/reply.mjs";

const STATUS = { 400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 413: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED" };

/** The body of an error. */
export const errorBody = (code, message, details) => ({ error: { code, message, status: STATUS[code] ?? "UNKNOWN", ...(details ? { details } : {}) } });

/** Throws an error answer. */
export function refuse(message, { status = 400, details } = {}) {
  throw new Refusal(status, JSON.stringify(errorBody(status, message, details), null, 2), { "content-type": "application/json; charset=UTF-8" });
}

/** Throws the answer for a fault of the body table. */
export function refuseFault(found) {
  const field = pathOf(found.path);
  const description = WORDING[found.kind](found, field);
  const bad = { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ ...(field ? { field } : {}), description }] };
  refuse(description, { details: [bad] });
}

/** `contents[0].parts[1].inline_data` of a fault path. */
export const pathOf = (path) =>
  path.filter((part) => typeof part !== "object").map((part) => (typeof part === "number" ? `[${part}]` : `.${snake(part)}`)).join("").replace(/^\./, "");

/** camelCase to snake_case. */
export const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** snake_case to camelCase. */
export const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

const PACKAGE = "type.googleapis.com/google.ai.generativelanguage.v1beta.";
const TYPES = { string: "TYPE_STRING", integer: "TYPE_INT32", number: "TYPE_FLOAT", boolean: "TYPE_BOOL" };

const typeOf = (type) => TYPES[type.is] ?? `${PACKAGE}${type.name ?? type.item?.name ?? "Value"}`;
const invalid = ({ type, value }, field) => `Invalid value at '${field}' (${typeOf(type)}), ${JSON.stringify(value)}`;

const WORDING = {
  unknown: ({ name }, field) => `Invalid JSON payload received. Unknown name "${name}"${field ? ` at '${field}'` : ""}: Cannot find field.`,
  missing: (found, field) => `* GenerateContentRequest.${field}: ${field.split(".").at(-1)} is not specified\n`,
  type: invalid, enum: invalid, tag: invalid,
  min: ({ type, value }, field) => `* GenerateContentRequest.${field}: value must be in the range [${type.min}, ${type.max}], got ${value}\n`,
  max: ({ type, value }, field) => `* GenerateContentRequest.${field}: value must be in the range [${type.min}, ${type.max}], got ${value}\n`,
  pattern: ({ type }, field) => `* GenerateContentRequest.${field}: ${type.says}\n`,
  short: ({ type }, field) => type.says ?? `* GenerateContentRequest.${field}: must not be empty\n`,
  long: ({ type }, field) => `* GenerateContentRequest.${field}: at most ${type.max} entries are allowed\n`,
};
