// Cloudflare Workers: modules that are compiled at upload, as all files a Worker uses are.
import aircher_tokenizer from "./aircher_tokenizer.wasm";
import cl100k_base from "./cl100k_base.wasm";
import o200k_base from "./o200k_base.wasm";
import { setLoader } from "./tokenizer.js";

const FILES = { aircher_tokenizer, cl100k_base, o200k_base };

setLoader((name) => FILES[name]);

export { AircherError, Tokenizer } from "./tokenizer.js";
