// The body of /v1/messages. Nothing here needs the beta types.
import type { MessageCreateParams } from "@anthropic-ai/sdk/resources/messages";
// The last release of the package for the API's version 2023-06-01, which is the one sent by default and the only one
// that takes `temperature`, `top_p` and `top_k`.
import type { MessageCreateParams as Of2023 } from "anthropic-sdk-2023-06-01/resources/messages";

export type Messages = MessageCreateParams;
export type SampledMessages = Of2023;
