//! The JSON of the Messages API, as far as we write and read it.

use std::borrow::Cow;

use crate::chat::CacheTtl;
use crate::json::{Count, Json, Raw, Text, Write, Writer, fields, writes};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) max_tokens: u64,
    pub(super) system: Blocks<'a>,
    pub(super) messages: Vec<Turn<'a>>,
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) tool_choice: Option<Choice<'a>>,
    pub(super) thinking: Option<Thinking>,
    pub(super) output_config: Option<OutputConfig>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) stop_sequences: Vec<&'a str>,
    pub(super) metadata: Option<Metadata<'a>>,
    pub(super) cache_control: Option<CacheControl>,
    pub(super) stream: bool,
}

#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) role: &'static str,
    pub(super) content: Blocks<'a>,
}

/// Content blocks; a lone plain text is written as a string.
#[derive(Debug, Default)]
pub(super) struct Blocks<'a>(pub(super) Vec<Block<'a>>);

impl Write for Blocks<'_> {
    fn write(&self, writer: &mut Writer) {
        match self.0.as_slice() {
            [Block::Ours(lone)] if lone.is_plain_text() => lone.text.write(writer),
            blocks => blocks.write(writer),
        }
    }
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Debug)]
pub(super) enum Block<'a> {
    /// A block of an earlier answer, sent back as it came.
    Raw(&'a Json),
    Ours(Box<OurBlock<'a>>),
}

/// Every kind of block we write, flat: one serialiser instead of six.
#[derive(Debug, Default)]
pub(super) struct OurBlock<'a> {
    pub(super) r#type: &'static str,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) source: Option<Source<'a>>,
    pub(super) title: Option<&'a str>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) name: Option<&'a str>,
    pub(super) input: Option<Json>,
    pub(super) tool_use_id: Option<Cow<'a, str>>,
    pub(super) content: Option<Blocks<'a>>,
    pub(super) is_error: Option<bool>,
    pub(super) cache_control: Option<CacheControl>,
}

impl OurBlock<'_> {
    fn is_plain_text(&self) -> bool {
        self.r#type == "text" && self.cache_control.is_none()
    }
}

#[derive(Debug, Default)]
pub(super) struct Source<'a> {
    pub(super) r#type: &'static str,
    pub(super) media_type: Option<&'a str>,
    pub(super) data: Option<Cow<'a, str>>,
    pub(super) url: Option<&'a str>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct CacheControl {
    pub(super) r#type: &'static str,
    pub(super) ttl: CacheTtl,
}

#[derive(Debug)]
pub(super) struct Tool<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) input_schema: Json,
    pub(super) strict: Option<bool>,
    pub(super) cache_control: Option<CacheControl>,
}

#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) r#type: &'static str,
    pub(super) name: Option<&'a str>,
    pub(super) disable_parallel_tool_use: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Thinking {
    pub(super) r#type: &'static str,
    pub(super) budget_tokens: Option<u64>,
    pub(super) display: Option<&'static str>,
}

#[derive(Debug, Default)]
pub(super) struct OutputConfig {
    pub(super) effort: Option<&'static str>,
    pub(super) format: Option<Format>,
}

#[derive(Debug)]
pub(super) struct Format {
    pub(super) r#type: &'static str,
    pub(super) schema: Json,
}

#[derive(Debug)]
pub(super) struct Metadata<'a> {
    pub(super) user_id: &'a str,
}

