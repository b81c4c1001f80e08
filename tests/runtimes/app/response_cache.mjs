// Answers that are kept, over real HTTP (docs/response-cache.md); tests/calls/response_cache/ does the
// same in virtual time.
import { control, same, truly } from "./checks.mjs";

const KEY = "sk-test-12345678";
const OTHER_KEY = "sk-test-87654321";
const CANARY = "canary-of-the-prompt";
const DATABASE = "aircher-responses";
const isWorkerd = globalThis.navigator?.userAgent === "Cloudflare-Workers";
const hasIndexedDb = Boolean(globalThis.indexedDB);

/** `[name, check]`. */
export function responseCache({ Aircher, AircherError }, url) {
  const open = (cache, options) => client(Aircher, url, cache, options);
  return Object.entries({
    "the second of two is answered by the first": () => twice(open, url),
    "a stream replays piece by piece": () => replayed(open, url),
    "nothing is kept where nobody asked for it": () => off(open, url),
    "another key finds nothing": () => strangers(open, url),
    "errors are not kept": () => errors(open, AircherError, url),
    "identical calls share a request": () => together(open, url),
    "an abort of one leaves the others alone": () => aborted(open, AircherError),
    "the place and its limits are shown": () => shown(open),
    ...(hasIndexedDb && { "IndexedDB keeps it beyond the client, by names that tell nothing": () => beyond(open, url), "a database that fails costs a warning": () => broken(open) }),
  });
}

let asked = 0;

/** A client, and a question nobody has asked before: what others have kept does not count here. */
async function client(Aircher, url, cache = { enabled: true, store: "memory" }, { fault = "", key = KEY, ...options } = {}) {
  const openai = { api_key: key, base_url: `${url}${fault}/openai/v1`, api: "chat", model: "gpt-4o" };
  return Aircher.create({ providers: { openai }, retry: { max_retries: 0 }, response_cache: cache }, { dangerouslyAllowBrowser: true, ...options });
}

const question = (words = "Say hello.") => ({ messages: [{ role: "user", content: `${words} ${CANARY} ${Date.now()} ${++asked}` }] });
const caught = (promise) => promise.then(() => undefined, (error) => error);

async function sent(url) {
  return (await control(url, "requests")).requests.filter(({ path }) => path.includes("/openai/")).length;
}

async function twice(open, url) {
  await control(url, "reset", "POST");
  const llm = await open();
  const usages = [];
  llm.on("usage", (entry) => usages.push(entry));
  const request = question();
  const first = await llm.chat(request);
  const second = await llm.chat(request);
  same(await sent(url), 1, "requests sent");
  same(second.message.content, first.message.content, "the answers");
  same(JSON.stringify(second.usage), JSON.stringify(first.usage), "the usages");
  same(`${first.metadata.cached} ${second.metadata.cached}`, "undefined true", "what is said of them");
  same(`${second.cost} ${second.metadata.cost_nano_usd}`, "0 0", "the cost");
  same(second.metadata.saved_cost_nano_usd, first.metadata.cost_nano_usd, "what it saved");
  truly(first.metadata.cost_nano_usd > 0, "the first one cost something");
  const { request_count, cache_hit_count } = llm.metrics().providers.openai;
  same(`${request_count} ${cache_hit_count}`, "1 1", "requests and hits");
  await new Promise((wake) => setTimeout(wake, 20));
  same(usages.filter(({ remote }) => !remote).length, 1, "what was booked");
  await llm.close();
}

async function pieces(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const last = chunks.at(-1);
  const deltas = chunks.map(({ stream }) => stream.delta);
  same(deltas.map(({ content }) => content ?? "").join(""), last.message.content, "the pieces and the whole");
  same(chunks.filter(({ stream }) => stream.finished).length, 1, "finished chunks");
  return { deltas: JSON.stringify(deltas), count: chunks.length, last };
}

async function replayed(open, url) {
  await control(url, "reset", "POST");
  const llm = await open();
  const request = question();
  const first = await pieces(llm.chatStream(request));
  const second = await pieces(llm.chatStream(request));
  const whole = await llm.chat(request);
  truly(first.count > 3, "the answer came in pieces");
  same(second.deltas, first.deltas, "the deltas");
  same(`${second.last.metadata.cached} ${whole.metadata.cached}`, "true true", "both are hits");
  same(whole.message.content, first.last.message.content, "the whole and the streamed answer");
  same(await sent(url), 1, "requests sent");
  await llm.close();
}

async function off(open, url) {
  await control(url, "reset", "POST");
  const llm = await open({});
  const request = question();
  for (const response_cache of [undefined, undefined, true, true, false]) await llm.chat({ ...request, response_cache });
  same(await sent(url), 4, "requests sent");
  await llm.close();
}

async function strangers(open, url) {
  const cache = { enabled: true };
  const [llm, same_key, stranger] = await Promise.all([open(cache), open(cache), open(cache, { key: OTHER_KEY, fetch: anyKey })]);
  const request = question();
  const told = async (llm) => Boolean((await llm.chat(request)).metadata.cached);
  same(await told(llm), false, "the first");
  same(await told(stranger), false, "with another key");
  same(await told(stranger), true, "the stranger's own");
  same(await told(same_key), hasIndexedDb, "another client with the same key");
  for (const client of [llm, same_key, stranger]) await client.close();
}

