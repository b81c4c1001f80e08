// Cuts the wasm of the browser into parts:   node xtask/split.mjs <optimised wasm> <wasm with names> <core> <call> <more>
//
// Functions of the optimised wasm are named by order.mjs, which says where their name stands in the other.
//
//   core   what `create()` and the synchronous methods need: configuration, models, prices
//   call   what the first call needs besides: its course, the codecs, its tokens, its books
//   more   what only some need: lists of models, embeddings, the management of a server
//
// All share one memory. A function that went into a later part leaves a stub in the first one if anything earlier may call
// it; the stub calls it through a table of its own, which each part fills when it is instantiated with the exports of those
// before it. Calling a stub too early would trap, so whatever `create()` and the synchronous methods may reach stays in the
// first part, and the other parts are loaded in their order.
import binaryen from "binaryen";
import { readFileSync, writeFileSync } from "node:fs";
import { names as namesOf } from "./wasm.mjs";

/**
 * The parts behind the first, and what goes into each by name; a name goes into the last part that claims it. The lists of
 * Ollama and of OpenAI's dialect stay with the calls: who names no model there has the server asked for one.
 */
const LATER = [
  { name: "call", claims: /ledger::|env::notice|wasm::(arrivals|books|health|steps|store)|policy::(?!pricing)|aircher_llm\[\w+\]::run::|provider::(?!.*::profile$)|framing::|chat::|account::|wasm::exports::|^client_metrics\b/ },
  { name: "more", claims: /run::(count|embed|errand|models|progress|task)|Call<.*>>::(provide|is_installed)\b|wasm::(count|embed|models|ollama|work)\b|provider::((claude|gemini)::models\b|(\w+::)?(admin|embed)\b)|chat::embed|model::(listings|merge::(over|hopeful))|Registry>::learn|<aircher_llm.*(((Claude|Gemini) as .*Provider>::(listed|list_models))|((OpenAi|Claude|Gemini) as .*Provider>::(count\w*|read_count)))$|exports::Client>::(count_tokens|embed|errand|list_models|model_of|planned)\b|^(digest|work)_|^__wbg_(digest|work)_free|^client_(countTokens|embed|errand|listModels|planned)/ },
];
/** The exports that must work without it. */
const EARLY = /^client_(new|shown|providerId|models|mergeModels|calculateCost|tokenLimit|supports|isHard|health|healthInterval|hearHealth|totalMs)\b/;
/**
 * What nobody reaches too early, though code looks as if it could: errors tell of attempts and of what had arrived; and
 * models are got in calls (`auto_pull`) only where `aircher.js` has loaded everything.
 */
const CALLED = /chat::(response::ChatResponse|attempt::Attempt).*Write>::write$|ledger::driver::|run::Call<.*>>::provide::/;
/** What wasm-bindgen exports for itself: memory, and the way into every closure. */
const GLUE = /^__|wasm_bindgen|closure/;
const TABLE = "later";
/** What wasm-opt is told too (build.rs); any other would be written where it can be, and not every browser reads it. */
const FEATURES = ["BulkMemory", "BulkMemoryOpt", "CallIndirectOverlong", "MutableGlobals", "Multivalue", "NontrappingFPToInt", "ReferenceTypes", "SignExt"];

const [input, plain, coreFile, ...laterFiles] = process.argv.slice(2);
const bytes = readFileSync(input);
const names = namesOf(readFileSync(plain));
const core = read();
const functions = new Map(listed(core.getNumFunctions(), (at) => binaryen.getFunctionInfo(core.getFunctionByIndex(at))).map((each) => [each.name, each]));
const exports = listed(core.getNumExports(), (at) => binaryen.getExportInfo(core.getExportByIndex(at)));
const tables = listed(core.getNumTables(), (at) => binaryen.getTableInfo(core.getTableByIndex(at)).name);
const globals = listed(core.getNumGlobals(), (at) => binaryen.getGlobalInfo(core.getGlobalByIndex(at)));
const inTables = new Set(listed(core.getNumElementSegments(), (at) => binaryen.getElementSegmentInfo(core.getElementSegmentByIndex(at)).data).flat());
const exported = new Set(exports.filter(({ kind }) => kind === binaryen.ExternalFunction).map(({ value }) => value));
const slots = tableSlots();
const memory = staticData();
const { calls, named: vtables } = callGraph();
const starts = new Set([...[...vtables.values()].flatMap((some) => [...some]), ...memory.flatMap(words)]);
const callers = inverted(calls);
const places = namedPlaces();

const homes = chosen();
/** What an earlier part, a table or the host may call, by part: the slots of a part lie side by side. */
const stubs = LATER.flatMap((_, part) => [...homes.keys()].filter((name) => homes.get(name) === part + 1 && isReached(name)));
/** What a later part calls of each part, and the name it is exported by. */
const borders = borderNames();
writeCore();
LATER.forEach((_, at) => writePart(at + 1));

