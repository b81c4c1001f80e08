// What is promised of every provider, one check each.
//
//   { name, about, needs?, uses?, costs, run(context) }
//
// `needs`: the ability a model must have. `uses`: the method a provider must have. `costs`: tokens are generated, so it is
// left out with `skip_cost_tests`.
// `context`: `{ provider, ask, signal, reopened(key), wrongKey }`. A check ends, or throws what is wrong.
import { failure, same, truly } from "./assert.js";
import { RED } from "./image.js";
import { assembled, chunksOf } from "./pieces.js";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The present weather of a city",
    parameters: { type: "object", properties: { city: { type: "string", description: "Name of the city" } }, required: ["city"] },
  },
};
const CITY = {
  type: "object",
  properties: { city: { type: "string" }, country: { type: "string" }, millions: { type: "number" } },
  required: ["city", "country", "millions"],
  additionalProperties: false,
};
const UNKNOWN_MODEL = "no-such-model-of-the-test-suite";
/** Everything an error may be: it decides what a program does next. */
export const ERROR_TYPES = [
  ...["authentication", "rate_limit", "quota_exceeded", "invalid_request", "server_error", "network_error", "timeout", "unknown"],
  ...["permission", "model_not_found", "context_length_exceeded", "request_too_large", "unsupported", "content_filter", "overloaded"],
  ...["invalid_response", "response_too_large", "stream_interrupted", "redirect_blocked", "circuit_open", "budget_exceeded"],
  ...["ledger_unavailable", "invalid_config", "cancelled"],
];

export const CHECKS = [
  { name: "health", about: "answers a health check", uses: "isHealthy", costs: false, run: health },
  { name: "chat", about: "answers a question", costs: true, run: chat },
  { name: "streaming", about: "pieces, last chunk and whole answer are one", costs: true, run: streaming },
  { name: "tools/call", about: "calls a function", needs: "functions", costs: true, run: toolCall },
  { name: "tools/fragments", about: "fragments of a streamed call are the whole call", needs: "functions", costs: true, run: toolFragments },
  { name: "tools/result", about: "goes on with the result of a call", needs: "functions", costs: true, run: toolResult },
  { name: "images", about: "sees an image", needs: "images", costs: true, run: images },
  { name: "thinking", about: "thinks, and streams what it shows of it", needs: "thinking", costs: true, run: thinking },
  { name: "structured_output", about: "keeps to a JSON Schema", needs: "json_schema", costs: true, run: structured },
  { name: "errors/wrong_key", about: "a wrong key is `authentication`", needs: "key", costs: false, run: wrongKey },
  { name: "errors/unknown_model", about: "an unknown model is `model_not_found`", costs: false, run: unknownModel },
  { name: "errors/closed_set", about: "every error is of a known type", costs: false, run: closedSet },
  { name: "abort", about: "an aborted stream is `cancelled` and has what came", costs: true, run: abort },
  { name: "usage", about: "tokens are counted, streamed and whole", costs: true, run: usage },
  { name: "cost", about: "the cost is what `calculateCost` says", uses: "calculateCost", costs: true, run: cost },
];

async function health({ provider }) {
  truly(await provider.isHealthy(), `not healthy: ${provider.status?.().error}`);
}

async function chat({ provider, ask, signal }) {
  const answer = await provider.chat(ask("Say hello in one sentence."), { signal });
  answered(answer);
  same(answer.provider, provider.name, "provider of the answer");
  truly(typeof answer.model === "string" && answer.model, "the answer names its model");
  truly(answer.duration >= 0, `duration: ${answer.duration}`);
}

function answered({ message, stream }) {
  same(message.role, "assistant", "role");
  truly(typeof message.content === "string" && message.content.trim(), `text: ${JSON.stringify(message)}`);
  truly(["stop", "length"].includes(stream.finish_reason), `finish_reason: ${stream.finish_reason}`);
}

