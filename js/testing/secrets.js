// What may not be in a fixture: found wherever it shows itself, then erased wherever it stands.
//
//   texts of all exchanges --found--> secrets --erased--> the same texts with *** in their place
//
// A key is seen in its header; the same key in a query, a body or an answer is erased because of that. Bodies are handled
// as one byte per character: a secret cut in two by the network is whole again, and the cuts survive.

/** What stands where a secret was. */
export const HIDDEN = "***";
/** Shorter ones would be found in ordinary words. */
const SHORTEST = 6;

const KEPT_REQUEST = /^(content-type|accept|anthropic-version|anthropic-beta|openai-beta)$/;
const KEPT_RESPONSE = /^(content-type|retry-after|retry-after-ms|x-should-retry|openai-version|(x|anthropic)-ratelimit-.*)$/;
/** Of whoever asks, not of whom is asked. */
const HARMLESS = /^(user-agent|accept-.*|connection|content-length|host|origin|referer|sec-.*)$/;
const TELLING = /auth|key|token|secret|cookie|session|credential|signature|password|organi[sz]ation|\borg\b|project|account|tenant|workspace/i;

/** Names of fields whose values are secret, or tell who asks. */
const NAMES = [
  "\\w*(?:api_?key|secret|password|private_?key|assertion|cookie)\\w*",
  "(?:access|refresh|id)_?token",
  "authorization",
  "(?:organi[sz]ation|org|project|account|workspace|user|tenant)_?id",
  "organi[sz]ation",
  "user",
  "client_email",
  "safety_identifier",
].join("|");
const FIELD = new RegExp(`"(?:${NAMES})"\\s*:\\s*"((?:[^"\\\\]|\\\\.)+)"`, "gi");
/** The same in JSON that stands in a text of JSON. */
const FIELD_IN_TEXT = new RegExp(`\\\\"(?:${NAMES})\\\\"\\s*:\\s*\\\\"([^"\\\\]+)\\\\"`, "gi");
const FORM = /(?:^|[?&])(?:\w*(?:key|secret|token|password|signature)|assertion|auth|project|org(?:anization)?)=([^&\s"]+)/gi;
const PATTERNS = [
  FIELD,
  FIELD_IN_TEXT,
  FORM,
  /\b(?:Bearer|Basic)\s+([\w.~+/=-]{6,})/gi,
  /\bsk-[\w*-]{6,}/g,
  /\bAIza[\w-]{8,}/g,
  /\b(?:gsk|xai|pplx|hf|r8|ghp|nvapi|tgp)[_-][\w-]{12,}/g,
  /\bya29\.[\w.-]+/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /\borg-(?=\w*\d)\w{6,}/g,
  /\bproj_\w{6,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /\/(?:projects|organizations|accounts)\/([^/?"\s]+)/g,
];
/** A gateway's account in an address. */
const IN_PATH = [/\/([0-9a-f]{32})(?=\/|$)/g];

/** The headers of a request: names, and the values of those that say nothing of anybody. */
export const requestHeaders = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, KEPT_REQUEST.test(name) ? value : HIDDEN]));

/** The headers of an answer that a client reads. */
export const responseHeaders = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => KEPT_RESPONSE.test(name)));

/** Whether a header of a request is part of what has to match. */
export const isCompared = (name) => KEPT_REQUEST.test(name);

/** The secrets of all exchanges. `scrub`: texts, and patterns whose matches (or first groups) are secret. */
export function secretsOf(exchanges, scrub = []) {
  const mine = scrub.filter((one) => typeof one === "string" && one);
  const patterns = [...PATTERNS, ...scrub.filter((one) => one instanceof RegExp)];
  const inTexts = (exchange) => textsOf(exchange).flatMap((text) => matched(text, patterns));
  const found = exchanges.flatMap((exchange) => [...inHeaders(exchange), ...inAddress(exchange.request.url), ...inTexts(exchange)]);
  const all = new Set([...found.filter((secret) => secret.length >= SHORTEST && !secret.includes(HIDDEN)), ...mine]);
  return [...new Set([...all].flatMap(spellings))].sort((a, b) => b.length - a.length);
}

function inHeaders({ request, response }) {
  const asked = Object.entries(request.headers).filter(([name]) => !KEPT_REQUEST.test(name) && !HARMLESS.test(name));
  const answered = Object.entries(response?.headers ?? {}).filter(([name]) => TELLING.test(name) && !KEPT_RESPONSE.test(name));
  return [...asked, ...answered].flatMap(([name, value]) => (/cookie/i.test(name) ? cookies(value) : [value, value.replace(/^\w+\s+/, "")]));
}

/** The values of cookies. Dates are no secret, and stand elsewhere too. */
const cookies = (text) => text.split(/[;,]\s*/).map((one) => one.slice(one.indexOf("=") + 1)).filter((value) => value.length >= 8 && !/\d:\d\d/.test(value));

function inAddress(url) {
  const { searchParams, pathname } = new URL(url);
  return [...[...searchParams].filter(([name]) => TELLING.test(name)).map(([, value]) => value), ...matched(pathname, IN_PATH)];
}

function textsOf({ request, response }) {
  const texts = [request.url, request.body, response?.body, ...Object.values(response?.headers ?? {})];
  return texts.filter((text) => typeof text === "string").map(decoded);
}

function matched(text, patterns) {
  const everywhere = (pattern) => new RegExp(pattern, `${pattern.flags.replace("g", "")}g`);
  return patterns.flatMap((pattern) => Array.from(text.matchAll(everywhere(pattern)), ([all, group]) => group ?? all));
}

/** How a secret may be written: as it is, in JSON, in an address, in base 64, and all of these as bytes. */
function spellings(secret) {
  const plain = unescaped(secret);
  const written = [secret, plain, JSON.stringify(plain).slice(1, -1), encodeURIComponent(plain), btoa(encoded(plain)).replace(/=+$/, "")];
  return written.flatMap((text) => [text, encoded(text)]).filter(Boolean);
}

function unescaped(text) {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}

/** A text without secrets. */
export const erased = (text, secrets) => erasedWithCuts(text, [], secrets).text;

/** The same for a text that came in pieces: `cuts` are the places between them, and move with the text. */
export function erasedWithCuts(text, cuts, secrets) {
  let out = "";
  let from = 0;
  const moves = [];
  for (const [start, end] of places(text, secrets)) {
    out += text.slice(from, start) + HIDDEN;
    moves.push({ start, end, at: out.length });
    from = end;
  }
  return { text: out + text.slice(from), cuts: cuts.map((cut) => moved(cut, moves)) };
}

/** A cut within a secret comes behind what stands for it. */
function moved(cut, moves) {
  const last = moves.findLast(({ start }) => start < cut);
  if (!last) return cut;
  return last.at + Math.max(cut - last.end, 0);
}

/** Where secrets stand, in order; where two overlap, as one. */
function places(text, secrets) {
  const found = secrets.flatMap((secret) => occurrences(text, secret)).sort(([a], [b]) => a - b);
  return found.reduce((joined, [start, end]) => {
    const last = joined.at(-1);
    if (last && start < last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
    return joined;
  }, []);
}

function occurrences(text, secret) {
  const found = [];
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) found.push([at, at + secret.length]);
  return found;
}

// ---- bytes as text

/** Bytes, one character each. */
export function binary(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The bytes of such a text. */
export const bytesOf = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const encoded = (text) => binary(new TextEncoder().encode(text));

/** The text the bytes stand for, as far as they do. */
export const decoded = (text) => (/^[\x00-\xff]*$/.test(text) ? new TextDecoder().decode(bytesOf(text)) : text);
