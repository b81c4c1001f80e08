// A Worker: one cell per request, so that many requests share one instance of the library.
import { Aircher, AircherError } from "aircher-llm";
import { holds, overhear } from "./canary.mjs";
import { tried } from "./run.mjs";

let heard;

export default {
  async fetch(request) {
    heard ??= overhear();
    const { cell, place } = await request.json();
    const result = cell ? { id: cell.id, ...(await tried({ Aircher, AircherError }, cell, place)) } : heard().filter(holds);
    return Response.json(result);
  },
};
