// What can be seen of calls, over real HTTP: figures, the log, listeners that misbehave, and what went over the wire.
import { control, same, truly } from "./checks.mjs";

const KEY = "sk-test-12345678";
const MODEL = "gpt-6-luna";
const FAULT = "/_fault/status-500";

/** `[name, check]`. */
export function watching({ Aircher, AircherError }, url) {
  const open = (options, first = "") => client(Aircher, url, options, first);
  return Object.entries({
    "figures of what was asked": () => figures(open),
    "streams that are open": () => streams(open),
    "an entry for each call": () => traced(open),
    "the log has levels": () => levels(open, AircherError),
    "listeners that throw or reject harm nothing": () => hostile(open),
    "a listener reads on, leaves and asks": () => busy(open),
    "every attempt is asked for": () => asked(open, url),
    "a veto ends the call": () => vetoed(open, AircherError, url),
    "raw on request": () => raw(open, AircherError),
  });
}

/** Two clients' worth of one: the first provider may be behind a fault of the stand-in. */
async function client(Aircher, url, options, first) {
  const at = (fault) => ({ kind: "openai", api_key: KEY, model: MODEL, base_url: `${url}${fault}/openai/v1` });
  const providers = { fallback_order: ["one", "two"], one: at(first), two: at("") };
  const llm = await Aircher.create({ providers, retry: { max_retries: 1, initial_delay: "1ms" } }, { dangerouslyAllowBrowser: true, ...options });
  return { llm, ask: (more) => ({ messages: [{ role: "user", content: "Say hello to Rumpelstiltskin." }], ...more }) };
}

const caught = (promise) => promise.then(() => undefined, (error) => error);

async function figures(open) {
  const { llm, ask } = await open({}, FAULT);
  const empty = llm.metrics();
  same(JSON.stringify(empty.providers), "{}", "the figures before the first call");
  truly(empty.memory.wasm_bytes > 65_536 && empty.open_streams === 0, "memory and streams");
  const { cost } = await llm.chat(ask());
  await llm.chatStream(ask()).response;
  const { one, two } = llm.metrics().providers;
  same(`${one.request_count} ${one.error_count} ${one.errors_by_type.server_error} ${one.retry_count} ${one.failover_count}`, "4 4 4 2 2", "the first one's counts");
  same(`${one.avg_latency} ${one.total_cost} ${one.last_health_check}`, "null 0 null", "the first one's figures");
  same(`${two.request_count} ${two.error_count}`, "2 0", "the second one's counts");
  truly(cost > 0 && Math.abs(two.total_cost - 2 * cost) < cost, "the cost of both");
  truly(two.p50_latency <= two.p95_latency && two.avg_latency >= 0 && two.time_to_first_token >= 0 && two.tokens_per_second >= 0, "times");
  same(two.models[MODEL].request_count, 2, "by model");
  await llm.checkHealth("two");
  const checked = llm.metrics().providers;
  truly(Date.parse(checked.two.last_health_check) > 0 && checked.one.last_health_check === null, "who was asked whether it answers");
  same(checked.two.request_count, 2, "requests: asking that is none");
  await llm.close();
}

async function streams(open) {
  const { llm, ask } = await open({});
  const stream = llm.chatStream(ask());
  same(llm.metrics().open_streams, 0, "streams nobody reads");
  for await (const chunk of stream) if (!chunk.stream.finished) same(llm.metrics().open_streams, 1, "streams that are read");
  same(llm.metrics().open_streams, 0, "streams at the end");
  await llm.close();
}

async function traced(open) {
  const entries = [];
  const { llm, ask } = await open({ logLevel: "info", on: { log: (entry) => entries.push(entry) } }, FAULT);
  const answer = await llm.chatStream(ask({ metadata: { team: "red" } })).response;
  await caught(llm.chat(ask({ provider: "one", fallback: false })));
  same(entries.map(({ level, message }) => `${level} ${message}`).join(), "info chat,error chat", "the entries");
  const [{ fields }, { fields: failed }] = entries;
  const names = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "provider", "attempts", "server.address"];
  same(names.map((name) => fields[name]).join(), `chat,openai,${MODEL},two,3,127.0.0.1`, "the fields");
  truly(Number(fields["server.port"]) > 0 && fields.duration_ms >= 0 && fields.time_to_first_token_ms >= 0, "numbers");
  same(fields["gen_ai.usage.output_tokens"], answer.usage.completion_tokens, "tokens");
  same(fields["gen_ai.response.finish_reasons"].join(), "stop", "the finish reason");
  same(fields.cost_nano_usd, answer.metadata.cost_nano_usd, "the cost");
  same(fields.id, answer.metadata.id, "the id");
  same(`${failed["error.type"]} ${failed["http.response.status_code"]} ${failed.provider}`, "server_error 500 one", "the failure");
  silent(entries, answer);
  await llm.close();
}

/** Neither what was said nor a key. */
function silent(entries, { message }) {
  const text = JSON.stringify(entries);
  for (const secret of [KEY, "Rumpelstiltskin", message.content.slice(0, 12)]) truly(!text.includes(secret), `the log does not hold "${secret}"`);
}

