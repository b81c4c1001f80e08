//! What becomes of the ends of answers and of errors, told by the codecs themselves.

use super::speakers::{SPEAKERS, Speaker};
use aircher_llm::chat::{ChatRequest, FinishReason};
use aircher_llm::run::{Call, CallOptions};
use serde_json::{Map, json};

use crate::support::{Answer, FakeEnv, config};

/// One model of each dialect, the words it ends an answer with, and such an answer.
type End = (
    &'static str,
    &'static str,
    &'static [&'static str],
    fn(&str) -> String,
);
const ENDS: [End; 5] = [
    (
        "OpenAI, Responses",
        "gpt-6-luna",
        &[
            "completed",
            "max_output_tokens",
            "content_filter",
            "failed",
            "cancelled",
        ],
        responses,
    ),
    (
        "OpenAI, Chat Completions",
        "gpt-4o",
        &[
            "stop",
            "length",
            "tool_calls",
            "function_call",
            "content_filter",
            "anything new",
        ],
        chat,
    ),
    (
        "Claude",
        "claude-haiku-5-5",
        &[
            "end_turn",
            "stop_sequence",
            "pause_turn",
            "max_tokens",
            "model_context_window_exceeded",
            "tool_use",
            "refusal",
            "anything new",
        ],
        claude,
    ),
    (
        "Gemini",
        "gemini-3.8-flash",
        &[
            "STOP",
            "MAX_TOKENS",
            "CONTINUATION",
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "LANGUAGE",
            "OTHER",
            "MALFORMED_FUNCTION_CALL",
            "UNEXPECTED_TOOL_CALL",
            "anything new",
        ],
        gemini,
    ),
    (
        "Ollama",
        "qwen3",
        &["stop", "length", "load", "anything new"],
        ollama,
    ),
];

fn responses(word: &str) -> String {
    let reason = ["max_output_tokens", "content_filter"].contains(&word);
    let said = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]});
    let error = (word == "failed").then(|| json!({"code": "server_error", "message": "sorry"}));
    json!({
        "object": "response", "model": "m", "output": [said], "error": error,
        "status": if reason { "incomplete" } else { word },
        "incomplete_details": reason.then(|| json!({"reason": word})),
        "usage": {"input_tokens": 1, "output_tokens": 1},
    })
    .to_string()
}

fn chat(word: &str) -> String {
    json!({
        "model": "m", "choices": [{"message": {"content": "Hi"}, "finish_reason": word}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    })
    .to_string()
}

fn claude(word: &str) -> String {
    json!({
        "type": "message", "role": "assistant", "model": "m", "stop_reason": word,
        "content": [{"type": "text", "text": "Hi"}], "usage": {"input_tokens": 1, "output_tokens": 1},
    })
    .to_string()
}

fn gemini(word: &str) -> String {
    json!({
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": word}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
    })
    .to_string()
}

fn ollama(word: &str) -> String {
    json!({
        "model": "m", "message": {"role": "assistant", "content": "Hi"}, "done": true, "done_reason": word,
        "prompt_eval_count": 1, "eval_count": 1,
    })
    .to_string()
}

/// `finish_reason` by the provider's own word.
pub fn finish_reasons() -> String {
    let mut text = String::from(
        "| | `stop` | `length` | `tool_calls` | `content_filter` | `unknown` | an error |\n|---|---|---|---|---|---|---|\n",
    );
    for (name, model, words, body) in ENDS {
        let speaker = speaker(model);
        let mut cells = [const { Vec::new() }; 6];
        for word in words {
            let at = match answered(speaker, 200, body(word)) {
                Ok(FinishReason::Stop) => 0,
                Ok(FinishReason::Length) => 1,
                Ok(FinishReason::ToolCalls) => 2,
                Ok(FinishReason::ContentFilter) => 3,
                Ok(FinishReason::Unknown) => 4,
                Err(_) => 5,
            };
            cells[at].push(match *word {
                "anything new" => (*word).into(),
                word => format!("`{word}`"),
            });
        }
        let cells = cells.map(|words| words.join(", "));
        text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    text
}

/// The kind of error by status, where the body says nothing more.
pub fn statuses() -> String {
    const STATUSES: [u16; 16] = [
        400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 499, 500, 502, 503, 504, 529,
    ];
    let rows = STATUSES.map(|status| {
        let kinds = ENDS.map(|(name, model, ..)| (name, kind(speaker(model), status)));
        let usual = &kinds[0].1;
        let others = kinds.iter().filter(|(_, kind)| kind != usual);
        let others = others.map(|(name, kind)| format!("; {name}: {kind}"));
        format!("| {status} | {usual}{} |\n", others.collect::<String>())
    });
    format!("| status | type |\n|---|---|\n{}", rows.concat())
}

fn kind(speaker: &Speaker, status: u16) -> String {
    let body = json!({"error": {"message": "no"}}).to_string();
    let (kind, again) = answered(speaker, status, body).unwrap_err();
    format!("`{kind}`{}", if again { " ↻" } else { "" })
}

fn speaker(model: &str) -> &'static Speaker {
    SPEAKERS
        .iter()
        .find(|speaker| speaker.model == model)
        .unwrap()
}

/// How a call ends that gets this answer: the reason, or the error's kind and
/// whether it may be tried again.
fn answered(
    speaker: &Speaker,
    status: u16,
    body: String,
) -> Result<FinishReason, (&'static str, bool)> {
    let env = FakeEnv::new([Answer::new(status, "application/json", body)]);
    let hello = json!({
        "provider": speaker.provider(), "model": speaker.model,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let hello = ChatRequest::from_json(&hello.to_string()).unwrap();
    let config = config(&speaker.config(&Map::new()));
    let mut call = Call::new(env.clone(), config, hello, CallOptions::default());
    match env.run(call.finish()) {
        Ok(answer) => Ok(answer.stream.finish_reason.unwrap()),
        Err(error) => Err((error.kind.as_str(), error.retryable)),
    }
}
