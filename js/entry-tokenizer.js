// Browsers and bundlers: files of their own, fetched when a vocabulary is wanted.
import { setLoader } from "./tokenizer.js";

/** Written out, so that bundlers see them. */
const FILES = {
  aircher_tokenizer: () => new URL("./aircher_tokenizer.wasm", import.meta.url),
  cl100k_base: () => new URL("./cl100k_base.wasm", import.meta.url),
  o200k_base: () => new URL("./o200k_base.wasm", import.meta.url),
};

setLoader(async (name) => {
  const response = await fetch(FILES[name]());
  if (!response.ok) throw new Error(`${response.url}: status ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
});

export { AircherError, Tokenizer } from "./tokenizer.js";
