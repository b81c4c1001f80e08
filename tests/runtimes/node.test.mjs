// Node: the one that runs this file (20 or later) and 24, import and require; and the wasm given by hand.
import { program, runtime } from "./lib/world.mjs";
import { node24 } from "./lib/tools.mjs";

for (const [name, file] of [[`node ${process.versions.node}`, process.execPath], ["node 24", node24]]) {
  runtime(`${name}: import`, () => program(file, ["main.mjs"]));
  runtime(`${name}: require`, () => program(file, ["main.cjs"]));
}

runtime("node 24: /slim", () => program(node24, ["slim.mjs"]));
