// What the fake's dialects share. An answer, in our words:
//
//   { id, model, text, pieces, thinking, thoughts, refusal, calls: [{ id, name, args }], finish, usage }
//
// `pieces` and `thoughts` are `text` and `thinking` cut into deltas; `args` is JSON text.

/** A server-sent event; `type` is its name. */
export const event = (data, type) => `${type ? `event: ${type}\n` : ""}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** Arguments as they come: in two fragments. */
export function fragments(text) {
  const half = Math.ceil(text.length / 2);
  return [text.slice(0, half), text.slice(half)].filter(Boolean);
}

/** A vector of length one, the same for the same text. */
export function vector(text, dimensions = 8) {
  const sums = new Array(dimensions).fill(1);
  for (let at = 0; at < text.length; at += 1) sums[(text.charCodeAt(at) * 31 + at) % dimensions] += text.charCodeAt(at) % 13;
  const length = Math.hypot(...sums);
  return sums.map((sum) => sum / length);
}

/** The name of a status in a dialect's table; statuses without one take that of their hundred. */
export const named = (table, status) => table[status] ?? table[status >= 500 ? 500 : 400];
