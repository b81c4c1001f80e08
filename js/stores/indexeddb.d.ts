import type { LedgerStore } from "./types.js";

export interface IndexedDbOptions {
  /** The database's name. Default "aircher-ledger". */
  name?: string;
  /**
   * Whether to keep a copy of the totals in the origin's private files, from which they come back when the browser
   * loses the database (warning `ledger_restored`). Default true.
   */
  mirror?: boolean;
  /**
   * What the app remembers of this ledger: its epoch, or a time at which there was one. When the ledger does not know
   * it and there is no mirror either, the loss is told as the warning `ledger_reset`.
   */
  sinceHint?: string | number;
}

export interface IndexedDbStore extends LedgerStore {
  /** Asks the browser once to keep this origin's data, and says whether it will. */
  persisted(): Promise<boolean>;
}

/** Makes a store shared by all tabs and workers of this origin; opened with its first use. */
export declare function indexedDbStore(options?: IndexedDbOptions): IndexedDbStore;
