// The models of an Ollama server. What is asked and what an answer means is the core's; here are files and iterators.
//
//   list, show …   work.next() --> the answer
//   pull, create   work.next() --> progress … --> the iterator, or `result` alone
//   files          hash --> is it there? --> send, streamed where the runtime can
import { fail, failure, fromCore } from "./errors.js";
import { living } from "./life.js";
import { checked } from "./options.js";
import { isPage } from "./runtime.js";
import { jsonText } from "./values.js";

/** How often is told how far a file is. */
const TELL_MS = 200;
/** Nothing is read ahead. */
const NO_MORE = { highWaterMark: 0 };

export class Ollama {
  static name = "Ollama";
  #hooks;

  /** `hooks`: `core()` is the core's client; `id()` of the provider; `ready()` is awaited before each request; `opened(running)`, `ended(running)` tell the client. */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  list(options) {
    return this.#ask("list", {}, options);
  }

  ps(options) {
    return this.#ask("ps", {}, options);
  }

  version(options) {
    return this.#ask("version", {}, options);
  }

  async show(model, options) {
    const { verbose, signal } = checked(options, ["verbose", "signal"]);
    const { told, ...found } = await this.#ask("show", { model: named(model), verbose }, { signal });
    return { ...told, ...found };
  }

  async copy(source, destination, options) {
    await this.#ask("copy", { model: named(source), destination: named(destination) }, options);
  }

  async delete(model, options) {
    await this.#ask("delete", { model: named(model) }, options);
  }

  async preload(model, options) {
    const { keepAlive, numCtx, signal } = checked(options, ["keepAlive", "numCtx", "signal"]);
    await this.#ask("preload", { model: named(model), keep_alive: keepAlive, num_ctx: numCtx }, { signal });
  }

  async unload(model, options) {
    await this.#ask("unload", { model: named(model) }, options);
  }

  pull(model, options) {
    return new Task(options, (running) => this.#told(running, "pull", text({ model: named(model) }, "model")));
  }

  create(model, spec, options) {
    return new Task(options, (running) => this.#made(running, named(model), spec));
  }

  // ---- requests

  /** What is answered at once. */
  async #ask(operation, asked, options) {
    const running = new Running(options);
    try {
      return JSON.parse(await this.#step(running, operation, text(asked, "options")));
    } catch (error) {
      throw running.of(error);
    } finally {
      running.done();
    }
  }

  async #step(running, operation, asked, body) {
    const work = await this.#begin(running, operation, asked, body);
    try {
      return await work.next();
    } finally {
      this.#over(running, work);
    }
  }

  async *#told(running, operation, asked) {
    const work = await this.#begin(running, operation, asked);
    try {
      for (let told; (told = await work.next()) !== undefined; running.check()) yield* JSON.parse(told);
      // What was ended between two steps has no more to tell.
      running.check();
    } finally {
      this.#over(running, work);
    }
  }

