//! The JSON of `/api/chat` and `/api/tags`, as far as we write and read it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::json::{self, Count, Json, Scalar, Text};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tools: Vec<Tool<'a>>,
    /// Always written: the server streams by default.
    pub(super) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub(super) options: Options<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_alive: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) think: Option<Think>,
    /// Always false: the server would drop the oldest messages in silence.
    pub(super) truncate: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Message<'a> {
    pub(super) role: &'static str,
    pub(super) content: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking: Option<&'a str>,
    /// Base64 without any prefix.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_calls: Vec<CallBack<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_call_id: Option<&'a str>,
}

/// A call of an earlier turn.
#[derive(Debug, Serialize)]
pub(super) struct CallBack<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) id: &'a str,
    pub(super) function: FunctionBack<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct FunctionBack<'a> {
    pub(super) name: &'a str,
    /// An object; the server takes no JSON text here.
    pub(super) arguments: Box<RawValue>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) function: Function<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    pub(super) parameters: Schema<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Schema<'a> {
    Given(&'a Json),
    Empty {
        r#type: &'static str,
        properties: Properties,
    },
}

impl Schema<'_> {
    /// Templates print the parameters, so an absent schema is spelt out.
    pub(super) const NO_ARGUMENTS: Self = Self::Empty {
        r#type: "object",
        properties: Properties {},
    };
}

/// Of a function without arguments.
#[derive(Debug, Serialize)]
pub(super) struct Properties {}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Format<'a> {
    Word(&'static str),
    Schema(&'a Json),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Think {
    Switch(bool),
    Level(&'static str),
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) num_predict: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) num_ctx: Option<u64>,
}

impl Options<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

// ---- what we read ---------------------------------------------------------

/// A line of a stream or a whole answer: they have the same shape.
#[derive(Debug, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub(super) model: Text<'a>,
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) message: Answer<'a>,
    #[serde(borrow, default)]
    pub(super) done: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) done_reason: Text<'a>,
    #[serde(default)]
    pub(super) prompt_eval_count: Count,
    #[serde(default)]
    pub(super) eval_count: Count,
    #[serde(borrow, default)]
    pub(super) logprobs: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow, default)]
    pub(super) content: Text<'a>,
    #[serde(borrow, default)]
    pub(super) thinking: Text<'a>,
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) tool_calls: Vec<Call<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) function: Called<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Called<'a> {
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Option<&'a RawValue>,
}

/// `GET /api/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct Tags<'a> {
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) models: Vec<Tag<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag<'a> {
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) model: Text<'a>,
    /// Only newer servers tell.
    #[serde(borrow, default)]
    pub(super) capabilities: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) details: Details<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Details<'a> {
    #[serde(borrow, default)]
    pub(super) family: Text<'a>,
}

/// What an error body says beside its message (wire reference, Ollama §4 and §5).
#[derive(Debug, Default, Deserialize)]
pub(super) struct CloudError<'a> {
    /// The cloud's status, handed through by a local server.
    #[serde(default, rename = "StatusCode", alias = "status_code")]
    pub(super) status: Count,
    #[serde(borrow, default)]
    pub(super) signin_url: Text<'a>,
}
