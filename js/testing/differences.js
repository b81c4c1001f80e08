// How a request differs from a recorded one, in words. `***` in what was recorded stands for anything.
import { HIDDEN } from "./secrets.js";

/** Every difference, as `place: recorded …, now …`; none when they are the same request. */
export function differences(recorded, now, isCompared) {
  return [
    ...compared("method", recorded.method, now.method),
    ...addresses(recorded.url, now.url),
    ...headers(recorded.headers, now.headers, isCompared),
    ...compared("body", value(recorded.body), value(now.body)),
  ];
}

/** The recorded request that differs least: `[number, differences]`. */
export function closest(left, now, isCompared) {
  const told = [...left].map(([number, { request }]) => [number, differences(request, now, isCompared)]);
  return told.reduce((best, one) => (best === undefined || one[1].length < best[1].length ? one : best), undefined);
}

function addresses(recorded, now) {
  const [then, here] = [recorded, now].map((url) => new URL(url));
  const query = ({ searchParams }) => Object.fromEntries([...searchParams].sort());
  return [...compared("url", then.origin + decodeURI(then.pathname), here.origin + decodeURI(here.pathname)), ...compared("query", query(then), query(here))];
}

function headers(recorded, now, isCompared) {
  const kept = (given) => Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => isCompared(name)));
  return compared("headers", kept(recorded), kept(now));
}

/** JSON is compared as data: the order of keys says nothing. */
function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function compared(place, recorded, now) {
  if (isObject(recorded) && isObject(now)) return members(place, recorded, now);
  if (typeof recorded === "string" && typeof now === "string" && fits(recorded, now)) return [];
  return Object.is(recorded, now) ? [] : [`${place}: recorded ${shown(recorded)}, now ${shown(now)}`];
}

const isObject = (given) => typeof given === "object" && given !== null;

function members(place, recorded, now) {
  if (Array.isArray(recorded) !== Array.isArray(now)) return [`${place}: recorded ${shown(recorded)}, now ${shown(now)}`];
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(now)])];
  return keys.flatMap((key) => compared(Array.isArray(recorded) ? `${place}[${key}]` : `${place}.${key}`, recorded[key], now[key]));
}

function fits(recorded, now) {
  if (!recorded.includes(HIDDEN)) return recorded === now;
  const parts = recorded.split(HIDDEN).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\s\\S]*")}$`).test(now);
}

function shown(given) {
  const text = given === undefined ? "nothing" : JSON.stringify(given);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
