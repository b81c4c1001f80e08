// Vertex AI within the mount /gemini, and Google's token endpoint at /google/token.
//
//   /gemini/v1/projects/{p}/locations/{l}/publishers/google/models/{m}:…   with an access token
//   /gemini/v1/publishers/google/models/{m}:…                              with an API key alone
//
// What an account wants to see is in its name: tokens of `stale-…@` are refused once, those of `brief-…@` are good for no
// time at all, `gone-…@` gets none. Signatures are for the tests to verify, who have the keys.
import { json } from "../core/reply.mjs";
import { refuse } from "./errors.mjs";

const TOKEN_URL = "https://oauth2.googleapis.com/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** How many tokens each account was given. */
const given = new Map();

/** The token endpoint. */
export const google = { respond: token, headers: () => ({ server: "scaffolding on HTTPServer2" }) };

function token({ req, path, text }) {
  if (req.method !== "POST" || path !== "/token") return invalid("invalid_request", "Not found.", 404);
  const form = new URLSearchParams(text);
  if (form.get("grant_type") !== GRANT) return invalid("unsupported_grant_type", "Invalid grant_type.");
  const [head, claims, signature] = (form.get("assertion") ?? "").split(".");
  const { alg, typ } = decoded(head);
  const { iss, scope, aud, iat, exp } = decoded(claims);
  const now = Date.now() / 1000;
  if (alg !== "RS256" || typ !== "JWT" || !/^[\w-]+$/.test(signature ?? "")) return invalid("invalid_grant", "Invalid JWT Signature.");
  if (aud !== TOKEN_URL || scope !== SCOPE) return invalid("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  if (!(iat <= now && now < exp && exp - iat <= 3600)) return invalid("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.");
  if (!iss || iss.startsWith("gone-")) return invalid("invalid_grant", "Invalid grant: account not found");
  given.set(iss, (given.get(iss) ?? 0) + 1);
  const name = Buffer.from(JSON.stringify([iss, given.get(iss)])).toString("base64url");
  return json({ access_token: `ya29.${name}`, expires_in: iss.startsWith("brief-") ? 0 : 3599, token_type: "Bearer" });
}

const invalid = (error, error_description, status = 400) => json({ error, error_description }, { status });

function decoded(part) {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return {};
  }
}

/** The parts of a path of Vertex AI; `project` is missing where there is an API key alone. */
export function vertexPath(path) {
  const [, version, , project, location, model, method] = /^\/(v1|v1beta1)(\/projects\/([^/]+)\/locations\/([^/]+))?\/publishers\/google\/models\/([^:/]+):(\w+)$/.exec(path) ?? [];
  return version && { version, project, location, model: decodeURIComponent(model), method };
}

const EXPECTED = "Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";

/** Refuses a call without an access token, or where there is no project without an API key. */
export function authorizeVertex({ req, settings }, { project }) {
  if (!settings.secureKeys) return;
  if (!project) {
    if (!req.headers["x-goog-api-key"]?.startsWith("AIza-test")) refuse("API keys are not supported by this API. " + EXPECTED, { status: 401 });
    return;
  }
  const [, name] = /^Bearer ya29\.([\w-]+)$/.exec(req.headers.authorization ?? "") ?? [];
  if (!name) refuse("Request is missing required authentication credential. " + EXPECTED, { status: 401 });
  const [account, number] = name === "from-a-function" ? ["", 0] : decoded(name);
  if (number === undefined || (account.startsWith("stale-") && number === 1)) refuse("Request had invalid authentication credentials. " + EXPECTED, { status: 401 });
}

/** Vertex AI wants to be told whose turn a content is, and knows no tier in the body. */
export function checkVertex({ contents, systemInstruction, serviceTier }) {
  for (const { role } of [...(contents ?? []), ...(systemInstruction ? [systemInstruction] : [])]) {
    if (role !== "user" && role !== "model") refuse("Please use a valid role: user, model.");
  }
  if (serviceTier !== undefined) refuse('Invalid JSON payload received. Unknown name "serviceTier": Cannot find field.');
}
