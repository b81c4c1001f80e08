// Bun.
import { program, runtime } from "./lib/world.mjs";
import { bun } from "./lib/tools.mjs";

runtime("bun", () => program(bun, ["main.mjs"]));
