// Cuts the wasm of the browser in two:   node xtask/split.mjs <optimised wasm> <wasm with names> <core> <call>
//
// Functions of the optimised wasm are named by order.mjs, which says where their name stands in the other.
//
//   core   what `create()` and the synchronous methods need: configuration, models, prices
//   call   what the first call needs besides: its course, the codecs, its tokens, its books
//
// Both share one memory. A function that went into the second part leaves a stub in the first, which calls it through
// a table of its own; the second part fills that table when it is instantiated with the first part's exports. Calling a
// stub before that would trap, so whatever `create()` and the synchronous methods may reach stays in the first part.
import binaryen from "binaryen";
import { readFileSync, writeFileSync } from "node:fs";
import { names as namesOf } from "./wasm.mjs";

/** What goes into the second part, by name. */
const LATER = /ledger::|wasm::(books|health|store)|policy::(?!pricing)|aircher_llm\[\w+\]::run::|provider::(?!.*::profile$)|framing::|chat::|exports::(CallHandle|Shared)|^client_metrics\b/;
/** The exports that must work without it. */
const EARLY = /^client_(new|shown|providerId|models|mergeModels|calculateCost|tokenLimit|supports|isHard|health|healthInterval|hearHealth)\b/;
const TABLE = "later";
/** What wasm-opt is told too (build.rs); any other would be written where it can be, and not every browser reads it. */
const FEATURES = ["BulkMemory", "BulkMemoryOpt", "CallIndirectOverlong", "MutableGlobals", "Multivalue", "NontrappingFPToInt", "ReferenceTypes", "SignExt"];

const [input, plain, coreFile, callFile] = process.argv.slice(2);
const bytes = readFileSync(input);
const names = namesOf(readFileSync(plain));
const core = read();
const functions = new Map(listed(core.getNumFunctions(), (at) => binaryen.getFunctionInfo(core.getFunctionByIndex(at))).map((each) => [each.name, each]));
const exports = listed(core.getNumExports(), (at) => binaryen.getExportInfo(core.getExportByIndex(at)));
const tables = listed(core.getNumTables(), (at) => binaryen.getTableInfo(core.getTableByIndex(at)).name);
const globals = listed(core.getNumGlobals(), (at) => binaryen.getGlobalInfo(core.getGlobalByIndex(at)));
const inTables = new Set(listed(core.getNumElementSegments(), (at) => binaryen.getElementSegmentInfo(core.getElementSegmentByIndex(at)).data).flat());
const exported = new Set(exports.filter(({ kind }) => kind === binaryen.ExternalFunction).map(({ value }) => value));
const calls = callGraph();
const callers = inverted(calls);

const later = chosen();
const stubs = [...later].filter((name) => inTables.has(name) || exported.has(name) || callersOf(name).some((caller) => !later.has(caller)));
const borders = new Map([...new Set([...later].flatMap((name) => [...calls.get(name)]))].filter((name) => !later.has(name)).map((name, at) => [name, `f${at}`]));
writeCore();
writeCall();

// ---- what goes where

/** By name, with what only they call, without what has to work early. */
function chosen() {
  const early = reachable([...exported].filter((name) => EARLY.test(plainName(name))));
  const found = new Set([...functions.keys()].filter((name) => functions.get(name).module === "" && LATER.test(plainName(name)) && !early.has(name)));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const name of functions.keys()) if (!found.has(name) && onlyCalledBy(name, found)) found.add(name);
  }
  return found;
}

/** As the compiler named it. */
function plainName(name) {
  return names.get(Number(name.split("_")[1])) ?? name;
}

function onlyCalledBy(name, found) {
  const by = callersOf(name);
  return functions.get(name).module === "" && by.length > 0 && by.every((caller) => found.has(caller)) && !inTables.has(name) && !exported.has(name);
}

function reachable(names) {
  const seen = new Set();
  for (const next = [...names]; next.length > 0; ) {
    const name = next.pop();
    if (!seen.has(name)) next.push(...(calls.get(name) ?? []));
    seen.add(name);
  }
  return seen;
}

function callersOf(name) {
  return [...(callers.get(name) ?? [])];
}

/** Which function calls or names which others, read from the text form. */
function callGraph() {
  const graph = new Map([...functions.keys()].map((name) => [name, new Set()]));
  let current;
  for (const line of core.emitText().split("\n")) {
    if (!line.startsWith("  ")) current = graph.get(named(/^ \(func (\$\S+|\$"(?:[^"\\]|\\.)*")/.exec(line)?.[1]));
    for (const [, name] of line.matchAll(/\((?:return_call|call|ref\.func) (\$"(?:[^"\\]|\\.)*"|\$[^\s()]+)/g)) current?.add(named(name));
  }
  return graph;
}

function named(text) {
  return text?.startsWith('$"') ? text.slice(2, -1).replace(/\\(['"\\])/g, "$1") : text?.slice(1);
}

function inverted(graph) {
  const found = new Map();
  for (const [name, callees] of graph) for (const callee of callees) found.set(callee, (found.get(callee) ?? new Set()).add(name));
  return found;
}

// ---- the two modules

function writeCore() {
  core.addTable(TABLE, stubs.length, stubs.length);
  core.addTableExport(TABLE, TABLE);
  for (const name of later) {
    core.removeFunction(name);
    const slot = stubs.indexOf(name);
    if (slot >= 0) addStub(name, slot);
  }
  for (const [name, border] of borders) core.addFunctionExport(name, border);
  for (const [at, { name }] of globals.entries()) core.addGlobalExport(name, `g${at}`);
  for (const [at, name] of tables.entries()) core.addTableExport(name, `t${at}`);
  write(core, coreFile);
}

function addStub(name, slot) {
  const { params, results } = functions.get(name);
  const passed = binaryen.expandType(params).map((type, at) => core.local.get(at, type));
  core.addFunction(name, params, results, [], core.call_indirect(TABLE, core.i32.const(slot), passed, params, results));
}

/** The same module, in which everything but its functions comes from the first part. */
function writeCall() {
  const call = read();
  for (const { name } of exports) call.removeExport(name);
  for (const name of listed(call.getNumElementSegments(), (at) => binaryen.getElementSegmentInfo(call.getElementSegmentByIndex(at)).name)) call.removeElementSegment(name);
  for (const { name, params, results } of functions.values()) {
    if (later.has(name)) continue;
    call.removeFunction(name);
    if (borders.has(name)) call.addFunctionImport(name, "core", borders.get(name), params, results);
  }
  for (const [at, { name, type, mutable }] of globals.entries()) {
    call.removeGlobal(name);
    call.addGlobalImport(name, "core", `g${at}`, type, mutable);
  }
  for (const [at, name] of tables.entries()) call.addTableImport(name, "core", `t${at}`);
  call.runPasses(["remove-memory-init"]);
  call.addMemoryImport("0", "core", exports.find(({ kind }) => kind === binaryen.ExternalMemory).name);
  call.addTable(TABLE, stubs.length, stubs.length);
  call.addTableImport(TABLE, "core", TABLE);
  call.addActiveElementSegment(TABLE, TABLE, stubs, call.i32.const(0));
  write(call, callFile);
}

function read() {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(FEATURES.reduce((all, name) => all | binaryen.Features[name], 0));
  return module;
}

function write(module, file) {
  if (!module.validate()) throw new Error(`${file} is no valid wasm`);
  writeFileSync(file, module.emitBinary());
}

function listed(count, item) {
  return Array.from({ length: count }, (_, at) => item(at));
}
