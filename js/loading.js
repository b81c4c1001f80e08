// The parts of the library: how the wasm is started, and what comes with the first call and later.
import { AircherError, fail, failure } from "./errors.js";
import { readToml } from "./toml.js";

let load = () => fail("invalid_config", "call `await init(wasm)` of aircher-llm/slim first");
let loadRest;
let loadToml;
let loadMore;
let started;

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
  started = undefined;
}

/** Starts the wasm once. A start that failed may be tried again. */
export function start() {
  started ??= (async () => load())().catch((error) => {
    started = undefined;
    throw AircherError.is(error) ? error : failure("invalid_config", `the wasm module could not be started: ${error?.message ?? error}`, { cause: error });
  });
  return started;
}

/** What calls need besides: the class of the ledger, or a promise of it. What failed may be tried again. */
export function ledgerClass(life) {
  life.rest ??= loadRest(life.exports);
  if (typeof life.rest === "function") return life.rest;
  return life.rest.then(
    (found) => (life.rest = found),
    (error) => {
      life.rest = undefined;
      throw notLoaded("the part of the library that calls need", error);
    },
  );
}

/** What only some methods need. What failed may be tried again. */
export function moreOf(life) {
  life.more ??= loadMore?.(life.exports).catch((error) => {
    life.more = undefined;
    throw notLoaded("a part of the library", error);
  });
  return life.more;
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
