// Prints what a wasm file exports beyond its own names (`app_…`), wasm-bindgen's and the linker's:
//   node exports.mjs <file>
import { readFileSync } from "node:fs";

const OWN = /^(__wbindgen_describe_)?app_/;
const LINKER = /^(memory|__data_end|__heap_base|__indirect_function_table)$/;
/** Intrinsics, and descriptions of what is imported from JavaScript. A class of ours would be `__wbg_client_free`. */
const BINDGEN = /^(__wbindgen_(?!describe_)|__externref_|__wbindgen_describe_(__wbg_|__wbindgen_|cast|closure)|__wbg_jspi_|__abort_handler$|__instance_terminated$)/;

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const names = WebAssembly.Module.exports(module).map(({ name }) => name);
const strays = names.filter((name) => ![OWN, LINKER, BINDGEN].some((known) => known.test(name)));
if (!names.some((name) => OWN.test(name))) strays.push("(nothing of its own: is this the app?)");
console.log(strays.join(" "));
