// The later parts of the wasm: they take memory and functions from those before, and fill the table their stubs call through.

/** What was compiled, by address: should an instance die, the next one asks no server. */
const compiled = new Map();

/** Fetches and instantiates a module, once; a server that names the wrong type costs a copy, not the call. */
export async function instance(url, imports) {
  const found = compiled.get(url.href);
  if (found) return WebAssembly.instantiate(found, imports);
  const { module, instance } = await fetched(url, imports);
  compiled.set(url.href, module);
  return instance;
}

async function fetched(url, imports) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  const streams = WebAssembly.instantiateStreaming && response.headers.get("content-type")?.startsWith("application/wasm");
  return streams ? WebAssembly.instantiateStreaming(response, imports) : WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
