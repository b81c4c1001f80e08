// aircher-llm/testing: a suite for anyone's provider, a fake provider under virtual time, recorded exchanges.
export { virtualClock } from "./clock.js";
export { fakeFetch, fakeProvider } from "./fake.js";
export { recordingFetch } from "./record.js";
export { replayFetch } from "./replay.js";
export { ProviderTestSuite } from "./suite.js";
