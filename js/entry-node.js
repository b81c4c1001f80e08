// Node and Bun: the file beside this one, read at the first create().
import { readFileSync } from "node:fs";
import { initSync, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";

setLoader(
  () => initSync({ module: readFileSync(new URL("./aircher_bg.wasm", import.meta.url)) }),
  () => Ledger,
  () => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(new URL("./aircher_toml.wasm", import.meta.url)))).exports,
);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
