// Sizes, numbers and times as people read them.

const BYTES = ["bytes", "KB", "MB", "GB", "TB"];

/** `"1.4 MB"`: decimal units, as models are sold. */
export function bytes(count) {
  if (count < 1000) return `${count} ${count === 1 ? "byte" : "bytes"}`;
  let at = 0;
  for (; count >= 999.5 && at < BYTES.length - 1; at += 1) count /= 1000;
  return `${count < 9.95 ? count.toFixed(1) : Math.round(count)} ${BYTES[at]}`;
}

/** `"1.05M"`, `"128k"`: tokens. */
export function tokens(count) {
  if (count >= 1e6) return `${Number((count / 1e6).toFixed(2))}M`;
  return count >= 1000 ? `${Math.round(count / 1000)}k` : String(count);
}

/** `"40 ms"`, `"1.2 s"`, `"3 min"`. */
export function span(ms) {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** The time of day of a date. */
export function clock(date) {
  return new Date(date).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** A word of the library (`rate_limit`) as people write it. */
export function words(name) {
  return name.replaceAll("_", " ");
}
