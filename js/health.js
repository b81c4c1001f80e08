// Health over all tabs of an origin, and the checks that come by themselves. Loaded only where there is an interval, or
// where a provider is out.
//
//   check or trial --> record --> channel --> the records of the other tabs
//
//   lock aircher:health        held by the tab that checks for all, as long as it is looked at and makes calls
//   lock aircher:try:<place>   held by the one that tries a provider that was out
//
// Locks and channels are a page's. A server has none to share with: there every client checks for itself.
import { idleTimer, isPage } from "./runtime.js";

const CHANNEL = "aircher-health";
const CHECKS = "aircher:health";
const TRIES = "aircher:try:";
/** How long nobody else tries what was just tried: the others have to hear of it first. */
const HEARD_MS = 1_000;

export class Tabs {
  #client;
  #ends;
  #hooks;
  #interval;
  #timer;
  #channel;
  #called = 0;
  #closed = false;
  /** Ends leading; undefined while another tab does. */
  #abdicate;
  /** Trials under way by provider: `{ over, release? }`. */
  #trials = new Map();

  /** `ends`: what to do when the client's instance dies. `hooks`: `check(id)` asks a provider, `tell(id)` tells listeners, `called()` counts calls, `closed()`. */
  constructor(client, ends, hooks) {
    this.#client = client;
    this.#ends = ends;
    this.#hooks = hooks;
    this.#interval = client.healthInterval();
    if (hooks.closed()) return;
    ends.set(this, () => this.close());
    this.#listen();
    this.#wait();
  }

  close() {
    this.#closed = true;
    this.#ends.delete(this);
    clearTimeout(this.#timer);
    this.#abdicate?.();
    for (const trial of this.#trials.values()) trial.release?.();
    this.#channel?.close();
    this.#channel = undefined;
  }

  // ---- trying what was out

  /** Whether this tab may try a provider; no other may until `tried`. */
  async mayTry(id) {
    if (this.#closed || !locks()) return true;
    const trial = { over: false };
    this.#trials.set(id, trial);
    trial.release = await held(TRIES + this.#place(id));
    // Whoever wanted to try may have left meanwhile.
    if (trial.over || this.#closed) trial.release?.();
    return trial.release !== undefined;
  }

  /** The trial is over: the others hear what came of it, and only then may somebody try again. */
  tried(id) {
    const trial = this.#trials.get(id);
    if (!trial) return;
    this.#trials.delete(id);
    trial.over = true;
    // Still half open: it was given up, and has shown nothing.
    const isShown = this.#known(id).circuit !== "half_open";
    if (isShown) this.#post(id, true);
    if (trial.release) setTimeout(trial.release, isShown ? HEARD_MS : 0);
  }

  // ---- checking now and then

  /** A fifth more or less, so that clients that began together do not stay together. */
  #wait() {
    if (this.#closed || this.#interval === 0) return;
    this.#timer = idleTimer(() => this.#tick().catch(() => {}).finally(() => this.#wait()), this.#interval * (0.8 + 0.4 * Math.random()));
  }

  async #tick() {
    const called = this.#hooks.called();
    const isIdle = called === this.#called || globalThis.document?.hidden;
    this.#called = called;
    if (isIdle) return this.#follow();
    if (await this.#leads()) await Promise.all(Object.keys(JSON.parse(this.#client.health())).map((id) => this.#check(id)));
  }

  async #check(id) {
    await this.#hooks.check(id);
    this.#post(id, false);
  }

  async #leads() {
    if (!locks()) return true;
    this.#abdicate ??= await held(CHECKS);
    if (this.#closed) this.#follow();
    return this.#abdicate !== undefined;
  }

  /** Lets another tab lead. */
  #follow() {
    this.#abdicate?.();
    this.#abdicate = undefined;
  }

  // ---- telling each other

  #listen() {
    if (!isPage() || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data: { id, place, last_check, latency, error, tried } }) => {
      if (place !== this.#place(id)) return;
      if (this.#client.hearHealth(id, last_check, latency ?? undefined, error, tried)) this.#hooks.tell(id);
    };
  }

  #post(id, tried) {
    const { last_check, latency, error } = this.#known(id);
    this.#channel?.postMessage({ id, place: this.#place(id), last_check, latency, error, tried });
  }

  #known(id) {
    return JSON.parse(this.#client.health())[id];
  }

  /** What two clients have to have in common: the provider and its origin. A path may be nobody's business. */
  #place(id) {
    const known = this.#known(id);
    return known && `${id}@${new URL(known.base_url).origin}`;
  }
}

function locks() {
  return isPage() ? globalThis.navigator?.locks : undefined;
}

/** Holds a lock if it is free: what lets go of it, or undefined. */
function held(name) {
  return new Promise((told) => {
    const hold = (lock) => (lock ? new Promise((release) => told(release)) : told(undefined));
    locks().request(name, { ifAvailable: true }, hold).catch(() => told(undefined));
  });
}
