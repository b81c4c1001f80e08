// Node, Deno and Bun:   <runtime> main.mjs <where the cells are>
import { Aircher, AircherError } from "aircher-llm";
import { run } from "./run.mjs";

const world = await (await fetch(process.argv[2])).json();
console.log(JSON.stringify(await run({ Aircher, AircherError }, world)));
