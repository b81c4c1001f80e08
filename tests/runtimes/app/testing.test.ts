// aircher-llm/testing as a user with `tsc --strict` writes it; see types.test.ts.
import { Aircher } from "aircher-llm";
import { fakeFetch, fakeProvider, ProviderTestSuite, recordingFetch, replayFetch, virtualClock } from "aircher-llm/testing";
import type { CheckResult, FakeStep, Fixture, TestConfig, TestedProvider, TestReport, VirtualClock } from "aircher-llm/testing";

const config: TestConfig = {
  provider: "claude",
  test_api_key: "sk-…",
  skip_cost_tests: true,
  timeout_duration: "30s",
  test_models: ["claude-haiku-5-5"],
  supports: { images: false },
  skip: { "errors/wrong_key": "everybody may come in" },
  max_tokens: 200,
  options: { logLevel: "debug" },
};

export async function suites(llm: Aircher, mine: TestedProvider): Promise<string> {
  const suites = [new ProviderTestSuite({ providers: { claude: {} } }, config), new ProviderTestSuite("[providers.claude]\n"), new ProviderTestSuite(llm), new ProviderTestSuite(llm.provider("claude")), new ProviderTestSuite(mine)];
  const report: TestReport = await suites[0]!.run({ onCheck: ({ name, status }: CheckResult) => console.log(name, status) });
  await suites[1]!.register({ describe: (name, define) => (console.log(name), define()), it: (name, run) => (console.log(name), run()) });
  return [report.provider, report.model, report.passed, report.failed, report.skipped, report.checks[0]?.error?.message].join();
}

const script: FakeStep[] = ["Hello", { text: "Hello", usage: { prompt_tokens: 10 }, stall_after: 2 }, { status: 429, retry_after_ms: 2000 }, { network_error: "ECONNRESET" }, { tool_calls: [{ name: "look", arguments: { at: "it" } }] }];

export async function fakes(): Promise<number> {
  const clock: VirtualClock = virtualClock({ now: "2026-11-22T00:00:00Z" });
  const openai = fakeProvider({ dialect: "openai", script, clock });
  const claude = fakeProvider({ dialect: "claude", script: (request, nth) => ({ text: `${request.model} ${nth}`, delay_ms: 1000 }) });
  const answer = await clock.run(async () => {
    const llm = await Aircher.create(undefined, { fetch: fakeFetch(openai, claude) });
    return llm.chat({ messages: [{ role: "user", content: "Hello" }] });
  });
  return answer.duration + openai.left + openai.requests.filter(({ status }) => status === "left").length + clock.elapsed;
}

export async function exchanges(): Promise<string> {
  const recording = recordingFetch({ scrub: ["Ada", /customer-\d+/] });
  await Aircher.create({}, { fetch: recording });
  const fixture: Fixture = recording.fixture();
  const replay = replayFetch(fixture, { timing: true });
  await Aircher.create({}, { fetch: replay });
  return [fixture.exchanges[0]?.response?.status, replay.left, ...replay.mismatches].join();
}

// @ts-expect-error the dialects are a closed set
export const morse = fakeProvider({ dialect: "morse" });
// @ts-expect-error a fault is a number of events
export const odd: FakeStep = { text: "Hello", cut_after: "late" };