async function streaming({ provider, ask, signal }) {
  const stream = provider.chatStream(ask("Count from 1 to 10, with a space between the numbers."), { signal });
  const chunks = await chunksOf(stream);
  const last = chunks.at(-1);
  same(chunks.filter((chunk) => chunk.stream.finished).length, 1, "finished chunks");
  truly(last.stream.finished, "the last chunk is the finished one");
  truly(chunks.length > 2, `an answer in pieces, not in ${chunks.length} chunks`);
  same(assembled(chunks).content, last.message.content, "joined pieces, and the last chunk");
  same((await stream.response).message, last.message, "the whole answer, and the last chunk");
  same(chunks[0].stream.delta.role, "assistant", "role of the first chunk");
  answered(last);
}

// ---- tools

const asking = (ask) => ask("What is the weather in Paris now? Use the tool.", { tools: [WEATHER], tool_choice: "required" });

function called({ message, stream }) {
  const [call] = message.tool_calls ?? [];
  truly(call, `a tool call: ${JSON.stringify(message)}`);
  same(call.function.name, "get_weather", "name of the tool");
  truly(call.id, "the call has an id");
  truly(typeof parsed(call.function.arguments, "arguments").city === "string", `arguments by the schema: ${call.function.arguments}`);
  same(stream.finish_reason, "tool_calls", "finish_reason");
  return call;
}

function parsed(text, what) {
  try {
    return JSON.parse(text);
  } catch {
    return truly(false, `${what}: no JSON, ${JSON.stringify(text)}`);
  }
}

async function toolCall({ provider, ask, signal }) {
  called(await provider.chat(asking(ask), { signal }));
}

async function toolFragments({ provider, ask, signal }) {
  const chunks = await chunksOf(provider.chatStream(asking(ask), { signal }));
  called(chunks.at(-1));
  same(assembled(chunks).tool_calls, chunks.at(-1).message.tool_calls, "joined fragments, and the last chunk");
}

async function toolResult({ provider, ask, signal }) {
  const request = asking(ask);
  const { message } = await provider.chat(request, { signal });
  truly(message.tool_calls?.length, `a tool call: ${JSON.stringify(message)}`);
  const results = message.tool_calls.map(({ id }) => ({ role: "tool", tool_call_id: id, name: "get_weather", content: '{"degrees": 21, "sky": "light rain"}' }));
  const answer = await provider.chat({ ...request, tool_choice: "auto", messages: [...request.messages, message, ...results] }, { signal });
  truly(answer.message.content || answer.message.tool_calls?.length, `an answer to the result: ${JSON.stringify(answer.message)}`);
}

// ---- images, thinking, forms

/** A server that drops the image answers all the same: it has to be named, or to count. */
async function images({ provider, ask, signal }) {
  const text = "Which colour fills this image? Answer with one word.";
  const seen = await provider.chat(ask([{ type: "text", text }, { type: "image_url", image_url: { url: RED } }]), { signal });
  truly(seen.message.content.trim(), "an answer");
  if (/\bred\b/i.test(seen.message.content)) return;
  const blind = await provider.chat(ask(text), { signal });
  const [more, less] = [seen, blind].map((answer) => answer.usage.prompt_tokens);
  truly(more > less, `the image was not seen: ${more} input tokens with it, ${less} without, and the answer is ${JSON.stringify(seen.message.content)}`);
}

async function thinking({ provider, ask, signal }) {
  const question = "A bat and a ball cost 1.10 together, the bat 1.00 more than the ball. What does the ball cost?";
  const request = ask(question, { thinking: { effort: "medium", display: "summarized" }, max_tokens: 4000 });
  const chunks = await chunksOf(provider.chatStream(request, { signal }));
  const last = chunks.at(-1);
  same(assembled(chunks).thinking, last.message.thinking ?? "", "joined pieces of thinking, and the last chunk");
  same(assembled(chunks).content, last.message.content, "joined pieces of text, and the last chunk");
  truly(last.message.content.trim(), `an answer behind the thinking; it ended with ${last.stream.finish_reason}`);
  truly(last.message.thinking || last.usage.reasoning_tokens > 0 || last.message.provider_state, "no sign of thinking: no text of it, no tokens for it, no state");
}

