// The suites of all providers as tests of a runner. STANDIN is where they are; with a FAULT one of them is broken.
import { ProviderTestSuite } from "aircher-llm/testing";
import { SUBJECTS, suiteOf } from "./kit-subjects.mjs";

export async function register(runner) {
  const { STANDIN: url, FAULT: fault } = process.env;
  for (const subject of fault ? [SUBJECTS.claude] : Object.values(SUBJECTS)) await suiteOf({ ProviderTestSuite, url }, subject, { fault }).register(runner);
}