// ---- what goes where

/**
 * The part of each function that left the first: by name, with what only they call. What may be reached while a part is
 * not there yet stays out of it, whatever its name: equal functions of several were merged under one.
 */
function chosen() {
  const found = new Map();
  for (const [at, { claims }] of LATER.entries()) {
    const before = reachable([...exported].filter((name) => partOfExport(name) <= at));
    for (const name of functions.keys()) {
      const stays = before.has(name) || (at > 0 && isShared(name));
      if (functions.get(name).module === "" && claims.test(plainName(name)) && !stays) found.set(name, at + 1);
    }
  }
  settle(found, (name) => Math.max(followed(name, found), found.get(name) ?? 0));
  // Equal functions were merged under one name: what an earlier part calls itself cannot lie in the last one.
  settle(found, (name) => (found.get(name) === LATER.length ? Math.max(1, Math.min(LATER.length, ...callersOf(name).map((caller) => found.get(caller) ?? 0))) : (found.get(name) ?? 0)));
  return found;
}

/** Whether several vtables name it: methods of several types that were equal are one, under one of their names. */
function isShared(name) {
  const own = [...slots].filter(([, there]) => there === name);
  return own.length > 1 || (own.length === 1 && (places.get(name)?.size ?? 0) > 1);
}

/** Where in memory vtables name each function. */
function namedPlaces() {
  const found = new Map();
  for (const { from, view } of memory) {
    for (let address = from; address + 12 < from + view.byteLength; address += 4) {
      (vtable(address) ?? []).forEach((name, at, all) => {
        const place = address + (word(address) === 0 ? 12 + 4 * at : at === 0 ? 0 : 8 + 4 * at);
        if (all.length > 0) found.set(name, (found.get(name) ?? new Set()).add(place));
      });
    }
  }
  return found;
}

/** Moves functions to where `part(name)` wants them, until all are there. */
function settle(found, part) {
  for (let changed = true; changed; ) {
    changed = false;
    for (const name of functions.keys()) {
      const home = part(name);
      if (home !== (found.get(name) ?? 0)) changed = Boolean(found.set(name, home));
    }
  }
}

/** The part that has to be there before the host calls it; what the glue calls for all of them is nobody's. */
function partOfExport(name) {
  if (EARLY.test(plainName(name))) return 0;
  return GLUE.test(plainName(name)) ? Infinity : Math.max(1, LATER.findLastIndex(({ claims }) => claims.test(plainName(name))) + 1);
}

/** The earliest part that calls it: nothing else needs it. */
function followed(name, found) {
  const by = callersOf(name);
  if (functions.get(name).module !== "" || by.length === 0 || inTables.has(name) || exported.has(name)) return 0;
  return Math.min(...by.map((caller) => found.get(caller) ?? 0));
}

function home(name) {
  return homes.get(name) ?? 0;
}

/** Whether it has to be called through its slot. */
function isReached(name) {
  return inTables.has(name) || exported.has(name) || callersOf(name).some((caller) => home(caller) < home(name));
}

/** What each part is called for by later ones, or for stubs by anybody. */
function borderNames() {
  const found = [0, ...LATER].map(() => new Map());
  for (const [name, part] of homes) {
    for (const callee of calls.get(name)) {
      const lies = home(callee);
      if (lies === part) continue;
      // What lies in a later part is called through its stub in the first.
      const at = found[lies < part ? lies : 0];
      if (!at.has(callee)) at.set(callee, `f${at.size}`);
    }
  }
  return found;
}

/** As the compiler named it. */
function plainName(name) {
  return names.get(Number(name.split("_")[1])) ?? name;
}

/** What may be called from there. */
function reachable(names) {
  const seen = new Set();
  for (const next = [...names]; next.length > 0; ) {
    const name = next.pop();
    if (!seen.has(name)) next.push(...(calls.get(name) ?? []), ...methods(name));
    seen.add(name);
  }
  return seen;
}

/**
 * What a function may call through `dyn` values it makes: the methods of every vtable whose address it names. Vtables in
 * tables of data, as those of the providers, are not followed: the methods early code calls there are named in `LATER`.
 */
function methods(name) {
  return [...(vtables.get(name) ?? [])].flatMap((address) => vtable(address) ?? []).filter((name) => !CALLED.test(plainName(name)));
}

/** A vtable is: how to drop it, its size and its alignment, and its methods. */
function vtable(address) {
  const [drop, size, align] = [0, 4, 8].map((at) => word(address + at));
  if (!(drop === 0 || slots.has(drop)) || !(size < 65536) || ![1, 2, 4, 8, 16].includes(align)) return undefined;
  // Nothing of no size has to be dropped: these are other data.
  if (drop !== 0 && size === 0) return undefined;
  const found = drop === 0 ? [] : [slots.get(drop)];
  // The next one may follow at once: it begins at an address that is named somewhere too.
  for (let at = address + 12; slots.has(word(at)) && !starts.has(at); at += 4) found.push(slots.get(word(at)));
  return found;
}

