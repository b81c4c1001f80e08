// For those who place the wasm themselves: `await init(url | Response | bytes | WebAssembly.Module)`.
import { init as start, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

export async function init(wasm) {
  setLoader(() => undefined, () => Ledger);
  await start({ module_or_path: wasm });
}

export { Aircher, AircherError, ChatStream } from "./aircher.js";
