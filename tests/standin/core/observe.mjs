// What the server saw: the last requests, and for each answer who ended it.

const KEPT = 200;
const BODY_CHARS = 1_000_000; // 200 bodies of 30 MB would be too much to keep
const SECRET = /^(authorization|x-api-key|x-goog-api-key|api-key)$/;

/** A fresh log; `origins` are web origins the Ollama mount allows beyond its own. */
export function observation() {
  return { requests: [], ended: [], open: 0, landings: 0, origins: [] };
}

/** Empties a log in place; answers still open stay counted. */
export function reset(seen) {
  Object.assign(seen, { requests: [], ended: [], landings: 0, origins: [] });
}

/** Notes a request; keys in headers and query are masked, a huge body is only counted. */
export function note(seen, req, body, chars = 0) {
  const path = req.url.replace(/([?&]key=)[^&]*/, "$1***");
  seen.requests.push({ at_ms: Date.now(), method: req.method, path, headers: masked(req.headers), body: chars > BODY_CHARS ? { omitted_chars: chars } : body });
  if (seen.requests.length > KEPT) seen.requests.shift();
}

const masked = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, SECRET.test(name) ? mask(value) : value]));

// Scheme and key prefix stay readable, so a test can tell which key was sent where.
const mask = (value) => value.replace(/^((?:Bearer )?[\w-]{0,7}).*$/s, "$1***");

/** Follows an answer until its socket side closes. */
export function watch(seen, req, res) {
  const began = Date.now();
  seen.open += 1;
  res.once("close", () => {
    seen.open -= 1;
    const by = res.writableFinished || res.brokenByServer ? "server" : "client";
    seen.ended.push({ path: req.url, by, at_ms: Date.now(), after_ms: Date.now() - began });
    if (seen.ended.length > KEPT) seen.ended.shift();
  });
}
