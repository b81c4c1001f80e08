// Chromium: without a bundler, with each bundler, and from a dedicated worker.
import { build as esbuild } from "esbuild";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as vite, createServer } from "vite";
import webpack from "webpack";
import { html, serve, visit } from "./lib/browser.mjs";
import { app, runtime } from "./lib/world.mjs";

const MAP = '<script type="importmap">{"imports":{"aircher-llm":"/node_modules/aircher-llm/dist/entry-default.js","aircher-llm/tokenizer":"/node_modules/aircher-llm/dist/entry-tokenizer.js"}}</script>';
const fresh = (name) => mkdtempSync(join(app, `out-${name}-`));

runtime("chromium without a bundler", async () => {
  const address = await serve(app, { "/": html("/page.mjs", MAP) });
  return visit(`${address}/`);
});

runtime("chromium with vite: build", async () => visitBuilt(await viteBuilt("page.mjs")));
runtime("chromium with vite: dedicated worker", async () => visitBuilt(await viteBuilt("worker-page.mjs")));

runtime("chromium with vite: development server", async () => {
  writeFileSync(join(app, "index.html"), html("/page.mjs"));
  const server = await createServer({ root: app, logLevel: "error", server: { host: "127.0.0.1", port: 0 }, cacheDir: fresh("cache") });
  await server.listen();
  try {
    return await visit(server.resolvedUrls.local[0]);
  } finally {
    await server.close();
  }
});

runtime("chromium with webpack", async () => visitBuilt(await webpacked("page.mjs")));
runtime("chromium with webpack: dedicated worker", async () => visitBuilt(await webpacked("worker-page.mjs")));

runtime("chromium with esbuild: /inline", async () => {
  const folder = fresh("esbuild");
  await esbuild({ entryPoints: [join(app, "inline.mjs")], bundle: true, format: "esm", outfile: join(folder, "main.js") });
  return visitBuilt(folder);
});

/** Visits a folder whose script is `main.js`, or that has a page of its own. */
async function visitBuilt(folder) {
  const address = await serve(folder, { "/": html("/main.js") });
  return visit(`${address}/`);
}

async function viteBuilt(entry) {
  const outDir = fresh("vite");
  await vite({
    root: app,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir, target: "esnext", rollupOptions: { input: join(app, entry), output: { entryFileNames: "main.js" } } },
  });
  return outDir;
}

async function webpacked(entry) {
  const path = fresh("webpack");
  const config = { mode: "production", context: app, entry: join(app, entry), output: { path, filename: "main.js", module: true, publicPath: "/" }, experiments: { outputModule: true } };
  const stats = await new Promise((done, fail) => webpack(config, (error, stats) => (error ? fail(error) : done(stats))));
  if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  return path;
}
