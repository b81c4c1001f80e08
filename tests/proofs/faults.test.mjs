// L7: whatever happens to the database, a hard budget sends nothing it has not booked, and nothing hangs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, browser, count, report } from "./lib/lab.mjs";

const LIMIT_MS = 60_000;
const CODES = {
  "open throws": "ledger_unavailable",
  "a version of the future": "ledger_unavailable",
  "another tab blocks": "ledger_blocked",
  "writes throw": "ledger_unavailable",
  "reads throw": "ledger_unavailable",
  "a newer schema": "ledger_newer_schema",
  "a corrupt ledger": "ledger_corrupt",
  "a corrupt total": "ledger_corrupt",
  "a full disk": "ledger_quota",
};
const QUOTA = 4_000_000;
/** Two calls take fewer transactions than this. */
const TRANSACTIONS = count(14, 7);
const figures = { faults: 0, "calls under a hard budget": 0, "sent unbooked": 0, hangs: 0, "aborted transactions tried": 0 };
const { tab } = await browser();

for (const [kind, code] of Object.entries(CODES)) {
  for (const mode of ["hard", "estimate", "track"]) {
    test(`${kind}, mode ${mode}`, async () => {
      const page = await tab("faults.mjs", kind === "a full disk" ? QUOTA : undefined);
      const { sent, answers, closed, ms } = await asked(page, "fault", { kind, mode }, LIMIT_MS);
      await page.close();
      const [{ hangs = false, ...answer }] = answers;
      figures.faults += 1;
      figures.hangs += Number(hangs || !closed);
      assert.ok(!hangs && closed, `it hangs (${ms} ms)`);
      if (mode !== "hard") return assert.deepEqual([sent, answer.answered, answer.warnings], [1, true, ["ledger_unavailable"]]);
      figures["calls under a hard budget"] += 1;
      figures["sent unbooked"] += sent;
      const { message, ...rest } = answer;
      assert.deepEqual([sent, rest], [0, { answered: false, typed: true, type: "ledger_unavailable", code }]);
      assert.ok(message.length > 10, message);
    });
  }
}

for (const forever of [false, true]) {
  for (const late of [false, true]) {
    test(`${forever ? "every transaction from the nth on" : "the nth transaction"} is aborted ${late ? "when it commits" : "at once"}`, async () => {
      const page = await tab("faults.mjs");
      for (let at = 1; at <= TRANSACTIONS; at += 1) {
        const { answers, closed, charged, books, sent } = await asked(page, "aborted", { at, forever, late }, LIMIT_MS);
        const where = `transaction ${at}: ${JSON.stringify({ answers, books, sent })}`;
        figures["aborted transactions tried"] += 1;
        figures.hangs += Number(!closed || answers.some(({ hangs }) => hangs));
        figures["calls under a hard budget"] += answers.length;
        assert.ok(closed && !answers.some(({ hangs }) => hangs), `it hangs, ${where}`);
        assert.ok(answers.every(({ answered, typed, type }) => answered || (typed && type === "ledger_unavailable")), where);
        assert.equal(sent, answers.filter(({ answered }) => answered).length, `what failed was not sent, ${where}`);
        assert.deepEqual(books, { settled: charged, reserved: 0, open: 0 }, `charged ${charged}, ${where}`);
      }
      await page.close();
    });
  }
}

for (const running of [false, true]) {
  for (const mirror of [true, false]) {
    test(`the database is deleted ${running ? "during a call" : "between calls"}, ${mirror ? "with" : "without"} a mirror`, async () => {
      const page = await tab("faults.mjs");
      const { warnings, before, after, settled, reserved } = await asked(page, "deleted", { mirror, running }, LIMIT_MS);
      await page.close();
      figures.faults += 1;
      assert.ok(warnings.some((code) => ["ledger_restored", "ledger_reset"].includes(code)), `a word was said: ${warnings}`);
      assert.equal(reserved, 0);
      // A call whose reservation was lost is booked when it ends.
      assert.equal(settled, mirror ? before + after : after);
    });
  }
}

test("figures", () => {
  report("faults", figures);
  assert.deepEqual([figures.hangs, figures["sent unbooked"]], [0, 0]);
});