function words({ view }) {
  return Array.from({ length: view.byteLength >> 2 }, (_, at) => view.getUint32(4 * at, true));
}

function word(address) {
  const part = memory.find(({ from, view }) => address >= from && address + 4 <= from + view.byteLength);
  return part?.view.getUint32(address - part.from, true);
}

function staticData() {
  const found = listed(core.getNumDataSegments(), (at) => core.getDataSegmentInfo(core.getDataSegmentByIndex(at)));
  return found.map(({ offset, data }) => ({ from: offset, view: new DataView(data) }));
}

/** Which function stands in which slot of the table. */
function tableSlots() {
  const segments = listed(core.getNumElementSegments(), (at) => binaryen.getElementSegmentInfo(core.getElementSegmentByIndex(at)));
  return new Map(segments.flatMap(({ offset, data }) => data.map((name, at) => [binaryen.getExpressionInfo(offset).value + at, name])));
}

function callersOf(name) {
  return [...(callers.get(name) ?? [])];
}

/** Which function calls or names which others, and which addresses each names, read from the text form. */
function callGraph() {
  const empty = () => new Map([...functions.keys()].map((name) => [name, new Set()]));
  const found = { calls: empty(), named: empty() };
  let current;
  for (const line of core.emitText().split("\n")) {
    if (!line.startsWith("  ")) current = named(/^ \(func (\$\S+|\$"(?:[^"\\]|\\.)*")/.exec(line)?.[1]);
    for (const [, name] of line.matchAll(/\((?:return_call|call|ref\.func) (\$"(?:[^"\\]|\\.)*"|\$[^\s()]+)/g)) found.calls.get(current)?.add(named(name));
    for (const [, address] of line.matchAll(/\(i32\.const (\d+)\)/g)) found.named.get(current)?.add(Number(address));
  }
  return found;
}

function named(text) {
  return text?.startsWith('$"') ? text.slice(2, -1).replace(/\\(['"\\])/g, "$1") : text?.slice(1);
}

function inverted(graph) {
  const found = new Map();
  for (const [name, callees] of graph) for (const callee of callees) found.set(callee, (found.get(callee) ?? new Set()).add(name));
  return found;
}

// ---- the modules

function writeCore() {
  core.addTable(TABLE, stubs.length, stubs.length);
  core.addTableExport(TABLE, TABLE);
  for (const name of homes.keys()) {
    core.removeFunction(name);
    const slot = stubs.indexOf(name);
    if (slot >= 0) addStub(name, slot);
  }
  for (const [name, border] of borders[0]) core.addFunctionExport(name, border);
  for (const [at, { name }] of globals.entries()) core.addGlobalExport(name, `g${at}`);
  for (const [at, name] of tables.entries()) core.addTableExport(name, `t${at}`);
  write(core, coreFile);
}

function addStub(name, slot) {
  const { params, results } = functions.get(name);
  const passed = binaryen.expandType(params).map((type, at) => core.local.get(at, type));
  core.addFunction(name, params, results, [], core.call_indirect(TABLE, core.i32.const(slot), passed, params, results));
}

/** The same module, in which everything but its functions comes from the parts before. */
function writePart(part) {
  const module = read();
  for (const { name } of exports) module.removeExport(name);
  for (const name of listed(module.getNumElementSegments(), (at) => binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(at)).name)) module.removeElementSegment(name);
  for (const name of functions.keys()) if (home(name) !== part) module.removeFunction(name);
  for (const name of new Set([...homes.keys()].filter((name) => home(name) === part).flatMap((name) => [...calls.get(name)]))) if (home(name) !== part) addImport(module, name, part);
  for (const [name, border] of borders[part]) module.addFunctionExport(name, border);
  for (const [at, { name, type, mutable }] of globals.entries()) {
    module.removeGlobal(name);
    module.addGlobalImport(name, "core", `g${at}`, type, mutable);
  }
  for (const [at, name] of tables.entries()) module.addTableImport(name, "core", `t${at}`);
  module.runPasses(["remove-memory-init"]);
  module.addMemoryImport("0", "core", exports.find(({ kind }) => kind === binaryen.ExternalMemory).name);
  module.addTable(TABLE, stubs.length, stubs.length);
  module.addTableImport(TABLE, "core", TABLE);
  const own = stubs.filter((name) => home(name) === part);
  if (own.length > 0) module.addActiveElementSegment(TABLE, TABLE, own, module.i32.const(stubs.indexOf(own[0])));
  write(module, laterFiles[part - 1]);
}

/** A function of another part: where it lies before, itself; behind, its stub. */
function addImport(module, name, part) {
  const lies = home(name) < part ? home(name) : 0;
  const { params, results } = functions.get(name);
  module.addFunctionImport(name, lies === 0 ? "core" : LATER[lies - 1].name, borders[lies].get(name), params, results);
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
