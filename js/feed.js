// The chunks of one call, pulled from the core one network chunk at a time.
//
//   pull() --> queued chunk, or core.next(this) --> push(text, codes, rich) --> queue
//
// A pull that finds a queued chunk answers without touching the core.
import { failure, fromCore } from "./errors.js";

const THINKING = 1;
const REFUSAL = 2;
const RICH = 3;

export class Feed {
  #open;
  #options;
  #signal;
  #call;
  #queue = [];
  #head = 0;
  #reading;
  #provider = "";
  #model = "";
  #first = true;
  #state = "open"; // open | done | failed | quiet
  #error;
  #response;
  #settled;
  #settle;
  #onAbort;

  /**
   * `open()` makes the core's call; `live` says whether chunks are wanted or only the answer;
   * `ready()` is
   * awaited before; `opened(feed)` and `ended(feed, error)` tell the client.
   */
  constructor(open, signal, options) {
    this.#open = open;
    this.#signal = signal;
    this.#options = options;
  }

  // ---- called by the core

  begin(provider, model) {
    this.#provider = provider;
    this.#model = model;
  }

  /** What came so far is void. */
  restart() {
    this.#first = true;
    this.#queue.push({ stream: { restart: true, delta: {}, finished: false }, provider: this.#provider, model: this.#model });
  }

  push(text, codes, rich) {
    const events = rich === undefined ? [] : JSON.parse(rich);
    let start = 0;
    let next = 0;
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at];
      const end = start + (code & 0x3fffffff);
      const piece = text.slice(start, end);
      start = end;
      this.#enqueue(code >>> 30 === RICH ? { tool_calls: [events[next++]] } : delta(code >>> 30, piece));
    }
  }

  #enqueue(delta) {
    this.#queue.push({ stream: { delta: this.#withRole(delta), finished: false }, provider: this.#provider, model: this.#model });
  }

  #withRole(delta) {
    if (!this.#first) return delta;
    this.#first = false;
    return { role: "assistant", ...delta };
  }

  // ---- called by the stream

  /** The next chunk if it is here already. */
  queued() {
    return this.#head < this.#queue.length ? this.#shift() : undefined;
  }

  /** The next chunk; undefined at the end. */
  async pull() {
    while (this.#head === this.#queue.length) {
      if (this.#state === "failed") throw this.#error;
      if (this.#state !== "open") return undefined;
      await this.#read();
    }
    return this.#shift();
  }

  /** The whole answer, without consuming a chunk. Never an unhandled rejection. */
  response() {
    if (!this.#settled) {
      this.#settled = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
      this.#settled.catch(() => {});
      this.#tell();
    }
    return this.#settled;
  }

  /** Reads everything into the queue. */
  async drain() {
    while (this.#state === "open") await this.#read();
  }

  /** Reads to the end and hands out the answer alone. */
  async drained() {
    await this.drain();
    return this.response();
  }

  /** Ends the call with an error; what had arrived becomes its `partial`. */
  abort(error) {
    if (this.#state === "open") this.#stop(error, "failed");
  }

  /** Ends the call without an error for whoever reads; only the answer rejects. */
  cancel() {
    if (this.#state === "open") this.#stop(failure("cancelled", "the stream was cancelled"), "quiet");
  }

  // ---- within

  #shift() {
    const chunk = this.#queue[this.#head];
    this.#queue[this.#head++] = undefined;
    if (this.#head === this.#queue.length) this.#clear();
    return chunk;
  }

  #clear() {
    this.#queue.length = 0;
    this.#head = 0;
  }

  #read() {
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readOnce() {
    try {
      if (!this.#call) {
        await this.#options.ready();
        // It may have been cancelled meanwhile.
        if (this.#state !== "open") return;
        this.#call = this.#start();
      }
      const answer = await (this.#options.live ? this.#call.next(this) : this.#call.finish());
      if (answer !== undefined && this.#state === "open") this.#finish(JSON.parse(answer));
    } catch (error) {
      if (this.#state === "open") this.#end("failed", fromCore(error));
    }
  }

  #start() {
    if (this.#signal?.aborted) throw aborted(this.#signal);
    const call = this.#open();
    // It holds the request, which may be large, and a stream may be long.
    this.#open = undefined;
    this.#onAbort = () => this.abort(aborted(this.#signal));
    this.#signal?.addEventListener?.("abort", this.#onAbort, { once: true });
    this.#options.opened(this);
    return call;
  }

  #finish(response) {
    // Vectors have none.
    if (response.stream) response.stream.delta = this.#withRole(response.stream.delta);
    this.#queue.push(response);
    this.#response = response;
    this.#end("done");
  }

  #stop(error, state) {
    Object.assign(error, this.#told());
    this.#clear();
    this.#end(state, error);
  }

  /** Ends the core's call; what it knows. One whose instance has died knows nothing. */
  #told() {
    try {
      return known(JSON.parse(this.#call?.cancel() ?? "{}"));
    } catch {
      return {};
    }
  }

  #end(state, error) {
    this.#state = state;
    this.#error = error;
    this.#signal?.removeEventListener?.("abort", this.#onAbort);
    this.#call?.free();
    this.#call = undefined;
    this.#options.ended(this, error);
    this.#tell();
  }

  #tell() {
    if (this.#state === "open" || !this.#settle) return;
    if (this.#response) this.#settle.resolve(this.#response);
    else this.#settle.reject(this.#error);
  }
}

/** Literals of one shape each: most chunks are text, and a computed key would cost as much as parsing it. */
function delta(kind, text) {
  if (kind === THINKING) return { thinking: text };
  return kind === REFUSAL ? { refusal: text } : { content: text };
}

function aborted(signal) {
  return failure("cancelled", "the call was aborted by its signal", { cause: signal.reason });
}

/** What the core knows of a cancelled call. */
function known({ provider, model, request_id, partial, attempts, billed, raw }) {
  const fields = { provider, model, request_id, partial, attempts, billed, raw };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
