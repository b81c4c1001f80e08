// The faces of a streamed answer: async iterable, readable streams, promise, HTTP response.
import { fail } from "./errors.js";

const PRIVATE = Symbol("ChatStream");

/** An answer as it comes. Nothing is sent before the first read. One consumer. */
export class ChatStream {
  #feed;
  #consumer;
  #readable;
  #textStream;

  constructor(token, feed) {
    if (token !== PRIVATE) fail("invalid_request", "use llm.chatStream(request)");
    this.#feed = feed;
  }

  static of(feed) {
    return new ChatStream(PRIVATE, feed);
  }

  [Symbol.asyncIterator]() {
    this.#claim("the iterator");
    const feed = this.#feed;
    return {
      next: () => {
        const chunk = feed.queued();
        return chunk === undefined ? feed.pull().then(result) : Promise.resolve({ done: false, value: chunk });
      },
      // `break` comes here: the connection is closed.
      return: async (value) => {
        feed.cancel();
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
    this.#textStream ??= this.#stream("textStream", (chunk) => (chunk.stream.finished ? undefined : chunk.stream.delta.content));
    return this.#textStream;
  }

  /** The whole answer. Awaited without a consumer it reads the stream to its end. */
  get response() {
    const response = this.#feed.response();
    // A consumer that is attached in the same turn does the reading itself.
    queueMicrotask(() => this.#consumer === undefined && this.#feed.drain());
    return response;
  }

  toResponse({ format = "text" } = {}) {
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

  /** A stream that reads only when it is read from. `of(chunk)` undefined leaves a chunk out. */
  #stream(name, of) {
    this.#claim(name);
    const feed = this.#feed;
    const pull = async (controller) => {
      for (;;) {
        const chunk = await feed.pull();
        if (chunk === undefined) return controller.close();
        const value = of(chunk);
        if (value) return controller.enqueue(value);
      }
    };
    return new ReadableStream({ pull, cancel: () => feed.cancel() }, { highWaterMark: 0 });
  }

  /** Each chunk as a server-sent event; an error as an event of that name. */
  #events() {
    this.#claim("toResponse");
    const feed = this.#feed;
    const encoder = new TextEncoder();
    const event = (text) => encoder.encode(`${text}\n\n`);
    const pull = async (controller) => {
      try {
        const chunk = await feed.pull();
        if (chunk === undefined) return controller.close();
        controller.enqueue(event(`data: ${JSON.stringify(chunk)}`));
      } catch (error) {
        controller.enqueue(event(`event: error\ndata: ${JSON.stringify(error)}`));
        controller.close();
      }
    };
    return new ReadableStream({ pull, cancel: () => feed.cancel() }, { highWaterMark: 0 });
  }
}

function result(chunk) {
  return chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk };
}

function streamed(body, type) {
  return new Response(body, { headers: { "content-type": type, "cache-control": "no-store" } });
}
