// What listeners hear, and what becomes of what they throw.
import { AircherError, fail } from "./errors.js";
import { checked } from "./options.js";

const EVENTS = ["alert", "failover", "health", "log", "request", "response", "retry", "usage", "warning"];
/** What the client wants to hear whether anybody listens or not. */
const OURS = ["health", "tried", "usage"];
/** From what must be read to what may be. */
const LEVELS = ["error", "warn", "info", "debug"];

/** Who listens to a client, and what is told them. */
export class Listeners {
  #all = new Map(EVENTS.map((event) => [event, new Set()]));
  #level;

  /** Of the options of `create`. */
  constructor({ logLevel = "warn", on }) {
    this.#level = LEVELS.indexOf(logLevel);
    if (this.#level < 0) fail("invalid_config", `options.logLevel: unknown level \`${logLevel}\`, expected one of ${LEVELS.join(", ")}`);
    for (const [event, listener] of Object.entries(checked(on, EVENTS, "invalid_config", "options.on", "function"))) this.add(event, listener);
  }

  /** Returns what takes the listener away again. */
  add(event, listener) {
    const listeners = this.#all.get(event);
    if (!listeners) fail("invalid_request", `event: unknown event \`${event}\`, expected one of ${EVENTS.join(", ")}`);
    if (typeof listener !== "function") fail("invalid_request", "listener: expected a function");
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  has(event) {
    return this.#all.get(event)?.size > 0;
  }

  /** Whether it is worth telling. */
  hears(event) {
    return OURS.includes(event) || this.has(event) || this.#logs(levelOf(event));
  }

  /** Only `request` may be answered. */
  tell(event, value) {
    if (event === "log") return void (this.#logs(value.level) && this.#call(event, value));
    if (this.#logs(levelOf(event))) this.#call("log", logged(event, value));
    const answers = this.#call(event, value);
    return event === "request" ? answered(answers) : undefined;
  }

  /** Whether anybody wants to read entries of that level. */
  #logs(level) {
    return LEVELS.indexOf(level) <= this.#level && this.has("log");
  }

  #call(event, value) {
    return [...this.#all.get(event)].map((listener) => harmless(listener, value));
  }
}

/** Calls a listener; what it throws, at once or later, is nobody's business. */
export function harmless(listener, value) {
  let answer;
  try {
    answer = listener(value);
    answer?.catch?.(() => {});
  } catch {
    // It has had its turn.
  }
  return answer;
}

/** An event as listeners see it: an error among its fields is one of ours. */
export function heard(event) {
  return event.error ? { ...event, error: new AircherError(event.error) } : event;
}

function levelOf(event) {
  return event === "warning" || event === "alert" ? "warn" : "debug";
}

/** An event as an entry of the log. Of an error no texts: it may quote what was said. */
function logged(event, { error, ...fields }) {
  const why = error?.type && { "error.type": error.type, "error.code": error.code, "http.response.status_code": error.status_code };
  return { level: levelOf(event), message: event, fields: { ...fields, ...why } };
}

/** What listeners say to a request, as JSON text. An answer that is none, or throws when it is read, says nothing. */
function answered(answers) {
  const texts = (headers) => Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
  const read = ({ veto, headers }) => ({ veto: veto && String(veto), headers: texts(headers) });
  const said = answers.map((answer) => harmless(read, answer) ?? {});
  return JSON.stringify({ veto: said.find(({ veto }) => veto)?.veto, headers: Object.assign({}, ...said.map(({ headers }) => headers)) });
}
