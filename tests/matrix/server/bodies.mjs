// What each provider answers to a request it refuses, by status; the stand-in knows the others (wire references, "errors").
import { json } from "../../standin/core/reply.mjs";
import { echoing } from "./echo.mjs";

const openai = (message, type, code = null) => ({ error: { message, type, param: null, code } });
const claude = (type, message) => ({ type: "error", error: { type, message }, request_id: "req_011CX" });
const gemini = (code, status, message) => ({ error: { code, message, status } });

const BODIES = {
  openai: {
    400: openai("Invalid type for 'messages[0].content'.", "invalid_request_error", "invalid_type"),
    404: openai("The model `gpt-6-luna` does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    408: openai("Request timed out.", "server_error"),
    413: openai("Request body is too large.", "invalid_request_error"),
    422: openai("Unprocessable.", "invalid_request_error"),
  },
  claude: {
    400: claude("invalid_request_error", "messages.0.content: Input should be a valid string"),
    401: claude("authentication_error", "API key is invalid."),
    404: claude("not_found_error", "model: claude-haiku-5-5"),
    408: claude("timeout_error", "Request timed out"),
    422: claude("invalid_request_error", "Unprocessable."),
  },
  gemini: {
    400: gemini(400, "INVALID_ARGUMENT", "Invalid value at 'contents[0].parts[0]'."),
    401: gemini(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: gemini(403, "PERMISSION_DENIED", "Your project has been denied access."),
    404: gemini(404, "NOT_FOUND", "models/gemini-3.8-flash is not found for API version v1beta, or is not supported for generateContent."),
    413: gemini(413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
    429: gemini(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
  },
  ollama: {
    400: { error: "invalid message content type" },
    403: { error: "forbidden" },
    404: { error: 'model "llama3.2" not found, try pulling it first' },
    413: { error: "http: request body too large" },
  },
};

/** The refusal with a status, which says the key. */
export function refusal(status, { dialect, mount, key }) {
  const own = BODIES[mount][status];
  const reply = own ? json(own, { status }) : dialect.failure(status, { frames: [] }).asStatus(status);
  return { ...reply, frames: reply.frames.map(({ text }) => ({ text: echoing(text, key) })) };
}
