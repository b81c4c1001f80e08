// What listeners hear, and what becomes of what they throw.
import { AircherError } from "./errors.js";

/** From what must be read to what may be. */
export const LEVELS = ["error", "warn", "info", "debug"];

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

export function levelOf(event) {
  return event === "warning" || event === "alert" ? "warn" : "debug";
}

/** An event as an entry of the log. Of an error no texts: it may quote what was said. */
export function logged(event, { error, ...fields }) {
  const why = error?.type && { "error.type": error.type, "error.code": error.code, "http.response.status_code": error.status_code };
  return { level: levelOf(event), message: event, fields: { ...fields, ...why } };
}

/** What listeners say to a request, as JSON text. An answer that is none, or throws when it is read, says nothing. */
export function answered(answers) {
  const texts = (headers) => Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
  const read = ({ veto, headers }) => ({ veto: veto && String(veto), headers: texts(headers) });
  const said = answers.map((answer) => harmless(read, answer) ?? {});
  return JSON.stringify({ veto: said.find(({ veto }) => veto)?.veto, headers: Object.assign({}, ...said.map(({ headers }) => headers)) });
}
