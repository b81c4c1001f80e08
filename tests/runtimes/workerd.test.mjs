// workerd. miniflare asks for Node 22, so the Node 24 of the list runs it.
import { fileURLToPath } from "node:url";
import { program, runtime } from "./lib/world.mjs";
import { node24 } from "./lib/tools.mjs";

runtime("workerd", () => program(node24, [fileURLToPath(new URL("lib/workerd.mjs", import.meta.url))]));
