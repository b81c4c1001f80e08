// Turns the wasm, its glue and `js/` into pkg/:   node xtask/pack.mjs <glue folder> <version>
//
// The entries of one import share one file, `aircher.js` (the classes and the glue): a page without a bundler loads
// entry, classes, ledger and core, and with the first call the rest of the wasm; nothing in chains. `inline.js` and `node.cjs` (for `require`) stand alone.
import { build } from "esbuild";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [glue, version] = process.argv.slice(2);
const DIST = "pkg/dist";
/** Where a ledger can live; each is an import of its own and loaded by nobody else. */
const STORES = ["memory", "indexeddb", "sqlite", "d1", "durable-object", "deno-kv", "redis"];
/** Started without glue, so it may not import anything. */
const BARE = ["aircher_toml.wasm", "aircher_tokenizer.wasm", "cl100k_base.wasm", "o200k_base.wasm"];
const COMMON = {
  outdir: DIST,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["*.wasm", "node:*", "cloudflare:*"],
  // Deno takes the wasm as part of the module graph, by a syntax the target does not have yet.
  supported: { "import-source": true },
  logLevel: "warning",
};
/** What a Worker's bundler makes of an import of the wasm, to be handed to `/slim`. */
const WASM_TYPES = "declare const module: WebAssembly.Module;\nexport default module;\n";
/** `/slim` adds one function to the types of the others. */
const SLIM_TYPES = `export * from "./types.js";
/** Where a wasm is, or the wasm. */
export type Wasm = string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;
/**
 * Starts the wasm; call it once, before \`Aircher.create()\`. For a configuration as TOML text give \`toml\` too
 * (\`aircher-llm/aircher_toml.wasm\`); it is fetched when such a text comes.
 */
export declare function init(wasm: Wasm, more?: { toml?: Wasm }): Promise<void>;
`;

rmSync("pkg", { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
stage();
const entries = readdirSync("js").filter((name) => name.startsWith("entry-") && name !== "entry-inline.js");
await bundle(["aircher.js", "ledger.js", "health.js", "cache.js", ...entries], { external: [...COMMON.external, "./aircher.js", "./ledger.js", "./health.js", "./cache.js"] });
await bundle({ inline: "entry-inline.js" });
await bundle({ node: "entry-node.js" }, forRequire());
await bundle(Object.fromEntries(STORES.map((name) => [`stores/${name}`, `stores/${name}.js`])));
// Tests and the command line import the package by its name, as users do: which entry that is, is their runtime's choice.
await bundle({ testing: "testing/index.js", cli: "testing/cli.js" }, { external: [...COMMON.external, "aircher-llm", "aircher-llm/testing"] });
for (const name of ["aircher_bg.wasm", "aircher_core.wasm", "aircher_call.wasm", "aircher_more.wasm", ...BARE]) wasm(name);
types();
manifest();
for (const name of ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "NOTICE"].filter(existsSync)) cpSync(name, join("pkg", name));

/** Everything side by side, where the imports lead, with the wasm as text for `entry-inline.js`. */
function stage() {
  cpSync("js", glue, { recursive: true });
  for (const name of ["aircher_bg", "aircher_toml"]) {
    const wasm = readFileSync(join(glue, `${name}.wasm`));
    writeFileSync(join(glue, `${name}_base64.js`), `export default "${wasm.toString("base64")}";\n`);
  }
}

/** Compiled here once: a tool may have written what not every runtime reads, and this one is the oldest. */
function wasm(name) {
  const bytes = readFileSync(join(glue, name));
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  if (BARE.includes(name) && imports.length > 0) throw new Error(`${name} imports ${imports.map((each) => each.name).join(", ")}`);
  writeFileSync(join(DIST, name), bytes);
}

async function bundle(entries, options) {
  const at = (name) => join(glue, name);
  const named = Array.isArray(entries) ? entries.map(at) : Object.fromEntries(Object.entries(entries).map(([out, name]) => [out, at(name)]));
  await build({ ...COMMON, entryPoints: named, ...options });
}

/** CommonJS has no `import.meta.url`: the file's own address takes its place. */
function forRequire() {
  return {
    format: "cjs",
    platform: "node",
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": "__address" },
    banner: { js: 'const __address=require("node:url").pathToFileURL(__filename).href;' },
  };
}

/** The hand-written types; TypeScript reads the same text as CommonJS under `.d.cts`. */
function types() {
  const text = readFileSync("src/wasm/types.d.ts", "utf8");
  writeFileSync(join(DIST, "types.d.ts"), text);
  writeFileSync(join(DIST, "types.d.cts"), text);
  writeFileSync(join(DIST, "slim.d.ts"), SLIM_TYPES);
  for (const name of ["aircher_bg", "aircher_toml"]) writeFileSync(join(DIST, `${name}.wasm.d.ts`), WASM_TYPES);
  cpSync("js/tokenizer.d.ts", join(DIST, "tokenizer.d.ts"));
  cpSync("js/testing/testing.d.ts", join(DIST, "testing.d.ts"));
  for (const name of ["types", ...STORES]) cpSync(`js/stores/${name}.d.ts`, join(DIST, `stores/${name}.d.ts`));
}

function manifest() {
  const text = readFileSync("pkg.json.template", "utf8").replaceAll("{{version}}", version);
  JSON.parse(text);
  writeFileSync("pkg/package.json", text);
}
