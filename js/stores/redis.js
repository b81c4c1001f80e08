// The ledger in Redis or Valkey, shared by every process that reaches the server.
//
// Two Redis keys hold everything: a hash of documents and a sorted set of their keys for scans. Both names begin with
// `{aircher}`, so a cluster keeps them in one slot and scripts may touch both.
import { AFTER_ALL, untilWon, unavailable } from "./shared.js";
import { APPLY, COMMIT, argumentsOf } from "./redis-scripts.js";

/**
 * Makes a store over a client: node-redis, ioredis, Bun's, or a function `(command, args) => Promise`.
 * `durable`: whether the server writes each change to disk before it answers (`appendfsync always`).
 */
export function redisStore(client, { prefix = "{aircher}:", durable = false } = {}) {
  const docs = `${prefix}docs`;
  const index = `${prefix}keys`;
  const plain = sender(client);
  const send = async (command, args) => {
    try {
      return await plain(command, args.map(String));
    } catch (error) {
      throw unavailable("redis", error);
    }
  };
  const script = (text, args) => send("EVAL", [text, 2, docs, index, ...args]);
  const read = async (keys) => {
    const found = keys.length > 0 ? await send("HMGET", [docs, ...keys]) : [];
    return keys.flatMap((key, at) => (found[at] === null || found[at] === undefined ? [] : [[key, text(found[at])]]));
  };
  return {
    kind: "redis",
    caps: { atomic: true, shared: "global", durable },
    update: (keys, fn) =>
      untilWon("redis", async () => {
        const seen = Object.fromEntries(await read(keys));
        const { writes, out } = fn({ ...seen });
        if (writes.length === 0) return { out };
        const expected = keys.flatMap((key) => [key, seen[key] ?? ""]);
        const changes = writes.flatMap(([key, doc]) => [key, doc ?? ""]);
        return (await script(COMMIT, [keys.length, ...expected, ...changes])) ? { out } : undefined;
      }).then(({ out }) => out),
    async scan(prefix, limit, after = "") {
      const from = after >= prefix && after ? `(${after}` : `[${prefix}`;
      const keys = await send("ZRANGEBYLEX", [index, from, `(${prefix}${AFTER_ALL}`, "LIMIT", 0, limit]);
      return read(keys.map(text));
    },
    async apply(op) {
      const answer = await script(APPLY, argumentsOf(op));
      return answer === null || answer === undefined ? undefined : JSON.parse(text(answer));
    },
    async close() {},
  };
}

/** The one shape all clients are brought to. */
function sender(client) {
  if (typeof client === "function") return client;
  if (!["call", "sendCommand", "send"].some((name) => typeof client?.[name] === "function")) throw new TypeError("redisStore: expected a client, or a function `(command, args) => Promise`");
  if (typeof client.call === "function") return (command, args) => client.call(command, ...args); // ioredis
  if (typeof client.sendCommand === "function") return (command, args) => client.sendCommand([command, ...args]); // node-redis
  return (command, args) => client.send(command, args); // Bun
}

/** Some clients answer bytes. */
const text = (value) => (typeof value === "string" ? value : new TextDecoder().decode(value));
