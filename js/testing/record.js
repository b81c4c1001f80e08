// A `fetch` that remembers: what was asked and answered becomes a fixture without secrets.
//
//   fetch -> the real one -> the answer, its chunks noted with their time as they are read
//   fixture() -> secrets of all exchanges found -> erased -> JSON
import { bodyText, headersOf } from "./http.js";
import { binary, bytesOf, erased, erasedWithCuts, requestHeaders, responseHeaders, secretsOf } from "./secrets.js";

export const FORMAT = "aircher-llm/exchanges@1";

/** A `fetch` that records through another. Its `fixture()` is what was recorded so far. */
export function recordingFetch({ fetch = (...given) => globalThis.fetch(...given), scrub = [] } = {}) {
  const isFine = Array.isArray(scrub) && scrub.every((one) => typeof one === "string" || one instanceof RegExp);
  if (!isFine) throw new TypeError("scrub: expected a list of texts and regular expressions");
  const exchanges = [];
  const recording = async (url, init = {}) => {
    const exchange = { request: await asked(url, init) };
    exchanges.push(exchange);
    return answered(await fetch(url, init).catch((error) => failed(exchange, error)), exchange);
  };
  recording.fixture = () => fixtureOf(exchanges, scrub);
  return recording;
}

async function asked(url, { method = "GET", headers, body }) {
  const text = await bodyText(body);
  return { method, url: String(url), headers: headersOf(headers), body: text === undefined ? undefined : binary(new TextEncoder().encode(text)), began: performance.now() };
}

function failed(exchange, error) {
  exchange.failure = { message: String(error?.message ?? error), code: error?.cause?.code ?? error?.code };
  throw error;
}

/** The answer with a body that notes what is read of it. */
function answered(response, exchange) {
  const since = () => Math.round(performance.now() - exchange.request.began);
  const noted = (exchange.response = { status: response.status, headers: headersOf(response.headers), after_ms: since(), chunks: [], ended: "open" });
  if (!response.body) return (noted.ended = "done"), response;
  const reader = response.body.getReader();
  const read = async (controller) => {
    const { done, value } = await reader.read();
    if (done) return (noted.ended = "done"), controller.close();
    noted.chunks.push({ at_ms: since(), bytes: value.slice() });
    controller.enqueue(value);
  };
  const pull = (controller) =>
    read(controller).catch((error) => {
      noted.ended = "broken";
      controller.error(error);
    });
  const cancel = (reason) => ((noted.ended = "left"), reader.cancel(reason));
  const { status, statusText, headers } = response;
  return new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), { status, statusText, headers });
}

// ---- the fixture

function fixtureOf(recorded, scrub) {
  const whole = (response) => ({ ...response, body: response.chunks.map(({ bytes }) => binary(bytes)).join("") });
  const exchanges = recorded.map(({ response, ...rest }) => ({ ...rest, response: response && whole(response) }));
  const secrets = secretsOf(exchanges, scrub);
  const fixture = { format: FORMAT, exchanges: exchanges.map((exchange) => scrubbed(exchange, secrets)) };
  const text = JSON.stringify(fixture);
  if (secrets.some((secret) => text.includes(secret))) throw new Error("a secret would be left in the fixture: nothing was made of it");
  return fixture;
}

function scrubbed({ request: { method, url, headers, body }, response, failure }, secrets) {
  const clean = (value) => erased(value, secrets);
  const request = { method, url: clean(url), headers: each(requestHeaders(headers), clean), ...(body !== undefined && { body: readable(clean(body)) }) };
  if (!response) return { request, failure: each(defined(failure ?? { message: "no answer yet" }), (text) => clean(String(text))) };
  const { status, after_ms, ended } = response;
  return { request, response: { status, headers: each(responseHeaders(response.headers), clean), after_ms, chunks: chunksOf(response, secrets), ended } };
}

/** Chunks are erased together, so that nothing hides in the seam between two, and cut again where they were. */
function chunksOf({ body, chunks }, secrets) {
  let length = 0;
  const ends = chunks.map(({ bytes }) => (length += bytes.length));
  const { text, cuts } = erasedWithCuts(body, ends, secrets);
  return chunks.map(({ at_ms }, index) => ({ at_ms, ...piece(text.slice(index ? cuts[index - 1] : 0, cuts[index])) }));
}

const each = (object, change) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** Text where the bytes are text on their own, else base 64: a chunk may end within a character. */
function piece(bytes) {
  const text = readable(bytes);
  return text === undefined ? { base64: btoa(bytes) } : { text };
}

function readable(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(bytes));
  } catch {
    return undefined;
  }
}
