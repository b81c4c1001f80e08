// Gemini on Vertex AI: keys are made here, tokens by the stand-in; what was signed goes to the test outside.
import { control, same, truly } from "./checks.mjs";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const TOKEN_URL = "https://oauth2.googleapis.com/token";
const ASK = { messages: [{ role: "user", content: "Say hello." }] };

/** One check after the other; the first hands its assertion and the public key to `signed`. */
export function vertex({ Aircher, AircherError }, url, signed) {
  const open = async (who, table) => {
    const pair = await made();
    const llm = await Aircher.create(
      { providers: { gemini: { service_account: await keyFile(pair, who), location: "europe-west4", ...table } } },
      { fetch: toStandin(url), allowServiceAccountInBrowser: true },
    );
    return { llm, pair };
  };
  return Object.entries({
    "fifty calls at once ask for one token": () => fifty(open, url, signed),
    "whole and streamed answers agree": () => agree(open),
    "a token that was refused is renewed once": () => renewed(open, url, "stale"),
    "a token that has expired is renewed": () => renewed(open, url, "brief"),
    "an account that is gone is told, and asked for once": () => gone(open, url, AircherError),
    "a function gives the token": () => byFunction(Aircher, url),
    "an API key alone": () => express(Aircher, url),
    "health, and a configuration without secrets": () => shown(open),
    "another token endpoint is refused": () => elsewhere(open, AircherError),
  });
}

/** Everything meant for Google goes to the stand-in. */
const toStandin = (url) => (to, init) => {
  const { host, pathname, search } = new URL(to);
  if (!/^(oauth2|(europe-west4-)?aiplatform)\.googleapis\.com$/.test(host)) throw new TypeError(`asked ${host}`);
  return fetch(url + (host.startsWith("oauth2") ? "/google" : "/gemini") + pathname + search, init);
};

function made() {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

let made_accounts = 0;

async function keyFile({ privateKey }, who) {
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g).join("\n");
  // Runtimes share the stand-in, which knows accounts by their names.
  const name = `${who}-${Date.now()}-${(made_accounts += 1)}`;
  return {
    type: "service_account", project_id: "my-project", private_key_id: "key-1", client_email: `${name}@my-project.iam.gserviceaccount.com`,
    private_key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`, token_uri: TOKEN_URL,
  };
}

async function seen(url, word) {
  return (await control(url, "requests")).requests.filter(({ path }) => path.includes(word));
}

const assertionOf = ({ body }) => new URLSearchParams(body).get("assertion");

async function fifty(open, url, signed) {
  await control(url, "reset", "POST");
  const { llm, pair } = await open("robot");
  const answers = await Promise.all(Array.from({ length: 50 }, () => llm.chat(ASK)));
  for (const { message } of answers) same(message.content, answers[0].message.content, "answers");
  const asked = await seen(url, "/google/token");
  same(asked.length, 1, "requests for a token");
  const calls = await seen(url, ":generateContent");
  same(calls.length, 50, "calls");
  same(calls[0].path, "/gemini/v1/projects/my-project/locations/europe-west4/publishers/google/models/gemini-3.8-flash:generateContent", "the path and the project's");
  signed({ jwt: assertionOf(asked[0]), jwk: await crypto.subtle.exportKey("jwk", pair.publicKey), scope: SCOPE, audience: TOKEN_URL });
  await llm.close();
}

async function agree(open) {
  const { llm } = await open("robot");
  const whole = await llm.chat(ASK);
  let text = "";
  for await (const { stream } of llm.chatStream(ASK)) text += stream.delta.content ?? "";
  same(text, whole.message.content, "the streamed and the whole answer");
  await llm.close();
}

async function renewed(open, url, who) {
  await control(url, "reset", "POST");
  const { llm } = await open(who);
  await llm.chat(ASK);
  const { metadata } = await llm.chat(ASK);
  same((await seen(url, "/google/token")).length, 2, "requests for a token");
  same(metadata.attempts.length, 1, "attempts");
  await llm.close();
}

async function gone(open, url, AircherError) {
  await control(url, "reset", "POST");
  const { llm } = await open("gone");
  const error = await llm.chat(ASK).then(() => undefined, (error) => error);
  truly(AircherError.is(error) && error.type === "authentication", `an authentication error, not ${error}`);
  same(error.code, "invalid_grant", "codes");
  truly(/account not found/.test(error.message), error.message);
  truly(!JSON.stringify(error).includes("eyJ"), "no assertion in the error");
  same((await seen(url, "/google/token")).length, 1, "requests for a token");
  await llm.close();
}

async function byFunction(Aircher, url) {
  let asked = 0;
  const access_token = async ({ reason }) => ((asked += 1), { value: "ya29.from-a-function", expires_at: Date.now() + 3_600_000, reason });
  const llm = await Aircher.create({ providers: { gemini: { access_token, project: "my-project" } } }, { fetch: toStandin(url) });
  await Promise.all([llm.chat(ASK), llm.chat(ASK)]);
  await llm.chat(ASK);
  truly(asked <= 2, `asked ${asked} times`); // in workerd each of the two that came together asks for itself
  await llm.close();
}

async function express(Aircher, url) {
  await control(url, "reset", "POST");
  const llm = await Aircher.create({ providers: { gemini: { vertex: true, api_key: "AIza-test-12345678" } } }, { fetch: toStandin(url), dangerouslyAllowBrowser: true });
  await llm.chat(ASK);
  same((await seen(url, ":generateContent"))[0].path, "/gemini/v1/publishers/google/models/gemini-3.8-flash:generateContent", "the path without a project");
  await llm.close();
}

async function shown(open) {
  const { llm } = await open("robot");
  truly(await llm.provider("gemini").isHealthy(), "it is healthy");
  const { gemini } = llm.config.providers;
  same(gemini.service_account, "***", "what is shown of the account");
  same(`${gemini.project} ${gemini.location}`, "my-project europe-west4", "project and location");
  truly(!JSON.stringify(llm.config).includes("PRIVATE KEY"), "no key in the configuration");
  same((await llm.explain(ASK)).provider, "gemini", "who would answer");
  await llm.close();
}

async function elsewhere(open, AircherError) {
  const pair = await made();
  const file = { ...(await keyFile(pair, "robot")), token_uri: "https://evil.example/token" };
  const error = await open("robot", { service_account: file }).then(() => undefined, (error) => error);
  truly(AircherError.is(error) && error.type === "invalid_config" && /token_uri/.test(error.message), `invalid_config, not ${error}`);
}
