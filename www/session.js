// The client of the page: made when first needed, and anew after a change of key, address, limit or configuration.
//
//   renew() --> the next client() makes one --> attach(it) --> those before it are closed once nobody reads from them

export class Session {
  #make;
  #attach;
  #isBusy;
  #current;
  #retired = [];

  /** `make()` promises a client, `attach(client)` shows it, `isBusy()`: an answer is coming over one. */
  constructor({ make, attach, isBusy }) {
    this.#make = make;
    this.#attach = attach;
    this.#isBusy = isBusy;
  }

  /** The client of what is set now. What went wrong stays wrong until something changes. */
  client() {
    this.#current ??= this.#made();
    return this.#current;
  }

  /** The same for a call: what went wrong is tried again by the next one. */
  async ready() {
    try {
      return await this.client();
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  /** The next call takes what is set now. */
  renew() {
    if (this.#current) this.#retired.push(this.#current);
    this.#current = undefined;
  }

  /** Not while an answer is coming, which would be cut; nor before there is another client that hears of other pages. */
  tidy() {
    if (this.#isBusy() || !this.#current) return;
    for (const old of this.#retired.splice(0)) old.then((client) => client.close()).catch(() => {});
  }

  #made() {
    const making = this.#make().then((client) => {
      // One that was replaced while it was made must not take the panels back.
      if (making === this.#current) this.#attach(client);
      this.tidy();
      return client;
    });
    return making;
  }
}
