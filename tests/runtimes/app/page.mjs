// A page: the address comes as ?standin=…, the results go where the test reads them.
import { Aircher, AircherError } from "aircher-llm";
import { Tokenizer } from "aircher-llm/tokenizer";
import { scenario } from "./scenario.mjs";

globalThis.results = await scenario({ Aircher, AircherError, Tokenizer }, new URL(location.href).searchParams.get("standin"));
