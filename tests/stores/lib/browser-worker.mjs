// A dedicated, shared or service worker that does tasks: the message names one, its port gets the answer.
import { TASKS } from "./places.mjs";

const answer = ({ data, ports }) =>
  Promise.resolve()
    .then(() => TASKS[data.task](data.values))
    .then((value) => ports[0].postMessage({ value }), (error) => ports[0].postMessage({ error: String(error?.stack ?? error) }));

addEventListener("message", answer);
addEventListener("connect", ({ ports }) => (ports[0].onmessage = answer));
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
