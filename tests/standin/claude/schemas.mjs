// JSON Schema rules of structured output and strict tools (wire reference Anthropic, section 2).

import { refuse } from "./errors.mjs";

const REFUSED = {
  number: ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"],
  string: ["minLength", "maxLength", "pattern"],
  array: ["maxItems", "uniqueItems"],
};
const FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/** Refuses keywords the grammar compiler does not know, and objects that are not closed. */
export function checkSchema(schema, path) {
  if (!schema || typeof schema !== "object") return;
  if (schema.oneOf) refuse(`${path}: Schema type 'oneOf' is not supported`);
  if (schema.type === "object" && schema.additionalProperties !== false) refuse(`${path}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  const word = (REFUSED[schema.type] ?? []).find((name) => name in schema);
  if (word) refuse(`${path}: For '${schema.type}' type, property '${word}' is not supported`);
  if (schema.type === "array" && schema.minItems > 1) refuse(`${path}: For 'array' type, 'minItems' values other than 0 or 1 are not supported`);
  if (schema.format && !FORMATS.includes(schema.format)) refuse(`${path}: String format '${schema.format}' is not supported`);
  for (const child of children(schema)) checkSchema(child, path);
}

const children = (schema) => [...Object.values(schema.properties ?? {}), ...Object.values(schema.$defs ?? {}), ...(schema.anyOf ?? []), ...(schema.allOf ?? []), schema.items];
