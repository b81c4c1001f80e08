// For those who place the wasm themselves: `await init(url | Response | bytes | WebAssembly.Module)`.
import { fail, init as start, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

export async function init(wasm, { toml } = {}) {
  const core = start({ module_or_path: wasm });
  setLoader(() => core, () => Ledger, () => reader(toml));
  await core;
}

/** The exports of the TOML reader, wherever it is. */
async function reader(toml) {
  if (toml === undefined) fail("invalid_config", "config: TOML text needs its reader: `await init(wasm, { toml })`, with aircher-llm/aircher_toml.wasm");
  let source = await toml;
  if (typeof source === "string" || source instanceof URL || source instanceof Request) source = await fetch(source);
  if (source instanceof Response) source = await source.arrayBuffer();
  const made = await WebAssembly.instantiate(source);
  return (made.instance ?? made).exports;
}

export { Aircher, AircherError, ChatStream } from "./aircher.js";
