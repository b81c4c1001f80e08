// Runs the Worker in workerd; prints `{ contract: { kind: results }, race: { kind: [told] } }`:   workerd.mjs <ops>
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";

const bundle = await build({ entryPoints: [fileURLToPath(new URL("worker.mjs", import.meta.url))], bundle: true, format: "esm", write: false, external: ["cloudflare:*"] });
const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules: [{ type: "ESModule", path: "worker.mjs", contents: bundle.outputFiles[0].text }],
  durableObjects: { LEDGER: { className: "LedgerObject", useSQLite: true }, INSIDE: { className: "Inside", useSQLite: true } },
  d1Databases: ["DB"],
});
const ask = async (path) => {
  const answer = await (await worker.dispatchFetch(`http://worker${path}`)).text();
  if (!/^[[{]/.test(answer)) throw new Error(answer);
  return JSON.parse(answer);
};
const ops = Number(process.argv[2]);
const told = { contract: {}, race: {} };
for (const kind of ["d1", "durable-object", "inside"]) told.contract[kind] = await ask(`/contract?kind=${kind}`);
for (const kind of ["d1", "durable-object"]) {
  const sides = ["a", "b", "c", "d"].map((name) => ask(`/race?kind=${kind}&name=${name}&ops=${ops}&limit=${ops * 2_000_000}`));
  told.race[kind] = await Promise.all(sides);
}
console.log(JSON.stringify(told));
await worker.dispose();
