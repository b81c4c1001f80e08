// aircher-llm/testing in Node, Deno and Bun.
import { DENO, QUIET, url } from "./lib/kit.mjs";
import { bun, deno } from "./lib/tools.mjs";
import { program, runtime } from "./lib/world.mjs";

runtime("testing: node", () => program(process.execPath, ["kit.mjs", url]));
runtime("testing: node, broken providers", () => program(process.execPath, ["kit.mjs", url, "broken"]));
runtime("testing: deno", () => program(deno, ["run", ...DENO, "kit.mjs", url], QUIET));
runtime("testing: bun", () => program(bun, ["kit.mjs", url]));
