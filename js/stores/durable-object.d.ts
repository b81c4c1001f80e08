import type { LedgerStore } from "./types.js";

/** What a Durable Object's constructor gets, as far as the store uses it. */
export interface DurableObjectStateLike {
  storage: { sql: { exec(sql: string, ...values: any[]): any }; transactionSync<T>(work: () => T): T; sync(): Promise<void> };
}

/** Makes a store inside a Durable Object with SQLite storage, for a client that runs there. */
export declare function durableObjectStore(ctx: DurableObjectStateLike): LedgerStore;

/** The class to export from a Worker and to bind with `new_sqlite_classes`; `remoteStore` talks to it. */
export declare class LedgerObject {
  constructor(ctx: any, env: any);
}

/**
 * Makes a store in a Worker over a `LedgerObject` elsewhere.
 *
 * @param stub The object's stub, or a function that gets it: a client that outlives a request needs a function.
 */
export declare function remoteStore(stub: object | (() => object)): LedgerStore;
