// Virtual time: a test that waits for a minute is over at once.
//
//   install()    setTimeout, setInterval, their clear…, Date.now and performance.now of this process are the clock's
//   restore()    and are again what they were
//   advance(ms)  time passes: what is due fires, in order
//   run(work)    install, then time jumps to the next timer whenever the work waits for one, restore
//
// The library asks the runtime for its timers and clocks at every use, so it lives in this time too, as does a fake
// provider. `new Date()` without arguments, AbortSignal.timeout and what runs outside JavaScript stay real.

/** Taken when this file is loaded: somebody may patch them later, also another clock. */
const real = {
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  clearInterval: globalThis.clearInterval.bind(globalThis),
  turn: globalThis.setImmediate?.bind(globalThis) ?? ((then) => real.setTimeout(then, 0)),
  wall: Date.now.bind(Date),
  monotonic: performance.now.bind(performance),
};
/** So many turns of the event loop without news, and whoever runs is taken to wait for time. */
const QUIET_TURNS = 4;
/** How long work may wait, in real time, for something that is no timer. */
const STUCK_MS = 5_000;

let installed;

/** Makes a clock; `now` is where it begins (milliseconds since 1970, text or a Date), by default the present. */
export function virtualClock({ now } = {}) {
  return new VirtualClock(now === undefined ? undefined : new Date(now).getTime());
}

class VirtualClock {
  #fixed;
  #wall;
  #monotonic = real.monotonic();
  #elapsed = 0;
  #timers = new Map();
  #made = 0;
  #patched;

  constructor(start) {
    if (Number.isNaN(start)) throw new TypeError("now: expected a moment");
    this.#fixed = start !== undefined;
    this.#wall = start ?? real.wall();
  }

  /** Milliseconds since 1970. */
  get now() {
    return this.#wall + this.#elapsed;
  }

  /** Milliseconds that have passed on this clock. */
  get elapsed() {
    return this.#elapsed;
  }

  setTimeout(fire, ms = 0, ...given) {
    return this.#add(fire, ms, given);
  }

  setInterval(fire, ms = 0, ...given) {
    return this.#add(fire, ms, given, true);
  }

  /** Timers of the runtime may still be about: those are cleared there. */
  clear(timer) {
    if (timer instanceof Timer) this.#timers.delete(timer);
    else if (timer !== undefined && timer !== null) (real.clearTimeout(timer), real.clearInterval(timer));
  }

  install() {
    if (installed) throw new Error(installed === this ? "this clock is installed already" : "another virtual clock is installed");
    installed = this;
    this.#keepPace();
    const clear = (timer) => this.clear(timer);
    this.#patched = [
      patched(globalThis, "setTimeout", (...given) => this.setTimeout(...given)),
      patched(globalThis, "setInterval", (...given) => this.setInterval(...given)),
      patched(globalThis, "clearTimeout", clear),
      patched(globalThis, "clearInterval", clear),
      patched(Date, "now", () => this.now),
      patched(performance, "now", () => this.#monotonic + this.#elapsed),
    ];
    return this;
  }

  restore() {
    if (installed !== this) return;
    for (const undo of this.#patched) undo();
    installed = undefined;
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.restore();
  }

  async advance(ms) {
    const until = this.#elapsed + ms;
    await quiet(never);
    while (this.#next()?.due <= until) {
      this.#fire(this.#next());
      await quiet(never);
    }
    this.#elapsed = until;
  }

  async run(work) {
    this.install();
    try {
      return await this.#driven(work);
    } finally {
      this.restore();
    }
  }

  async #driven(work) {
    let isOver = false;
    const over = () => (isOver = true);
    const result = Promise.resolve().then(work);
    result.then(over, over);
    for (let moved = real.monotonic(); ; ) {
      await quiet(() => isOver);
      if (isOver) return result;
      const timer = this.#next();
      if (timer) this.#fire(timer);
      if (timer) moved = real.monotonic();
      else if (real.monotonic() - moved > STUCK_MS) throw new Error("virtual time: the work waits, and no timer is set that could end it");
    }
  }

  /** Whoever measured time before must not see it run backwards. */
  #keepPace() {
    this.#monotonic = real.monotonic() - this.#elapsed;
    if (!this.#fixed) this.#wall = real.wall() - this.#elapsed;
  }

  #add(fire, ms, given, again = false) {
    const wait = Math.max(Number(ms) || 0, 0);
    const timer = new Timer(() => fire(...given), this.#elapsed + wait, again ? Math.max(wait, 1) : undefined, (this.#made += 1));
    this.#timers.set(timer, timer);
    return timer;
  }

  /** The one that is due first; of those due at once, the one that was set first. */
  #next() {
    return [...this.#timers.values()].reduce((first, timer) => (first === undefined || timer.due < first.due ? timer : first), undefined);
  }

  #fire(timer) {
    this.#elapsed = Math.max(this.#elapsed, timer.due);
    if (timer.every === undefined) this.#timers.delete(timer);
    else timer.due += timer.every;
    timer.fire();
  }
}

/** What setTimeout returns: Node's users call its methods, others take it for a number. */
class Timer {
  #id;

  constructor(fire, due, every, id) {
    Object.assign(this, { fire, due, every });
    this.#id = id;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return true;
  }

  [Symbol.toPrimitive]() {
    return this.#id;
  }
}

const never = () => false;

/** Lets everything run that can without time passing. */
async function quiet(isOver) {
  for (let turn = 0; turn < QUIET_TURNS && !isOver(); turn += 1) await new Promise((done) => real.turn(done));
  if (!isOver()) await new Promise((done) => real.setTimeout(done, 0));
}

/** Replaces a function; what puts it back. `performance.now` is inherited: there what was put in front is removed. */
function patched(object, name, value) {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? false });
  return () => (before ? Object.defineProperty(object, name, before) : delete object[name]);
}
