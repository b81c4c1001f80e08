// Durations as in a configuration ("250ms", "1m30s"), or milliseconds as a number.

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export function milliseconds(given, name) {
  if (typeof given === "number" && given > 0) return given;
  const isText = typeof given === "string" && /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(given);
  const ms = isText ? Array.from(given.matchAll(/([\d.]+)(ms|s|m|h)/g), ([, value, unit]) => value * UNITS[unit]).reduce((a, b) => a + b, 0) : 0;
  if (!(ms > 0)) throw new TypeError(`${name}: expected a duration such as "30s", or milliseconds, not ${JSON.stringify(given)}`);
  return ms;
}
