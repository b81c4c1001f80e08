// Measures how long a call takes until its request leaves: under a hard limit that is the reservation, made durable.
import { ask, provider } from "./provider.mjs";
import { client, indexedDbStore, tasks } from "./client.mjs";

tasks({
  /** Milliseconds from the call to its request, one call after the other. */
  async latency({ name, calls, costs }) {
    const answer = provider();
    let left;
    const llm = await client({ store: indexedDbStore({ name }), costs, fetch: (...given) => ((left = performance.now()), answer(...given)) });
    const times = [];
    for (let call = 0; call < calls; call += 1) {
      const from = performance.now();
      await llm.chat(ask({ tokens: 5 }));
      times.push(left - from);
    }
    await llm.close();
    return times;
  },
});
