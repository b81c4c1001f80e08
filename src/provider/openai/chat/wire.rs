//! The JSON of Chat Completions, as far as we write and read it.

use serde::Serialize;

use crate::json::{Count, Json, Raw, Text, fields, number};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Default, Serialize)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::serialize_option"
    )]
    pub(super) temperature: Option<f64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::serialize_option"
    )]
    pub(super) top_p: Option<f64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::serialize_option"
    )]
    pub(super) frequency_penalty: Option<f64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::serialize_option"
    )]
    pub(super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<&'a crate::chat::ToolChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prompt_cache_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) safety_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<&'a str>,
    pub(super) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_options: Option<StreamOptions>,
}

#[derive(Debug, Serialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Message<'a> {
    pub(super) role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tool_calls: &'a [crate::chat::ToolCall],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_call_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(std::borrow::Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Part<'a> {
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image_url: Option<&'a crate::chat::ImageUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input_audio: Option<&'a crate::chat::InputAudio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<FileData<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct FileData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filename: Option<&'a str>,
    pub(super) file_data: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) function: &'a crate::chat::Function,
}

#[derive(Debug, Serialize)]
pub(super) struct ResponseFormat<'a> {
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) json_schema: Option<JsonSchema<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct JsonSchema<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    pub(super) schema: &'a Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strict: Option<bool>,
}

// ---- what we read ---------------------------------------------------------

/// A chunk of a stream or a whole answer: they differ only in `delta` and `message`.
#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) id: Text<'a>,
    pub(super) model: Text<'a>,
    pub(super) choices: Vec<Choice<'a>>,
    pub(super) usage: Option<Usage>,
    pub(super) service_tier: Text<'a>,
    pub(super) error: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Count,
    pub(super) delta: Delta<'a>,
    pub(super) finish_reason: Text<'a>,
    pub(super) logprobs: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    pub(super) content: Text<'a>,
    /// DeepSeek, vLLM, llama.cpp.
    pub(super) reasoning_content: Text<'a>,
    /// OpenRouter, Groq, Ollama.
    pub(super) reasoning: Text<'a>,
    pub(super) refusal: Text<'a>,
    pub(super) tool_calls: Vec<ToolCall<'a>>,
    /// Citations.
    pub(super) annotations: Raw<'a>,
    pub(super) audio: Raw<'a>,
    /// The form before tools.
    pub(super) function_call: Option<FunctionCall<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct Audio<'a> {
    pub(super) transcript: Text<'a>,
}

#[derive(Debug, Default)]
pub(super) struct ToolCall<'a> {
    pub(super) index: Count,
    pub(super) id: Text<'a>,
    pub(super) function: FunctionCall<'a>,
    /// A call of a custom tool, which only `provider_options` can offer.
    pub(super) custom: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct FunctionCall<'a> {
    pub(super) name: Text<'a>,
    /// JSON text; some servers send the object itself.
    pub(super) arguments: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) prompt_tokens: Count,
    pub(super) completion_tokens: Count,
    pub(super) prompt_tokens_details: PromptDetails,
    pub(super) completion_tokens_details: CompletionDetails,
}

#[derive(Debug, Default)]
pub(super) struct PromptDetails {
    pub(super) cached_tokens: Count,
    pub(super) cache_write_tokens: Count,
    pub(super) audio_tokens: Count,
}

#[derive(Debug, Default)]
pub(super) struct CompletionDetails {
    pub(super) reasoning_tokens: Count,
    pub(super) audio_tokens: Count,
}

fields!(Chunk<'a> { id, model, choices, usage, service_tier, error });
fields!(Choice<'a> { index, delta = "delta" | "message", finish_reason, logprobs });
fields!(Delta<'a> { content, reasoning_content, reasoning, refusal, tool_calls, annotations, audio, function_call });
fields!(Audio<'a> { transcript });
fields!(ToolCall<'a> { index, id, function, custom });
fields!(FunctionCall<'a> { name, arguments });
fields!(Usage {
    prompt_tokens,
    completion_tokens,
    prompt_tokens_details,
    completion_tokens_details
});
fields!(PromptDetails {
    cached_tokens,
    cache_write_tokens,
    audio_tokens
});
fields!(CompletionDetails {
    reasoning_tokens,
    audio_tokens
});
