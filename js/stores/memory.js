// The ledger in memory: always there, shared with nobody, gone with the process.

/** Makes a store that keeps everything in this process. */
export function memoryStore() {
  const docs = new Map();
  return {
    kind: "memory",
    caps: { atomic: true, shared: "process", durable: false },
    async update(keys, fn) {
      // Synchronous from here to the last write: nothing can come between.
      const seen = {};
      for (const key of keys) if (docs.has(key)) seen[key] = docs.get(key);
      const { writes, out } = fn(seen);
      for (const [key, doc] of writes) doc === null ? docs.delete(key) : docs.set(key, doc);
      return out;
    },
    async scan(prefix, limit, after = "") {
      const keys = [...docs.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      return keys.slice(0, limit).map((key) => [key, docs.get(key)]);
    },
    async close() {},
  };
}
