//! The JSON of Responses, as far as we write and read it.

use std::borrow::Cow;

use crate::json::{Count, Json, Raw, Text, Write, Writer, fields, writes};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) instructions: Option<String>,
    pub(super) input: Vec<Item<'a>>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) tool_choice: Option<ToolChoice<'a>>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) reasoning: Option<Reasoning>,
    pub(super) text: Option<TextOptions<'a>>,
    pub(super) include: &'static [&'static str],
    pub(super) prompt_cache_key: Option<&'a str>,
    pub(super) safety_identifier: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    /// The API stores by default; we never ask it to.
    pub(super) store: bool,
    pub(super) stream: bool,
}

/// One item of the conversation.
#[derive(Debug)]
pub(super) enum Item<'a> {
    /// As it was received.
    Raw(&'a Json),
    /// Written by us.
    Built(Built<'a>),
}

/// A message, a call or its output: they differ in which fields are there.
#[derive(Debug, Default)]
pub(super) struct Built<'a> {
    pub(super) r#type: Option<&'static str>,
    pub(super) role: Option<&'static str>,
    pub(super) phase: Raw<'a>,
    pub(super) content: Option<Content<'a>>,
    pub(super) call_id: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) namespace: Raw<'a>,
    pub(super) caller: Raw<'a>,
    pub(super) arguments: Option<&'a str>,
    pub(super) output: Option<Content<'a>>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

/// A part of a message, in either direction of the conversation.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub(super) r#type: &'static str,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) refusal: Option<&'a str>,
    pub(super) image_url: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
    pub(super) filename: Option<Cow<'a, str>>,
    pub(super) file_data: Option<&'a str>,
    pub(super) file_url: Option<&'a str>,
}

#[derive(Debug)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) parameters: Parameters<'a>,
    /// Left out, the API would try to enforce the schema.
    pub(super) strict: bool,
}

/// A schema is required; without one the function takes no arguments.
#[derive(Debug)]
pub(super) struct Parameters<'a>(pub(super) Option<&'a Json>);

/// The schema of a function without arguments; it fits the strict rules as well.
const NO_PARAMETERS: &str =
    r#"{"type":"object","properties":{},"required":[],"additionalProperties":false}"#;

#[derive(Debug)]
pub(super) enum ToolChoice<'a> {
    Word(&'static str),
    Function(Named<'a>),
}

#[derive(Debug)]
pub(super) struct Named<'a> {
    pub(super) r#type: &'static str,
    pub(super) name: &'a str,
}

#[derive(Debug)]
pub(super) struct Reasoning {
    pub(super) effort: Option<&'static str>,
    pub(super) summary: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct TextOptions<'a> {
    pub(super) format: Format<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Format<'a> {
    pub(super) r#type: &'static str,
    pub(super) name: Option<&'a str>,
    pub(super) description: Option<&'a str>,
    pub(super) schema: Option<&'a Json>,
    pub(super) strict: Option<bool>,
}

writes!(Request<'a> {
    model, instructions, input, max_output_tokens, temperature, top_p, tools?, tool_choice, parallel_tool_calls,
    reasoning, text, include?, prompt_cache_key, safety_identifier, user, store, stream,
});
writes!(Built<'a> {
    r#type = "type", role, phase, content, call_id, name, namespace, caller, arguments, output,
});
writes!(Part<'a> {
    r#type = "type", text, refusal, image_url, detail, filename, file_data, file_url,
});
writes!(Tool<'a> { r#type = "type", name, description, parameters, strict, });
writes!(Named<'a> { r#type = "type", name, });
writes!(Reasoning { effort, summary });
writes!(TextOptions<'a> { format, });
writes!(Format<'a> { r#type = "type", name, description, schema, strict, });

impl Write for Item<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Raw(item) => item.write(writer),
            Self::Built(item) => item.write(writer),
        }
    }
}

impl Write for Content<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => writer.string(text),
            Self::Parts(parts) => parts.write(writer),
        }
    }
}

impl Write for Parameters<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.raw(self.0.map_or(NO_PARAMETERS, Json::text));
    }
}

impl Write for ToolChoice<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Word(word) => writer.string(word),
            Self::Function(named) => named.write(writer),
        }
    }
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
#[derive(Debug, Default)]
pub(super) struct Mark<'a> {
    pub(super) r#type: &'static str,
    /// Of a message: how much of the joined text is its own.
    pub(super) bytes: Option<u64>,
    /// Of a call: which one.
    pub(super) call_id: Option<&'a str>,
    pub(super) phase: Raw<'a>,
    pub(super) namespace: Raw<'a>,
    pub(super) caller: Raw<'a>,
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

writes!(Mark<'a> { r#type = "type", bytes, call_id, phase, namespace, caller, });
