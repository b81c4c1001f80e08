import type { LedgerStore } from "./types.js";

/** A D1 binding, as far as the store uses it. */
export interface D1Like {
  prepare(sql: string): { bind(...values: unknown[]): unknown };
  batch(statements: any[]): Promise<{ results?: unknown[] }[]>;
}

/** Makes a store in a D1 database; its table `aircher_ledger` is made when it is missing. */
export declare function d1Store(db: D1Like): LedgerStore;
