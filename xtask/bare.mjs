// Leaves of a wasm what some of its exports need:   node xtask/bare.mjs <wasm> <out> <export>...
//
// What wasm-bindgen adds for values that are no numbers goes with its exports. The closures of js-sys stand in the table
// of functions, where nobody knows that nobody calls them: without JavaScript's values nobody can.
import binaryen from "binaryen";
import { readFileSync, writeFileSync } from "node:fs";

const [input, out, ...kept] = process.argv.slice(2);
const module = binaryen.readBinary(readFileSync(input));
const names = Array.from({ length: module.getNumExports() }, (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)).name);
for (const name of names) if (!kept.includes(name)) module.removeExport(name);
takeFromTable(/\bjs_sys\b|\bwasm_bindgen(\[\w+\])?::convert::closures/);
module.runPasses(["remove-unused-module-elements"]);
binaryen.setDebugInfo(true);
writeFileSync(out, module.emitBinary());

/** Puts a function that traps in the place of those with such names. */
function takeFromTable(names) {
  const table = binaryen.getTableInfo(module.getTableByIndex(0)).name;
  const { name, offset, data } = binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(0));
  module.addFunction("none", binaryen.none, binaryen.none, [], module.unreachable());
  const kept = data.map((each) => (names.test(each) ? "none" : each));
  module.removeElementSegment(name);
  module.addActiveElementSegment(table, name, kept, module.copyExpression(offset));
}
