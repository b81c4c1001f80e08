// The least client of Redis there is: commands as arrays, answers in order.
import { connect } from "node:net";

/** `{ send(command, args), close() }` at a port of this machine. */
export async function client(port) {
  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  await new Promise((done, fail) => socket.once("connect", done).once("error", fail));
  const waiting = [];
  let left = Buffer.alloc(0);
  socket.on("data", (bytes) => {
    left = Buffer.concat([left, bytes]);
    for (let got; (got = parse(left, 0)); left = left.subarray(got.end)) {
      const { resolve, reject } = waiting.shift();
      got.value instanceof Error ? reject(got.value) : resolve(got.value);
    }
  });
  socket.on("close", () => waiting.forEach(({ reject }) => reject(new Error("the connection was closed"))));
  return {
    send(command, args) {
      const parts = [command, ...args].map((part) => Buffer.from(String(part)));
      socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from("\r\n")])]));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    close: () => socket.destroy(),
  };
}

/** One whole answer at `at`: `{ value, end }`, or undefined while bytes are missing. */
function parse(bytes, at) {
  const line = bytes.indexOf("\r\n", at);
  if (line < 0) return undefined;
  const head = bytes.toString("utf8", at + 1, line);
  const end = line + 2;
  switch (String.fromCharCode(bytes[at])) {
    case "+": return { value: head, end };
    case "-": return { value: new Error(head), end };
    case ":": return { value: Number(head), end };
    case "$": return bulk(bytes, Number(head), end);
    default: return list(bytes, Number(head), end);
  }
}

function bulk(bytes, length, at) {
  if (length < 0) return { value: null, end: at };
  return bytes.length < at + length + 2 ? undefined : { value: bytes.toString("utf8", at, at + length), end: at + length + 2 };
}

function list(bytes, length, at) {
  const value = [];
  for (let end = at; ; ) {
    if (value.length >= length) return { value: length < 0 ? null : value, end };
    const item = parse(bytes, end);
    if (!item) return undefined;
    value.push(item.value);
    end = item.end;
  }
}
