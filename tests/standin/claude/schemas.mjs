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

const LIMITS = { tools: 20, optional: 24, unions: 16 };

/** Refuses strict tools whose joint grammar would grow too large. */
export function checkStrictTools(tools) {
  const strict = tools.filter((tool) => tool.strict && tool.input_schema);
  if (strict.length > LIMITS.tools) refuse(`Too many strict tools (${strict.length}). The maximum number of strict tools supported is ${LIMITS.tools}. Try reducing the number of tools marked as strict.`);
  const all = strict.flatMap((tool) => nested(tool.input_schema));
  const unions = all.filter((schema) => Array.isArray(schema.type) || schema.anyOf).length;
  if (unions > LIMITS.unions) refuse(`Schemas contains too many parameters with union types (${unions} parameters with type arrays or anyOf). This causes exponential compilation cost. Reduce the number of nullable or union-typed parameters (limit: ${LIMITS.unions} parameters with unions).`);
  const optional = all.flatMap(({ properties = {}, required = [] }) => Object.keys(properties).filter((name) => !required.includes(name))).length;
  if (optional > LIMITS.optional) refuse(`Schemas contains too many optional parameters (${optional}), which would make grammar compilation inefficient. Reduce the number of optional parameters in your tool schemas (limit: ${LIMITS.optional}).`);
}

const nested = (schema) => (schema && typeof schema === "object" ? [schema, ...children(schema).flatMap(nested)] : []);

/** Refuses definitions that refer to themselves, directly or over others. */
export function checkCircles({ $defs = {} }, path) {
  for (const name of Object.keys($defs)) follow($defs, name, [], path);
}

function follow(defs, name, trail, path) {
  if (trail.includes(name)) refuse(`${path}: Invalid schema: Circular reference detected in schema definitions: ${[...trail.slice(trail.indexOf(name)), name].join(" -> ")}. Self-referencing or mutually-referencing definitions are not supported.`);
  const references = nested(defs[name]).map(({ $ref }) => /^#\/\$defs\/(.+)$/.exec($ref ?? "")?.[1]).filter(Boolean);
  for (const next of references) follow(defs, next, [...trail, name], path);
}

const children = (schema) => [...Object.values(schema.properties ?? {}), ...Object.values(schema.$defs ?? {}), ...(schema.anyOf ?? []), ...(schema.allOf ?? []), schema.items];
