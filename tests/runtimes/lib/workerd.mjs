// Runs the scenario in workerd:   node workerd.mjs <address of the stand-in>   (in the app's folder)
import { Miniflare } from "miniflare";
import { bundled } from "./bundle.mjs";

const worker = new Miniflare({ compatibilityDate: "2026-01-01", modules: await bundled("workerd.mjs") });
const answer = await worker.dispatchFetch(`http://worker/?standin=${encodeURIComponent(process.argv[2])}`);
console.log(await answer.text());
await worker.dispose();
