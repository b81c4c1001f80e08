// Makes wasm-bindgen's glue a function:   node xtask/glue.mjs <glue.js>
//
// As it comes it holds one instance for good. An instance that trapped has to be replaced, and closures and finalizers
// that belong to it must never reach the memory of the next: so every instance gets a glue of its own (js/life.js).
// What it calls of the host by name and has to be ended with the instance is handed in.
import { readFileSync, writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
let text = readFileSync(file, "utf8");
replaced(/^export class /gm, "class ");
replaced(/^( +)wasm = instance\.exports;$/m, "$1wasm = guarded(instance.exports, module);");
replaced(/^export \{ initSync, __wbg_init as default \};$/m, "return { Client, Digest, initSync, init: __wbg_init };");
for (const name of ["new AbortController(", " setTimeout(", " clearTimeout("]) if (!text.includes(name)) throw new Error(`the glue calls no \`${name}\``);
writeFileSync(file, `export function glue(guarded, AbortController, setTimeout, clearTimeout) {\n${text}}\n`);

function replaced(pattern, by) {
  if (!pattern.test(text)) throw new Error(`the glue has no ${pattern}`);
  text = text.replace(pattern, by);
}
