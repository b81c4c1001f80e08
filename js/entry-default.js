// Browsers and bundlers: the one pattern Vite, webpack, Rollup, Parcel and plain modules all understand.
// The wasm is fetched when the first client is created, not at import.
import init from "./aircher_glue.js";
import { setLoader } from "./aircher.js";

setLoader(() => init({ module_or_path: new URL("./aircher_bg.wasm", import.meta.url) }));

export { Aircher, AircherError, ChatStream } from "./aircher.js";
