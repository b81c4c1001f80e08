// The models of an Ollama server, over real HTTP: `[name, check]`.
import { control, same, truly } from "./checks.mjs";

const isWorkerd = globalThis.navigator?.userAgent === "Cloudflare-Workers";
const isPage = typeof document !== "undefined" || (typeof WorkerGlobalScope !== "undefined" && !isWorkerd && !("Deno" in globalThis) && !("Bun" in globalThis));
// One stand-in may serve several runtimes.
const own = Math.random().toString(36).slice(2, 8);
const text = (value) => JSON.stringify(value);
const failed = (promise) => promise.then(() => undefined, (error) => error);
const ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

export function ollama({ Aircher, AircherError }, url) {
  const open = (fields, options) => Aircher.create({ providers: { ollama: { base_url: `${url}/ollama`, ...fields } }, retry: { initial_delay: "1ms" } }, options);
  return Object.entries({
    "models are listed and shown": () => listed(open),
    "a pull tells how far it is": () => pulled(open),
    "a pull that breaks goes on where it was": () => broken(open, url),
    "a pull ends when nobody reads it": () => ended(open, url, AircherError),
    "a model nobody has is an error": () => unknown(open, AircherError),
    "a pull says whether the model has changed": () => changed(open),
    "models are made, copied and removed": () => made(open, AircherError),
    "files are sent once": () => sent(open, url),
    "a Modelfile is read": () => modelfile(open, AircherError),
    "models are loaded and unloaded": () => loaded(open, url),
    "a call pulls what is missing": () => pulledByCall(open),
    "other providers have no models to manage": () => others(Aircher, AircherError),
    "a closed client ends what is under way": () => closed(open, url, AircherError),
  });
}

async function listed(open) {
  const llm = await open();
  const [first] = await llm.ollama.list();
  same(`${first.name} ${typeof first.size} ${first.digest.length} ${first.details.family}`, "llama3.2:latest number 64 llama3", "the first model");
  same((await llm.ollama.version()).split(".").length, 3, "the version");
  const { capabilities, context_length, details } = await llm.ollama.show("qwen3:8b");
  same(`${capabilities} ${context_length} ${details.quantization_level}`, "completion,tools,thinking 131072 Q4_K_M", "what is known of it");
  const provider = llm.provider("ollama");
  same(provider.tokenLimit("qwen3:8b"), 131072, "its window from then on");
  truly(provider.supportsFor("qwen3:8b").thinking && !provider.supportsFor("qwen3:8b").images, "what it can do from then on");
  same(text(await provider.ollama.list()), text(await llm.ollama.list()), "by the provider");
  await llm.close();
}

async function pulled(open) {
  const llm = await open();
  const model = `smollm:new-${own}`;
  const task = llm.ollama.pull(model);
  const all = [];
  for await (const progress of task) all.push(progress);
  const [last] = all.slice(-1);
  same(all[0].status, "pulling manifest", "the first status");
  same(`${last.status} ${last.completed} ${last.total} ${last.layers.length} ${last.attempt}`, "success 4002300 4002300 3 1", "the last progress");
  truly(all.some(({ completed, total }) => completed > 0 && completed < 4_000_000 && total >= 4_000_000), "it is told on the way");
  const result = await task.result;
  same(text(last.result), text(result), "the result");
  same(`${result.model} ${result.previous_digest} ${result.changed}`, `${model} null true`, "what came of it");
  truly((await llm.ollama.list()).some(({ name, digest }) => name === model && digest === result.digest), "it is there");
  await llm.ollama.delete(model);
  same((await llm.ollama.pull(model)).changed, true, "awaited, a pull goes to its end");
  await llm.ollama.delete(model);
  truly(!(await llm.ollama.list()).some(({ name }) => name === model), "it is gone");
  await llm.close();
}

/** A `fetch` under which so many pulls have a fault. */
function faulty(url, fault, times) {
  return { fetch: (address, init) => globalThis.fetch(address.endsWith("/pull") && times-- > 0 ? address.replace(url, `${url}/_fault/${fault}`) : address, init) };
}

async function broken(open, url) {
  const model = `smollm:new-broken-${own}`;
  const llm = await open({}, faulty(url, "reset", 2));
  const retries = [];
  llm.on("retry", ({ error }) => retries.push(error.type));
  const all = [];
  for await (const progress of llm.ollama.pull(model)) all.push(progress);
  const [last] = all.slice(-1);
  same(`${last.status} ${last.attempt} ${last.completed}`, "success 3 4002300", "the end");
  same(retries.length, 2, "retries");
  const start = all.find(({ attempt, completed }) => attempt === 3 && completed > 0);
  truly(start.completed > 2_000_000, `it went on where it was: ${text(start)}`);
  await llm.ollama.delete(model);
  await llm.close();
}

