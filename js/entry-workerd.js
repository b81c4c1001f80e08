// Cloudflare Workers: compiling bytes is forbidden there, a module import is compiled at upload.
import module from "./aircher_bg.wasm";
import toml from "./aircher_toml.wasm";
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

setLoader(() => initSync({ module }), () => Ledger, () => new WebAssembly.Instance(toml).exports);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
