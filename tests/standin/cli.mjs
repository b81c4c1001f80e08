// node tests/standin/cli.mjs [--port N] [--host H] [--with-stdin] [--any-key]
// Prints one line {"url": …} and serves until killed; with --with-stdin also until stdin closes.

import { parseArgs } from "node:util";
import { start } from "./index.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string" },
    "with-stdin": { type: "boolean", default: false },
    "any-key": { type: "boolean", default: false },
  },
});

const { url } = await start({ port: Number(values.port), host: values.host, secureKeys: !values["any-key"] });
console.log(JSON.stringify({ url }));
if (values["with-stdin"]) process.stdin.resume().once("end", () => process.exit(0));
