//! Usage as sent, brought into one shape by the rules of the wire reference
//! (README §4), apart from the library's own rules.

use aircher_llm::chat::ChatResponse;
use serde_json::Value;

use super::{Recording, differ};

/// Prompt, completion, cached, cache write, long cache write, reasoning.
type Counts = [u64; 6];

pub fn compare(
    recording: &Recording,
    response: &ChatResponse,
    finished: bool,
    differences: &mut Vec<String>,
) {
    let sent = &recording.expect["usage"];
    // Interrupted answers may lack their last usage; estimates are marked as such.
    if !sent.is_object() || !finished || response.usage.estimated {
        return;
    }
    let usage = &response.usage;
    let ours: Counts = [
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.cache_write_long_tokens,
        usage.reasoning_tokens,
    ];
    let expected = match recording.endpoint.as_str() {
        "responses" => responses(sent),
        "messages" => messages(sent),
        "generateContent" | "streamGenerateContent" => gemini(sent),
        "api.chat" => [
            at(sent, "prompt_eval_count"),
            at(sent, "eval_count"),
            0,
            0,
            0,
            0,
        ],
        _ => chat(sent),
    };
    differ("usage", &expected, &ours, differences);
}

fn at(value: &Value, path: &str) -> u64 {
    path.split('.')
        .fold(value, |value, key| &value[key])
        .as_u64()
        .unwrap_or(0)
}

fn chat(sent: &Value) -> Counts {
    let details = |name: &str| at(sent, &format!("prompt_tokens_details.{name}"));
    [
        at(sent, "prompt_tokens"),
        at(sent, "completion_tokens"),
        details("cached_tokens"),
        details("cache_write_tokens"),
        0,
        at(sent, "completion_tokens_details.reasoning_tokens"),
    ]
}

fn responses(sent: &Value) -> Counts {
    let details = |name: &str| at(sent, &format!("input_tokens_details.{name}"));
    [
        at(sent, "input_tokens"),
        at(sent, "output_tokens"),
        details("cached_tokens"),
        details("cache_write_tokens"),
        0,
        at(sent, "output_tokens_details.reasoning_tokens"),
    ]
}

fn messages(sent: &Value) -> Counts {
    let (read, written) = (
        at(sent, "cache_read_input_tokens"),
        at(sent, "cache_creation_input_tokens"),
    );
    let long = at(sent, "cache_creation.ephemeral_1h_input_tokens");
    let (mut prompt, mut completion) = (
        at(sent, "input_tokens") + read + written,
        at(sent, "output_tokens"),
    );
    for round in sent["iterations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|round| round["type"] != "message")
    {
        prompt += at(round, "input_tokens")
            + at(round, "cache_read_input_tokens")
            + at(round, "cache_creation_input_tokens");
        completion += at(round, "output_tokens");
    }
    [
        prompt,
        completion,
        read,
        written,
        long,
        at(sent, "output_tokens_details.thinking_tokens"),
    ]
}

fn gemini(sent: &Value) -> Counts {
    let thoughts = at(sent, "thoughtsTokenCount");
    [
        at(sent, "promptTokenCount") + at(sent, "toolUsePromptTokenCount"),
        at(sent, "candidatesTokenCount") + thoughts,
        at(sent, "cachedContentTokenCount"),
        0,
        0,
        thoughts,
    ]
}
