//! The JSON of Responses, as far as we write and read it.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::json::{Count, Json, Raw, Text, fields, number};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Default, Serialize)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instructions: Option<String>,
    pub(super) input: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_output_tokens: Option<u64>,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning: Option<Reasoning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<TextOptions<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) include: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prompt_cache_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) safety_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<&'a str>,
    /// The API stores by default; we never ask it to.
    pub(super) store: bool,
    pub(super) stream: bool,
}

/// One item of the conversation.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item<'a> {
    /// As it was received.
    Raw(&'a Json),
    /// Written by us.
    Built(Built<'a>),
}

/// A message, a call or its output: they differ in which fields are there.
#[derive(Debug, Default, Serialize)]
pub(super) struct Built<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phase: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<Content<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

/// A part of a message, in either direction of the conversation.
#[derive(Debug, Default, Serialize)]
pub(super) struct Part<'a> {
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filename: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_url: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    /// A schema is required; without one the function takes no arguments.
    #[serde(serialize_with = "parameters")]
    pub(super) parameters: Option<&'a Json>,
    /// Left out, the API would try to enforce the schema.
    pub(super) strict: bool,
}

/// The schema of a function without arguments; it fits the strict rules as well.
const NO_PARAMETERS: &str =
    r#"{"type":"object","properties":{},"required":[],"additionalProperties":false}"#;

fn parameters<S: Serializer>(schema: &Option<&Json>, writer: S) -> Result<S::Ok, S::Error> {
    match schema {
        Some(schema) => schema.serialize(writer),
        None => Json::from_text(NO_PARAMETERS)
            .unwrap_or_else(|_| Json::null())
            .serialize(writer),
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum ToolChoice<'a> {
    Word(&'static str),
    Function { r#type: &'static str, name: &'a str },
}

#[derive(Debug, Serialize)]
pub(super) struct Reasoning {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct TextOptions<'a> {
    pub(super) format: Format<'a>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Format<'a> {
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strict: Option<bool>,
}

// ---- what we read ---------------------------------------------------------

/// One event of a stream. What only rarer events hold stays raw until needed.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) r#type: Text<'a>,
    pub(super) output_index: Count,
    pub(super) summary_index: Count,
    pub(super) content_index: Count,
    pub(super) delta: Text<'a>,
    pub(super) item: Raw<'a>,
    pub(super) response: Raw<'a>,
}

/// A whole answer, and what the first and last event of a stream hold.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) id: Text<'a>,
    pub(super) model: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) error: Raw<'a>,
    pub(super) incomplete_details: Incomplete<'a>,
    pub(super) output: Vec<Raw<'a>>,
    pub(super) usage: Usage,
    pub(super) tool_usage: ToolUsage,
    pub(super) max_output_tokens: Count,
    pub(super) service_tier: Text<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Incomplete<'a> {
    pub(super) reason: Text<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) input_tokens: Count,
    pub(super) output_tokens: Count,
    pub(super) input_tokens_details: InputDetails,
    pub(super) output_tokens_details: OutputDetails,
}

#[derive(Debug, Default)]
pub(super) struct InputDetails {
    pub(super) cached_tokens: Count,
    pub(super) cache_write_tokens: Count,
    pub(super) cache_write_tokens_details: CacheWrites,
}

#[derive(Debug, Default)]
pub(super) struct CacheWrites {
    /// The writes at the long price.
    pub(super) ttl_12h_tokens: Count,
}

#[derive(Debug, Default)]
pub(super) struct OutputDetails {
    pub(super) reasoning_tokens: Count,
}

/// Tools of the provider that ran for this answer.
#[derive(Debug, Default)]
pub(super) struct ToolUsage {
    pub(super) web_search: WebSearch,
}

#[derive(Debug, Default)]
pub(super) struct WebSearch {
    pub(super) num_requests: Count,
}

/// An item of the output. Lists stay raw: other items use the same names for other things.
#[derive(Debug, Default)]
pub(super) struct OutputItem<'a> {
    pub(super) r#type: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) call_id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) arguments: Raw<'a>,
    pub(super) content: Raw<'a>,
    pub(super) summary: Raw<'a>,
    pub(super) phase: Raw<'a>,
    pub(super) namespace: Raw<'a>,
    pub(super) caller: Raw<'a>,
}

/// A part of a message, or of a reasoning item's summary or content.
#[derive(Debug, Default)]
pub(super) struct OutputPart<'a> {
    pub(super) text: Text<'a>,
    pub(super) refusal: Text<'a>,
    pub(super) annotations: Raw<'a>,
    pub(super) logprobs: Raw<'a>,
}

fields!(Event<'a> {
    r#type = "type",
    output_index,
    summary_index,
    content_index,
    delta,
    item,
    response
});
fields!(Answer<'a> {
    id,
    model,
    status,
    error,
    incomplete_details,
    output,
    usage,
    tool_usage,
    max_output_tokens,
    service_tier
});
fields!(Incomplete<'a> { reason });
fields!(Usage {
    input_tokens,
    output_tokens,
    input_tokens_details,
    output_tokens_details
});
fields!(InputDetails {
    cached_tokens,
    cache_write_tokens,
    cache_write_tokens_details
});
fields!(CacheWrites { ttl_12h_tokens });
fields!(OutputDetails { reasoning_tokens });
fields!(ToolUsage { web_search });
fields!(WebSearch { num_requests });
fields!(OutputItem<'a> {
    r#type = "type",
    status,
    call_id,
    name,
    arguments,
    content,
    summary,
    phase,
    namespace,
    caller
});
fields!(OutputPart<'a> { text, refusal, annotations, logprobs });

// ---- what we write for ourselves ------------------------------------------

/// Stands in `provider_state` for an item whose content is in the message
/// itself, and keeps what has no place there. Read back by [`Block`].
#[derive(Debug, Default, Serialize)]
pub(super) struct Mark<'a> {
    pub(super) r#type: &'static str,
    /// Of a message: how much of the joined text is its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<usize>,
    /// Of a call: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phase: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<Json>,
}

/// A block of `provider_state`: a [`Mark`] or an item as received.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) r#type: Text<'a>,
    pub(super) bytes: Count,
    pub(super) call_id: Text<'a>,
    pub(super) encrypted_content: Text<'a>,
    pub(super) phase: Raw<'a>,
    pub(super) namespace: Raw<'a>,
    pub(super) caller: Raw<'a>,
}

fields!(Block<'a> {
    r#type = "type",
    bytes,
    call_id,
    encrypted_content,
    phase,
    namespace,
    caller
});
