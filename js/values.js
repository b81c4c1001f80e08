// Values on their way into the core: JSON text, never live objects. Cycles, BigInts, getters that throw
// and values a million levels deep become ordinary errors here, before they reach the wasm.
import { fail } from "./errors.js";
import { KeySource } from "./keys.js";

const encoder = new TextEncoder();

/** A request as JSON text in bytes: long text crosses the boundary far faster as bytes than as a string. */
export function requestBytes(request) {
  if (request === null || typeof request !== "object" || Array.isArray(request)) fail("invalid_request", "request: expected an object");
  return encoder.encode(jsonText(request, "request", "invalid_request", checkNumbers));
}

/** JSON has no NaN: it would become null, and a limit of NaN none at all. */
function checkNumbers(values) {
  Object.entries(values).forEach(([key, value]) => finite(key, value));
}

function finite(key, value) {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${key} is ${value}`);
  return value;
}

/** `check` may throw; without one every number is looked at, which long requests are spared. */
export function jsonText(value, name, type, check) {
  try {
    check?.(value);
    return JSON.stringify(value, check ? undefined : finite);
  } catch (error) {
    return fail(type, `${name}: cannot be written as JSON: ${error?.message ?? error}`, { hint: "give plain data without cycles and BigInts", cause: error });
  }
}

/** The configuration as JSON text; key functions are put into `keys` and replaced by a mark. */
export function configText(config, keys) {
  if (config === undefined || config === null) return "";
  if (typeof config !== "object" || Array.isArray(config)) fail("invalid_config", "config: expected an object or TOML text");
  const { providers } = config;
  if (providers === null || typeof providers !== "object") return jsonText(config, "config", "invalid_config");
  const marked = Object.entries(providers).map(([id, table]) => [id, withoutFunction(id, table, keys)]);
  return jsonText({ ...config, providers: Object.fromEntries(marked) }, "config", "invalid_config");
}

function withoutFunction(id, table, keys) {
  if (typeof table?.api_key !== "function") return table;
  keys.set(id, new KeySource(id, table.api_key));
  return { ...table, api_key: { function: true } };
}
