// Node and Bun: the files beside this one.
import { readFileSync } from "node:fs";
import { setLoader } from "./tokenizer.js";

setLoader((name) => new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url))));

export { AircherError, Tokenizer } from "./tokenizer.js";
