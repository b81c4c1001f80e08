// Node, Deno and Bun:   <runtime> main.mjs <address of the stand-in>
import { Aircher, AircherError } from "aircher-llm";
import { Tokenizer } from "aircher-llm/tokenizer";
import { scenario } from "./scenario.mjs";

console.log(JSON.stringify(await scenario({ Aircher, AircherError, Tokenizer }, process.argv[2])));
