// Runs the scenario in workerd:   node workerd.mjs <address of the stand-in>   (in the app's folder)
//
// The Worker is bundled the way wrangler does it: JavaScript in one file, the wasm a module of its own.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { Miniflare } from "miniflare";

const wasm = new Map();
const separate = {
  name: "wasm as a module",
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
      wasm.set(basename(path), readFileSync(resolve(resolveDir, path)));
      return { path: `./${basename(path)}`, external: true };
    });
  },
};
const bundle = await build({
  entryPoints: ["workerd.mjs"],
  bundle: true,
  format: "esm",
  write: false,
  conditions: ["workerd", "worker", "browser"],
  plugins: [separate],
});
const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules: [
    { type: "ESModule", path: "worker.mjs", contents: bundle.outputFiles[0].text },
    ...[...wasm].map(([path, contents]) => ({ type: "CompiledWasm", path, contents })),
  ],
});
const answer = await worker.dispatchFetch(`http://worker/?standin=${encodeURIComponent(process.argv[2])}`);
console.log(await answer.text());
await worker.dispose();
