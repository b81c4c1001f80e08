// What follows a failed attempt, over real HTTP: the same again, another provider, or the error with all attempts.
import { control, same, truly } from "./checks.mjs";

const OPENAI = { kind: "openai", path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna" };
const CLAUDE = { kind: "claude", path: "/claude", api_key: "sk-ant-test-12345678", model: "claude-haiku-5-5" };
const RETRY = { max_retries: 1, initial_delay: "10ms" };
const TEXT = "You said";

/** `[name, check]`. */
export function recovery({ Aircher, AircherError }, url) {
  const open = (options) => chain(Aircher, url, options);
  return Object.entries({
    "another provider answers": () => another(open),
    "the chain's error tells every attempt": () => exhausted(open, AircherError),
    "a broken stream ends with what had come": () => broken(open, AircherError),
    "or begins anew, if that is wanted": () => restarted(open),
    "a long wait is told at once": () => patient(open, AircherError),
    "a request that is to blame is sent once": () => blamed(open, AircherError, url),
    "a client that closes ends the wait": () => closed(open, AircherError),
    "a rejected key is asked for again": () => renewed(Aircher, url),
  });
}

/** Two providers, the first behind a fault of the stand-in; `events` collects what listeners hear. */
async function chain(Aircher, url, { first = "", second = "", retry = RETRY, timeouts } = {}) {
  const at = ({ kind, path, api_key, model }, fault) => ({ kind, api_key, model, base_url: url + fault + path });
  const providers = { fallback_order: ["one", "two"], one: at(OPENAI, first), two: at(CLAUDE, second) };
  const llm = await Aircher.create({ providers, retry, timeouts }, { dangerouslyAllowBrowser: true });
  const events = [];
  for (const name of ["retry", "failover"]) llm.on(name, (event) => events.push({ name, ...event }));
  const ask = (more) => ({ provider: "one", messages: [{ role: "user", content: "Say hello." }], ...more });
  return { llm, events, ask };
}

const types = ({ attempts }) => attempts.map(({ type }) => type);
const caught = (promise) => promise.then(() => undefined, (error) => error);

async function another(open) {
  const { llm, events, ask } = await open({ first: "/_fault/status-500" });
  for (const answer of [await llm.chat(ask()), await llm.chatStream(ask()).response]) {
    truly(answer.message.content.includes(TEXT), "the answer has text");
    same(answer.provider, "two", "who answered");
    same(JSON.stringify(types(answer.metadata)), JSON.stringify(["server_error", "server_error", null]), "attempts");
    truly(answer.metadata.attempts[1].delay_ms <= 10, "the wait before the second attempt");
  }
  same(events.map(({ name }) => name).join(), "retry,failover,retry,failover", "events");
  const [retry, failover] = events;
  same(`${retry.provider} ${retry.attempt} ${retry.error.type} ${retry.error.status_code}`, "one 2 server_error 500", "the retry's event");
  same(`${failover.from} ${failover.to} ${failover.error.name}`, "one two AircherError", "the failover's event");
  await llm.close();
}

async function exhausted(open, AircherError) {
  const { llm, ask } = await open({ first: "/_fault/status-500", second: "/_fault/status-500" });
  const error = await caught(llm.chat(ask()));
  truly(AircherError.is(error), `an AircherError, not ${error}`);
  same(`${error.type} ${error.provider}`, "server_error one", "the error of the first choice");
  same(types(error).join(), "server_error,server_error,server_error", "attempts");
  same(error.attempts.map(({ status_code }) => status_code).join(), "500,500,500", "their status");
  await llm.close();
}

async function broken(open, AircherError) {
  const { llm, ask } = await open({ first: "/_fault/eof-before-end" });
  const error = await caught(llm.chatStream(ask()).response);
  same(AircherError.is(error) && error.type, "stream_interrupted", "the error");
  truly(error.partial.message.content.includes(TEXT), "the partial answer");
  same(error.attempts.length, 1, "attempts behind visible text");
  await llm.close();
}

async function restarted(open) {
  const { llm, ask } = await open({ first: "/_fault/eof-before-end" });
  let text = "";
  let restarts = 0;
  let answer;
  for await (const chunk of llm.chatStream(ask({ on_truncated: "restart" }))) {
    if (chunk.stream.restart) {
      truly(text.includes(TEXT), "text stood before the restart");
      [text, restarts] = ["", restarts + 1];
    }
    text += chunk.stream.delta.content ?? "";
    answer = chunk;
  }
  same(restarts, 2, "restarts: the same again, then the other");
  same(answer.provider, "two", "who answered");
  same(answer.message.content, text, "what came behind the restart is the answer");
  const pieces = llm.chatStream(ask({ on_truncated: "restart" })).textStream.getReader();
  const drain = async () => {
    while (!(await pieces.read()).done);
  };
  same((await caught(drain()))?.type, "stream_interrupted", "text alone cannot begin anew");
  await llm.close();
}

async function patient(open, AircherError) {
  const { llm, ask } = await open({ first: "/_fault/status-429", retry: { max_retries: 0 } });
  const error = await caught(llm.chat(ask({ fallback: false })));
  same(AircherError.is(error) && error.type, "rate_limit", "the error");
  await llm.close();
}

async function blamed(open, AircherError, url) {
  await control(url, "reset", "POST");
  const { llm, ask } = await open({ first: "/_fault/status-400" });
  const error = await caught(llm.chat(ask()));
  same(AircherError.is(error) && error.type, "invalid_request", "the error");
  same((await control(url, "requests")).requests.filter(({ path }) => !path.startsWith("/_standin")).length, 1, "requests sent");
  await llm.close();
}

async function closed(open, AircherError) {
  const { llm, ask, events } = await open({ first: "/_fault/status-500", retry: { max_retries: 5, initial_delay: "60s", max_delay: "60s" } });
  const waiting = caught(llm.chat(ask()));
  for (const began = Date.now(); events.length === 0; ) {
    truly(Date.now() - began < 10_000, "the first attempt fails");
    await new Promise((wake) => setTimeout(wake, 10));
  }
  await llm.close();
  const error = await waiting;
  same(AircherError.is(error) && `${error.type} ${error.code}`, "cancelled closed", "the error");
}

async function renewed(Aircher, url) {
  const reasons = [];
  const api_key = async ({ reason }) => (reasons.push(reason), reason === "rejected" ? OPENAI.api_key : "sk-wrong-12345678");
  const providers = { openai: { api_key, model: OPENAI.model, base_url: url + OPENAI.path } };
  const llm = await Aircher.create({ providers });
  const calls = Array.from({ length: 5 }, () => llm.chat({ messages: [{ role: "user", content: "Say hello." }] }));
  for (const answer of await Promise.all(calls)) truly(answer.message.content.includes(TEXT), "the answer has text");
  truly(reasons.filter((reason) => reason === "rejected").length >= 1, "the function was asked again");
  await llm.close();
}
