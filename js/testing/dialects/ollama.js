// Ollama's chat (wire: ollama §3–§6): lines of JSON, calls in one piece.
import { vector } from "./shared.js";

export const ollama = {
  origin: "http://localhost:11434",
  notFound: (model) => `model "${model}" not found, try pulling it first`,
  streamType: "application/x-ndjson",
  malformed: '{"message": {"content":\n',
  /** Streaming is the default of this server. */
  read: ({ path, body }) => (path.endsWith("/api/chat") ? { model: body?.model, stream: body?.stream !== false } : undefined),
  whole: (answer) => ({ ...head(answer), message: message({ thinking: answer.thinking, content: said(answer), calls: answer.calls }), ...ending(answer) }),
  events(answer) {
    const { thoughts, pieces, refusal, calls } = answer;
    const list = [...thoughts.map((thinking) => ({ thinking })), ...(refusal ? [refusal] : pieces).map((content) => ({ content })), ...calls.map((one) => ({ calls: [one] }))];
    return [...list.map((part) => line({ ...head(answer), message: message(part), done: false })), line({ ...head(answer), message: message({}), ...ending(answer) })];
  },
  error: (_, { message }) => ({ error: message }),
  other({ path, body, tokens }, model) {
    if (path.endsWith("/api/embed")) return { model: body.model, embeddings: [body.input].flat().map((text) => vector(text, body.dimensions)), prompt_eval_count: tokens };
    const details = { family: "fake", parameter_size: "1B", quantization_level: "Q4_0" };
    const entry = { name: model, model, size: 1, digest: "fake", modified_at: "2026-01-01T00:00:00Z", details };
    if (path.endsWith("/api/version")) return { version: "0.33.0" };
    if (path.endsWith("/api/tags")) return { models: [entry] };
    if (path.endsWith("/api/ps")) return { models: [] };
    if (path.endsWith("/api/show")) return { details, model_info: {}, capabilities: ["completion", "tools", "thinking", "vision"] };
    return undefined;
  },
};

const line = (data) => `${JSON.stringify(data)}\n`;
const head = ({ model }) => ({ model, created_at: "2026-01-01T00:00:00Z" });
/** There is no refusal on this wire. */
const said = ({ text, refusal }) => refusal || text;

function message({ content = "", thinking, calls = [] }) {
  const tool_calls = calls.map(({ id, name, args }, index) => ({ id, function: { index, name, arguments: JSON.parse(args) } }));
  return { role: "assistant", content, ...(thinking && { thinking }), ...(tool_calls.length && { tool_calls }) };
}

function ending({ finish, usage: { prompt_tokens, completion_tokens } }) {
  const times = { total_duration: 1_000_000, load_duration: 0, prompt_eval_duration: 500_000, eval_duration: 500_000 };
  return { done: true, done_reason: finish === "length" ? "length" : "stop", ...times, prompt_eval_count: prompt_tokens, eval_count: completion_tokens };
}
