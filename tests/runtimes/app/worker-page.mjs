// A page that leaves the work to a dedicated worker.
const worker = new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => (globalThis.results = data);
worker.onerror = ({ message }) => (globalThis.results = [{ name: "the worker starts", error: message }]);
worker.postMessage(new URL(location.href).searchParams.get("standin"));
