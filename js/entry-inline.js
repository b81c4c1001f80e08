// For tools that lose the file: the wasm as base64 in a module of its own, written by the build.
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";
import base64 from "./aircher_base64.js";

setLoader(() => initSync({ module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) }), () => Ledger);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
