// The faces of a streamed answer: async iterable, readable streams, promise, HTTP response.
import { fail } from "./errors.js";
import { checked } from "./options.js";

const PRIVATE = Symbol("ChatStream");
/** The last net: a stream that was left without a word, all its faces collected, is cancelled. */
const forgotten = globalThis.FinalizationRegistry && new FinalizationRegistry((feed) => feed.cancel());

/**
 * An answer as it comes. Nothing is sent before the first read. One consumer.
 *
 * All its faces hold it, and so does every read while it waits: it is collected when nobody can read on.
 */
export class ChatStream {
  static name = "ChatStream";
  #feed;
  #consumer;
  #readable;
  #textStream;

  constructor(token, feed) {
    if (token !== PRIVATE) fail("invalid_request", "use llm.chatStream(request)");
    this.#feed = feed;
    forgotten?.register(this, feed);
  }

  static of(feed) {
    return new ChatStream(PRIVATE, feed);
  }

  [Symbol.asyncIterator]() {
    this.#claim("the iterator");
    return {
      next: () => {
        const chunk = this.#feed.queued();
        return chunk === undefined ? this.#step() : Promise.resolve({ done: false, value: chunk });
      },
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

  get readable() {
    this.#readable ??= this.#stream("readable", (chunk) => chunk);
    return this.#readable;
  }

  get textStream() {
    this.#textStream ??= this.#stream("textStream", ({ stream }) => {
      // What was handed out cannot be taken back from here.
      if (stream.restart) {
        this.cancel();
        fail("stream_interrupted", "the answer began anew, which text alone cannot say: read the chunks", { retryable: true, billed: "yes" });
      }
      return stream.finished ? undefined : stream.delta.content;
    });
    return this.#textStream;
  }

  /** The whole answer. The stream is read to its end for it, whether a consumer keeps up or has stopped reading. */
  get response() {
    const response = this.#feed.response();
    this.#drain();
    return response;
  }

  toResponse(options) {
    const { format = "text" } = checked(options, ["format"]);
    if (format === "text") return streamed(this.textStream.pipeThrough(new TextEncoderStream()), "text/plain; charset=utf-8");
    if (format === "sse") return streamed(this.#events(), "text/event-stream; charset=utf-8");
    return fail("invalid_request", `format: unknown format \`${format}\`, expected \`text\` or \`sse\``);
  }

  cancel() {
    this.#feed.cancel();
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    this.cancel();
  }

  #claim(consumer) {
    if (this.#consumer) throw new TypeError(`this stream is already consumed by ${this.#consumer}; it has one consumer`);
    this.#consumer = consumer;
  }

  // A method holds its stream as long as it waits.

  async #step() {
    const value = await this.#feed.pull();
    return { done: value === undefined, value };
  }

  async #drain() {
    await this.#feed.drain();
  }

  /** A stream that reads only when it is read from. `of(chunk)` undefined leaves a chunk out. */
  #stream(name, of) {
    this.#claim(name);
    const pull = async (controller) => {
      for (;;) {
        const chunk = await this.#feed.pull();
        if (chunk === undefined) return controller.close();
        const value = of(chunk);
        if (value) return controller.enqueue(value);
      }
    };
    return new ReadableStream({ pull, cancel: () => this.cancel() }, { highWaterMark: 0 });
  }

  /** Each chunk as a server-sent event; an error as an event of that name. */
  #events() {
    this.#claim("toResponse");
    const encoder = new TextEncoder();
    const event = (text) => encoder.encode(`${text}\n\n`);
    const pull = async (controller) => {
      try {
        const chunk = await this.#feed.pull();
        if (chunk === undefined) return controller.close();
        controller.enqueue(event(`data: ${JSON.stringify(chunk)}`));
      } catch (error) {
        controller.enqueue(event(`event: error\ndata: ${JSON.stringify(error)}`));
        controller.close();
      }
    };
    return new ReadableStream({ pull, cancel: () => this.cancel() }, { highWaterMark: 0 });
  }
}

function streamed(body, type) {
  return new Response(body, { headers: { "content-type": type, "cache-control": "no-store" } });
}
