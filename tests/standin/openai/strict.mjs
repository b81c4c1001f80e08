// JSON Schema rules of tools and of strict structured output (wire reference OpenAI, section 3).

import { refuse } from "./errors.mjs";

const FORBIDDEN = ["allOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas"];

/** Refuses parameters that are no object schema, or break the strict rules when strict is asked. */
export function checkToolSchema({ name, parameters, strict }, param) {
  const fail = (text) => refuse(`Invalid schema for function '${name}': ${text}`, { param, code: "invalid_function_parameters" });
  if (!parameters || !Object.keys(parameters).length) return;
  if (parameters.type !== "object") fail(`schema must be a JSON Schema of 'type: "object"', got 'type: "${parameters.type ?? "None"}"'.`);
  if (strict) checkStrict(parameters, fail);
}

/** Calls `fail(text)` for the first place where a schema is not strict. */
export function checkStrict(schema, fail, root = true) {
  if (root && schema.type !== "object") fail(`schema must be a JSON Schema of 'type: "object"', got 'type: "${schema.type ?? "None"}"'.`);
  walk(schema, [], fail);
}

function walk(schema, context, fail) {
  if (!schema || typeof schema !== "object") return;
  const where = `In context=(${context.map((part) => `'${part}'`).join(", ")}${context.length === 1 ? "," : ""})`;
  for (const word of FORBIDDEN) if (word in schema) fail(`${where}, '${word}' is not permitted.`);
  if (schema.type === "object" || schema.properties) objectRules(schema, where, fail);
  for (const [path, child] of children(schema)) walk(child, [...context, ...path], fail);
}

function objectRules({ properties = {}, required, additionalProperties }, where, fail) {
  if (additionalProperties !== false) fail(`${where}, 'additionalProperties' is required to be supplied and to be false.`);
  const left = Object.keys(properties).find((key) => !(required ?? []).includes(key));
  if (left !== undefined) fail(`${where}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${left}'.`);
}

function children(schema) {
  const named = (key) => Object.entries(schema[key] ?? {}).map(([name, child]) => [[key, name], child]);
  const branches = (schema.anyOf ?? []).map((child, index) => [["anyOf", String(index)], child]);
  return [...named("properties"), ...named("$defs"), ...branches, ...(schema.items ? [[["items"], schema.items]] : [])];
}
