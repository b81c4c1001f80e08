// Readers for the tests: they fold a whole answer, and a streamed one, into the same plain shape
// {text, thinking, refusal, calls: [[name, args]], finish, usage}. Written from the wire reference,
// apart from the writers, so a slip on one side shows.

const events = (raw) => raw.split(/\r?\n\r?\n/).map((block) => /^data: (.*)$/m.exec(block)?.[1]).filter(Boolean);
const parsed = (raw) => events(raw).filter((data) => data !== "[DONE]").map((data) => JSON.parse(data));
const folded = (parts) => ({ text: "", thinking: "", refusal: "", calls: [], finish: null, usage: null, ...parts });

/** OpenAI chat. */
export const chat = {
  whole({ choices: [{ message, finish_reason }], usage }) {
    const calls = (message.tool_calls ?? []).map(({ function: call }) => [call.name, call.arguments]);
    return folded({ text: message.content ?? "", refusal: message.refusal ?? "", calls, finish: finish_reason, usage });
  },
  streamed(raw) {
    const out = folded({ done: events(raw).at(-1) === "[DONE]" });
    for (const { choices, usage } of parsed(raw)) {
      out.usage = usage ?? out.usage;
      for (const { delta, finish_reason } of choices) {
        out.text += delta.content ?? "";
        out.refusal += delta.refusal ?? "";
        out.finish = finish_reason ?? out.finish;
        for (const { index, function: call } of delta.tool_calls ?? []) {
          out.calls[index] ??= [call.name, ""];
          out.calls[index][1] += call.arguments;
        }
      }
    }
    if (!out.done) throw new Error("no [DONE]");
    delete out.done;
    return out;
  },
};

/** OpenAI responses: deltas must give what the final object says. */
export const responses = {
  whole({ output, status, incomplete_details, usage }) {
    const out = folded({ finish: incomplete_details?.reason ?? status, usage });
    for (const item of output) {
      if (item.type === "reasoning") out.thinking += item.summary.map(({ text }) => text).join("");
      if (item.type === "message") out.text += item.content[0].text ?? "";
      if (item.type === "message") out.refusal += item.content[0].refusal ?? "";
      if (item.type === "function_call") out.calls.push([item.name, item.arguments]);
    }
    return out;
  },
  streamed(raw) {
    const list = parsed(raw);
    const join = (type) => list.filter((event) => event.type === type).map(({ delta }) => delta).join("");
    const end = responses.whole(list.at(-1).response);
    const calls = list.filter(({ item, type }) => type === "response.output_item.added" && item.type === "function_call").map(({ item, output_index }) => [
      item.name, list.filter((event) => event.type === "response.function_call_arguments.delta" && event.output_index === output_index).map(({ delta }) => delta).join(""),
    ]);
    if (list.some(({ sequence_number }, index) => sequence_number !== index)) throw new Error("sequence numbers have holes");
    return { ...end, text: join("response.output_text.delta"), refusal: join("response.refusal.delta"), thinking: join("response.reasoning_summary_text.delta"), calls };
  },
};

const claudeUsage = ({ input_tokens, output_tokens }) => ({ input_tokens, output_tokens });

/** Claude messages. */
export const claude = {
  whole({ content, stop_reason, usage }) {
    const out = folded({ finish: stop_reason, usage: claudeUsage(usage) });
    for (const block of content) {
      if (block.type === "thinking") out.thinking += block.thinking;
      if (block.type === "text") out.text += block.text;
      if (block.type === "tool_use") out.calls.push([block.name, JSON.stringify(block.input)]);
    }
    return out;
  },
  streamed(raw) {
    const blocks = [];
    const out = folded({});
    let stopped = false;
    for (const event of parsed(raw)) {
      if (event.type === "content_block_start") blocks[event.index] = { ...event.content_block, json: "" };
      if (event.type === "content_block_delta") {
        const block = blocks[event.index];
        for (const [key, value] of Object.entries(event.delta)) if (key !== "type") block[key === "partial_json" ? "json" : key] += value;
      }
      if (event.type === "message_delta") Object.assign(out, { finish: event.delta.stop_reason, usage: claudeUsage(event.usage) });
      stopped ||= event.type === "message_stop";
    }
    if (!stopped) throw new Error("no message_stop");
    for (const block of blocks) {
      if (block.type === "thinking") out.thinking += block.thinking;
      if (block.type === "text") out.text += block.text;
      if (block.type === "tool_use") out.calls.push([block.name, block.json]);
    }
    return out;
  },
};

/** Gemini: chunks are whole responses, later ones add parts. */
export const gemini = {
  whole: (response) => gemini.folded([response]),
  streamed: (raw) => gemini.folded(raw.startsWith("[") ? JSON.parse(raw) : parsed(raw)),
  folded(list) {
    const out = folded({});
    for (const { candidates: [{ content, finishReason }], usageMetadata } of list) {
      for (const { text, thought, functionCall } of content?.parts ?? []) {
        if (text) out[thought ? "thinking" : "text"] += text;
        if (functionCall) out.calls.push([functionCall.name, JSON.stringify(functionCall.args)]);
      }
      out.finish = finishReason ?? out.finish;
      out.usage = usageMetadata;
    }
    return out;
  },
};

/** Ollama: NDJSON lines. */
export const ollama = {
  whole: (line) => ollama.folded([line]),
  streamed: (raw) => ollama.folded(raw.trim().split("\n").map((line) => JSON.parse(line))),
  folded(list) {
    const out = folded({});
    for (const { message, done_reason, prompt_eval_count, eval_count } of list) {
      out.text += message.content;
      out.thinking += message.thinking ?? "";
      out.calls.push(...(message.tool_calls ?? []).map(({ function: call }) => [call.name, JSON.stringify(call.arguments)]));
      Object.assign(out, { finish: done_reason ?? null, usage: { prompt_eval_count, eval_count } });
    }
    return out;
  },
};