writes!(Request<'a> { model, max_tokens, system?, messages, tools?, tool_choice, thinking, output_config, temperature, top_p, stop_sequences?, metadata, cache_control, stream });
writes!(Turn<'a> { role, content });
writes!(OurBlock<'a> { r#type = "type", text, source, title, id, name, input, tool_use_id, content, is_error, cache_control });
writes!(Source<'a> { r#type = "type", media_type, data, url });
writes!(CacheControl { r#type = "type", ttl });
writes!(Tool<'a> { name, description, input_schema, strict, cache_control });
writes!(Choice<'a> { r#type = "type", name, disable_parallel_tool_use });
writes!(Thinking { r#type = "type", budget_tokens, display });
writes!(OutputConfig { effort, format });
writes!(Format { r#type = "type", schema });
writes!(Metadata<'a> { user_id });

impl Write for Block<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Raw(json) => json.write(writer),
            Self::Ours(block) => block.write(writer),
        }
    }
}

// ---- what we read ---------------------------------------------------------

/// Any event of a stream. Only what comes with every token is typed here; the
/// rest is read again where it belongs, so that a surprise in it costs no text.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) r#type: Text<'a>,
    pub(super) index: Count,
    pub(super) delta: Delta<'a>,
    pub(super) content_block: Raw<'a>,
    pub(super) message: Option<Message<'a>>,
    pub(super) usage: Raw<'a>,
    pub(super) error: Raw<'a>,
}

/// The delta of a block, or of the message (`stop_…`).
#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    pub(super) r#type: Text<'a>,
    pub(super) text: Text<'a>,
    pub(super) thinking: Text<'a>,
    pub(super) partial_json: Text<'a>,
    pub(super) signature: Text<'a>,
    pub(super) citation: Raw<'a>,
    pub(super) content: Text<'a>,
    pub(super) encrypted_content: Text<'a>,
    pub(super) stop_reason: Text<'a>,
    pub(super) stop_sequence: Raw<'a>,
    pub(super) stop_details: Raw<'a>,
    pub(super) container: Raw<'a>,
}

/// A whole message, or the empty one a stream starts with.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) id: Text<'a>,
    pub(super) model: Text<'a>,
    pub(super) content: Vec<Raw<'a>>,
    pub(super) usage: Raw<'a>,
    pub(super) stop_reason: Text<'a>,
    pub(super) stop_sequence: Raw<'a>,
    pub(super) stop_details: Raw<'a>,
    pub(super) container: Raw<'a>,
}

/// What matters of a content block, empty in a stream and filled in a whole answer.
#[derive(Debug, Default)]
pub(super) struct BlockStart<'a> {
    pub(super) r#type: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) text: Text<'a>,
    pub(super) thinking: Text<'a>,
    pub(super) signature: Text<'a>,
    pub(super) input: Raw<'a>,
    pub(super) citations: Raw<'a>,
}

/// Token counts; every field may be null, missing, or come later.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    pub(super) input_tokens: Count,
    pub(super) output_tokens: Count,
    pub(super) cache_read_input_tokens: Count,
    pub(super) cache_creation_input_tokens: Count,
    pub(super) cache_creation: Option<CacheCreation>,
    pub(super) output_tokens_details: Option<OutputDetails>,
    pub(super) iterations: Option<Vec<Iteration>>,
    pub(super) server_tool_use: Option<Json>,
    pub(super) service_tier: Option<Json>,
    pub(super) speed: Option<Json>,
    pub(super) inference_geo: Option<Json>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CacheCreation {
    pub(super) ephemeral_1h_input_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutputDetails {
    pub(super) thinking_tokens: Count,
}

/// A round on the provider's side.
#[derive(Clone, Debug, Default)]
pub(super) struct Iteration {
    pub(super) r#type: Option<Json>,
    pub(super) input_tokens: Count,
    pub(super) output_tokens: Count,
    pub(super) cache_read_input_tokens: Count,
    pub(super) cache_creation_input_tokens: Count,
}

fields!(Event<'a> { r#type = "type", index, delta, content_block, message, usage, error });
fields!(Delta<'a> { r#type = "type", text, thinking, partial_json, signature, citation, content, encrypted_content, stop_reason, stop_sequence, stop_details, container });
fields!(Message<'a> { id, model, content, usage, stop_reason, stop_sequence, stop_details, container });
fields!(BlockStart<'a> { r#type = "type", id, name, text, thinking, signature, input, citations });
fields!(Usage {
    input_tokens,
    output_tokens,
    cache_read_input_tokens,
    cache_creation_input_tokens,
    cache_creation,
    output_tokens_details,
    iterations,
    server_tool_use,
    service_tier,
    speed,
    inference_geo
});
fields!(CacheCreation {
    ephemeral_1h_input_tokens
});
fields!(OutputDetails { thinking_tokens });
fields!(Iteration { r#type = "type", input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens });
