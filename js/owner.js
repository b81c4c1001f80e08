// Who is alive: every client of a page holds a Web Lock for life, so a reservation without its lock is an orphan.
//
//   lock aircher:owner:<owner>  held until close(); gone within half a second of a crash
//   poll                   whoever lives looks for open reservations of owners without a lock
//
// Only for ledgers shared within one origin: locks reach no further.

const PREFIX = "aircher:owner:";
const POLL_MS = 4_000;

export class Owners {
  #id;
  #timer;
  #release;

  /** Resolves once the lock is held; undefined without Web Locks. `name()` is asked only with them: it needs random numbers. */
  static of(name, store) {
    const { locks } = globalThis.navigator ?? {};
    if (store.caps?.shared !== "origin" || !locks?.query) return undefined;
    const owners = new Owners(name());
    return owners.#hold(locks).then(() => owners);
  }

  constructor(id) {
    this.#id = id;
  }

  #hold(locks) {
    return new Promise((held, failed) => {
      const life = new Promise((release) => (this.#release = release));
      locks.request(PREFIX + this.#id, () => (held(), life)).catch(failed);
    });
  }

  /** The ids of all owners that live. */
  async live() {
    const { held } = await navigator.locks.query();
    return held.filter(({ name }) => name.startsWith(PREFIX)).map(({ name }) => name.slice(PREFIX.length));
  }

  /** Has `look` called now and then, for good: who died just before this client came was never seen alive. */
  watch(look) {
    this.#timer = setInterval(() => look().catch(() => {}), POLL_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#release?.();
  }
}