/** Waits until the stand-in has seen who ended such a request. */
async function endedBy(url, path) {
  for (let waits = 0; waits < 100; waits += 1) {
    const { ended } = await control(url, "streams");
    const found = ended.find((each) => each.path.endsWith(path));
    if (found) return found.by;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  return "nobody";
}

async function ended(open, url, AircherError) {
  const llm = await open({}, faulty(url, "stall", Infinity));
  const model = `smollm:new-ended-${own}`;
  await control(url, "reset", "POST");
  const task = llm.ollama.pull(model);
  for await (const { status } of task) if (status !== "pulling manifest") break;
  same(await endedBy(url, "/api/pull"), "client", "who ended it behind `break`");
  same((await failed(task.result)).type, "cancelled", "its result");

  await control(url, "reset", "POST");
  const stop = new AbortController();
  const read = failed((async () => {
    for await (const { status } of llm.ollama.pull(model, { signal: stop.signal })) if (status !== "pulling manifest") stop.abort("enough");
  })());
  const error = await read;
  same(AircherError.is(error) && `${error.type} ${error.cause}`, "cancelled enough", `behind its signal: ${error}`);
  same(await endedBy(url, "/api/pull"), "client", "who ended it behind the signal");

  const quiet = llm.ollama.pull(model);
  const steps = quiet[Symbol.asyncIterator]();
  await steps.next();
  const pending = steps.next().then(() => steps.next());
  quiet.cancel();
  same((await pending).done, true, "behind cancel()");
  same((await failed(llm.ollama.pull(model, { signal: AbortSignal.abort() }).result)).type, "cancelled", "an aborted signal");
  await llm.close();
}

async function unknown(open, AircherError) {
  const llm = await open();
  const error = await failed(llm.ollama.pull("no-such").result);
  same(AircherError.is(error) && `${error.type} ${error.provider} ${error.model}`, "model_not_found ollama no-such", `the error: ${error}`);
  for (const ask of [() => llm.ollama.show("no-such"), () => llm.ollama.delete("no-such"), () => llm.ollama.copy("no-such", "x"), () => llm.ollama.preload("no-such")]) {
    const { type, status_code } = await failed(ask());
    same(`${type} ${status_code}`, "model_not_found 404", "the error");
  }
  same((await failed(llm.ollama.show(7))).type, "invalid_request", "no name");
  await llm.close();
}

async function changed(open) {
  const llm = await open();
  const pull = async (model) => (await llm.ollama.pull(model).result).changed;
  const [same1, rolling] = [`smollm:new-same-${own}`, `smollm:rolling-${own}`];
  same([await pull(same1), await pull(same1)].join(), "true,false", "a model that stays");
  same([await pull(rolling), await pull(rolling)].join(), "true,true", "a model that changes");
  for (const model of [same1, rolling]) await llm.ollama.delete(model);
  await llm.close();
}

async function made(open, AircherError) {
  const llm = await open();
  const [mario, luigi] = [`mario:new-${own}`, `luigi:new-${own}`];
  const statuses = [];
  const spec = { from: "llama3.2", system: "You are Mario.", parameters: { temperature: 1, stop: ["a"] }, quantize: "q4_K_M" };
  for await (const { status } of llm.ollama.create(mario, spec)) statuses.push(status.replace(/[0-9a-f]{64}/, "…"));
  same(statuses[0], "quantizing F16 model to Q4_K_M", "the first status");
  same(statuses.slice(-3).join(), "using existing layer sha256:…,writing manifest,success", "the last ones");
  await llm.ollama.copy(mario, luigi);
  const names = async () => (await llm.ollama.list()).map(({ name }) => name);
  truly((await names()).includes(luigi), "the copy is there");
  await Promise.all([llm.ollama.delete(mario), llm.ollama.delete(luigi)]);
  truly(!(await names()).some((name) => name === mario || name === luigi), "both are gone");
  for (const [spec, message] of [[{}, /give `from`/], [{ from: "a", fron: 1 }, /unknown field `fron`/], [7, /expected an object/], [{ files: { a: 7 } }, /expected a Blob/]]) {
    const error = await failed(llm.ollama.create("x", spec).result);
    truly(AircherError.is(error) && error.type === "invalid_request" && message.test(error.message), `the error: ${error}`);
  }
  await llm.close();
}

async function sent(open, url) {
  const llm = await open();
  const bytes = new TextEncoder().encode(`weights of ${own} `.repeat(20_000));
  const stream = () => new Blob([bytes]).stream();
  const posts = async () => (await control(url, "requests")).requests.filter(({ method, path }) => method === "POST" && /blobs/.test(path)).length;
  await control(url, "reset", "POST");
  const make = async (file) => {
    const statuses = new Set();
    for await (const { status, completed, total } of llm.ollama.create(`own:new-${own}`, { files: { "dir/own.gguf": file } })) {
      statuses.add(status);
      truly(completed <= total, `${completed} of ${total}`);
    }
    return [...statuses].join();
  };
  same(await make(bytes), "hashing dir/own.gguf,sending dir/own.gguf,parsing GGUF," + (await rest(url)), "what is told");
  same(await posts(), 1, "files sent");
  for (const file of [new Blob([bytes]), bytes.buffer, stream(), stream]) truly(!(await make(file)).includes("sending"), "it is not sent again");
  same(await posts(), 1, "files sent in the end");
  const other = new TextEncoder().encode(`lora of ${own} `.repeat(20_000));
  const streamed = () => new Blob([other]).stream();
  await llm.ollama.create(`own:new-${own}`, { from: "llama3.2", adapters: { "lora.gguf": isPage ? new Blob([other]) : streamed } }).result;
  same(await posts(), 2, "files sent as a stream");
  await llm.ollama.delete(`own:new-${own}`);
  await llm.close();
}

/** The digest in a status depends on the file. */
async function rest(url) {
  const { requests } = await control(url, "requests");
  truly(requests.some(({ method, path }) => method === "HEAD" && /blobs\/sha256:[0-9a-f]{64}$/.test(path)), "it was asked whether the file is there");
  const { body } = requests.findLast(({ path }) => path.endsWith("/api/create"));
  truly(/^sha256:[0-9a-f]{64}$/.test(body.files["own.gguf"]), `files by the last part of their name: ${text(body)}`);
  return `using existing layer ${await layerOf(body)},writing manifest,success`;
}

async function layerOf({ from, files }) {
  const bytes = new TextEncoder().encode(JSON.stringify([from, files]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

async function modelfile(open, AircherError) {
  const llm = await open();
  const model = `luigi:new-file-${own}`;
  const text = 'FROM llama3.2\nPARAMETER temperature 0.5\nSYSTEM """\nYou are Luigi.\n"""\n';
  const { changed } = await llm.ollama.create(model, { modelfile: text }).result;
  same(changed, true, "it is new");
  await llm.ollama.delete(model);
  const error = await failed(llm.ollama.create(model, { modelfile: `${text}FORM x` }).result);
  truly(AircherError.is(error) && /^modelfile: line 6: unknown instruction `FORM`/.test(error.message), `the error: ${error}`);
  const file = { modelfile: "FROM ./abc.gguf", files: { "abc.gguf": new Blob(["abc"]) } };
  const hashed = [];
  for await (const { layers } of llm.ollama.create(model, file)) hashed.push(...layers.map(({ digest }) => digest));
  truly(hashed.length === 0 || hashed.every((digest) => digest === ABC), `the file's digest: ${hashed}`);
  await llm.ollama.delete(model);
  await llm.close();
}

async function loaded(open, url) {
  const llm = await open({ keep_alive: "10m", num_ctx: 4096 });
  const inMemory = async () => (await llm.ollama.ps()).map(({ name }) => name).includes("gemma3:4b");
  await llm.ollama.preload("gemma3:4b");
  const { requests } = await control(url, "requests");
  const { body } = requests.findLast(({ path }) => path.endsWith("/api/chat"));
  same(text(body), '{"model":"gemma3:4b","messages":[],"stream":false,"keep_alive":"10m","options":{"num_ctx":4096}}', "what is asked");
  truly(await inMemory(), "it is loaded");
  await llm.ollama.unload("gemma3:4b");
  truly(!(await inMemory()), "it is not loaded any more");
  await llm.close();
}

async function pulledByCall(open) {
  const model = `smollm:new-call-${own}`;
  const ask = { model, provider: "ollama", messages: [{ role: "user", content: "Say hello." }] };
  const never = await open();
  same((await failed(never.chat(ask))).type, "model_not_found", "without auto_pull");
  const llm = await open({ auto_pull: "missing" });
  const told = [];
  llm.on("warning", ({ code }) => told.push(code));
  const [first, second] = [await llm.chat(ask), await llm.chat(ask)];
  const codes = (response) => response.metadata.warnings.map(({ code }) => code).join();
  same(`${codes(first)} ${codes(second)} ${told}`, "pulling_model  pulling_model", "warnings");
  truly(first.message.content.length > 0, "an answer");
  await llm.ollama.delete(model);
  await Promise.all([llm.close(), never.close()]);
}

async function others(Aircher, AircherError) {
  const llm = await Aircher.create({ providers: { openai: { api_key: "sk-test-12345678" } } }, { dangerouslyAllowBrowser: true });
  same(llm.provider("openai").ollama, undefined, "ollama of another provider");
  const error = await failed(llm.ollama.list());
  same(AircherError.is(error) && error.type, "invalid_request", `the error: ${error}`);
  await llm.close();
}

async function closed(open, url, AircherError) {
  const llm = await open({}, faulty(url, "stall", 1));
  const task = llm.ollama.pull(`smollm:new-closed-${own}`);
  const steps = task[Symbol.asyncIterator]();
  await steps.next();
  const pending = failed(steps.next().then(() => steps.next()).then(() => steps.next()));
  await llm.close();
  const error = await pending;
  same(AircherError.is(error) && `${error.type} ${error.code}`, "cancelled closed", `the error: ${error}`);
  same((await failed(llm.ollama.list())).code, "closed", "afterwards");
}
