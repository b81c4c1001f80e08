// Node with the wasm given by hand.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Aircher, AircherError, init } from "aircher-llm/slim";
import { scenario } from "./scenario.mjs";

const wasm = (name) => readFileSync(createRequire(import.meta.url).resolve(`aircher-llm/${name}`));

await init(wasm("aircher_bg.wasm"), { toml: wasm("aircher_toml.wasm") });
console.log(JSON.stringify(await scenario({ Aircher, AircherError }, process.argv[2])));
