// Turns the wasm, its glue and `js/` into pkg/:   node xtask/pack.mjs <glue folder> <version>
//
// The entries of one import share one file, `aircher.js` (the classes and the glue): a page without a bundler loads
// entry, classes and wasm, nothing in chains. `inline.js` and `node.cjs` (for `require`) stand alone.
import { build } from "esbuild";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [glue, version] = process.argv.slice(2);
const DIST = "pkg/dist";
const COMMON = {
  outdir: DIST,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["*.wasm", "node:*"],
  // Deno takes the wasm as part of the module graph, by a syntax the target does not have yet.
  supported: { "import-source": true },
  logLevel: "warning",
};
/** What a Worker's bundler makes of an import of the wasm, to be handed to `/slim`. */
const WASM_TYPES = "declare const module: WebAssembly.Module;\nexport default module;\n";
/** `/slim` adds one function to the types of the others. */
const SLIM_TYPES = `export * from "./types.js";
/** Starts the wasm; call it once, before \`Aircher.create()\`. */
export declare function init(
  wasm: string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module,
): Promise<void>;
`;

rmSync("pkg", { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
stage();
await bundle(readdirSync("js").filter((name) => name.startsWith("entry-") && name !== "entry-inline.js"), { splitting: true, chunkNames: "aircher" });
await bundle({ inline: "entry-inline.js" });
await bundle({ node: "entry-node.js" }, forRequire());
cpSync(join(glue, "aircher_bg.wasm"), join(DIST, "aircher_bg.wasm"));
types();
manifest();
for (const name of ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "NOTICE"].filter(existsSync)) cpSync(name, join("pkg", name));

/** Everything side by side, where the imports lead, with the wasm as text for `entry-inline.js`. */
function stage() {
  for (const name of readdirSync("js")) cpSync(join("js", name), join(glue, name));
  const wasm = readFileSync(join(glue, "aircher_bg.wasm"));
  writeFileSync(join(glue, "aircher_base64.js"), `export default "${wasm.toString("base64")}";\n`);
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
  writeFileSync(join(DIST, "aircher_bg.wasm.d.ts"), WASM_TYPES);
}

function manifest() {
  const text = readFileSync("pkg.json.template", "utf8").replaceAll("{{version}}", version);
  JSON.parse(text);
  writeFileSync("pkg/package.json", text);
}
