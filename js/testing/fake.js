// A provider that says what it is told to: a `fetch` for `Aircher.create`, in any of the four dialects.
//
//   request -> chat? next step of the script : what the dialect answers beside chats (models, health, tokens)
//           -> delay -> error, or events of the dialect -> delays and faults of the body -> Response
import { claude } from "./dialects/claude.js";
import { gemini } from "./dialects/gemini.js";
import { ollama } from "./dialects/ollama.js";
import { openai } from "./dialects/openai.js";
import { bodyText, headersOf, rejectedWhenAborted, streamOf } from "./http.js";
import { answerOf, checkedStep, FAULTS, roughly } from "./script.js";

const DIALECTS = { openai, claude, anthropic: claude, gemini, google: gemini, ollama };
const OPTIONS = ["clock", "dialect", "model", "origin", "script"];

/** Makes one. `script`: a list of steps, one for each chat request, or a function of the request that gives a step. */
export function fakeProvider(options) {
  return new FakeProvider(options);
}

/** A `fetch` for several of them: each is asked what is meant for its `origin`. */
export function fakeFetch(...fakes) {
  return async (url, init) => {
    const { origin } = new URL(url);
    const fake = fakes.find((one) => one.origin === origin);
    if (!fake) throw new TypeError(`no fake provider answers for ${origin}`);
    return fake.fetch(url, init);
  };
}

class FakeProvider {
  /** Every request, oldest first. */
  requests = [];
  #dialect;
  #steps;
  #script;
  #used = 0;
  #clock;
  #model;

  constructor({ dialect, script = [], clock, model = "fake-model", origin, ...more } = {}) {
    const unknown = Object.keys(more)[0];
    if (unknown) throw new TypeError(`${unknown}: unknown option, expected one of ${OPTIONS.join(", ")}`);
    if (!Object.hasOwn(DIALECTS, dialect ?? "")) throw new TypeError(`dialect: \`${dialect}\`, expected one of ${Object.keys(DIALECTS).join(", ")}`);
    if (typeof script !== "function" && !Array.isArray(script)) throw new TypeError("script: expected a list of steps, or a function that gives one");
    this.#dialect = DIALECTS[dialect];
    this.origin = origin ?? this.#dialect.origin;
    this.fetch = this.fetch.bind(this);
    this.#clock = clock;
    this.#model = model;
    if (typeof script === "function") this.#script = script;
    else this.#steps = script.map((step, at) => (typeof step === "function" ? step : checkedStep(step, `script[${at}]`)));
  }

  /** How many steps of the script nobody asked for. */
  get left() {
    return this.#steps ? this.#steps.length - this.#used : 0;
  }

  async fetch(url, init = {}) {
    init.signal?.throwIfAborted();
    const request = await this.#noted(String(url), init);
    const chat = this.#dialect.read(request);
    const asked = { ...request, ...chat };
    const step = chat ? await this.#step(asked) : undefined;
    await this.#wait(step?.delay_ms, init.signal);
    if (!step) return this.#beside(request);
    if ("network_error" in step) return this.#unreachable(step, request);
    return step.status ? this.#refused(step, asked) : this.#answered(step, asked, init.signal);
  }

  async #noted(url, init) {
    const { pathname: path } = new URL(url);
    const text = await bodyText(init.body);
    const request = { method: init.method ?? "GET", url, path, headers: headersOf(init.headers), body: parsed(text), status: "open" };
    this.requests.push(request);
    return { ...request, number: this.requests.length, tokens: Math.max(roughly(text), 1) };
  }

  async #step(asked) {
    const next = this.#script ?? this.#steps[this.#used];
    this.#used += 1;
    if (next === undefined) return { status: 400, error: { message: `the script of this fake provider has ${this.#steps.length} steps, and this is chat request ${this.#used}` } };
    return typeof next === "function" ? checkedStep(await next(asked, this.#used), "what the script's function gave") : next;
  }

  #beside(request) {
    const found = this.#dialect.other(request, this.#model);
    return this.#json(request, found ? 200 : 404, found ?? this.#dialect.error(404, { message: `this fake provider knows no ${request.method} ${request.path}` }));
  }

  #unreachable({ network_error: code }, request) {
    this.#ended(request, "broken");
    throw unreachable(code);
  }

  #refused({ status, error = {}, body, retry_after_ms: wait, headers }, request) {
    const message = status === 404 ? this.#dialect.notFound(request.model) : `the script says ${status}`;
    const said = body ?? this.#dialect.error(status, { message, ...error });
    const waits = wait === undefined ? {} : { "retry-after": String(Math.ceil(wait / 1000)), "retry-after-ms": String(wait) };
    return this.#json(request, status, said, { ...waits, ...headers });
  }

  #json(request, status, body, headers) {
    this.#ended(request, "done");
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Response(text, { status, headers: { "content-type": "application/json", "x-request-id": `req_fake_${request.number}`, ...headers } });
  }

  #answered(step, asked, signal) {
    const answer = answerOf(step, asked);
    const { streamType } = this.#dialect;
    const events = asked.stream ? this.#dialect.events(answer, asked) : [JSON.stringify(this.#dialect.whole(answer, asked))];
    const body = streamOf(faulty(step, events, this.#dialect.malformed), {
      signal,
      pause: (chunk) => this.#wait(chunk > 0 ? step.chunk_delay_ms : 0, signal),
      ended: (how) => this.#ended(asked, how),
    });
    return new Response(body, { headers: { "content-type": asked.stream ? streamType : "application/json", "x-request-id": `req_fake_${asked.number}`, ...step.headers } });
  }

  #ended({ number }, how) {
    this.requests[number - 1].status = how;
  }

  async #wait(ms, signal) {
    if (!(ms > 0)) return;
    const set = this.#clock ? this.#clock.setTimeout.bind(this.#clock) : globalThis.setTimeout;
    const clear = this.#clock ? this.#clock.clear.bind(this.#clock) : globalThis.clearTimeout;
    let timer;
    const passed = new Promise((done) => (timer = ms === Infinity ? undefined : set(done, ms)));
    await rejectedWhenAborted(passed, signal).finally(() => clear(timer));
  }
}

/** The events and what befalls them, as steps of `streamOf`. A whole answer is one event: a fault meets it half way. */
function faulty(step, events, malformed) {
  const fault = FAULTS.find((name) => step[name] !== undefined);
  if (!fault) return events;
  const [before, rest] = parted(events, step[fault]);
  if (fault === "cut_after") return before;
  if (fault === "reset_after") return [...before, unreachable("ECONNRESET")];
  if (fault === "stall_after") return [...before, new Promise(() => {})];
  return [...before, malformed, ...rest];
}

function parted(events, after) {
  if (events.length > 1) return [events.slice(0, after), events.slice(after)];
  const [text] = events;
  const half = Math.floor(text.length / 2);
  return [[text.slice(0, half)], [text.slice(half)]];
}

/** What `fetch` throws: the code is where Node, Deno and Bun have it. */
function unreachable(code) {
  const cause = Object.assign(new Error(`the script says ${code}`), { code: String(code) });
  return Object.assign(new TypeError("fetch failed", { cause }), { code: String(code) });
}

function parsed(text) {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
