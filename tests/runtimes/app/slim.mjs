// Node with the wasm given by hand.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Aircher, AircherError, init } from "aircher-llm/slim";
import { scenario } from "./scenario.mjs";

await init(readFileSync(createRequire(import.meta.url).resolve("aircher-llm/aircher_bg.wasm")));
console.log(JSON.stringify(await scenario({ Aircher, AircherError }, process.argv[2])));
