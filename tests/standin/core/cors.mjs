// CORS as each provider has it (measured from browsers' side: what a page may send and read).
// A policy: `preflight(req, seen)` -> {status, headers}; `gate(req, seen)` -> {status, text} | null
// refuses an actual request; `headers(req, seen)` go on every answer.

const METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS";

const asked = (req) => (req.headers["access-control-request-headers"] ?? "").toLowerCase().split(",").map((name) => name.trim()).filter(Boolean);
const fromPage = (req) => req.headers.origin !== undefined;
const allow = (origin, headers) => ({ "access-control-allow-origin": origin, "access-control-allow-methods": METHODS, "access-control-allow-headers": headers });

/** Everything allowed and readable: for the control paths and replays. */
export const open = {
  preflight: (req) => ({ status: 204, headers: allow("*", asked(req).join(", ") || "*") }),
  gate: () => null,
  headers: () => ({ "access-control-allow-origin": "*", "access-control-expose-headers": "*" }),
};

/** Open to all pages, but only the request id is readable: rate limits and retry-after are not. */
export const openai = {
  preflight: open.preflight,
  gate: () => null,
  headers: () => ({ "access-control-allow-origin": "*", "access-control-expose-headers": "X-Request-ID, CF-Ray" }),
};

const CLAUDE_OPT_IN = "anthropic-dangerous-direct-browser-access";
const CLAUDE_REFUSAL = JSON.stringify({ type: "error", error: { type: "authentication_error", message: `CORS requests must set '${CLAUDE_OPT_IN}' header` } });

/** Pages must opt in by a header; without it there is no allow-origin, so they see a bare network error. */
export const claude = {
  preflight: (req) => (asked(req).includes(CLAUDE_OPT_IN) ? { status: 200, headers: allow("*", asked(req).join(", ")) } : { status: 401, headers: {} }),
  gate: (req) => (fromPage(req) && req.headers[CLAUDE_OPT_IN] !== "true" ? { status: 401, type: "application/json", text: CLAUDE_REFUSAL } : null),
  headers: (req) => (req.headers[CLAUDE_OPT_IN] === "true" ? { "access-control-allow-origin": "*", "access-control-expose-headers": "*" } : {}),
};

const GEMINI_HEADERS = ["content-type", "x-goog-api-key", "x-goog-api-client", "authorization", "x-goog-user-project"];

/** Any header beyond a short list fails the preflight; hardly any answer header is readable. */
export const gemini = {
  preflight: (req) => {
    const refused = asked(req).some((name) => !GEMINI_HEADERS.includes(name));
    return refused ? { status: 403, headers: {} } : { status: 200, headers: allow(req.headers.origin ?? "*", asked(req).join(", ")) };
  },
  gate: () => null,
  headers: (req) => (fromPage(req) ? { "access-control-allow-origin": req.headers.origin, "access-control-expose-headers": "vary, content-encoding, date, server, content-length", vary: "Origin" } : { vary: "Origin" }),
};

/** The token endpoint: as the API. */
export const google = gemini;

const STAINLESS = ["Lang", "Package-Version", "Os", "Arch", "Retry-Count", "Runtime", "Runtime-Version", "Async", "Helper-Method", "Poll-Helper", "Custom-Poll-Interval", "Timeout"];
const OLLAMA_HEADERS = ["Authorization", "Content-Type", "User-Agent", "Accept", "X-Requested-With", "OpenAI-Beta", ...STAINLESS.map((name) => `X-Stainless-${name}`)].join(",");
const OLLAMA_ORIGIN = /^(https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?|(app|file|tauri|vscode-webview|vscode-file):\/\/.*)$/;

const welcome = (req, seen) => OLLAMA_ORIGIN.test(req.headers.origin) || seen.origins.includes(req.headers.origin) || seen.origins.includes("*");

/** Only local pages and listed origins; others get an empty 403. The browser itself compares the header list. */
export const ollama = {
  preflight: (req, seen) => (welcome(req, seen) ? { status: 204, headers: allow(req.headers.origin, OLLAMA_HEADERS) } : { status: 403, headers: {} }),
  gate: (req, seen) => (fromPage(req) && !welcome(req, seen) ? { status: 403, type: "text/plain", text: "" } : null),
  headers: (req) => (fromPage(req) ? { "access-control-allow-origin": req.headers.origin, vary: "Origin" } : {}),
};
