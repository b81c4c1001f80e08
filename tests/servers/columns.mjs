// Who is asked: one column of the table for each dialect of each server.
export const KEY = "sk-test-12345678";

/** `usage`: what the fixture counts; absent where a real model counts. */
const COUNTED = { prompt_tokens: 1234, completion_tokens: 56 };

/** `absent`: the model the fixtures answer with this dialect's own 404; `sees`: a model that takes images. */
export function columns(llama, aimock) {
  const real = { server: "llama", url: llama, model: "smollm2-135m" };
  const mock = { server: "aimock", url: aimock, usage: COUNTED };
  return [
    { ...real, name: "llama chat", kind: "openai", path: "/v1", api: "chat" },
    { ...real, name: "llama responses", kind: "openai", path: "/v1", api: "responses" },
    { ...real, name: "llama messages", kind: "claude", path: "" },
    { ...mock, name: "aimock chat", kind: "openai", path: "/v1", api: "chat", model: "gpt-4o" },
    { ...mock, name: "aimock responses", kind: "openai", path: "/v1", api: "responses", model: "gpt-6-luna" },
    { ...mock, name: "aimock claude", kind: "claude", path: "", model: "claude-haiku-5-5", absent: "no-such-claude" },
    { ...mock, name: "aimock gemini", kind: "gemini", path: "/v1beta", model: "gemini-3.8-flash", absent: "no-such-gemini" },
    { ...mock, name: "aimock ollama", kind: "ollama", path: "", model: "qwen3:8b", sees: "qwen3-vl:8b" },
  ];
}

/** A column as a configured provider. */
export const provider = ({ kind, url, path, api, model }, change = {}) => ({ kind, base_url: url + path, model, api_key: KEY, ...(api && { api }), ...change });
