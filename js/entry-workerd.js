// Cloudflare Workers: compiling bytes is forbidden there, a module import is compiled at upload.
import module from "./aircher_bg.wasm";
import { initSync } from "./aircher_glue.js";
import { setLoader } from "./aircher.js";

setLoader(() => initSync({ module }));

export { Aircher, AircherError, ChatStream } from "./aircher.js";
