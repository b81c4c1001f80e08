// A Worker: the address comes as ?standin=…, the results are the answer.
import { Aircher, AircherError } from "aircher-llm";
import { Tokenizer } from "aircher-llm/tokenizer";
import { scenario } from "./scenario.mjs";

export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get("standin");
    return Response.json(await scenario({ Aircher, AircherError, Tokenizer }, url));
  },
};
