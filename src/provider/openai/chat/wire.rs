//! The JSON of Chat Completions, as far as we write and read it.

use crate::json::{Count, Json, Raw, Text, Write, Writer, fields, writes};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) messages: Vec<Message<'a>>,
    pub(super) max_completion_tokens: Option<u64>,
    pub(super) max_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) frequency_penalty: Option<f64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) stop: &'a [String],
    pub(super) seed: Option<i64>,
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) tool_choice: Option<&'a crate::chat::ToolChoice>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) response_format: Option<ResponseFormat<'a>>,
    pub(super) reasoning_effort: Option<&'static str>,
    pub(super) prompt_cache_key: Option<&'a str>,
    pub(super) safety_identifier: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) stream: bool,
    pub(super) stream_options: Option<StreamOptions>,
}

#[derive(Debug)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}

#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) role: &'static str,
    pub(super) content: Option<Content<'a>>,
    pub(super) name: Option<&'a str>,
    pub(super) refusal: Option<&'a str>,
    pub(super) tool_calls: &'a [crate::chat::ToolCall],
    pub(super) tool_call_id: Option<&'a str>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Text(std::borrow::Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub(super) r#type: &'static str,
    pub(super) text: Option<std::borrow::Cow<'a, str>>,
    pub(super) image_url: Option<&'a crate::chat::ImageUrl>,
    pub(super) input_audio: Option<&'a crate::chat::InputAudio>,
    pub(super) file: Option<FileData<'a>>,
}

#[derive(Debug)]
pub(super) struct FileData<'a> {
    pub(super) filename: Option<&'a str>,
    pub(super) file_data: &'a str,
}

#[derive(Debug)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) function: &'a crate::chat::Function,
}

#[derive(Debug)]
pub(super) struct ResponseFormat<'a> {
    pub(super) r#type: &'static str,
    pub(super) json_schema: Option<JsonSchema<'a>>,
}

#[derive(Debug)]
pub(super) struct JsonSchema<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) schema: &'a Json,
    pub(super) strict: Option<bool>,
}

writes!(Request<'a> {
    model, messages, max_completion_tokens, max_tokens, temperature, top_p, frequency_penalty, presence_penalty, stop?,
    seed, tools?, tool_choice, parallel_tool_calls, response_format, reasoning_effort, prompt_cache_key,
    safety_identifier, user, stream, stream_options,
});
writes!(StreamOptions { include_usage });
writes!(Message<'a> { role, content, name, refusal, tool_calls?, tool_call_id, });
writes!(Part<'a> { r#type = "type", text, image_url, input_audio, file, });
writes!(FileData<'a> { filename, file_data, });
writes!(Tool<'a> { r#type = "type", function, });
writes!(ResponseFormat<'a> { r#type = "type", json_schema, });
writes!(JsonSchema<'a> { name, description, schema, strict, });

impl Write for Content<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => writer.string(text),
            Self::Parts(parts) => parts.write(writer),
        }
    }
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
