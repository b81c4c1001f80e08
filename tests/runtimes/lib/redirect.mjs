// `node --import ./redirect.mjs sample.mjs`: the sample asks the real providers, the stand-in answers.
const to = (path) => process.env.STANDIN + path;
const PLACES = [
  ["https://api.openai.com/v1", to("/openai/v1")],
  ["https://api.anthropic.com", to("/claude")],
  ["https://generativelanguage.googleapis.com/v1beta", to("/gemini/v1beta")],
  ["https://aiplatform.googleapis.com", to("/gemini")],
  ["https://europe-west4-aiplatform.googleapis.com", to("/gemini")],
  ["https://oauth2.googleapis.com", to("/google")],
  ["http://localhost:11434", to("/ollama")],
];
const real = globalThis.fetch;

globalThis.fetch = (url, init) => real(standinFor(String(url)), { ...init, body: cued(init?.body) });

/** Where the stand-in answers for an address of a provider; what a page loads of its own server it gets. */
function standinFor(url) {
  if (globalThis.location && url.startsWith(location.origin)) return url;
  const [place, standin] = PLACES.find(([place]) => url.startsWith(place)) ?? [];
  if (!place) throw new Error(`a sample asked ${url}`);
  return standin + url.slice(place.length);
}

/** A real model decides by itself to call a tool; the stand-in waits for the word. */
function cued(body) {
  if (!(typeof body === "string" || ArrayBuffer.isView(body))) return body;
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  return text.replace("umbrella in Paris?", "umbrella in Paris? [tool]");
}
