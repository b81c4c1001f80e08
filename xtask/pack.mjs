// Turns the wasm, its glue and `js/` into pkg/:   node xtask/pack.mjs <glue folder> <version>
//
// Every file is minified by itself: bundlers, source readers and the size budget see the same modules the
// repository has. Two files are bundles, because that is their point: `inline.js` (one file, the wasm inside) and
// `node.cjs` (for `require`).
import { build, transform } from "esbuild";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [glue, version] = process.argv.slice(2);
const DIST = "pkg/dist";
const TARGET = "es2022";
/** Generated for `entry-inline.js` only: `export default "<base64>"`. */
const BASE64 = "aircher_bg.base64.js";
/** Deno takes the wasm as part of the module graph: `import source`, which no published target has yet. */
const supported = { "import-source": true };
/** What a Worker's bundler makes of an import of the wasm, to be handed to `/slim`. */
const WASM_TYPES = "declare const module: WebAssembly.Module;\nexport default module;\n";
const entries = readdirSync("js").filter((name) => name.endsWith(".js"));

rmSync("pkg", { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
const staged = stage();
cpSync(join(glue, "aircher_bg.wasm"), join(DIST, "aircher_bg.wasm"));
for (const name of ["aircher_glue.js", ...entries].filter((name) => name !== "entry-inline.js")) await minify(name);
if (entries.includes("entry-inline.js")) await bundle("entry-inline.js", "inline.js", { format: "esm" });
if (entries.includes("entry-node.js")) await bundle("entry-node.js", "node.cjs", forRequire());
types();
manifest();
for (const name of ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"].filter(existsSync)) cpSync(name, join("pkg", name));

/** Glue and entries side by side, as they will be published: imports resolve only there. */
function stage() {
  for (const name of entries) cpSync(join("js", name), join(glue, name));
  const wasm = readFileSync(join(glue, "aircher_bg.wasm"));
  writeFileSync(join(glue, BASE64), `export default "${wasm.toString("base64")}";\n`);
  return glue;
}

async function minify(name) {
  const source = readFileSync(join(staged, name), "utf8");
  const { code } = await transform(source, { loader: "js", format: "esm", target: TARGET, minify: true, supported });
  writeFileSync(join(DIST, name), code);
}

async function bundle(from, to, options) {
  await build({
    entryPoints: [join(staged, from)],
    outfile: join(DIST, to),
    bundle: true,
    minify: true,
    target: TARGET,
    supported,
    logLevel: "warning",
    ...options,
  });
}

/** CommonJS has no `import.meta.url`: the file's own address takes its place. */
function forRequire() {
  return {
    format: "cjs",
    platform: "node",
    define: { "import.meta.url": "__address" },
    banner: { js: 'const __address=require("node:url").pathToFileURL(__filename).href;' },
  };
}

/** The hand-written types; TypeScript reads the same text as CommonJS under `.d.cts`. */
function types() {
  const text = readFileSync("src/wasm/types.d.ts", "utf8");
  writeFileSync(join(DIST, "types.d.ts"), text);
  writeFileSync(join(DIST, "types.d.cts"), text);
  writeFileSync(join(DIST, "aircher_bg.wasm.d.ts"), WASM_TYPES);
}

function manifest() {
  const text = readFileSync("pkg.json.template", "utf8").replaceAll("{{version}}", version);
  JSON.parse(text);
  writeFileSync("pkg/package.json", text);
}
