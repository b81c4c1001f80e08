// Every scripted fault of llmock, streamed and whole, in its dialects, and its verdict: node tests/servers/verdict.mjs <llmock>
//
// Twice: as the package comes, where a cut stream has to be told, which only we can check; and as an app that wants
// whole answers would ask (`on_truncated: "restart"`), which is what llmock grades.
import { Aircher, AircherError, ask, truly } from "./lib.mjs";
import { KEY } from "./columns.mjs";

const [url = "http://127.0.0.1:18030"] = process.argv.slice(2);
const DIALECTS = [
  { name: "chat", kind: "openai", path: "/v1", api: "chat", model: "gpt-4o" },
  { name: "responses", kind: "openai", path: "/v1", api: "responses", model: "gpt-6-luna" },
  { name: "claude", kind: "claude", path: "/anthropic", model: "claude-haiku-5-5" },
  { name: "gemini", kind: "gemini", path: "/gemini/v1beta", model: "gemini-3.8-flash" },
];
const TOOL = { type: "function", function: { name: "look", description: "looks", parameters: { type: "object", properties: { city: { type: "string" } } } } };

/** After so many chunks every dialect has shown text; after one, only Gemini has (`late` is what its reader gets then). */
const BEHIND_TEXT = 8;
const answer = "answer";
const cut = (kind, after_chunks = BEHIND_TEXT) => ({ type: "stream_fault", kind, after_chunks });
/** Long enough to be cut: the server's own answers may have fewer chunks. */
const LONG = { type: "reply", text: "One word, then another word, and so it goes on. ".repeat(8), times: null };
/** `[name, behaviours, what comes of it whole, and streamed]`; twice the fault where a retry should get past it. */
const FAULTS = [
  ["429, Retry-After 1, twice", [{ type: "fail", status: 429, retry_after: 1, times: 2 }], answer, answer],
  ["429 for ever", [{ type: "fail", status: 429, retry_after: 1, times: null }], "rate_limit", "rate_limit"],
  ["429, Retry-After 300", [{ type: "fail", status: 429, retry_after: 300, times: null }], "rate_limit", "rate_limit"],
  ["500 twice", [{ type: "fail", status: 500, times: 2 }], answer, answer],
  ["502", [{ type: "fail", status: 502 }], answer, answer],
  ["outage (503)", [{ type: "fail", status: 503, times: null }], "overloaded", "overloaded"],
  ["529", [{ type: "fail", status: 529 }], answer, answer],
  ["400", [{ type: "fail", status: 400 }], "invalid_request", "invalid_request"],
  ["401", [{ type: "fail", status: 401 }], "authentication", "authentication"],
  ["403", [{ type: "fail", status: 403 }], "permission", "permission"],
  ["404", [{ type: "fail", status: 404 }], ["model_not_found", "invalid_request"], ["model_not_found", "invalid_request"]],
  ["422", [{ type: "fail", status: 422 }], "invalid_request", "invalid_request"],
  ["delay", [{ type: "delay", seconds: 1 }], answer, answer],
  ["slow first token", [{ type: "slow_first_token", seconds: 1 }], answer, answer],
  ["disconnect before text", [cut("disconnect", 1)], answer, { early: answer, late: "stream_interrupted" }],
  ["disconnect behind text", [LONG, cut("disconnect")], answer, "stream_interrupted"],
  ["truncate before text", [cut("truncate", 1)], answer, { early: answer, late: "stream_interrupted" }],
  ["truncate behind text", [LONG, cut("truncate")], answer, "stream_interrupted"],
  ["malformed before text", [cut("malformed", 1)], answer, { early: answer, late: ["invalid_response", "stream_interrupted"] }],
  ["malformed behind text", [LONG, cut("malformed")], answer, ["invalid_response", "stream_interrupted"]],
  ["stall behind text", [LONG, { ...cut("stall"), stall_seconds: 8 }], answer, "timeout"],
  ["restart after disconnect", [LONG, cut("disconnect")], answer, answer, { on_truncated: "restart" }],
  ["restart after truncate", [LONG, cut("truncate")], answer, answer, { on_truncated: "restart" }],
  ["unknown tool", [{ type: "tool_fault", kind: "unknown_tool" }], answer, answer, { tools: [TOOL] }],
  ["malformed arguments", [{ type: "tool_fault", kind: "malformed_arguments" }], answer, answer, { tools: [TOOL] }],
];

const post = (path, body) => fetch(url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
const verdict = async (format = "") => (await fetch(`${url}/_llmock/verdict${format}`)).text();

/** Waits that grow by more than jitter hides: llmock takes two that do not for no backoff. */
const RETRY = { max_retries: 2, initial_delay: "200ms", backoff_factor: 20, max_delay: "20s" };

async function outcome({ kind, path, api, model }, behaviors, streamed, { retry, ...more }) {
  const clear = await fetch(`${url}/_llmock/scenario`, { method: "DELETE" });
  truly(clear.ok, "no scenario is left");
  const set = await post("/_llmock/scenario", { behaviors });
  truly(set.ok, `the scenario is taken: ${await set.text()}`);
  const it = { kind, base_url: url + path, model, api_key: KEY, ...(api && { api }) };
  const llm = await Aircher.create({ providers: { it }, timeouts: { idle: "3s" }, retry });
  // A prompt of its own for each call: the judge groups attempts by their body.
  const request = ask(`Say hello, ${crypto.randomUUID()}.`, more);
  try {
    const { message } = await (streamed ? llm.chatStream(request).response : llm.chat({ ...request, stream: false }));
    truly(message.content || message.tool_calls, "an answer with something in it");
    return answer;
  } catch (error) {
    return AircherError.is(error) ? error.type : `not an AircherError: ${error}`;
  } finally {
    await llm.close();
  }
}

/** All faults in all dialects; how many calls ended in another way than expected. `expect(pieces, behaviors)` says what a stream comes to. */
async function round(title, settings, expect) {
  await post("/_llmock/reset");
  let wrong = 0;
  const one = async (dialect, [name, behaviors, whole, pieces, more], streamed) => {
    const came = await outcome(dialect, behaviors, streamed, { ...settings, ...more });
    const expected = streamed ? expect(pieces, behaviors) : whole;
    const wanted = [expected.early ? expected[dialect.kind === "gemini" ? "late" : "early"] : expected].flat();
    if (wanted.includes(came)) return;
    wrong += 1;
    console.log(`✗ ${dialect.name}, ${name}, ${streamed ? "streamed" : "whole"}: ${came}, not ${wanted}`);
  };
  for (const dialect of DIALECTS) for (const fault of FAULTS) for (const streamed of [false, true]) await one(dialect, fault, streamed);
  console.log(`${title}: ${DIALECTS.length * FAULTS.length * 2} calls under a fault, ${wrong} with another end than expected\n`);
  return wrong;
}

const isCut = (behaviors) => behaviors.some(({ type }) => type === "stream_fault");
const told = await round("as it comes", {}, (pieces) => pieces);
const whole = await round("whole answers", { on_truncated: "restart", retry: RETRY }, (pieces, behaviors) => (isCut(behaviors) ? answer : pieces));
console.log(await verdict("?format=text"));
const graded = await verdict();
console.log(graded);
process.exitCode = told || whole || !JSON.parse(graded).passed ? 1 : 0;
