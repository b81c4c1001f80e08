// The rows of the table. A feature returns what is worth telling (or nothing), throws `Missing` where the server has no
// such thing, and any other error where something went wrong.
import { Aircher, ask, chunks, failure, joined, missing, same, truly, using } from "./lib.mjs";
import { provider } from "./columns.mjs";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const PERSON = { type: "object", properties: { name: { type: "string" }, age: { type: "integer" } }, required: ["name", "age"], additionalProperties: false };
const FORM = { type: "json_schema", json_schema: { name: "person", schema: PERSON, strict: true } };
/** One red pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const WEATHER_QUESTION = "What is the weather in Paris? Use the tool.";

const real = ({ server }) => server === "llama";

/** `[name, check]`, in the order of the table. */
export const FEATURES = [
  ["chat", chat],
  ["stream: pieces = last chunk = whole", pieces],
  ["usage, whole and streamed", usage],
  ["tool call", toolCall],
  ["tool call streamed: fragments = whole", toolPieces],
  ["tool result turn", toolResult],
  ["several results", severalResults],
  ["structured output (json_schema)", structured],
  ["stop", stop],
  ["max_tokens → length", length],
  ["system message", system],
  ["image", image],
  ["thinking", thinking],
  ["error 401", wrongKey],
  ["error 404 model", noModel],
  ["429 with Retry-After", limited],
  ["abort", abort],
  ["warnings on a plain chat", warnings],
  ["retry after 429", retry],
  ["failover to the next column, mid tool turn", failover],
];

async function chat(column) {
  const answer = await using(column, ({ llm }) => llm.chat(ask("Say hello.")));
  truly(answer.message.content.length > 4, `text, not ${JSON.stringify(answer.message)}`);
  same(answer.stream.finish_reason, "stop", "finish_reason");
  same(answer.message.role, "assistant", "role");
}

async function pieces(column) {
  const { whole, all } = await using(column, async ({ llm }) => ({
    whole: await llm.chat(ask("Say hello.")),
    all: await chunks(llm.chatStream(ask("Say hello."))),
  }));
  const last = all.at(-1);
  truly(all.length > 3, `several chunks, not ${all.length}`);
  same(all.filter(({ stream }) => stream.finished).length, 1, "finished chunks");
  same(joined(all).content, last.message.content, "pieces and last chunk");
  same(last.message.content, whole.message.content, "streamed and whole");
  same(last.stream.finish_reason, whole.stream.finish_reason, "finish reasons");
}

async function usage(column) {
  const answers = await using(column, async ({ llm }) => [await llm.chat(ask("Say hello.")), await llm.chatStream(ask("Say hello.")).response]);
  for (const { usage } of answers) {
    const { prompt_tokens, completion_tokens, total_tokens, estimated } = usage;
    if (estimated) missing("the server counts nothing here: estimated, and said so");
    same(total_tokens, prompt_tokens + completion_tokens, "total");
    if (column.usage) same({ prompt_tokens, completion_tokens }, column.usage, "counts");
    else truly(prompt_tokens > 10 && completion_tokens > 3, `counts, not ${JSON.stringify(usage)}`);
  }
  const [whole, streamed] = answers.map(({ usage }) => usage);
  same(streamed.prompt_tokens, whole.prompt_tokens, "prompt, streamed and whole");
  same(streamed.completion_tokens, whole.completion_tokens, "completion, streamed and whole");
}

const withTool = (question = WEATHER_QUESTION) => ask(question, { tools: [WEATHER], max_tokens: 120 });

function calledOnce(answer) {
  const [call, ...others] = answer.message.tool_calls ?? [];
  truly(call && !others.length, `one call, not ${JSON.stringify(answer.message)}`);
  same(call.function.name, "get_weather", "name");
  truly(/paris/i.test(JSON.parse(call.function.arguments).city), `arguments, not ${call.function.arguments}`);
  truly(call.id, "an id");
  const raw = answer.metadata.raw_finish_reason;
  same(answer.stream.finish_reason, "tool_calls", `finish_reason (the server's word: ${raw})`);
  return call;
}

async function toolCall(column) {
  calledOnce(await using(column, ({ llm }) => llm.chat(withTool())));
}

async function toolPieces(column) {
  const all = await using(column, ({ llm }) => chunks(llm.chatStream(withTool())));
  const call = calledOnce(all.at(-1));
  same(joined(all).tool_calls, [{ id: call.id, name: call.function.name, arguments: call.function.arguments }], "fragments and last chunk");
  return `${all.filter(({ stream }) => stream.delta.tool_calls).length} pieces`;
}

