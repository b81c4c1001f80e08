// A page:   /?world=<where the cells are>; the results go where the test reads them.
import { Aircher, AircherError } from "aircher-llm";
import { run } from "./run.mjs";

const world = await (await fetch(new URL(location.href).searchParams.get("world"))).json();
globalThis.results = await run({ Aircher, AircherError }, world);
