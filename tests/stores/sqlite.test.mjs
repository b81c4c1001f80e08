// SQLite files in Node 24, Bun and Deno, and four processes of each at one file.
import { bun, deno, node24 } from "./lib/tools.mjs";
import { OPS, missing, place, program, race, temporary } from "./lib/runner.mjs";

const RUNTIMES = {
  "node 24": [node24, "--no-warnings"],
  bun: [bun],
  deno: [deno, "run", "--no-prompt", "--no-lock", "-A"],
};

for (const [name, command] of Object.entries(RUNTIMES)) {
  const lacks = missing(command[0], name);
  place(`sqlite in ${name}`, () => program([...command, "lib/main.mjs", "contract", "sqlite", temporary(), 2000]), lacks);
  place(`sqlite, four processes of ${name}`, () => {
    const where = temporary();
    return race(["a", "b", "c", "d"].map((side) => [...command, "lib/main.mjs", "race", "sqlite", where, OPS, side, OPS * 2_000_000]));
  }, lacks);
}
