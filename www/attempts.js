// The attempts of a call on one line of time: who was asked, for how long, what came of it, what was waited in between.
import { dollars } from "./dollars.js";
import { make } from "./make.js";
import { span, words } from "./units.js";

/** The timeline of `attempts`; nothing where one attempt simply answered, or simply failed. */
export function timeline(attempts = []) {
  if (attempts.length < 2 && !attempts[0]?.skipped) return [];
  const whole = attempts.reduce((sum, { duration, delay_ms: delay = 0 }) => sum + duration + delay, 0);
  const details = make("details", "course");
  details.open = true;
  const list = make("ol", "attempts");
  let from = 0;
  for (const attempt of attempts) {
    list.append(row(attempt, from, whole));
    from += (attempt.delay_ms ?? 0) + attempt.duration;
  }
  details.append(make("summary", "", `${attempts.length} ${attempts.length === 1 ? "attempt" : "attempts"} in ${span(whole)}`), list);
  return [details];
}

function row(attempt, from, whole) {
  const item = make("li", attempt.type === null ? "answered" : attempt.skipped ? "skipped" : "failed");
  const head = make("p", "");
  head.append(make("span", "who", attempt.provider), " ", make("span", "model", attempt.model), " ", make("span", "outcome", outcome(attempt)));
  item.append(head, bar(attempt, from, whole), make("p", "facts", facts(attempt)));
  return item;
}

function outcome({ type, skipped, status_code: status }) {
  if (type === null) return "answered";
  return `${skipped ? "not asked, " : ""}${words(type)}${status ? ` (${status})` : ""}`;
}

function facts({ duration, delay_ms: delay, cost_nano_usd: cost, estimated, skipped }) {
  const price = cost === null ? "price unknown" : `${dollars(cost / 1e9)}${estimated ? " (estimated)" : ""}`;
  const parts = skipped ? [skipped] : [span(duration), price];
  if (delay > 0) parts.splice(1, 0, `after waiting ${span(delay)}`);
  return parts.join(" · ");
}

/** Where it lies in the whole: waiting pale, the attempt itself dark. The words beside it say the same. */
function bar({ duration, delay_ms: delay = 0 }, from, whole) {
  const track = make("div", "track");
  track.setAttribute("aria-hidden", "true");
  track.append(piece("waited", from, delay, whole), piece("took", from + delay, duration, whole));
  return track;
}

function piece(className, from, length, whole) {
  const element = make("div", className);
  // Through the object model: the page's policy allows no style attributes.
  element.style.left = `${whole > 0 ? (100 * from) / whole : 0}%`;
  element.style.width = `${whole > 0 ? (100 * length) / whole : 0}%`;
  return element;
}