async function structured({ provider, ask, signal }) {
  const response_format = { type: "json_schema", json_schema: { name: "city", schema: CITY, strict: true } };
  const { message } = await provider.chat(ask("Describe Paris as JSON: city, country, and millions of inhabitants.", { response_format, max_tokens: 500 }), { signal });
  const value = parsed(message.content, "answer");
  same(Object.keys(value).sort(), Object.keys(CITY.properties).sort(), "keys");
  same([typeof value.city, typeof value.country, typeof value.millions], ["string", "string", "number"], "types");
}

// ---- errors

async function wrongKey({ reopened, wrongKey: key, ask, signal }) {
  const { provider, close } = await reopened(key);
  try {
    const error = await failure(provider.chat(ask("Say hello.", { max_tokens: 16 }), { signal }), "a wrong key");
    typed(error, "authentication");
    truly(!JSON.stringify(error).includes(key), "the error shows the key");
  } finally {
    await close();
  }
}

async function unknownModel({ provider, ask, signal }) {
  typed(await failure(provider.chat(ask("Say hello.", { model: UNKNOWN_MODEL, max_tokens: 16 }), { signal }), "an unknown model"), "model_not_found");
}

/** Every check of errors goes by here, so one outside the set is found wherever it comes from. */
function typed(error, ...expected) {
  truly(error instanceof Error && ERROR_TYPES.includes(error.type), `an error of a known type, not ${error}`);
  truly(typeof error.message === "string" && error.message, "the error has a message");
  same(typeof error.retryable, "boolean", "type of `retryable`");
  truly(expected.length === 0 || expected.includes(error.type), `type: ${error.type}, expected ${expected.join(" or ")} (${error.message})`);
  return error;
}

/** None of these may be answered; what is wrong in itself must not even be sent. */
async function closedSet({ provider, ask, signal }) {
  const given = (change) => failure(provider.chat({ ...ask("Say hello."), ...change }, { signal }), JSON.stringify(change));
  typed(await given({ messages: [] }), "invalid_request");
  typed(await given({ messages: [{ role: "nobody", content: "Hello" }] }), "invalid_request");
  typed(await given({ model: UNKNOWN_MODEL, messages: [] }));
  typed(await failure(provider.chat(ask("Say hello."), { signal: AbortSignal.abort("early") }), "an aborted signal"), "cancelled");
  const [{ reason }] = await Promise.allSettled([chunksOf(provider.chatStream(ask("Say hello.", { messages: [] }), { signal }))]);
  typed(reason, "invalid_request");
}

async function abort({ provider, ask, signal }) {
  const control = new AbortController();
  const both = AbortSignal.any?.([signal, control.signal]) ?? control.signal;
  let before = "";
  const read = async () => {
    for await (const { stream } of provider.chatStream(ask("Tell a long story about the sea.", { max_tokens: 1000 }), { signal: both })) {
      before += stream.delta.content ?? "";
      if (stream.delta.content) control.abort("enough");
    }
  };
  const error = typed(await failure(read(), "an aborted stream"), "cancelled");
  same(error.cause, "enough", "cause");
  truly(before, "text before the abort");
  truly(error.partial?.message.content.startsWith(before), `what had come: ${JSON.stringify(error.partial?.message)}`);
}

// ---- usage and cost

async function usage({ provider, ask, signal }) {
  const request = ask("Say hello in one sentence.");
  const [whole, streamed] = [await provider.chat(request, { signal }), await provider.chatStream(request, { signal }).response];
  for (const [how, { usage }] of [["whole", whole], ["streamed", streamed]]) {
    same(usage.estimated, false, `${how}: estimated`);
    truly(usage.prompt_tokens > 0 && usage.completion_tokens > 0, `${how}: tokens, not ${JSON.stringify(usage)}`);
    same(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens, `${how}: total_tokens`);
  }
  same(streamed.usage.prompt_tokens, whole.usage.prompt_tokens, "prompt_tokens, streamed and whole");
}

async function cost({ provider, ask, signal }) {
  const { usage, model, metadata, cost } = await provider.chat(ask("Say hello in one sentence."), { signal });
  const counted = provider.calculateCost(usage, model, metadata.pricing);
  same(cost, counted === null ? null : counted.cost, "cost, and calculateCost");
  if (counted) same(metadata.cost_nano_usd, counted.cost_nano_usd, "cost_nano_usd, and calculateCost");
}
