// In the page: `perform(place, task, values)` does a task here or in one of the page's workers.
import { TASKS } from "./places.mjs";

const URL_OF_WORKER = new URL("browser-worker.mjs", import.meta.url);
const options = { type: "module" };
const targets = {
  "dedicated worker": () => new Worker(URL_OF_WORKER, options),
  "shared worker": () => new SharedWorker(URL_OF_WORKER, options).port,
  async "service worker"() {
    await navigator.serviceWorker.register(URL_OF_WORKER, { ...options, scope: "/" });
    return (await navigator.serviceWorker.ready).active;
  },
};
const made = {};

globalThis.perform = async (place, task, values) => {
  if (place === "page") return TASKS[task](values);
  const target = await (made[place] ??= targets[place]());
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
  target.postMessage({ task, values }, [port2]);
  const { value, error } = await answered;
  if (error) throw new Error(error);
  return value;
};
