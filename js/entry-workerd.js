// Cloudflare Workers: compiling bytes is forbidden there, a module import is compiled at upload.
import module from "./aircher_bg.wasm";
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

setLoader(() => initSync({ module }), () => Ledger);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
