// Runs the cells in workerd:   node workerd.mjs <where the cells are>   (in the app's folder)
import { Miniflare } from "miniflare";
import { bundled } from "../../runtimes/lib/bundle.mjs";

const { cells, urls, refused } = await (await fetch(process.argv[2])).json();
const worker = new Miniflare({ compatibilityDate: "2026-01-01", modules: await bundled("workerd.mjs") });
const ask = async (body) => (await worker.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(body) })).json();
const results = [];
const left = [...cells];

async function lane(url) {
  for (let cell = left.shift(); cell; cell = left.shift()) results.push(await ask({ cell, place: { url, refused } }));
}

await Promise.all(urls.map(lane));
const leaks = await ask({});
await worker.dispose();
console.log(JSON.stringify({ results, leaks }));
