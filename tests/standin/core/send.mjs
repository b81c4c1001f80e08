// Writes a reply to the socket: paced, cut into single bytes, hanging or broken as the reply says.
//
// Fields of a reply beyond status, headers and frames:
//   paceMs     wait between frames (undefined: the server's usual pace)
//   chunkBytes size of one write (undefined: a whole frame)
//   after      "end" (default) | "hang" | "reset": what happens to the socket after the last frame
//   silent     true: not even the headers are sent
//   endless    text repeated without a line break until the client goes

import { setTimeout as sleep } from "node:timers/promises";
import { once } from "node:events";

const ENDLESS_LIMIT = 512 * 1024 * 1024; // a client that never stops reading must not fill the test machine for ever

/** Sends `reply`; resolves when everything is written or the client has gone. */
export async function send(res, reply, usualPaceMs) {
  if (reply.silent) return;
  res.writeHead(reply.status, headersOf(reply));
  res.flushHeaders();
  await frames(res, reply, reply.paceMs ?? (reply.stream ? usualPaceMs : 0));
  if (reply.endless) await endless(res, reply.endless);
  finish(res, reply);
}

// A whole answer has a length, as the real ones do; anything played with goes out chunked.
function headersOf({ headers, frames, stream, faulty, status }) {
  if (stream || faulty || status === 204) return headers;
  return { ...headers, "content-length": frames.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) };
}

async function frames(res, reply, paceMs) {
  for (const [index, { text, sent }] of reply.frames.entries()) {
    if (index > 0 && paceMs > 0) await sleep(paceMs);
    if (gone(res)) return;
    await write(res, Buffer.from(text), reply.chunkBytes);
    sent?.();
  }
}

async function write(res, bytes, chunkBytes = bytes.length) {
  for (let at = 0; at < bytes.length && !gone(res); at += chunkBytes) {
    const fits = res.write(bytes.subarray(at, at + chunkBytes));
    if (!fits) await drained(res);
    // Without a turn of the event loop the kernel would join small writes again.
    if (chunkBytes < bytes.length) await new Promise(setImmediate);
  }
}

async function endless(res, text) {
  const bytes = Buffer.from(text);
  for (let sent = 0; sent < ENDLESS_LIMIT && !gone(res); sent += bytes.length) await write(res, bytes);
}

async function drained(res) {
  const stop = new AbortController();
  const events = ["drain", "close"].map((name) => once(res, name, { signal: stop.signal }).catch(() => {}));
  await Promise.race(events);
  stop.abort();
}

function finish(res, { after = "end" }) {
  if (after === "reset") {
    res.brokenByServer = true; // else the log would blame the client
    res.socket?.resetAndDestroy();
  }
  if (after === "end") res.end();
}

const gone = (res) => res.destroyed || res.closed || res.socket?.destroyed;
