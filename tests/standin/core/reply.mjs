// What a dialect hands back: a status, headers and the frames of a body. A frame is one event
// (or the whole body); `end: true` marks the frames without which an answer counts as cut.

/** Thrown by a check; carries the finished error answer. */
export class Refusal extends Error {
  /** @param {number} status @param {string} body @param {object} headers must hold content-type */
  constructor(status, body, headers) {
    super(`refused with ${status}`);
    this.reply = { status, headers, frames: [{ text: body, end: true }], stream: false };
  }
}

/** A whole JSON answer; `space` is 2 where the provider pretty-prints. */
export const json = (value, { status = 200, headers = {}, space = 0 } = {}) =>
  whole(JSON.stringify(value, null, space), "application/json", { status, headers });

/** A whole answer of any type. */
export const whole = (text, type, { status = 200, headers = {} } = {}) =>
  ({ status, headers: { "content-type": type, ...headers }, frames: [{ text, end: true }], stream: false });

/** A streamed answer. */
export const stream = (frames, type, headers = {}) =>
  ({ status: 200, headers: { "content-type": type, ...headers }, frames, stream: true });

/** A page such as a proxy in the way would send. */
export const page = (title, status) =>
  whole(`<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>${title}</title>\n  <p>${title}\n</html>\n`, "text/html; charset=UTF-8", { status });
