// One life of the wasm: an instance with a glue of its own. A trap ends it, and the next begins at once.
//
//   JS --> guarded export --> wasm      a trap: out to the outermost frame, then
//          what the instance had started is ended, who waits for it is told, a new instance stands ready
//
// A trap leaves borrows taken and promises that never settle, so nothing of that instance may run again. The glue's
// closures and finalizers hold addresses in its memory: they stay with it, and find it dead.
import { glue } from "./aircher_glue.js";
import { failure } from "./errors.js";

let current;

/** The instance that lives, or lived last. */
export function living() {
  return current;
}

/** Begins the first life; what is given is the glue's own business. */
export async function init(given) {
  const life = new Life();
  await life.glue.init(given);
  return (current = life);
}

export function initSync(given) {
  const life = new Life();
  life.glue.initSync(given);
  return (current = life);
}

/** The door of a function that was dropped with its call, such as a change of the books: behind it nothing has run. */
const isShut = (error) => !(error instanceof WebAssembly.RuntimeError) && /^closure invoked recursively or after being dropped/.test(error?.message);

class Life {
  /** What to do with the error it ends with, by what it is done for. */
  ends = new Map();
  /** Whether another has died before it. */
  isHeir = false;
  #module;
  #depth = 0;
  #trap;

  constructor() {
    const { ends } = this;
    // A dead instance drops nothing, so its connections and timers are ended from here.
    class Aborter extends AbortController {
      constructor() {
        super();
        ends.set(this, () => super.abort());
      }
      abort() {
        ends.delete(this);
        super.abort();
      }
    }
    const timer = (work, ms) => {
      const id = globalThis.setTimeout(work, ms);
      ends.set(id, () => clearTimeout(id));
      return id;
    };
    const cleared = (id) => (ends.delete(id), clearTimeout(id));
    this.glue = glue((exports, module) => this.#born(exports, module), Aborter, timer, cleared);
  }

  /** The exports as the glue calls them. */
  #born(exports, module) {
    this.exports = exports;
    this.#module = module;
    const guarded = ([name, value]) => [name, typeof value === "function" ? this.#guarded(value, name.startsWith("_")) : value];
    return Object.fromEntries(Object.entries(exports).map(guarded));
  }

  /**
   * Whatever an export throws has torn the frames of the wasm: errors of ours are returned. `quiet` are those the glue
   * calls for timers, promises and finalizers, where nobody would catch it; an empty list is no result and no error.
   */
  #guarded(call, quiet) {
    return (...given) => {
      if (!this.#trap) {
        this.#depth++;
        try {
          const result = call(...given);
          return result instanceof Promise ? this.#settled(result) : result;
        } catch (error) {
          if (isShut(error)) throw error;
          this.#trap ??= error ?? "nothing";
        } finally {
          this.#depth--;
        }
        if (this.#depth === 0) this.#end();
      }
      if (!quiet || this.#depth > 0) throw this.#error();
      return [];
    };
  }

  #error() {
    // Short: a wasm that is out of its mind may call any of its memory a message.
    const why = String(this.#trap?.message ?? this.#trap).slice(0, 100);
    return failure("unknown", `internal error: ${why}`, { code: "internal", billed: "unknown", cause: this.#trap });
  }

  /** The same promise, rejected should the instance die. */
  #settled(promise) {
    return new Promise((resolve, reject) => {
      this.ends.set(reject, reject);
      const done = (settle) => (value) => (this.ends.delete(reject), settle(value));
      promise.then(done(resolve), done(reject));
    });
  }

  #end() {
    // Before anybody is told: who hears of it finds the next one.
    if (current === this) this.#succeed();
    for (const end of this.ends.values()) end(this.#error());
    this.ends.clear();
  }

  #succeed() {
    const life = new Life();
    life.isHeir = true;
    try {
      life.glue.initSync({ module: this.#module });
      current = life;
    } catch {
      // Older browsers start nothing of that size at once in a page; until it stands, calls fail as the last one did.
      life.glue.init({ module_or_path: this.#module }).then(() => (current = life)).catch(() => {});
    }
  }
}
