// Node and Bun: the file beside this one, read at the first create().
import { readFileSync } from "node:fs";
import { initSync } from "./aircher_glue.js";
import { setLoader } from "./aircher.js";

setLoader(() => initSync({ module: readFileSync(new URL("./aircher_bg.wasm", import.meta.url)) }));

export { Aircher, AircherError, ChatStream } from "./aircher.js";
