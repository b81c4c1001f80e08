// A shared or service worker that spends over the page's own ledger.
import { ask } from "./provider.mjs";
import { client } from "./client.mjs";

async function spend() {
  const llm = await client({ costs: { daily_limit: 1 } });
  const { metadata } = await llm.chat(ask());
  const { cost_nano_usd: today } = await llm.costs.today();
  await llm.close();
  return { cost: metadata.cost_nano_usd, today };
}

const answer = ({ ports: [port] }) => spend().then((value) => port.postMessage({ value }), (error) => port.postMessage({ error: String(error?.stack ?? error) }));

addEventListener("message", answer);
addEventListener("connect", ({ ports: [port] }) => (port.onmessage = answer));
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
