// The official packages as their readers would use them, with the time limits they have and no retries of their own.
//
// A client is `{ chat(), stream() }`: both resolve to the text of the answer.

const PROMPT = [{ role: "user", content: "Say hello." }];
const TIMEOUT_MS = 3000;

const joined = async (stream, text) => {
  let all = "";
  for await (const chunk of await stream) all += text(chunk) ?? "";
  return all;
};

/** `make(address, retries)` by name; the address has the fault in it. */
export const SDKS = {
  openai: {
    dialect: "openai-chat",
    package: "openai",
    async make(address, maxRetries) {
      const { default: OpenAI } = await import("openai");
      const { completions } = new OpenAI({ apiKey: "sk-test-12345678", baseURL: `${address}/openai/v1`, timeout: TIMEOUT_MS, maxRetries }).chat;
      const request = { model: "gpt-4o", messages: PROMPT };
      return {
        chat: async () => (await completions.create(request)).choices?.[0]?.message?.content,
        stream: () => joined(completions.create({ ...request, stream: true }), ({ choices }) => choices?.[0]?.delta?.content),
      };
    },
  },
  anthropic: {
    dialect: "claude",
    package: "@anthropic-ai/sdk",
    async make(address, maxRetries) {
      const { default: Anthropic } = await import("@anthropic-ai/sdk");
      const { messages } = new Anthropic({ apiKey: "sk-ant-test-12345678", baseURL: `${address}/claude`, timeout: TIMEOUT_MS, maxRetries });
      const request = { model: "claude-haiku-5-5", max_tokens: 500, messages: PROMPT };
      return {
        chat: async () => (await messages.create(request)).content?.[0]?.text,
        stream: () => joined(messages.create({ ...request, stream: true }), ({ delta }) => delta?.text),
      };
    },
  },
  genai: {
    dialect: "gemini",
    package: "@google/genai",
    async make(address, retries) {
      const { GoogleGenAI } = await import("@google/genai");
      const { models } = new GoogleGenAI({ apiKey: "AIza-test-12345678", httpOptions: { baseUrl: `${address}/gemini`, timeout: TIMEOUT_MS, retryOptions: { attempts: retries + 1 } } });
      const request = { model: "gemini-3.8-flash", contents: "Say hello." };
      return {
        chat: async () => (await models.generateContent(request)).text,
        stream: () => joined(models.generateContentStream(request), ({ text }) => text),
      };
    },
  },
  ollama: {
    dialect: "ollama",
    package: "ollama",
    async make(address) {
      const { Ollama } = await import("ollama");
      const ollama = new Ollama({ host: `${address}/ollama` });
      const request = { model: "llama3.2", messages: PROMPT };
      return {
        chat: async () => (await ollama.chat(request)).message?.content,
        stream: () => joined(ollama.chat({ ...request, stream: true }), ({ message }) => message?.content),
      };
    },
  },
};
