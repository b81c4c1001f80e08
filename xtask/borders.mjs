// Shortens the names by which the wasm and its glue know each other:   node xtask/borders.mjs <glue.js> <wasm>
//
// wasm-bindgen gives every import a name with a hash of 16 digits. Nobody reads them, they do not compress, and they
// are downloaded twice.
import { readFileSync, writeFileSync } from "node:fs";
import { withBorders } from "./wasm.mjs";

/** Names with a hash, and the module that all imports are from. */
const MADE = /^(__wbg_|__wbindgen_generic_|wasm_bindgen_)\w*[0-9a-f]{16}\w*$|^\.\/aircher_glue_bg\.js$/;

const [glue, wasm] = process.argv.slice(2);
const short = new Map();
writeFileSync(wasm, withBorders(readFileSync(wasm), shortened));
// The longest first, since one name may begin like another.
const names = [...short.keys()].sort((a, b) => b.length - a.length);
writeFileSync(glue, names.reduce((text, name) => text.replaceAll(name, short.get(name)), readFileSync(glue, "utf8")));

function shortened(name) {
  if (!MADE.test(name)) return name;
  if (!short.has(name)) short.set(name, `_${short.size.toString(36)}`);
  return short.get(name);
}
