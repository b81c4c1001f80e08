// Bundles a Worker the way wrangler does it: JavaScript in one file, the wasm a module of its own.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

/** The modules of the Worker in a file of this folder, as miniflare takes them. */
export async function bundled(file) {
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
    entryPoints: [file],
    bundle: true,
    format: "esm",
    write: false,
    external: ["cloudflare:*"],
    conditions: ["workerd", "worker", "browser"],
    plugins: [separate],
  });
  return [
    { type: "ESModule", path: "worker.mjs", contents: bundle.outputFiles[0].text },
    ...[...wasm].map(([path, contents]) => ({ type: "CompiledWasm", path, contents })),
  ];
}
