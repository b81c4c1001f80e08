// A trap of the wasm while calls run. Nothing in the package traps on demand, so its memory is overwritten: the next thing
// the wasm does reads an address that is none, and the trap is real.
import { same, truly } from "./checks.mjs";

const OPENAI = { kind: "openai", path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna" };
const CALLS = 50;
const SOON_MS = 1000;
/** The wasm's memory is larger than anything else that is filled with random numbers. */
const LARGE = 1 << 17;

/** `[name, check]`. */
export function traps({ Aircher, AircherError }, url) {
  const open = (prefix = "", costs, options) => client(Aircher, url + prefix, costs, options);
  return Object.entries({
    "in a call: fifty in flight are told, the next is answered, the books are exact": () => fifty(open, AircherError, struck, charged),
    "behind everybody's back: likewise": () => fifty(open, AircherError, struckLater, held),
    "while a stream waits for its reader": () => paused(open, AircherError),
    "models and listeners stay": () => replayed(open),
    "a function of the host that throws": () => thrown(Aircher, AircherError, open, url),
  });
}

async function client(Aircher, url, costs, options) {
  const id = `traps${Math.floor(Math.random() * 1e9)}`;
  const { kind, path, api_key, model } = OPENAI;
  const providers = { [id]: { kind, api_key, base_url: url + path, model, api: "chat" } };
  const llm = await Aircher.create({ providers, costs: costs?.(id), retry: { max_retries: 0 } }, { dangerouslyAllowBrowser: true, ...options });
  const ask = (content, more) => ({ provider: id, messages: [{ role: "user", content }], ...more });
  return { llm, id, ask };
}

const caught = (promise) => promise.then(() => undefined, (error) => error);

/** Lets `work` run and gives the wasm's memory, seen when it asks for random numbers: every call does. */
async function memoryBehind(work, glance = work) {
  const real = crypto.getRandomValues;
  let memory;
  crypto.getRandomValues = (view) => {
    if (view.buffer.byteLength >= LARGE) memory = view.buffer;
    return real.call(crypto, view);
  };
  try {
    await work();
    // A memory that has grown since is another one.
    for (let tries = 0; tries < 3 && !(memory?.byteLength >= LARGE); tries++) await glance();
  } finally {
    if (Object.hasOwn(crypto, "getRandomValues")) delete crypto.getRandomValues;
  }
  truly(memory?.byteLength >= LARGE, "the wasm's memory was seen");
  return new Uint8Array(memory);
}

/** The next call runs into it. */
async function struck(memory, { llm, ask }, AircherError) {
  memory.fill(0xff);
  const error = await caught(llm.chat(ask("Who strikes it?")));
  isInternal(error, AircherError);
  truly(error.message.length < 200, "its message is short");
}

/** A chunk that arrives runs into it: nobody is there to catch what is thrown. */
async function struckLater(memory) {
  memory.fill(0xff);
}

function isInternal(error, AircherError) {
  truly(AircherError.is(error), `an AircherError, not ${error?.stack ?? error}`);
  same([error.type, error.code, error.billed, error.retryable].join(), "unknown,internal,unknown,false", "the error");
  truly(error.cause instanceof Error, `it has a cause, not ${error.cause}`);
}

/** A provider in the page, since browsers open six connections to one server: it says nothing, or a word now and then. */
function provider(silent) {
  const place = { open: 0, silent };
  place.fetch = (url, { signal }) => {
    place.open += 1;
    const over = new Promise((done) => signal.addEventListener("abort", done, { once: true })).then(() => (place.open -= 1));
    if (silent) return over.then(() => Promise.reject(signal.reason));
    const pull = async (to) => (await new Promise((wake) => setTimeout(wake, 20)), signal.aborted ? to.error(signal.reason) : to.enqueue(WORD));
    return Promise.resolve(new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } }));
  };
  return place;
}

const WORD = new TextEncoder().encode('data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n');

/** Half of the calls have not heard a word, half are slow streams of another client. */
async function fifty(open, AircherError, strike, books) {
  const places = [provider(true), provider(false)];
  const hard = (id) => ({ mode: "hard", limits: { [`${id}_daily`]: 100 } });
  const [silent, slow] = await Promise.all(places.map(({ fetch }) => open("", hard, { fetch })));
  const asking = await open();
  const usual = await timed(() => asking.llm.chat(asking.ask("Is the rest of it loaded?")));
  const openNow = () => places.reduce((sum, { open }) => sum + open, 0);
  let calls;
  const memory = await memoryBehind(async () => {
    calls = Array.from({ length: CALLS }, (_, at) => (at % 2 ? silent.llm.chat(silent.ask(`${at}`)) : slow.llm.chatStream(slow.ask(`${at}`)).response));
    calls.forEach((call) => call.catch(() => {}));
    await until("all are sent", () => openNow() === CALLS);
  }, () => asking.llm.chat(asking.ask("Where is its memory?")));
  const { reserved_nano_usd: reserved, pending } = await slow.llm.costs.status();
  truly(pending >= CALLS, `${pending} are reserved`);
  await strike(memory, asking, AircherError);
  for (const call of calls) {
    const error = await caught(call);
    isInternal(error, AircherError);
    truly(error.cause instanceof WebAssembly.RuntimeError, `its cause is a trap, not ${error.cause}`);
  }

  const took = await timed(() => asking.llm.chat(asking.ask("Still there?")));
  // How soon is a matter of benchmarks; a machine that is slow at the usual call is slow at this one too.
  truly(took <= 10 * usual + SOON_MS, `the next call is answered at once, not after ${took} ms (usual: ${usual})`);
  await until("no connection is left", () => openNow() === 0);

  same(await books(open, [silent, slow]), reserved, "what the books hold and what was reserved");
  for (const { llm } of [silent, slow, asking]) await llm.close();
}

