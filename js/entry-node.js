// Node and Bun: the file beside this one, read at the first create().
import { readFileSync } from "node:fs";
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

setLoader(() => initSync({ module: readFileSync(new URL("./aircher_bg.wasm", import.meta.url)) }), () => Ledger);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