  async #begin(running, operation, asked, body) {
    running.check();
    await this.#hooks.ready();
    // It may have been ended meanwhile.
    running.check();
    const work = this.#hooks.core().errand(this.#hooks.id(), operation, asked, body);
    running.work = work;
    this.#hooks.opened(running);
    return work;
  }

  #over(running, work) {
    running.work = undefined;
    this.#hooks.ended(running);
    work.cancel();
    work.free();
  }

  // ---- models of one's own

  /** Planned before the first of its files is read: what is wrong with it costs no time. */
  async *#made(running, model, spec) {
    const { files = {}, adapters = {}, ...rest } = objectOf(spec, "spec");
    const sources = { files: objectOf(files, "spec.files"), adapters: objectOf(adapters, "spec.adapters") };
    const asked = text({ ...rest, model, files: Object.keys(files), adapters: Object.keys(adapters) }, "spec");
    await this.#hooks.ready();
    const body = JSON.parse(this.#hooks.core().planned(this.#hooks.id(), asked));
    for (const field of ["files", "adapters"]) {
      for (const [there, here] of Object.entries(body[field] ?? {})) {
        body[field][there] = yield* this.#sent(running, here, sourceOf(sources[field][here], `spec.${field}`, here));
      }
    }
    yield* this.#told(running, "create", JSON.stringify(body));
  }

  /** Sends a file unless the server has it; its digest. */
  async *#sent(running, name, source) {
    const { digest, size, body } = yield* hashed(running, name, source);
    const asked = JSON.stringify({ digest });
    if ((await this.#step(running, "has_file", asked)) === "true") return digest;
    const meter = new Meter(`sending ${name}`, size, digest);
    // Called for each attempt.
    const sent = this.#step(running, "send_file", asked, () => body(meter.restart()));
    let isOver = false;
    const over = sent.then(() => (isOver = true));
    over.catch(() => {});
    try {
      while (!isOver) {
        yield meter.told();
        await Promise.race([over, pause()]);
      }
    } finally {
      if (!isOver) running.end(failure("cancelled", "the task was cancelled"));
    }
    meter.completed = size;
    yield meter.told();
    return digest;
  }
}

// ---- what is under way

/** A request or a task, and why it was ended. */
class Running {
  work;
  #signal;
  #error;
  #onAbort = () => this.end(failure("cancelled", "the request was aborted by its signal", { cause: this.#signal.reason }));

