// For those who place the wasm themselves: `await init(url | Response | bytes | WebAssembly.Module)`.
import start from "./aircher_glue.js";
import { setLoader } from "./aircher.js";

export async function init(wasm) {
  setLoader(() => undefined);
  await start({ module_or_path: wasm });
}

export { Aircher, AircherError, ChatStream } from "./aircher.js";