async function levels(open, AircherError) {
  const attempt = "warning,request,response";
  const wanted = { error: "chat", warn: "warning,warning,chat", info: "warning,warning,chat", debug: `${attempt},health,retry,${attempt},chat` };
  for (const [logLevel, messages] of Object.entries(wanted)) {
    const entries = [];
    const { llm, ask } = await open({ logLevel, on: { log: (entry) => entries.push(entry) } }, FAULT);
    await caught(llm.chat(ask({ provider: "one", fallback: false, cache: { ttl: "1h" } })));
    same(entries.map(({ message }) => message).join(), messages, `the entries at ${logLevel}`);
    silent(entries, { message: { content: "Rumpelstiltskin" } });
    await llm.close();
  }
  const error = await caught(open({ logLevel: "loud" }));
  truly(AircherError.is(error) && /logLevel.*loud.*debug/.test(error.message), `${error}`);
}

async function hostile(open) {
  const boom = () => {
    throw new Error("listener");
  };
  const reject = async () => boom();
  const events = ["request", "response", "retry", "failover", "usage", "log", "warning"];
  const { llm, ask } = await open({ logLevel: "debug", onSettled: reject }, FAULT);
  for (const event of events) [boom, reject].forEach((listener) => llm.on(event, listener));
  // Answers that are none, or throw when they are read.
  for (const answer of [null, 7, "x", { headers: { "x-a": 1n } }, { headers: null }, { get veto() { return boom(); } }, { headers: { get a() { return boom(); } } }]) llm.on("request", () => answer);
  let heard = 0;
  llm.on("request", () => void (heard += 1));
  const { provider } = await llm.chat(ask());
  same(`${provider} ${heard}`, "two 3", "the call goes on, and others hear of it");
  await new Promise((wake) => setTimeout(wake, 20));
  await llm.close();
}

/** What a listener does of other calls happens below the call it hears of. */
async function busy(open) {
  const { llm, ask } = await open({});
  const usual = await llm.chat(ask());
  const begun = [llm.chatStream(ask()), llm.chatStream(ask())];
  for (const stream of begun) await stream[Symbol.asyncIterator]().next();
  const [read, left] = begun;
  const answers = [];
  let leaving;
  const off = llm.on("request", () => {
    off();
    leaving = caught(left.response);
    left.cancel();
    answers.push(read.response, llm.chat(ask()));
  });
  answers.push(llm.chat(ask()));
  await answers[0];
  const all = await Promise.all(answers);
  same(all.length, 3, "answers");
  for (const { message } of all) same(message.content, usual.message.content, "each answer");
  same((await leaving)?.type, "cancelled", "what was left");
  same(llm.metrics().open_streams, 0, "streams at the end");
  await llm.close();
}

async function asked(open, url) {
  await control(url, "reset", "POST");
  const { llm, ask } = await open({}, FAULT);
  const attempts = [];
  llm.on("request", ({ attempt, provider }) => (attempts.push(`${provider} ${attempt}`), { headers: { "x-attempt": attempt } }));
  await llm.chat(ask());
  same(attempts.join(), "one 1,one 2,two 3", "who was asked for");
  const { requests } = await control(url, "requests");
  const sent = requests.filter(({ method }) => method === "POST").map(({ headers }) => headers["x-attempt"]);
  same(sent.join(), "1,2,3", "the headers that were sent");
  await llm.close();
}

async function vetoed(open, AircherError, url) {
  await control(url, "reset", "POST");
  const { llm, ask } = await open({});
  llm.on("request", () => ({ veto: "not on Sundays" }));
  const error = await caught(llm.chat(ask()));
  same(AircherError.is(error) && `${error.type} ${error.code}`, "cancelled vetoed", "the error");
  truly(error.message.includes("not on Sundays"), error.message);
  same((await control(url, "requests")).requests.filter(({ path }) => path.includes("/openai/")).length, 0, "requests sent");
  await llm.close();
}

async function raw(open, AircherError) {
  const { llm, ask } = await open({});
  same((await llm.chat(ask())).metadata.raw, undefined, "what nobody asked for");
  const { request, response } = (await llm.chatStream(ask(), { raw: true }).response).metadata.raw;
  truly(request.method === "POST" && request.url.endsWith("/openai/v1/chat/completions"), `${request.method} ${request.url}`);
  same(JSON.parse(request.body).model, MODEL, "the model that was sent");
  truly(request.body.includes("Rumpelstiltskin") && response.body.startsWith("data: "), "both bodies");
  same(`${response.status} ${response.headers["content-type"].split(";")[0]}`, "200 text/event-stream", "the head");
  await llm.close();
  const failing = await open({}, FAULT);
  const error = await caught(failing.llm.chat(failing.ask({ fallback: false }), { raw: true }));
  truly(AircherError.is(error) && error.raw.response.status === 500 && error.raw.response.body.length > 0, "the answer that was none");
  truly(!JSON.stringify([request, response, error]).includes(KEY), "no key");
  await failing.llm.close();
}
