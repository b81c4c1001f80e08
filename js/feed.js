// The chunks of one call, pulled from the core one network chunk at a time.
//
//   pull() --> queued chunk, or core.next(this) --> push(text, codes, rich) --> queue
//                                                   told(answer), failed(error): the end
//
// Who finds a queued chunk does not touch the core. The signal and the limit of the whole call hold from
// the first read on: while a part of the library loads, and while nobody reads.
import { failure, fromCore, named } from "./errors.js";
import { living } from "./life.js";
import { idleTimer } from "./runtime.js";

const THINKING = 1;
const REFUSAL = 2;
const RICH = 3;

/** The longest a timer can wait. */
const LONGEST_MS = 2 ** 31;

export class Feed {
  #prepare;
  #hooks;
  #signal;
  #timer;
  #call;
  #life; // of the wasm it runs in
  #queue = [];
  #head = 0;
  #reading; // what all wait for while the core reads
  #resume;
  #provider = "";
  #model = "";
  #first = true;
  #state = "open"; // open | done | failed | quiet
  #error;
  #leaving; // `[state, error]` while the read that is under way has yet to tell what it knows
  #wake;
  #response;
  #settled;
  #settle;
  #onAbort;

  /**
   * `prepare()` checks what was given: `{ signal, totalMs, open(late) }`, where `open` makes the core's call so many
   * milliseconds later. `hooks`: `live` says whether chunks are wanted or only the answer; `ready()` is awaited before
   * `open`; `opened(feed)` and `ended(feed, error)` tell the client.
   */
  constructor(prepare, hooks) {
    this.#prepare = prepare;
    this.#hooks = hooks;
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
    if (this.#leaving) this.#rest(() => this.#left(this.#cancelled()));
    else this.#rested();
  }

  /** The whole answer, as JSON text. */
  told(answer) {
    this.#rest(() => (this.#leaving ? this.#left(whole(JSON.parse(answer))) : this.#finish(JSON.parse(answer))));
  }

  /** Nothing more comes: an error as JSON text, or what a wasm has died of. */
  failed(thrown) {
    this.#rest(() => {
      const error = fromCore(thrown);
      if (this.#leaving) this.#left(known(error));
      else if (this.#state === "open") this.#end("failed", error);
    });
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
    this.#stop("failed", error);
  }

  /** Ends the call without an error for whoever reads; only the answer rejects. */
  cancel() {
    this.#stop("quiet", failure("cancelled", "the stream was cancelled"));
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

  /** Makes the core read; there is something new when it is over. */
  #read() {
    if (!this.#reading) {
      this.#reading = new Promise((resume) => (this.#resume = resume));
      if (this.#call) this.#step();
      else this.#begin();
    }
    return this.#reading;
  }

  #step() {
    try {
      if (this.#hooks.live) this.#call.next(this);
      else this.#call.finish(this);
    } catch (error) {
      this.failed(error);
    }
  }

  /** The core has been left: what its word means may run the caller's code. */
  async #rest(end) {
    await undefined;
    try {
      end();
    } catch (error) {
      this.#end("failed", fromCore(error));
    }
    this.#rested();
  }

  #rested() {
    this.#reading = undefined;
    this.#resume?.();
  }

  /** Makes the core's call, should it still be wanted by then. */
  async #begin() {
    try {
      const began = performance.now();
      const open = this.#watched();
      await Promise.race([this.#hooks.ready(), new Promise((wake) => (this.#wake = wake))]);
      if (this.#state !== "open") return this.#rested();
      this.#call = open(performance.now() - began);
      this.#life = living();
      this.#life.ends.set(this, (error) => this.failed(error));
      this.#step();
    } catch (error) {
      this.failed(error);
    }
  }

  /** From here on it may be ended from outside; what makes the core's call. */
  #watched() {
    const { signal, totalMs, open } = this.#prepare();
    // It holds the request, which may be large, and a stream may be long.
    this.#prepare = undefined;
    if (signal?.aborted) throw aborted(signal);
    this.#signal = signal;
    this.#onAbort = () => this.abort(aborted(signal));
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (totalMs < LONGEST_MS) this.#timer = idleTimer(() => this.#late(), totalMs);
    this.#hooks.opened(this);
    return open;
  }

  /** While it reads, the core looks at the clock itself. */
  #late() {
    if (!this.#call || !this.#reading) this.abort(failure("timeout", "the call took longer than its total limit (timeouts.total)", { code: "total", retryable: true }));
  }

  #finish(response) {
    // A last chunk has a role only where no chunk came before; vectors have no chunks.
    if (response.stream && this.#hooks.live) response.stream.delta = this.#withRole(response.stream.delta);
    this.#queue.push(response);
    this.#response = response;
    this.#end("done");
  }

  #stop(state, error) {
    if (this.#state !== "open" || this.#leaving) return;
    this.#clear();
    this.#leaving = [state, error];
    const told = this.#cancelled();
    // The core tells what it knows here, or rejects the read that is under way with it.
    if (told || !this.#call || !this.#reading) this.#left(told);
  }

  /** Ends the core's call; what it knows. One whose instance has died knows nothing. */
  #cancelled() {
    try {
      const told = this.#call?.cancel();
      return told && known(JSON.parse(told));
    } catch {
      return undefined;
    }
  }

  #left(told) {
    const [state, error] = this.#leaving;
    this.#clear();
    this.#end(state, named(Object.assign(error, told ?? (this.#call && { billed: "unknown" }))));
  }

  #end(state, error) {
    this.#state = state;
    this.#error = error;
    this.#leaving = undefined;
    this.#signal?.removeEventListener?.("abort", this.#onAbort);
    clearTimeout(this.#timer);
    this.#call?.free();
    this.#call = undefined;
    this.#life?.ends.delete(this);
    this.#wake?.();
    this.#hooks.ended(this, error);
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

/** The same of one whose answer had just come. */
function whole(answer) {
  const { provider, model, metadata } = answer;
  return known({ ...metadata, provider, model, billed: "yes", partial: answer.message && answer });
}

/** What the core knows of a cancelled call. */
function known({ provider, model, request_id, partial, attempts, billed, raw }) {
  const fields = { provider, model, request_id, partial, attempts, billed, raw };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
