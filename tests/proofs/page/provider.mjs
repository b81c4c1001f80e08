// A provider that lives in the page: a `fetch` that answers as Chat Completions does, and keeps its own invoices.
//
//   request    "<fate> <tokens> …" is all the prompt says
//   invoice    { id, fate, cost }: what a real one would charge, known to the nano-dollar
//
// fates:  ok     a whole answer with its usage         cut    the connection breaks before the usage
//         fail   refused with 500, nothing charged     hang   no answer at all, until the caller leaves

/** gpt-6-luna, nano-dollars a token. */
const PRICE = { in: 100, out: 500 };
const PROMPT_TOKENS = 20;
const HEADERS = { "content-type": "text/event-stream" };
/** More tokens than any fate's answer; what is not used is given back. */
export const MAX_TOKENS = 40;

export const costOf = (tokens) => PROMPT_TOKENS * PRICE.in + tokens * PRICE.out;

export const ask = ({ fate = "ok", tokens = 20, ...more } = {}) => ({
  provider: "openai",
  model: "gpt-6-luna",
  max_tokens: MAX_TOKENS,
  messages: [{ role: "user", content: `${fate} ${tokens} tokens of answer, please, as if this were a question somebody has` }],
  ...more,
});

/** `invoices` gets what is charged; `pause()` waits between two pieces of an answer. */
export function provider(invoices = [], pause = async () => {}) {
  return async (_, { body, headers, signal }) => {
    const { messages, stream } = JSON.parse(new TextDecoder().decode(body));
    const [fate, tokens] = messages[0].content.split(" ");
    const invoice = { id: headers["x-attempt"], fate, cost: 0 };
    invoices.push(invoice);
    await Promise.race([pause(), aborted(signal)]);
    if (fate === "fail") return Response.json({ error: { message: "the server had an error", type: "server_error" } }, { status: 500 });
    if (fate === "hang") return aborted(signal);
    if (!stream) return whole(invoice, fate, Number(tokens));
    return new Response(answer(invoice, fate, Number(tokens), pause, signal), { headers: HEADERS });
  };
}

/** Without `stream` nothing is read before the end; the whole answer was made all the same. */
function whole(invoice, fate, tokens) {
  invoice.cost = costOf(tokens);
  if (fate === "cut") throw new TypeError("the connection was lost");
  const message = { role: "assistant", content: Array(tokens).fill("word").join(" ") };
  return Response.json({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "gpt-6-luna", choices: [{ index: 0, message, finish_reason: "stop" }], usage: usageOf(tokens) });
}

function answer(invoice, fate, tokens, pause, signal) {
  const encoder = new TextEncoder();
  const frames = framesOf(fate, tokens);
  let sent = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        await Promise.race([pause(), aborted(signal)]);
        const frame = frames.next().value;
        if (frame === undefined) return fate === "cut" ? controller.error(new TypeError("the connection was lost")) : controller.close();
        if (frame.word) invoice.cost = costOf(++sent);
        if (frame.usage) Object.assign(invoice, { cost: costOf(tokens) });
        controller.enqueue(encoder.encode(frame.text));
      },
    },
    { highWaterMark: 0 },
  );
}

function* framesOf(fate, tokens) {
  const frame = (part) => `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "gpt-6-luna", ...part })}\n\n`;
  const choice = (delta, finish_reason = null) => frame({ choices: [{ index: 0, delta, finish_reason }] });
  for (let at = 0; at < tokens; at += 1) {
    if (fate === "cut" && at > tokens / 2) return;
    yield { text: choice({ content: at ? " word" : "word" }), word: true };
  }
  yield { text: choice({}, "stop") };
  yield { text: `${frame({ choices: [], usage: usageOf(tokens) })}data: [DONE]\n\n`, usage: true };
}

const usageOf = (tokens) => ({ prompt_tokens: PROMPT_TOKENS, completion_tokens: tokens, total_tokens: PROMPT_TOKENS + tokens });

function aborted(signal) {
  return new Promise((_, fail) => {
    if (signal.aborted) fail(signal.reason);
    signal.addEventListener("abort", () => fail(signal.reason), { once: true });
  });
}
