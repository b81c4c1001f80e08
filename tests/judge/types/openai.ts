// The bodies of both endpoints, by the package's own types.
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import type {
  ResponseCreateParams, ResponseInputItem, ResponseOutputMessage, ResponseOutputRefusal, ResponseOutputText,
  ResponseReasoningItem,
} from "openai/resources/responses/responses";

// ---- where the package asks for more than the API (OpenAI §6) --------------

/** An earlier answer without `id`, `status` and `type`: ids of what is not stored are left out, as other clients do. */
type Said = Pick<ResponseOutputMessage, "role" | "phase"> & { content: (Text | ResponseOutputRefusal)[] };
/** Its text without `annotations`. */
type Text = Pick<ResponseOutputText, "type" | "text">;
/** Encrypted reasoning without `id`: answered so (recorded); with it the API looks for stored items. */
type Reasoned = Omit<ResponseReasoningItem, "id"> & { encrypted_content: string };

// ----------------------------------------------------------------------------

type Item = ResponseInputItem | Said | Reasoned;
type WithItems<Params> = Params extends unknown ? Omit<Params, "input"> & { input?: string | Item[] } : never;

export type ChatCompletions = ChatCompletionCreateParams;
export type Responses = WithItems<ResponseCreateParams>;
