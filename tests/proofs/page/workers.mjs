// A page whose workers spend, and which hears of it.
import { ask } from "./provider.mjs";
import { client, pause, tasks } from "./client.mjs";

const URL_OF_WORKER = new URL("service.mjs", import.meta.url);
const OPTIONS = { type: "module" };
const heard = [];
const llm = await client({ costs: { daily_limit: 1 }, on: { usage: ({ cost_nano_usd: cost, remote = false }) => heard.push({ cost, remote }) } });

const TARGETS = {
  "dedicated worker": () => new Worker(URL_OF_WORKER, OPTIONS),
  "shared worker": () => new SharedWorker(URL_OF_WORKER, OPTIONS).port,
  async "service worker"() {
    await navigator.serviceWorker.register(URL_OF_WORKER, { ...OPTIONS, scope: "/" });
    return (await navigator.serviceWorker.ready).active;
  },
};

tasks({
  /** A call in the worker, then the page's own view. */
  async spend({ where }) {
    const target = await TARGETS[where]();
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
    target.postMessage({}, [port2]);
    const { value, error } = await answered;
    if (error) throw new Error(error);
    await pause(50);
    const told = heard.splice(0);
    const { cost_nano_usd: seen, reserved } = await llm.costs.today();
    return { ...value, seen, reserved, heard: told };
  },

  async own() {
    const { metadata } = await llm.chat(ask());
    return { cost: metadata.cost_nano_usd, seen: (await llm.costs.today()).cost_nano_usd };
  },
});
