// A `fetch` that answers from a fixture. Every exchange answers once, in any order; a request nobody recorded gets a 400
// that says how it differs, which the library passes on as `invalid_request` without asking again.
import { closest, differences } from "./differences.js";
import { bodyText, headersOf, rejectedWhenAborted, streamOf } from "./http.js";
import { FORMAT } from "./record.js";
import { bytesOf, isCompared } from "./secrets.js";

/** Makes one. `timing`: whether chunks come when they came (default: at once); `clock`: a virtual one for that. */
export function replayFetch(fixture, { timing = false, clock } = {}) {
  const { format, exchanges } = (typeof fixture === "string" ? JSON.parse(fixture) : fixture) ?? {};
  if (format !== FORMAT) throw new TypeError(`fixture: expected the format ${FORMAT}, not ${format}`);
  const left = new Map(exchanges.map((exchange, index) => [index + 1, exchange]));
  const wait = waiter(timing, clock);
  const replay = async (url, init = {}) => {
    init.signal?.throwIfAborted();
    const request = { method: init.method ?? "GET", url: String(url), headers: headersOf(init.headers), body: await bodyText(init.body) };
    const found = [...left].find(([, exchange]) => differences(exchange.request, request, isCompared).length === 0);
    if (!found) return mismatch(left, request, replay.mismatches);
    left.delete(found[0]);
    return played(found[1], init.signal, wait);
  };
  replay.mismatches = [];
  Object.defineProperty(replay, "left", { get: () => left.size });
  return replay;
}

function mismatch(left, request, told) {
  const [number, found] = closest(left, request, isCompared) ?? [];
  const why = number === undefined ? "every recorded exchange was used" : `not as recorded. Exchange ${number} is nearest: ${found.slice(0, 5).join("; ")}`;
  const message = `replayFetch: ${why}`;
  told.push(message);
  const error = { message, type: "invalid_request_error", code: "replay_mismatch" };
  return new Response(JSON.stringify({ error }), { status: 400, headers: { "content-type": "application/json" } });
}

async function played({ response, failure }, signal, wait) {
  if (!response) throw broken(failure);
  const { status, headers, after_ms, chunks, ended } = response;
  await wait(after_ms, signal);
  const bytes = chunks.map(({ text, base64 }) => text ?? bytesOf(atob(base64)));
  // What broke off there breaks off here; what the reader left ends, since nobody knows how it went on.
  const steps = ended === "broken" ? [...bytes, broken({ message: "the recorded answer broke off here", code: "ECONNRESET" })] : bytes;
  const gap = (at) => wait((chunks[at]?.at_ms ?? 0) - (chunks[at - 1]?.at_ms ?? after_ms), signal);
  const isBodiless = [204, 205, 304].includes(status);
  return new Response(isBodiless ? null : streamOf(steps, { signal, pause: gap }), { status, headers });
}

const broken = ({ message, code }) => Object.assign(new TypeError(message, { cause: { code } }), { code });

function waiter(timing, clock) {
  return async (ms, signal) => {
    if (!timing || !(ms > 0)) return;
    const passed = new Promise((done) => (clock ?? globalThis).setTimeout(done, ms));
    await rejectedWhenAborted(passed, signal);
  };
}
