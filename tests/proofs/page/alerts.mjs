// A tab that spends a few times and hears of alerts.
import { ask } from "./provider.mjs";
import { client, indexedDbStore, pause, tasks } from "./client.mjs";

let llm, alerts;

tasks({
  async open({ name, daily_limit, alert_threshold }) {
    await llm?.close();
    alerts = [];
    llm = await client({ store: indexedDbStore({ name }), costs: { daily_limit, alert_threshold }, on: { alert: (alert) => alerts.push(alert) } });
  },

  /** `at`: when all begin, on the one clock of the machine. */
  async spend({ at, calls, tokens }) {
    await pause(at - Date.now());
    const answers = await Promise.all(Array.from({ length: calls }, () => llm.chat(ask({ tokens }))));
    return answers.length;
  },

  alerts: async () => {
    await llm.close();
    return alerts;
  },
});
