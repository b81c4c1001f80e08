// For tools that lose the file: the wasm as base64 in a module of its own, written by the build.
import { initSync } from "./aircher_glue.js";
import { setLoader } from "./aircher.js";
import base64 from "./aircher_base64.js";

setLoader(() => initSync({ module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) }));

export { Aircher, AircherError, ChatStream } from "./aircher.js";
