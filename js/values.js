// Values on their way into the core: JSON text, never live objects. Cycles, BigInts, getters that throw
// and values a million levels deep become ordinary errors here, before they reach the wasm.
import { AircherError, fail } from "./errors.js";
import { KeySource } from "./keys.js";

const encoder = new TextEncoder();

/** A request as JSON text in bytes: long text crosses the boundary far faster as bytes than as a string. */
export function requestBytes(request) {
  if (!isObject(request)) fail("invalid_request", "request: expected an object");
  return encoder.encode(jsonText(request, "request", "invalid_request", checkNumbers));
}

function isObject(value) {
  try {
    return value !== null && typeof value === "object" && !Array.isArray(value);
  } catch {
    return false; // a proxy that was revoked
  }
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
  return readable(name, type, () => {
    check?.(value);
    const text = JSON.stringify(value, check ? undefined : finite);
    if (text === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
    return text;
  });
}

/** Reading a value may run its code, and that may throw anything. */
function readable(name, type, read) {
  try {
    return read();
  } catch (error) {
    if (AircherError.is(error)) throw error;
    return fail(type, `${name}: cannot be written as JSON: ${error?.message ?? error}`, { hint: "give plain data without cycles and BigInts", cause: error });
  }
}

/** The configuration as JSON text; key functions are put into `keys` and replaced by a mark. */
export function configText(config, keys) {
  if (config === undefined || config === null) return "";
  if (!isObject(config)) fail("invalid_config", "config: expected an object or TOML text");
  return readable("config", "invalid_config", () => jsonText(marked(config, keys), "config", "invalid_config"));
}

function marked(config, keys) {
  const { providers } = config;
  if (providers === null || typeof providers !== "object") return config;
  const tables = Object.entries(providers).map(([id, table]) => [id, withoutFunction(id, table, keys)]);
  return { ...config, providers: Object.fromEntries(tables) };
}

function withoutFunction(id, table, keys) {
  const name = ["api_key", "access_token"].find((name) => typeof table?.[name] === "function");
  if (!name) return table;
  keys.set(id, new KeySource(id, table[name]));
  return { ...table, [name]: { function: true } };
}
