import type { ChatRequest, Message, Tool, ToolCall } from "ollama";

// ---- where the package (0.6.4) lags behind the server (Ollama §2) ----------

/** `tool_call_id` beside `tool_name`, and the `id` of a call: newer servers pair results by them. */
type Call = ToolCall & { id?: string };
type Said = Omit<Message, "tool_calls"> & { tool_call_id?: string; tool_calls?: Call[] };
/** A schema is the user's own and goes as it is: the server drops the keywords it does not know. */
type Offered = Omit<Tool, "function"> & {
  function: Omit<Tool["function"], "parameters"> & { parameters?: Record<string, unknown> };
};
/** `truncate`: false is answered with an error where the oldest messages would be dropped in silence. */
/** `think`: the level `max`. */
type Newer = { truncate?: boolean; think?: ChatRequest["think"] | "max" };

// ----------------------------------------------------------------------------

export type Chat = Omit<ChatRequest, "messages" | "tools" | "think"> &
  Newer & { messages?: Said[]; tools?: Offered[] };
