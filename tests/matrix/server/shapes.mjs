// Frames of each dialect, for faults that have to speak it. A dialect's kind is told by what the stand-in answered.

const sse = (data, event) => `${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
const line = (data) => `${JSON.stringify(data)}\n`;

const KINDS = {
  chat: { delta: (text) => sse({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: text } }] }), unknown: [sse({ id: "c", object: "chat.completion.future", choices: [], future: [{}, 1e400] }), ": comment\n\n", "event: future\nretry: 5\nid: 7\ndata: {}\n\n"], ends: 1 },
  responses: { delta: (text) => sse({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta: text }, "response.output_text.delta"), unknown: [sse({ type: "response.future.delta", delta: { a: [1] } }, "response.future.delta"), ": comment\n\n"], ends: 0 },
  claude: { delta: (text) => sse({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }, "content_block_delta"), unknown: [sse({ type: "ping" }, "ping"), sse({ type: "future_event", a: [{}] }, "future_event"), ": comment\n\n"], ends: 1 },
  gemini: { delta: (text) => sse({ candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0 }] }), unknown: [sse({ future: { a: [1] } }), ": comment\r\n\r\n"], ends: 0 },
  ollama: { delta: (text) => line({ model: "m", message: { role: "assistant", content: text }, done: false }), unknown: [line({ model: "m", future: [1], done: false }), "\n"], ends: 0 },
};

function kindOf({ frames, stream }, mount) {
  if (mount !== "openai") return KINDS[mount];
  const responses = stream ? frames[0].text.startsWith("event: response.") : /"object": ?"response"/.test(frames[0].text);
  return responses ? KINDS.responses : KINDS.chat;
}

/** A frame that says just that. */
export const words = (mount, text) => (mount === "ollama" ? `${text}\n` : `data: ${text}\n\n`);

/** A delta of text; where the answer comes whole, the text itself. */
export const said = (reply, mount, text) => (reply.stream ? kindOf(reply, mount).delta(text) : text);

const isSse = ({ headers }) => /event-stream/.test(headers["content-type"]);

/** The beginning of a line that goes on. */
export const begun = (reply) => [{ text: isSse(reply) ? 'data: {"x":"' : '{"x":"' }];

/** A line of an event that never ends. */
export const ticking = (reply, mount) => (isSse(reply) ? `data: ${"tick ".repeat(20)}\n` : said(reply, mount, ""));

/** The frames, with others behind what says that the answer is complete, and before the mark of the end where there is one. */
export function behindTheEnd(reply, frames) {
  const marks = /\[DONE\]|message_stop/.test(reply.frames.at(-1).text) ? 1 : 0;
  return [...reply.frames.slice(0, reply.frames.length - marks), ...frames, ...reply.frames.slice(reply.frames.length - marks)];
}

/** The first and the last frame twice, and events nobody knows in between. */
export function repeated(reply, mount) {
  if (!reply.stream) return reply;
  const unknown = kindOf(reply, mount).unknown.map((text) => ({ text }));
  const between = reply.frames.slice(1, -1).flatMap((frame) => [frame, ...unknown]);
  const [first, last] = [reply.frames[0], reply.frames.at(-1)];
  // Some say text or call a tool in their very first frame.
  const twice = /"text"|functionCall|"content":"[^"]|"tool_calls":\[\{"id"/.test(first.text) ? [first] : [first, first];
  return { ...reply, frames: [...unknown, ...twice, ...between, last, last], faulty: true };
}

/** An unknown field that is nested so deeply. */
export function deep(reply, depth) {
  const field = `"future":${"[".repeat(depth)}${"]".repeat(depth)},`;
  const at = reply.stream ? Math.min(2, reply.frames.length - 1) : 0;
  const frames = reply.frames.map((frame, index) => (index === at ? { ...frame, text: frame.text.replace(/(^|: )\{/m, (start) => start + field) } : frame));
  return { ...reply, frames, faulty: true };
}

/** Counts that are none. */
export function oddNumbers(reply) {
  const frames = reply.frames.map(({ text }) => ({ text: text.replace(/("(?:prompt_tokens|input_tokens|promptTokenCount|prompt_eval_count)": ?)\d+/g, "$1-1").replace(/("(?:completion_tokens|output_tokens|candidatesTokenCount|eval_count)": ?)\d+/g, "$11e400") }));
  return { ...reply, frames, faulty: true };
}

/** Arguments of so many characters. */
export function bigArguments(reply, length) {
  const city = "Paris".padEnd(length, "x");
  const frames = reply.frames.flatMap((frame) => grown(frame, city));
  return { ...reply, frames, faulty: true };
}

// Where arguments come in pieces, "Paris" may be cut anywhere; its last letters never begin one alone.
function grown(frame, city) {
  const piece = frame.text.match(/"(?:partial_json|arguments|delta)":"((?:[^"\\]|\\.)*(?:aris|ris|is|s))\\"/);
  if (piece && !frame.text.includes("Paris")) return pieces(frame, piece[1], city.slice(5));
  return [{ ...frame, text: frame.text.replaceAll("Paris", city) }];
}

function pieces(frame, before, rest) {
  const parts = rest.match(/x{1,8192}/g);
  const of = (text) => ({ text: frame.text.replace(/("(?:partial_json|arguments|delta)":)"(?:[^"\\]|\\.)*"/, `$1${JSON.stringify(text)}`) });
  const end = { ...frame, text: frame.text.replace(`${before}\\"`, '\\"') };
  return [of(JSON.parse(`"${before}"`)), ...parts.map(of), end];
}
