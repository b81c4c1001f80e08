//! The JSON of `/api/chat` and `/api/tags`, as far as we write and read it.

use crate::json::{Count, Json, Raw, Scalar, Text, Write, Writer, fields, writes};

// ---- what we write --------------------------------------------------------

#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) messages: Vec<Message<'a>>,
    pub(super) tools: Vec<Tool<'a>>,
    /// Always written: the server streams by default.
    pub(super) stream: bool,
    pub(super) format: Option<Format<'a>>,
    pub(super) options: Options<'a>,
    pub(super) keep_alive: Option<&'a Json>,
    pub(super) think: Option<Think>,
    /// Always false: the server would drop the oldest messages in silence.
    pub(super) truncate: bool,
}

#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) role: &'static str,
    pub(super) content: std::borrow::Cow<'a, str>,
    pub(super) thinking: Option<&'a str>,
    /// Base64 without any prefix.
    pub(super) images: Vec<&'a str>,
    pub(super) tool_calls: Vec<CallBack<'a>>,
    pub(super) tool_name: Option<&'a str>,
    pub(super) tool_call_id: Option<&'a str>,
}

/// A call of an earlier turn.
#[derive(Debug)]
pub(super) struct CallBack<'a> {
    pub(super) id: &'a str,
    pub(super) function: FunctionBack<'a>,
}

#[derive(Debug)]
pub(super) struct FunctionBack<'a> {
    pub(super) name: &'a str,
    /// An object; the server takes no JSON text here.
    pub(super) arguments: Json,
}

#[derive(Debug)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) function: Function<'a>,
}

#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) parameters: Schema<'a>,
}

#[derive(Debug)]
pub(super) enum Schema<'a> {
    Given(&'a Json),
    /// Templates print the parameters, so an absent schema is spelt out.
    Empty,
}

impl Write for Schema<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.raw(match self {
            Self::Given(schema) => schema.text(),
            Self::Empty => r#"{"type":"object","properties":{}}"#,
        });
    }
}

#[derive(Debug)]
pub(super) enum Format<'a> {
    Word(&'static str),
    Schema(&'a Json),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Think {
    Switch(bool),
    Level(&'static str),
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Options<'a> {
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) frequency_penalty: Option<f64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) stop: &'a [String],
    pub(super) seed: Option<i64>,
    pub(super) num_predict: Option<i64>,
    pub(super) num_ctx: Option<u64>,
}

writes!(Request<'a> { model, messages, tools?, stream, format, options?, keep_alive, think, truncate });
writes!(Message<'a> { role, content, thinking, images?, tool_calls?, tool_name, tool_call_id });
writes!(CallBack<'a> { id?, function });
writes!(FunctionBack<'a> { name, arguments });
writes!(Tool<'a> { r#type = "type", function });
writes!(Function<'a> { name, description, parameters });

impl Write for Options<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("temperature", &self.temperature);
            writer.field("top_p", &self.top_p);
            writer.field("frequency_penalty", &self.frequency_penalty);
            writer.field("presence_penalty", &self.presence_penalty);
            writer.field_unless_empty("stop", &self.stop);
            writer.field("seed", &self.seed);
            writer.field("num_predict", &self.num_predict);
            writer.field("num_ctx", &self.num_ctx);
        });
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Write for Format<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Word(word) => writer.string(word),
            Self::Schema(schema) => schema.write(writer),
        }
    }
}

impl Write for Think {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Switch(on) => on.write(writer),
            Self::Level(level) => writer.string(level),
        }
    }
}

// ---- what we read ---------------------------------------------------------

/// A line of a stream or a whole answer: they have the same shape.
#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) model: Text<'a>,
    pub(super) message: Answer<'a>,
    pub(super) done: Scalar<'a>,
    pub(super) done_reason: Text<'a>,
    pub(super) prompt_eval_count: Count,
    pub(super) eval_count: Count,
    pub(super) logprobs: Raw<'a>,
    pub(super) error: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) content: Text<'a>,
    pub(super) thinking: Text<'a>,
    pub(super) tool_calls: Vec<Call<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub(super) id: Text<'a>,
    pub(super) function: Called<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Called<'a> {
    pub(super) name: Text<'a>,
    pub(super) arguments: Raw<'a>,
}

/// `GET /api/tags`.
#[derive(Debug, Default)]
pub(super) struct Tags<'a> {
    pub(super) models: Vec<Tag<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct Tag<'a> {
    pub(super) name: Text<'a>,
    pub(super) model: Text<'a>,
    /// Only newer servers tell.
    pub(super) capabilities: Option<Vec<Text<'a>>>,
    pub(super) details: Details<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Details<'a> {
    pub(super) family: Text<'a>,
}

/// What an error body says beside its message (wire reference, Ollama §4 and §5).
#[derive(Debug, Default)]
pub(super) struct CloudError<'a> {
    /// The cloud's status, handed through by a local server.
    pub(super) status: Count,
    pub(super) signin_url: Text<'a>,
}

fields!(Chunk<'a> { model, message, done, done_reason, prompt_eval_count, eval_count, logprobs, error });
fields!(Answer<'a> { content, thinking, tool_calls });
fields!(Call<'a> { id, function });
fields!(Called<'a> { name, arguments });
fields!(Tags<'a> { models });
fields!(Tag<'a> { name, model, capabilities, details });
fields!(Details<'a> { family });
fields!(CloudError<'a> { status = "StatusCode" | "status_code", signin_url });