/** The question, the model's call (or calls) and a result each. */
async function turn(llm, question = WEATHER_QUESTION) {
  const request = withTool(question);
  const { message } = await llm.chat(request);
  truly(message.tool_calls?.length, `calls, not ${JSON.stringify(message)}`);
  const results = message.tool_calls.map(({ id }, at) => ({ role: "tool", tool_call_id: id, content: `{"degrees": ${21 + 6 * at}}` }));
  return { ...request, messages: [...request.messages, message, ...results] };
}

async function toolResult(column) {
  const answer = await using(column, async ({ llm }) => llm.chat(await turn(llm)));
  truly(answer.message.content || answer.message.tool_calls, "an answer to the result");
  if (!real(column)) same(answer.message.content, "It is 21 degrees Celsius in Paris.", "the answer to the result");
}

/** A small real model does not call twice: its own call is doubled, which is what the server has to take. */
async function severalResults(column) {
  const twice = ({ messages: [question, message, result], ...rest }) => {
    const call = { ...message.tool_calls[0], id: "second_call", function: { name: "get_weather", arguments: '{"city":"Rome"}' } };
    const both = { role: "assistant", content: "", tool_calls: [...message.tool_calls, call] };
    return { ...rest, messages: [question, both, result, { ...result, tool_call_id: call.id }] };
  };
  const answer = await using(column, async ({ llm }) => {
    const history = await turn(llm, real(column) ? undefined : "What is the weather in both cities?");
    if (!real(column)) same(history.messages.length, 4, "messages: two calls, two results");
    return llm.chat(real(column) ? twice(history) : history);
  });
  truly(answer.message.content || answer.message.tool_calls, "an answer to the results");
  if (!real(column)) same(answer.message.content, "21 degrees in Paris, 27 degrees in Rome.", "the answer to the results");
}

async function structured(column) {
  const request = ask("Describe a person as JSON: Ada, 36 years old.", { response_format: FORM, max_tokens: 120 });
  const { answer, sent } = await using(column, async ({ llm, sent }) => ({ answer: await llm.chat(request), sent }));
  truly(/"additionalProperties"|"name"/.test(sent[0]), "the schema was sent");
  const value = parsed(answer.message.content, column);
  same(Object.keys(value).sort(), ["age", "name"], "keys");
  truly(typeof value.name === "string" && Number.isInteger(value.age), `types of ${answer.message.content}`);
  if (!real(column)) return "schema sent; text fixed";
}

function parsed(text, { name }) {
  try {
    return JSON.parse(text);
  } catch {
    // Its converters of these two dialects hand on neither `text.format` nor `output_config` (server-chat.cpp).
    if (/llama (responses|messages)/.test(name)) missing("the server ignores the schema of this dialect: sent, answered in prose");
    throw new Error(`JSON, not ${JSON.stringify(text)}`);
  }
}

async function stop(column) {
  const request = ask("Say hello.", { stop: ["help", ","] });
  const { answer, sent } = await using(column, async ({ llm, sent }) => ({ answer: await llm.chat(request), sent: sent[0] }));
  const told = answer.metadata.warnings.some(({ field }) => field === "stop");
  if (!sent.includes('"help"')) {
    truly(told, "stop was dropped without a warning");
    missing("this endpoint has no stop: dropped, with a warning");
  }
  if (!real(column)) missing("the mock ignores it: sent, not cut");
  truly(!answer.message.content.includes(","), `cut at the comma: ${JSON.stringify(answer.message.content)}`);
  same(answer.stream.finish_reason, "stop", "finish_reason");
}

async function length(column) {
  const request = ask("Tell me a story that is too long.", { max_tokens: 16 });
  const answers = await using(column, async ({ llm }) => [await llm.chat(request), await llm.chatStream(request).response]);
  for (const answer of answers) {
    const { stream, metadata, usage } = answer;
    truly(answer.message.content, "the text up to the limit");
    if (real(column)) same(usage.completion_tokens, 16, "tokens");
    if (stream.finish_reason === "stop" && /^(completed|stop)$/.test(metadata.raw_finish_reason)) missing(`the server says "${metadata.raw_finish_reason}" for a cut answer`);
    same(stream.finish_reason, "length", `finish_reason (the server's word: ${metadata.raw_finish_reason})`);
  }
}

async function system(column) {
  const asked = (text) => ask("Who are you?", { messages: [{ role: "system", content: text }, { role: "user", content: "Who are you?" }] });
  const [pirate, poet] = await using(column, async ({ llm }) => [await llm.chat(asked("You are a pirate.")), await llm.chat(asked("You are a poet of the sea."))]);
  truly(pirate.message.content !== poet.message.content, "two system messages, two answers");
  if (!real(column)) same(pirate.message.content, "Arr, the system message came through.", "the answer to the system message");
}