/** What the lost calls had reserved stays reserved until it is old enough to be nobody's. */
async function held(_, clients) {
  let all = 0;
  for (const { llm, id } of clients) {
    const { cost_nano_usd: charged, reserved } = (await llm.costs.today()).by_provider[id];
    all += charged + Math.round(reserved * 1e9);
  }
  return all;
}

/** Then it is charged in full. */
async function charged(open, clients) {
  await until("the lost calls are charged", () => isOver(open, clients));
  let all = 0;
  for (const { llm, id } of clients) {
    const entries = await llm.costs.entries({ provider: id });
    same(entries.filter(({ state, estimated }) => state === "expired" && estimated).length, CALLS / 2, "entries");
    const { cost_nano_usd: sum, reserved, requests } = (await llm.costs.today()).by_provider[id];
    same(sum, entries.reduce((all, entry) => all + entry.cost_nano_usd, 0), "the total and its entries");
    same([reserved, requests].join(), `0,${CALLS / 2}`, "what is left reserved, and requests");
    all += sum;
  }
  return all;
}

/** Whether nothing of some clients is open any more; who opens the books looks for the dead. */
async function isOver(open, clients) {
  const { llm } = await open();
  await llm.costs.status();
  await llm.close();
  const entries = await Promise.all(clients.map(({ llm, id }) => llm.costs.entries({ provider: id })));
  return entries.flat().every(({ state }) => state !== "pending");
}

/** How long a call takes that is answered. */
async function timed(call) {
  const began = performance.now();
  truly((await call()).message.content.length > 0, "an answer");
  return performance.now() - began;
}

async function paused(open, AircherError) {
  const { llm, ask } = await open("/_fault/slow-20");
  const other = await open();
  const read = llm.chatStream(ask("[long]"))[Symbol.asyncIterator]();
  const memory = await memoryBehind(() => read.next());
  await struck(memory, other, AircherError);
  let error;
  while (!error) error = await read.next().then(({ done }) => done && "the end", (error) => error);
  isInternal(error, AircherError);
  // One that is never read again is closed like any other.
  const left = llm.chatStream(ask("[long]"))[Symbol.asyncIterator]();
  await struck(await memoryBehind(() => left.next()), other, AircherError);
  await left.return();
  await llm.close();
  await other.llm.close();
}

async function replayed(open) {
  const heard = [];
  const { llm, id, ask } = await open("", undefined, { on: { usage: ({ remote }) => remote || heard.push("usage") } });
  llm.registry.merge(JSON.stringify({ models: [{ id: "mine", provider: "openai", context_window: 4321, prices: { in: 1, out: 2 } }] }));
  const provider = llm.provider(id);
  same(provider.tokenLimit("mine"), 4321, "the window before");
  const config = JSON.stringify(llm.config);
  const memory = await memoryBehind(() => llm.chat(ask("Hello.")));
  truly(heard.length > 0, "listeners hear");
  heard.length = 0;
  memory.fill(0xff);
  await caught(llm.chat(ask("Who strikes it?")));
  same(provider.tokenLimit("mine"), 4321, "the window after");
  same(JSON.stringify(llm.config), config, "the configuration");
  same(JSON.stringify(llm.metrics().providers), "{}", "figures begin anew");
  truly((await llm.chat(ask("Hello."))).message.content.length > 0, "an answer");
  same(heard.join(), "usage", "what listeners heard");
  await llm.close();
}

/** What is hardly an answer, handed in as one, tears the wasm's frames too. */
async function thrown(Aircher, AircherError, open, url) {
  const { llm, ask } = await open("", undefined, { fetch: async () => ({ status: 200, headers: [], body: {} }) });
  const error = await caught(llm.chat(ask("Hello.")));
  same(AircherError.is(error) && `${error.type} ${error.code}`, "unknown internal", "the error");
  const env = new Proxy({}, { get: () => { throw new Error("no"); } });
  const providers = { openai: { base_url: url + OPENAI.path, model: OPENAI.model } };
  const refused = await caught(Aircher.create({ providers }, { env, dangerouslyAllowBrowser: true }).then((llm) => llm.chat({ messages: [{ role: "user", content: "Hello." }] })));
  truly(AircherError.is(refused) && ["invalid_config", "authentication"].includes(refused.type), `a typed error, not ${refused}`);
  await llm.close();
}

async function until(what, so) {
  for (const began = Date.now(); !(await so()); await new Promise((wake) => setTimeout(wake, 50))) {
    truly(Date.now() - began < 30_000, what);
  }
}
