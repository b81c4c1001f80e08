// The same page with the wasm inside the script.
import { Aircher, AircherError } from "aircher-llm/inline";
import { scenario } from "./scenario.mjs";

globalThis.results = await scenario({ Aircher, AircherError }, new URL(location.href).searchParams.get("standin"));
