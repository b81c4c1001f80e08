// Streams read by the rules of the face, not by the library: what is checked must not check itself.

export async function chunksOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** The message the deltas make. `restart` voids what came before. */
export function assembled(chunks) {
  let message = fresh();
  for (const { stream } of chunks) {
    if (stream.restart) message = fresh();
    message.content += stream.delta.content ?? "";
    message.thinking += stream.delta.thinking ?? "";
    for (const fragment of stream.delta.tool_calls ?? []) add(message.tool_calls, fragment);
  }
  return message;
}

const fresh = () => ({ content: "", thinking: "", tool_calls: [] });

function add(calls, { index, id, type, function: { name, arguments: text } }) {
  calls[index] ??= { id, type, function: { name, arguments: "" } };
  calls[index].function.arguments += text;
}
