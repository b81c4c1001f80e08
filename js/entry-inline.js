// For tools that lose the file: the wasm as base64 in a module of its own, written by the build.
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";
import base64 from "./aircher_bg_base64.js";
import toml from "./aircher_toml_base64.js";

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

setLoader(
  () => initSync({ module: bytes(base64) }),
  () => Ledger,
  () => new WebAssembly.Instance(new WebAssembly.Module(bytes(toml))).exports,
);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
