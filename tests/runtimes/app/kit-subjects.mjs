// The stand-in's providers as subjects of the test suite.

/** A real model calls a tool that it must call; this wire cannot say so, and the stand-in waits for its word. */
const cued = (url, init) => fetch(url, { ...init, body: init?.body && new TextDecoder().decode(init.body).replace("Use the tool.", "Use the tool. [tool]") });

export const SUBJECTS = {
  "openai chat": { provider: "openai", path: "/openai/v1", key: "sk-test-12345678", model: "gpt-4o", more: { api: "chat" }, skipped: ["thinking"] },
  "openai responses": { provider: "openai", path: "/openai/v1", key: "sk-test-12345678", model: "gpt-6-luna", more: { api: "responses" }, skipped: [] },
  claude: { provider: "claude", path: "/claude", key: "sk-ant-test-12345678", model: "claude-haiku-5-5", skipped: [] },
  gemini: { provider: "gemini", path: "/gemini/v1beta", key: "AIza-test-12345678", model: "gemini-3.8-flash", skipped: [] },
  ollama: { provider: "ollama", path: "/ollama", key: null, model: "qwen3-vl:8b", fetch: cued, skipped: ["thinking", "errors/wrong_key"] },
};

export const configOf = ({ provider, path, key, model, more }, url, fault = "") => ({
  providers: { [provider]: { base_url: url + fault + path, api_key: key, model, ...more } },
  retry: { max_retries: 0 },
});

/** A suite for one of them; `change` goes into the suite's configuration. */
export function suiteOf({ ProviderTestSuite, url }, subject, { fault, ...change } = {}) {
  const { provider, fetch } = subject;
  return new ProviderTestSuite(configOf(subject, url, fault), { provider, timeout_duration: "10s", ...(fetch && { options: { fetch } }), ...change });
}
