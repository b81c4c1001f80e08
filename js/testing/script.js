// The script of a fake provider: what its author writes, checked and filled in.
//
//   "Hello"                                       an answer
//   { text, thinking, tool_calls, usage, … }      an answer, with faults of its body
//   { status: 429, retry_after_ms: 2000, … }      an error of the provider
//   { network_error: "ECONNREFUSED" }             nothing gets through

const ANSWER = ["text", "pieces", "thinking", "refusal", "tool_calls", "finish_reason", "usage", "model", "delay_ms", "chunk_delay_ms", "headers"];
/** What befalls a body after so many of its events. */
export const FAULTS = ["cut_after", "reset_after", "stall_after", "malformed_after"];
const ERROR = ["status", "error", "retry_after_ms", "body", "headers", "delay_ms"];
const NETWORK = ["network_error", "delay_ms"];
const FINISH_REASONS = ["stop", "length", "tool_calls", "content_filter", "unknown"];
const USAGE = ["prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "cache_write_long_tokens", "reasoning_tokens"];

/** A step as an object of a known kind. Throws a TypeError that names what is wrong. */
export function checkedStep(step, at = "script") {
  const given = typeof step === "string" ? { text: step } : step;
  if (given === null || typeof given !== "object") throw new TypeError(`${at}: expected a text or an object, not ${given === null ? "null" : typeof given}`);
  known(given, "network_error" in given ? NETWORK : "status" in given ? ERROR : [...ANSWER, ...FAULTS], at);
  if (given.usage) known(given.usage, USAGE, `${at}.usage`);
  if ("status" in given && !(given.status >= 400 && given.status <= 599)) throw new TypeError(`${at}.status: expected 400 to 599, not ${given.status}`);
  if (FAULTS.filter((name) => name in given).length > 1) throw new TypeError(`${at}: expected one fault of ${FAULTS.join(", ")}`);
  const { finish_reason: finish } = given;
  if (finish !== undefined && !FINISH_REASONS.includes(finish)) throw new TypeError(`${at}.finish_reason: \`${finish}\`, expected one of ${FINISH_REASONS.join(", ")}`);
  return given;
}

function known(given, names, at) {
  const unknown = Object.keys(given).find((key) => !names.includes(key));
  if (unknown) throw new TypeError(`${at}.${unknown}: unknown here, expected some of ${names.join(", ")}`);
}

/** An answer in the words of dialects/shared.js. `request`: `{ number, model, tokens }`. */
export function answerOf(step, request) {
  const pieces = step.pieces ?? words(step.text);
  const calls = (step.tool_calls ?? []).map((call, index) => toolCall(call, `call_fake_${request.number}_${index}`));
  const answer = {
    id: `fake${request.number}`,
    model: step.model ?? request.model,
    text: pieces.join(""),
    pieces,
    thinking: step.thinking ?? "",
    thoughts: words(step.thinking),
    refusal: step.refusal ?? "",
    calls,
    finish: step.finish_reason ?? (calls.length ? "tool_calls" : step.refusal ? "content_filter" : "stop"),
  };
  return { ...answer, usage: usageOf(step.usage, answer, request) };
}

const words = (text) => text?.match(/\S+\s*|\s+/g) ?? [];

/** `{ name, arguments }`, or the shape of an answer. */
function toolCall({ id, name, arguments: given, function: called }, otherwise) {
  const args = called?.arguments ?? given ?? {};
  return { id: id ?? otherwise, name: called?.name ?? name, args: typeof args === "string" ? args : JSON.stringify(args) };
}

/** Four characters are taken for a token where nothing is said. */
export const roughly = (text) => Math.ceil((text?.length ?? 0) / 4);

function usageOf(given, { text, thinking, refusal, calls }, { tokens }) {
  const reasoning_tokens = given?.reasoning_tokens ?? roughly(thinking);
  const visible = roughly(text + refusal + calls.map(({ name, args }) => name + args).join(""));
  return { prompt_tokens: tokens, completion_tokens: visible + reasoning_tokens, cached_tokens: 0, cache_write_tokens: 0, cache_write_long_tokens: 0, ...given, reasoning_tokens };
}
