/** A document of the ledger: JSON text, opaque to the store. */
export type Doc = string;

/** What a function given to `update` answers: what to write (`null` deletes), and what `update` resolves to. */
export interface Change<T> {
  writes: [key: string, doc: Doc | null][];
  out: T;
}

/** Where a ledger lives. All of a budget's truth rests on `update` being atomic. */
export interface LedgerStore {
  /**
   * One atomic read-modify-write. `fn` is pure and synchronous, and may run several times; only its last run counts.
   * It may write keys that were not read. Resolves only once the writes are durable, as far as `caps.durable` says.
   */
  update<T>(keys: string[], fn: (docs: Record<string, Doc | undefined>) => Change<T>): Promise<T>;
  /** Documents whose key begins with `prefix`, ascending, at most `limit`, behind `after`. */
  scan(prefix: string, limit: number, after?: string): Promise<[key: string, doc: Doc][]>;
  /** A native way to reserve, settle and void, with the same outcomes; `undefined` leaves it to `update`. */
  apply?(op: object): Promise<object | undefined>;
  readonly caps: {
    readonly atomic: true;
    /** Who shares the ledger: this process, this origin, or everybody who reaches the store. */
    readonly shared: "process" | "origin" | "global";
    /** Whether it outlives the process. */
    readonly durable: boolean;
  };
  /** "memory", "indexeddb", "sqlite", "d1", "durable-object", "deno-kv", "redis". */
  readonly kind: string;
  /** Set by the client: told of what the store found or did by itself. */
  onwarning?: (code: string, message: string) => void;
  /** Ends this client of the ledger. */
  close(): Promise<void>;
}

/** What stores reject with. */
export interface LedgerStoreError extends Error {
  code: "ledger_unavailable" | "ledger_blocked" | "ledger_quota";
}