async function image(column) {
  if (real(column)) missing("the model has no eyes");
  const content = [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } }];
  const { answer, sent } = await using(column, async ({ llm, sent }) => ({ answer: await llm.chat(ask(content, { model: column.sees })), sent: sent[0] }));
  truly(sent.includes(PIXEL), "the image was sent");
  truly(answer.message.content, "an answer");
}

async function thinking(column) {
  if (real(column)) missing("the model does not think");
  const request = ask("Please think.", { temperature: null, max_tokens: 4000, thinking: { effort: "medium", display: "summarized" } });
  const { whole, all } = await using(column, async ({ llm }) => ({ whole: await llm.chat(request), all: await chunks(llm.chatStream(request)) }));
  const last = all.at(-1);
  same(whole.message.content, "The answer is 42.", "text");
  if (!whole.message.thinking && !last.message.thinking) missing("the server sends none for this model");
  same(whole.message.thinking, "Let me think step by step about the question.", "thinking");
  same(joined(all).thinking, whole.message.thinking, "streamed and whole");
  same(last.message.thinking, whole.message.thinking, "last chunk and whole");
}

async function wrongKey(column) {
  const error = await failure(using(column, ({ llm }) => llm.chat(ask("Say hello.")), { api_key: "sk-wrong-12345678" }));
  same(error.type, "authentication", `type (${error.message})`);
  same(error.status_code, 401, "status_code");
  same(error.attempts.length, 1, "attempts");
  truly(/api key/i.test(error.provider_message), `the server's words, not ${error.provider_message}`);
  truly(!JSON.stringify(error).includes("sk-wrong"), "no key in the error");
}

async function noModel(column) {
  if (real(column)) missing("the server answers for any model");
  const error = await failure(using(column, ({ llm }) => llm.chat(ask("Say hello.", { model: column.absent ?? "no-such-model" }))));
  same(error.type, "model_not_found", `type (${error.message})`);
  same(error.status_code, 404, "status_code");
}

async function limited(column) {
  if (real(column)) missing("the server limits nobody");
  const none = { more: { retry: { max_retries: 0 } } };
  const error = await failure(using(column, ({ llm }) => llm.chat(ask("Say hello.", { model: "always-limited" })), none));
  same(error.type, "rate_limit", `type (${error.message})`);
  same(error.status_code, 429, "status_code");
  same(error.retry_after_ms, 7000, "retry_after_ms");
}

async function abort(column) {
  const control = new AbortController();
  const request = ask("Tell me slowly about the sea, in many words.", { max_tokens: 400 });
  let error;
  let before = "";
  await using(column, async ({ llm }) => {
    const read = async () => {
      for await (const { stream } of llm.chatStream(request, { signal: control.signal })) {
        before += stream.delta.content ?? "";
        if (stream.delta.content) control.abort("enough");
      }
    };
    error = await failure(read().then(() => ({ message: "the whole answer" })));
  });
  same(error.type, "cancelled", "type");
  same(error.cause, "enough", "cause");
  truly(before && error.partial.message.content.startsWith(before), "the partial answer has what was read");
  truly(error.partial.usage.completion_tokens > 0, "tokens so far");
}

async function warnings(column) {
  const answer = await using(column, ({ llm }) => llm.chat(ask("Say hello.")));
  const codes = answer.metadata.warnings.map(({ code, field }) => (field ? `${code}:${field}` : code));
  return [codes.length, ...codes].join(" ");
}

async function retry(column) {
  if (real(column)) missing("the server limits nobody");
  const began = Date.now();
  const answer = await using(column, ({ llm }) => llm.chat(ask("You are limited once.")));
  same(answer.message.content, "Now there is room.", "the answer");
  same(answer.metadata.attempts.map(({ type }) => type), ["rate_limit", null], "attempts");
  truly(Date.now() - began >= 1000, "Retry-After was waited for");
}

/** A tool turn with this column, whose next question it refuses: the next column gets the whole history. */
async function failover(column, { next }) {
  const history = await using(column, ({ llm }) => turn(llm));
  const broken = real(column) ? { api_key: "sk-wrong-12345678" } : { model: "always-limited" };
  const providers = { fallback_order: ["it", "other"], it: provider(column, broken), other: provider(next) };
  const llm = await Aircher.create({ providers, retry: { max_retries: 0 } });
  try {
    const answer = await llm.chat(history);
    same(answer.provider, "other", "who answered");
    truly(answer.message.content || answer.message.tool_calls, "an answer");
    same(answer.metadata.attempts.map(({ type }) => type), [real(column) ? "authentication" : "rate_limit", null], "attempts");
    return `→ ${next.name}`;
  } finally {
    await llm.close();
  }
}
