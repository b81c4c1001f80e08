// The second part of the wasm: it takes memory and functions from the first, and fills the table its stubs call through.

/** Fetches and instantiates a module; a server that names the wrong type costs a copy, not the call. */
export async function instance(url, imports) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  const streams = WebAssembly.instantiateStreaming && response.headers.get("content-type")?.startsWith("application/wasm");
  return streams ? WebAssembly.instantiateStreaming(response, imports) : WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
