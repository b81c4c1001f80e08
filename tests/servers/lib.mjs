// What the features are checked with: a client for a column, a spy on what it sends, and the marks of the table.
import { randomUUID } from "node:crypto";
import { provider } from "./columns.mjs";

const dist = process.env.AIRCHER_DIST ?? new URL("../../pkg/dist", import.meta.url).pathname;
export const { Aircher, AircherError } = await import(`${dist}/entry-node.js`);

/** The server has no such thing, and why. */
export class Missing extends Error {}
export const missing = (why) => {
  throw new Missing(why);
};

export function truly(value, what) {
  if (!value) throw new Error(what);
}

export function same(actual, expected, what) {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}

/**
 * Runs `work` with a client of the column; `sent` collects the bodies that left. The mock counts what it was asked
 * by test id, so every client has its own.
 */
export async function using(column, work, { more = {}, ...change } = {}) {
  const sent = [];
  const headers = { "x-test-id": randomUUID() };
  const fetch = (url, init) => {
    sent.push(new TextDecoder().decode(init.body));
    return globalThis.fetch(url, init);
  };
  const providers = { it: provider(column, { headers, ...change }), ...more.providers };
  const llm = await Aircher.create({ ...more, providers }, { fetch });
  try {
    return await work({ llm, sent, headers });
  } finally {
    await llm.close();
  }
}

/** A request that a small model answers the same way each time. */
export const ask = (content, more) => ({ provider: "it", temperature: 0, max_tokens: 60, messages: [{ role: "user", content }], ...more });

export async function chunks(stream) {
  const all = [];
  for await (const chunk of stream) all.push(chunk);
  return all;
}

/** The error a call ends with. */
export async function failure(promise) {
  const error = await promise.then((answer) => new Error(`an answer: ${JSON.stringify(answer.message)}`), (error) => error);
  if (!AircherError.is(error)) throw error;
  return error;
}

/** The pieces of a stream put together by the rules of the face, not by the package. */
export function joined(all) {
  const message = { content: "", thinking: "", tool_calls: [] };
  for (const { stream: { delta } } of all) {
    for (const key of ["content", "thinking"]) message[key] += delta[key] ?? "";
    for (const call of delta.tool_calls ?? []) piece(message.tool_calls, call);
  }
  return message;
}

function piece(calls, { index, id, function: { name, arguments: text } }) {
  calls[index] ??= { id, name, arguments: "" };
  calls[index].arguments += text;
}
