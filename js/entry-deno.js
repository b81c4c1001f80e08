// Deno: the wasm is part of the module graph, so no permission to read files is needed.
import source module from "./aircher_bg.wasm";
import { initSync } from "./aircher_glue.js";
import { setLoader } from "./aircher.js";

setLoader(() => initSync({ module }));

export { Aircher, AircherError, ChatStream } from "./aircher.js";
