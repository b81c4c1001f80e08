// Deno KV in a file, and four processes at one file: correct, but slow; `sqlite` is for that.
import { deno } from "./lib/tools.mjs";
import { OPS, missing, place, program, race, temporary } from "./lib/runner.mjs";

const COMMAND = [deno, "run", "--unstable-kv", "--no-prompt", "--no-lock", "-A", "lib/main.mjs"];
const lacks = missing(deno, "deno");

place("deno-kv", () => program([...COMMAND, "contract", "deno-kv", temporary(), 1000]), lacks);
place("deno-kv, four processes", () => {
  const where = temporary();
  return race(["a", "b", "c", "d"].map((side) => [...COMMAND, "race", "deno-kv", where, Math.ceil(OPS / 4), side, Math.ceil(OPS / 2) * 1_000_000]));
}, lacks);
