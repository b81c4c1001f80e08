// Deno: the wasm is part of the module graph, so no permission to read files is needed.
import source module from "./aircher_bg.wasm";
import source toml from "./aircher_toml.wasm";
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

setLoader(() => initSync({ module }), () => Ledger, () => new WebAssembly.Instance(toml).exports);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
