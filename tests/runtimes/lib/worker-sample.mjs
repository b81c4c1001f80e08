// Runs a sample that is a Worker in workerd and prints its answer:   node worker-sample.mjs <file>   (in the app's folder)
//
// What it asks the providers leaves miniflare by this process's `fetch`, which redirect.mjs leads to the stand-in.
import "./redirect.mjs";
import { Miniflare } from "miniflare";
import { bundled } from "./bundle.mjs";

const [file] = process.argv.slice(2);
const modules = await bundled(file);
const hasObject = modules[0].contents.includes("LedgerObject");
const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules,
  durableObjects: hasObject ? { LEDGER: { className: "LedgerObject", useSQLite: true } } : {},
  d1Databases: ["DB"],
  bindings: { OPENAI_API_KEY: process.env.OPENAI_API_KEY },
  outboundService: async (request) => fetch(request.url, { method: request.method, headers: request.headers, body: await request.text() }),
});
const answer = await worker.dispatchFetch("http://worker/");
console.log(await answer.text());
await worker.dispose();
