// `node --import ./redirect.mjs sample.mjs`: the sample asks the real providers, the stand-in answers.
const to = (path) => process.env.STANDIN + path;
const PLACES = [
  ["https://api.openai.com/v1", to("/openai/v1")],
  ["https://api.anthropic.com", to("/claude")],
  ["https://generativelanguage.googleapis.com/v1beta", to("/gemini/v1beta")],
  ["http://localhost:11434", to("/ollama")],
];
const real = globalThis.fetch;

globalThis.fetch = (url, init) => {
  const [place, standin] = PLACES.find(([place]) => String(url).startsWith(place)) ?? [];
  if (!place) throw new Error(`a sample asked ${url}`);
  return real(standin + String(url).slice(place.length), { ...init, body: cued(init?.body) });
};

/** A real model decides by itself to call a tool; the stand-in waits for the word. */
function cued(body) {
  const text = typeof body === "string" || body === undefined ? body : new TextDecoder().decode(body);
  return text?.replace("umbrella in Paris?", "umbrella in Paris? [tool]");
}
