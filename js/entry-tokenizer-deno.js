// Deno: parts of the module graph, so no permission to read files is needed.
import source aircher_tokenizer from "./aircher_tokenizer.wasm";
import source cl100k_base from "./cl100k_base.wasm";
import source o200k_base from "./o200k_base.wasm";
import { setLoader } from "./tokenizer.js";

const FILES = { aircher_tokenizer, cl100k_base, o200k_base };

setLoader((name) => FILES[name]);

export { AircherError, Tokenizer } from "./tokenizer.js";
