// Calls that are left while they wait, and what of them is told: over real HTTP, in pieces with pauses between them.
import { control, same, truly } from "./checks.mjs";

const KEY = "sk-test-12345678";
const MODEL = "gpt-6-luna";
const SLOW = "/_fault/slow-20";
const SILENT = "/_fault/stall-first";
/** Behind the head: long enough for some pieces, and far from the end. */
const LATER_MS = 200;
const SOON_MS = 2000;

/** `[name, check]`. */
export function leaving({ Aircher, AircherError }, url) {
  const open = async (fault = SLOW, config) => {
    const openai = { api_key: KEY, base_url: `${url}${fault}/openai/v1`, model: MODEL };
    const llm = await Aircher.create({ providers: { openai }, retry: { max_retries: 5, initial_delay: "5s" }, ...config }, { dangerouslyAllowBrowser: true });
    return { llm, ask: (content = "[long]") => ({ messages: [{ role: "user", content }] }) };
  };
  const ways = Object.entries(WAYS).map(([name, way]) => [`by ${name}, while a read waits`, () => waiting(open, AircherError, way)]);
  return [
    ...ways,
    ["whole answers, retries and vectors likewise", () => others(open, AircherError)],
    ["an answer is read to its end, whoever has stopped reading", () => answered(open)],
    ["the limit of a call holds while nobody reads", () => paused(open, AircherError, url)],
    ["a closed client does nothing more", () => closed(open, AircherError)],
  ];
}

const caught = (promise) => promise.then(() => undefined, (error) => error);
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

/** Ways to leave an answer whose next piece is waited for, `later`; each resolves to the error that tells of it. */
const WAYS = {
  "its signal": async ({ llm, ask, later }) => {
    const gone = new AbortController();
    later(() => gone.abort("enough"));
    return caught(read(llm.chatStream(ask(), { signal: gone.signal })));
  },
  "the signal of a response": async ({ llm, ask, later }) => {
    const gone = new AbortController();
    later(() => gone.abort());
    return caught(llm.chatStream(ask(), { signal: gone.signal }).response);
  },
  "cancel()": async ({ llm, ask, later }) => {
    const stream = llm.chatStream(ask());
    later(() => stream.cancel());
    await read(stream);
    return caught(stream.response);
  },
  "close()": async ({ llm, ask, later }) => {
    later(() => llm.close());
    return caught(llm.chat({ ...ask(), stream: true }));
  },
};

async function read(stream) {
  for await (const chunk of stream) if (chunk.stream.finished) return;
}

async function waiting(open, AircherError, way) {
  const { llm, ask } = await open();
  const later = (leave) => void llm.on("response", () => setTimeout(leave, LATER_MS));
  const error = await way({ llm, ask, later });
  truly(AircherError.is(error) && error.type === "cancelled", `cancelled, not ${error}`);
  same(`${error.provider} ${error.attempts?.length} ${error.attempts?.[0]?.type}`, "openai 1 cancelled", "who was asked");
  truly(error.model?.startsWith(MODEL), `the model: ${error.model}`);
  truly(error.billed !== "no", `billed: ${error.billed}`);
  truly(error.partial?.message.content.length > 0, "what had come");
  same(`${error.partial.stream.finished} ${error.partial.error.type}`, "false cancelled", "what a partial answer says of its end");
  await llm.close();
}

async function others(open, AircherError) {
  for (const [fault, method] of [[SILENT, "chat"], ["/_fault/status-500", "chat"], [SILENT, "embed"]]) {
    const { llm, ask } = await open(fault);
    const request = method === "embed" ? { input: "text" } : ask();
    const error = await caught(llm[method](request, { signal: AbortSignal.timeout(LATER_MS) }));
    truly(AircherError.is(error) && error.type === "cancelled", `${fault}: cancelled, not ${error}`);
    if (method === "embed") same(error.billed, "unknown", "billed");
    else same(error.attempts?.[0]?.provider, "openai", `${fault}: who was asked`);
    await llm.close();
  }
}

async function answered(open) {
  const { llm, ask } = await open("");
  const { textStream, response } = llm.chatStream(ask("Say hello."));
  const { content } = (await response).message;
  same(await new Response(textStream.pipeThrough(new TextEncoderStream())).text(), content, "what was taken and not read");
  const stream = llm.chatStream(ask("Say hello."));
  const iterator = stream[Symbol.asyncIterator]();
  const pieces = [(await iterator.next()).value];
  same((await stream.response).message.content, content, "what was begun and left");
  for await (const piece of iterator) pieces.push(piece);
  same(pieces.map((piece) => piece.stream.delta.content ?? "").join(""), content, "and read on");
  await llm.close();
}

async function paused(open, AircherError, url) {
  await control(url, "reset", "POST");
  const { llm, ask } = await open(SLOW, { timeouts: { total: "200ms" } });
  const iterator = llm.chatStream(ask())[Symbol.asyncIterator]();
  await iterator.next();
  for (const began = Date.now(); llm.metrics().open_streams > 0; await pause(20)) truly(Date.now() - began < SOON_MS, "it is over although nobody reads");
  const error = await caught(iterator.next());
  truly(AircherError.is(error), `an AircherError, not ${error}`);
  same(`${error.type} ${error.code} ${error.provider}`, "timeout total openai", "the error");
  truly(error.partial.message.content.length > 0 && error.billed !== "no", "what had come");
  await llm.close();
}

async function closed(open, AircherError) {
  const { llm } = await open();
  const provider = llm.provider("openai");
  await llm.close();
  const calls = [() => provider.isHealthy(), () => llm.models(), () => provider.models(), () => llm.costs.today(), async () => llm.on("usage", () => {})];
  for (const call of calls) {
    const error = await caught(call());
    same(AircherError.is(error) && `${error.type} ${error.code}`, "invalid_request closed", `${call}`);
  }
}
