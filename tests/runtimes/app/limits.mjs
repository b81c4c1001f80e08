// How fast providers are asked, over real HTTP (docs/resilience.md, "How fast"); tests/calls/limits.rs does the same in
// virtual time, where a minute takes none.
import { control, same, truly } from "./checks.mjs";

const OPENAI = { path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna" };
const CLAUDE = { kind: "claude", path: "/claude", api_key: "sk-ant-test-12345678", model: "claude-haiku-5-5" };
const TEXT = "You said";

/** `[name, check]`. */
export function limits({ Aircher, AircherError }, url) {
  const open = (limits, options) => client(Aircher, url, limits, options);
  return Object.entries({
    "chatAll gives every result in order": () => inOrder(open, AircherError),
    "chatAll asks a few at a time": () => few(open),
    "chatAll ends with its signal": () => ended(open, AircherError),
    "chatAll says what it does not take": () => refused(open, AircherError),
    "no more than max_concurrent are under way": () => crowded(open),
    "a turn that comes too late is told at once": () => late(open, AircherError, url),
    "or another provider answers": () => another(open),
    "two clients share the limits of a provider": () => shared(open, AircherError),
    "the provider's pause holds for the next call": () => paused(open, AircherError, url),
  });
}

let made = 0;

/** A client of one provider with an id nobody else uses: what was counted for others does not count here. */
async function client(Aircher, url, limits, { id = `limits-${Date.now()}-${++made}`, fault = "", more = {}, ...options } = {}) {
  const at = ({ path, ...provider }, fault) => ({ kind: "openai", ...provider, base_url: url + fault + path });
  const providers = { [id]: { ...at(OPENAI, fault), ...limits }, other: at(CLAUDE, ""), ...more };
  const llm = await Aircher.create({ providers, retry: { max_retries: 0 } }, { dangerouslyAllowBrowser: true, ...options });
  const ask = (content = "Say hello.") => ({ provider: id, messages: [{ role: "user", content }] });
  return { llm, ask, id };
}

/** A fetch that counts how many answers are on their way, at most. */
function counting() {
  const count = { now: 0, most: 0, all: 0 };
  const counted = async (address, init) => {
    count.all += 1;
    count.most = Math.max(count.most, ++count.now);
    try {
      const answer = await fetch(address, init);
      const body = await answer.arrayBuffer();
      // Long enough for the next one to come, if it may: reserving takes its time.
      await new Promise((done) => setTimeout(done, 100));
      return new Response(body, { status: answer.status, headers: answer.headers });
    } finally {
      count.now -= 1;
    }
  };
  return { count, fetch: counted };
}

const caught = (promise) => promise.then(() => undefined, (error) => error);

async function inOrder(open, AircherError) {
  const { llm, ask } = await open({});
  const words = ["one", "two", "three", "four", "five", "six"];
  const requests = words.map((word) => ask(`Say ${word}.`));
  requests[2] = { messages: [] };
  const settled = await llm.chatAll(requests);
  same(settled.map(({ status }) => status).join(), "fulfilled,fulfilled,rejected,fulfilled,fulfilled,fulfilled", "what became of them");
  for (const [at, { value, reason }] of settled.entries()) {
    if (at === 2) truly(AircherError.is(reason) && reason.type === "invalid_request", `an AircherError, not ${reason}`);
    else truly(value.message.content.includes(words[at]), `"${value.message.content}" answers "${words[at]}"`);
  }
  same((await llm.chatAll([])).length, 0, "nothing asked, nothing answered");
  await llm.close();
}

async function few(open) {
  const { count, fetch } = counting();
  const { llm, ask } = await open({}, { fetch });
  const settled = await llm.chatAll(Array.from({ length: 7 }, () => ask()), { concurrency: 2 });
  truly(settled.every(({ status }) => status === "fulfilled"), "all are answered");
  same(`${count.all} ${count.most}`, "7 2", "requests, and how many at a time");
  await llm.close();
}

async function ended(open, AircherError) {
  const { llm, ask } = await open({}, { fault: "/_fault/slow-50" });
  const control = new AbortController();
  // Asked to stream, the stand-in takes its time.
  const request = { ...ask("[long]"), stream: true };
  const asked = llm.chatAll(Array.from({ length: 6 }, () => request), { concurrency: 2, signal: control.signal });
  setTimeout(() => control.abort("enough"), 50);
  const began = Date.now();
  for (const { status, reason } of await asked) {
    same(status, "rejected", "status");
    truly(AircherError.is(reason) && reason.type === "cancelled" && reason.cause === "enough", `cancelled, not ${reason}`);
  }
  truly(Date.now() - began < 5_000, "it ended at once");
  await llm.close();
}

async function refused(open, AircherError) {
  const { llm, ask } = await open({});
  for (const [requests, options] of [[ask()], [[ask()], { concurrency: 0 }], [[ask()], { concurrency: "4" }]]) {
    const error = await caught(llm.chatAll(requests, options));
    truly(AircherError.is(error) && error.type === "invalid_request", `invalid_request, not ${error}`);
  }
  await llm.close();
}

async function crowded(open) {
  const { count, fetch } = counting();
  const { llm, ask } = await open({ max_concurrent: 2 }, { fetch });
  const answers = await Promise.all(Array.from({ length: 6 }, () => llm.chat(ask())));
  truly(answers.every(({ message }) => message.content.includes(TEXT)), "all are answered");
  same(`${count.all} ${count.most}`, "6 2", "requests, and how many at a time");
  await llm.close();
}

async function late(open, AircherError, url) {
  await control(url, "reset", "POST");
  const { llm, ask } = await open({ requests_per_min: 2 });
  const brief = { timeouts: { totalMs: 2_000 } };
  await llm.chat(ask(), brief);
  await llm.chatStream(ask(), brief).response;
  const began = Date.now();
  const error = await caught(llm.chat(ask(), brief));
  truly(AircherError.is(error), `an AircherError, not ${error}`);
  same(`${error.type} ${error.code} ${error.attempts.length}`, "rate_limit local_limit 1", "the error");
  truly(error.retry_after_ms > 50_000 && error.retry_after_ms <= 61_000, `a wait of a minute, not ${error.retry_after_ms} ms`);
  truly(Date.now() - began < 1_500, "told at once");
  same((await control(url, "requests")).requests.filter(({ path }) => !path.startsWith("/_")).length, 2, "requests sent");
  await llm.close();
}

async function another(open) {
  const { llm, ask, id } = await open({ requests_per_min: 1 });
  const brief = { timeouts: { totalMs: 2_000 } };
  const answers = [];
  for (let round = 0; round < 2; round++) answers.push(await llm.chat({ ...ask(), fallback: ["other"] }, brief));
  same(answers.map(({ provider }) => provider).join(), `${id},other`, "who answered");
  truly(answers[1].metadata.attempts[0].skipped.includes("requests_per_min"), "why the first was not asked");
  await llm.close();
}

async function shared(open, AircherError) {
  const { llm, ask, id } = await open({ requests_per_min: 1 });
  const second = await open({ requests_per_min: 1 }, { id });
  await llm.chat(ask());
  const error = await caught(second.llm.chat(ask(), { timeouts: { totalMs: 2_000 } }));
  same(AircherError.is(error) && error.code, "local_limit", "the other client's error");
  await llm.close();
  await second.llm.close();
}

async function paused(open, AircherError, url) {
  const slow = async (address, init) => {
    const answer = await fetch(address, init);
    return new Response(await answer.text(), { status: 429, headers: { "content-type": "application/json", "retry-after": "30" } });
  };
  await control(url, "reset", "POST");
  const { llm, ask } = await open({}, { fetch: slow });
  const brief = { timeouts: { totalMs: 2_000 } };
  const [first, second] = [await caught(llm.chat(ask(), brief)), await caught(llm.chat(ask(), brief))];
  same(`${first?.type} ${first?.status_code}`, "rate_limit 429", "the first error");
  same(`${second?.type} ${second?.code}`, "rate_limit local_limit", "the second");
  truly(AircherError.is(second) && second.retry_after_ms <= 37_500, "a wait of 30 s, or a little more");
  same((await control(url, "requests")).requests.filter(({ path }) => !path.startsWith("/_")).length, 1, "requests sent");
  await llm.close();
}