/** The stand-in knows one key. */
const anyKey = (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${KEY}` } });

async function errors(open, AircherError, url) {
  await control(url, "reset", "POST");
  const llm = await open({ enabled: true }, { key: "sk-wrong-12345678" });
  const request = question();
  for (let round = 0; round < 2; round++) {
    const error = await caught(llm.chat(request));
    truly(AircherError.is(error) && error.type === "authentication", `authentication, not ${error}`);
  }
  same(await sent(url), 2, "requests sent");
  await llm.close();
}

async function together(open, url) {
  await control(url, "reset", "POST");
  const llm = await open();
  const request = question();
  const calls = [llm.chat(request), llm.chatStream(request).response, llm.chat(request)];
  const answers = await Promise.all(calls);
  same(new Set(answers.map(({ message }) => message.content)).size, 1, "one answer for all");
  const hits = answers.filter(({ metadata }) => metadata.cached).length;
  // In workerd a promise belongs to the request that made it: there everybody asks.
  same(`${await sent(url)} ${hits}`, isWorkerd ? "3 0" : "1 2", "requests sent, and hits");
  await llm.close();
}

async function aborted(open, AircherError) {
  const llm = await open(undefined, { fault: "/_fault/slow-20" });
  const request = { ...question(), stream: true };
  const control = new AbortController();
  const first = caught(llm.chat(request, { signal: control.signal }));
  const others = [llm.chat(request), llm.chat(request)];
  setTimeout(() => control.abort("enough"), 30);
  const error = await first;
  truly(AircherError.is(error) && error.type === "cancelled", `cancelled, not ${error}`);
  const answers = await Promise.all(others);
  same(answers[0].message.content, answers[1].message.content, "the others' answers");
  truly(answers[0].message.content.length > 20, "they have text");
  await llm.close();
}

async function shown(open) {
  const llm = await open({ enabled: true, ttl: "90s", max_bytes: 1000 });
  same(JSON.stringify(llm.config.response_cache), '{"enabled":true,"ttl":"90s","max_bytes":1000,"store":"auto"}', "the configuration in effect");
  await llm.close();
}

// ---- IndexedDB ----------------------------------------------------------------

/** Everything a database holds, by store. */
function dump(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const db = request.result;
      const found = {};
      const tx = db.transaction([...db.objectStoreNames]);
      for (const store of db.objectStoreNames) {
        tx.objectStore(store).getAllKeys().onsuccess = ({ target }) => (found[store] = { keys: target.result });
        tx.objectStore(store).getAll().onsuccess = ({ target }) => (found[store].values = target.result);
      }
      tx.oncomplete = () => (db.close(), resolve(found));
    };
  });
}

async function beyond(open, url) {
  await control(url, "reset", "POST");
  const request = question();
  const first = await open({ enabled: true });
  const { message } = await first.chat(request);
  await first.close();
  const second = await open({ enabled: true });
  const hit = await second.chat(request);
  same(`${hit.metadata.cached} ${hit.message.content === message.content}`, "true true", "the next client's answer");
  same(await sent(url), 1, "requests sent");
  const { answers, uses } = await dump(DATABASE);
  truly(answers.keys.length > 0 && answers.keys.length === uses.keys.length, "each answer has its use");
  for (const name of [...answers.keys, ...uses.keys]) truly(/^[0-9a-f]{64}$/.test(name), `a name that tells nothing, not ${name}`);
  const all = JSON.stringify({ names: answers.keys, uses });
  for (const secret of [KEY, OTHER_KEY, CANARY]) truly(!all.includes(secret), `${secret} stands in no name`);
  truly(!JSON.stringify(answers.values).includes(KEY), "and the key in no answer");
  await second.close();
  const tiny = await open({ enabled: true, max_bytes: 3_000 });
  for (let round = 0; round < 6; round++) await tiny.chat(question());
  await tiny.close(); // behind what is still being put away
  const kept = (await dump(DATABASE)).uses.values.reduce((sum, { bytes }) => sum + bytes, 0);
  truly(kept > 0 && kept <= 3_000, `no more than 3,000 bytes are kept, not ${kept}`);
}

async function broken(open) {
  const { transaction } = IDBDatabase.prototype;
  const warnings = [];
  const llm = await open({ enabled: true }, { store: "memory", on: { warning: ({ code }) => warnings.push(code) } });
  IDBDatabase.prototype.transaction = () => {
    throw new Error("the disk is full");
  };
  try {
    const request = question();
    const first = await llm.chat(request);
    truly(first.metadata.warnings.some(({ code, message }) => code === "response_cache_failed" && message === "the disk is full"), "the warning says why");
    truly((await llm.chat(request)).metadata.cached, "memory takes its place");
    same(warnings.join(), "response_cache_failed", "warnings");
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
  await llm.close();
}
