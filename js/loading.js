// The parts of the library: how the wasm is started, and what comes with the first call and later.
import { AircherError, fail, failure } from "./errors.js";
import { readToml } from "./toml.js";

let load = () => fail("invalid_config", "call `await init(wasm)` of aircher-llm/slim first");
let loadRest;
let loadToml;
let loadMore;
/** What has started, or is about to. */
let parts = {};

/**
 * Sets how the wasm is started; every entry of the package has its own way. `ledger(exports)` gives the class of the
 * ledger, or a promise of it where the part of the wasm that calls need has to come first; every instance asks anew.
 * `toml()` gives the exports of the TOML reader, or a promise of them. `more(exports)` loads what only some methods need,
 * where that is a part of its own.
 */
export function setLoader(loader, ledger, toml, others) {
  load = loader;
  loadRest = ledger;
  loadToml = toml;
  loadMore = others;
  parts = {};
}

/**
 * What `work` gives or promises, kept in a place under a name: it is done once. A promise that failed is forgotten, and
 * who asks next tries again; `told` makes of its error what they are told.
 */
export function kept(place, name, work, told = (error) => error) {
  if (place[name] !== undefined) return place[name];
  const given = work();
  if (typeof given?.then !== "function") return (place[name] = given);
  // Something else may stand there by then.
  const settle = (value) => place[name] === promise && (place[name] = value);
  const promise = given.then(
    (found) => (settle(found), found),
    (error) => {
      settle(undefined);
      throw told(error);
    },
  );
  return (place[name] = promise);
}

/** Starts the wasm. */
export function start() {
  return kept(parts, "core", async () => load(), (error) =>
    AircherError.is(error) ? error : failure("invalid_config", `the wasm module could not be started: ${error?.message ?? error}`, { cause: error }),
  );
}

/** What calls need besides: the class of the ledger, or a promise of it. */
export function ledgerClass(life) {
  return kept(life, "rest", () => loadRest(life.exports), (error) => notLoaded("the part of the library that calls need", error));
}

/** What only some methods need. */
export function moreOf(life) {
  return kept(life, "more", () => loadMore?.(life.exports), (error) => notLoaded("a part of the library", error));
}

/** A configuration as TOML text, read by a wasm that is loaded for it alone. */
export async function tomlOf(text) {
  try {
    return readToml(await loadToml(), text);
  } catch (error) {
    throw AircherError.is(error) ? error : notLoaded("the reader of TOML", error);
  }
}

function notLoaded(what, error) {
  return failure("network_error", `${what} did not load: ${error?.message ?? error}`, { code: "wasm_part", retryable: true, cause: error });
}
