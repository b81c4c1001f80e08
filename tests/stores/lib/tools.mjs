// The runtimes of the locked list.
export { bun, deno, node24 } from "../../runtimes/lib/tools.mjs";
