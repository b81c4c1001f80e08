// aircher-llm/testing inside a runtime:   <runtime> kit.mjs <address of the stand-in> [broken]
import { Aircher, AircherError } from "aircher-llm";
import { fakeFetch, fakeProvider, ProviderTestSuite, recordingFetch, replayFetch, virtualClock } from "aircher-llm/testing";
import { broken } from "./kit-broken.mjs";
import { fakes } from "./kit-fake.mjs";
import { recorded } from "./kit-recorded.mjs";
import { SUBJECTS, suiteOf } from "./kit-subjects.mjs";
import { same } from "./checks.mjs";

const [url, isBroken] = [process.argv[2], process.argv[3] === "broken"];
const kit = { Aircher, AircherError, fakeFetch, fakeProvider, ProviderTestSuite, recordingFetch, replayFetch, virtualClock, url };
const results = [];
const check = async (name, work) => results.push(await Promise.resolve().then(work).then(() => ({ name }), (error) => ({ name, error: String(error?.stack ?? error) })));

const suites = Object.entries(SUBJECTS).map(([name, subject]) => [`suite: ${name}`, () => passes(subject)]);
for (const [name, work] of isBroken ? broken(kit) : [...suites, ...fakes(kit), ...recorded(kit)]) await check(name, work);
console.log(JSON.stringify(results));

async function passes(subject) {
  const { passed, failed, skipped, checks } = await suiteOf(kit, subject).run();
  same(JSON.stringify(checks.filter(({ status }) => status === "failed")), "[]", "failed checks");
  same(JSON.stringify([passed, skipped]), JSON.stringify([15 - subject.skipped.length, subject.skipped.length]), "passed and skipped");
  same(checks.filter(({ reason }) => reason).map(({ name }) => name).join(), subject.skipped.join(), "names of what was skipped");
}