  constructor(options) {
    const { signal } = checked(options, ["signal"]);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /** Closes the connection. The first reason counts. */
  end(error) {
    this.#error ??= error;
    this.work?.cancel();
  }

  /** The client is closed. */
  abort(error) {
    this.end(error);
  }

  check() {
    if (this.#error) throw this.#error;
  }

  /** What to throw: why it was ended, or what went wrong. */
  of(error) {
    return this.#error ?? fromCore(error);
  }

  done() {
    this.#signal?.removeEventListener?.("abort", this.#onAbort);
  }
}

/** Progress as it is read. Nothing is sent before. Where `result` has gone ahead, the last that was told is read. */
class Task {
  static name = "OllamaTask";
  #options;
  #open;
  #running;
  #steps;
  #stepping;
  #told;
  #error;
  #isIterated = false;
  #state = "open"; // open | done | quiet
  #result;
  #settle;

  constructor(options, open) {
    this.#options = options;
    this.#open = open;
    this.#result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#result.catch(() => {});
  }

  [Symbol.asyncIterator]() {
    if (this.#isIterated) throw new TypeError("this task is already iterated over; it has one iterator");
    this.#isIterated = true;
    return {
      next: () => this.#next(),
      // `break` comes here: the connection is closed.
      return: async (value) => {
        this.cancel();
        return { done: true, value };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  get result() {
    this.#drain();
    return this.#result;
  }

  /** `await` reads to the end. */
  then(...react) {
    return this.result.then(...react);
  }

  cancel() {
    if (this.#state !== "open") return;
    const error = failure("cancelled", "the task was cancelled");
    this.#told = undefined;
    this.#end("quiet");
    this.#running?.end(error);
    // Where it waits between two steps, this closes the connection.
    this.#steps?.return().catch(() => {});
    this.#settle.reject(error);
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    this.cancel();
  }

  async #drain() {
    while (this.#state === "open") await this.#step();
  }

  async #next() {
    if (!this.#told && this.#state === "open") await this.#step();
    const [value, error] = [this.#told, this.#error];
    this.#told = undefined;
    if (value) return { done: false, value };
    this.#error = undefined;
    if (error) throw error;
    return { done: true, value };
  }

  #step() {
    this.#stepping ??= this.#stepOnce().finally(() => (this.#stepping = undefined));
    return this.#stepping;
  }

  async #stepOnce() {
    try {
      this.#running ??= new Running(this.#options);
      this.#steps ??= this.#open(this.#running);
      const { value, done } = await this.#steps.next();
      if (this.#state === "quiet") return;
      this.#told = value ?? this.#told;
      if (value?.result) this.#settle.resolve(value.result);
      if (done) this.#end("done");
    } catch (thrown) {
      if (this.#state === "quiet") return;
      this.#error = this.#running?.of(thrown) ?? thrown;
      this.#end("done");
      this.#settle.reject(this.#error);
    }
  }

  #end(state) {
    this.#state = state;
    this.#running?.done();
  }
}

// ---- files

/** How far a file is, in the form of a task's progress. */
class Meter {
  completed = 0;
  #status;
  #total;
  #digest;
  #began = performance.now();

  constructor(status, total, digest) {
    this.#status = status;
    this.#total = total;
    this.#digest = digest;
  }

  /** From the beginning again; what counts the bytes. */
  restart() {
    this.completed = 0;
    this.#began = performance.now();
    return (bytes) => (this.completed += bytes);
  }

  told() {
    const { completed } = this;
    const total = Math.max(this.#total ?? 0, completed);
    const seconds = (performance.now() - this.#began) / 1000;
    const layers = this.#digest ? [{ digest: this.#digest, completed, total }] : [];
    return { status: this.#status, completed, total, bytes_per_second: completed && seconds ? Math.round(completed / seconds) : null, layers, attempt: 1 };
  }
}

/** Reads a file once: `{ digest, size, body(count) }`. `body` gives what fetch sends, as often as it is asked. */
async function* hashed(running, name, source) {
  const meter = new Meter(`hashing ${name}`, source.size);
  const count = meter.restart();
  const digest = new (living().glue.Digest)();
  const kept = source.again ? undefined : [];
  let finished;
  try {
    let told = performance.now();
    yield meter.told();
    for await (const bytes of piecesOf(await source.open())) {
      running.check();
      digest.push(bytes);
      kept?.push(bytes);
      count(bytes.length);
      if (performance.now() - told > TELL_MS) {
        told = performance.now();
        yield meter.told();
      }
    }
    finished = digest.finish();
  } finally {
    if (!finished) digest.free();
  }
  const again = source.again ?? blobSource(new Blob(kept)).again;
  return { digest: finished, size: meter.completed, body: again };
}

/** A stream's bytes. Not every runtime iterates over streams. */
async function* piecesOf(stream) {
  const reader = stream.getReader();
  try {
    for (let step; !(step = await reader.read()).done; ) yield step.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** `{ size?, open(), again?(count) }`: its bytes to be hashed, and what is sent; without `again` they have to be kept. */
function sourceOf(file, field, name) {
  if (file instanceof Blob) return blobSource(file);
  if (file instanceof ArrayBuffer || ArrayBuffer.isView(file)) return blobSource(new Blob([file]));
  if (typeof file === "function") return { open: file, again: isPage() ? undefined : (count) => counted(file, count) };
  if (typeof file?.getReader === "function") return { open: () => file };
  return fail("invalid_request", `${field}: ${name}: expected a Blob, bytes, a stream, or a function that gives one`);
}

/** A page streams no body over HTTP/1.1, which is what these servers speak; a Blob it reads from where it is. */
function blobSource(blob) {
  return { size: blob.size, open: () => blob.stream(), again: (count) => (isPage() ? blob : counted(() => blob.stream(), count)) };
}

/** A stream that is opened with its first read, and counted. */
function counted(open, count) {
  let reader;
  const pull = async (controller) => {
    reader ??= (await open()).getReader();
    const { done, value } = await reader.read();
    if (done) return controller.close();
    count(value.length);
    controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: (reason) => reader?.cancel(reason) }, NO_MORE);
}

// ---- values

function named(model) {
  return typeof model === "string" ? model : fail("invalid_request", "model: expected the name of a model");
}

function objectOf(value, name) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : fail("invalid_request", `${name}: expected an object`);
}

const text = (value, name) => jsonText(value, name, "invalid_request");
const pause = () => new Promise((wake) => setTimeout(wake, TELL_MS));
