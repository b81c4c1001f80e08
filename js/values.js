// Values on their way into the core: JSON text, never live objects. Cycles, BigInts, getters that throw
// and values a million levels deep become ordinary errors here, before they reach the wasm.
import { AircherError, fail } from "./errors.js";
import { KeySource } from "./keys.js";

const encoder = new TextEncoder();

/** A request as JSON text in bytes: long text crosses the boundary far faster as bytes than as a string. */
export function requestBytes(request) {
  if (!isObject(request)) fail("invalid_request", "request: expected an object");
  return encoder.encode(readable("request", "invalid_request", () => quickText(request)));
}

function isObject(value) {
  try {
    return value !== null && typeof value === "object" && !Array.isArray(value);
  } catch {
    return false; // a proxy that was revoked
  }
}

/** Long requests are spared a look at every value, until one of them turns out to be no JSON. */
function quickText(request) {
  const look = looking("request", "invalid_request", "");
  if (hasOwnWay(request)) return written(request, look);
  look.call(undefined, "", request);
  Object.entries(request).forEach(([key, value]) => hasOwnWay(value) || look.call(request, key, value));
  try {
    return written(request);
  } catch {
    return written(request, look);
  }
}

const hasOwnWay = (value) => typeof value?.toJSON === "function";

/** Any other value as JSON text. Errors name its parts behind `root`. */
export function jsonText(value, name, type, root = name) {
  return readable(name, type, () => written(value, looking(name, type, root)));
}

function written(value, look) {
  const text = JSON.stringify(value, look);
  if (text === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
  return text;
}

/** Refuses what JSON would leave out or change in silence: with NaN for null a limit would be none at all. */
function looking(name, type, root) {
  const paths = new Map();
  return function (key, value) {
    const path = paths.has(this) ? inner(paths.get(this), key, Array.isArray(this)) : root;
    const odd = oddity(value);
    if (odd) fail(type, `${path || name}: expected plain data, found ${odd}`);
    if (typeof value === "object") paths.set(value, path);
    return value;
  };
}

function inner(path, key, inList) {
  if (inList) return `${path}[${key}]`;
  return path ? `${path}.${key}` : key;
}

function oddity(value) {
  const kind = typeof value;
  if (kind === "number") return Number.isFinite(value) ? "" : `${value}`;
  if (kind === "object") return isClosed(value) ? `a ${value.constructor?.name}` : "";
  return /bi|fu|sy/.test(kind) ? `a ${kind}` : "";
}

/** Maps, Headers, promises: what they hold is not theirs to list. */
function isClosed(value) {
  if (value === null || Array.isArray(value) || Object.keys(value).length > 0) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

/** Reading a value may run its code, and that may throw anything. */
export function readable(name, type, read) {
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
  return readable("config", "invalid_config", () => jsonText(marked(config, keys), "config", "invalid_config", ""));
}

function marked(config, keys) {
  const { providers } = config;
  if (isClosed(config) || !isObject(providers) || isClosed(providers)) return config;
  const tables = Object.entries(providers).map(([id, table]) => [id, withoutFunction(id, table, keys)]);
  return { ...config, providers: Object.fromEntries(tables) };
}

function withoutFunction(id, table, keys) {
  const name = ["api_key", "access_token"].find((name) => typeof table?.[name] === "function");
  if (!name) return table;
  keys.set(id, new KeySource(id, table[name]));
  return { ...table, [name]: { function: true } };
}
