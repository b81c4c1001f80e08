// Deno, with leave to use the network and nothing else.
import { program, runtime } from "./lib/world.mjs";
import { deno } from "./lib/tools.mjs";

runtime("deno", () => program(deno, ["run", "--no-prompt", "--no-lock", "--node-modules-dir=manual", "--allow-net", "main.mjs"], { DENO_NO_UPDATE_CHECK: "1" }));
