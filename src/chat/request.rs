//! What is asked.

use super::message::word;
use super::{CacheTtl, Message, Tool, ToolChoice};
use crate::error::{Error, Result};
use crate::json::{self, Json, JsonError, Read, Reader, fields};
use crate::money::Dollars;
use crate::provider;

/// A chat request. Names, units and defaults follow the specification.
///
/// What a provider or model does not take is dropped with a warning on the
/// answer, or refused where dropping it would change the meaning.
///
/// ```
/// use aircher_llm::chat::{ChatRequest, Message, Role};
///
/// let request = ChatRequest {
///     messages: vec![Message::text(Role::User, "What is a monad?")],
///     model: Some("claude-haiku-5-5".into()),
///     max_tokens: Some(300),
///     ..ChatRequest::default()
/// };
/// assert!(request.check().is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRequest {
    /// The conversation, oldest first. Must not be empty.
    pub messages: Vec<Message>,
    /// Functions the model may call. Default: none.
    pub tools: Vec<Tool>,
    /// Most tokens to generate, reasoning included. Default: the provider's configured limit, else its own.
    pub max_tokens: Option<u64>,
    /// 0 to 2; lower is more deterministic. Default: as configured, else the provider's.
    pub temperature: Option<f64>,
    /// Whether the provider is asked to stream; by default as the caller listens.
    pub stream: Option<bool>,
    /// Model id or alias, or `provider/model`. Default: the provider's configured or usual one.
    pub model: Option<String>,
    /// A configured provider's id. Default: the one the model belongs to ([`route`](crate::policy::route)).
    pub provider: Option<String>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// -2 to 2: against words by how often they were used. Default: the provider's, which is 0.
    pub frequency_penalty: Option<f64>,
    /// -2 to 2: against words that were used at all. Default: the provider's, which is 0.
    pub presence_penalty: Option<f64>,
    /// Texts that end the answer; they are no part of it.
    pub stop: Option<StopSequences>,
    /// `true`: reason with medium effort; `false`: the least the model takes; absent: nothing is sent.
    pub thinking_mode: Option<bool>,
    /// Tokens: `num_ctx` for Ollama; elsewhere a limit of our own, checked before anything is sent.
    pub context_window: Option<u64>,
    /// Most the request may cost in US dollars, over all attempts.
    pub cost_limit: Option<Dollars>,
    /// Whether and which tool must be called. Default: the model decides.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several tools may be called at once. Default: as the model likes, which mostly means yes.
    pub parallel_tool_calls: Option<bool>,
    /// JSON mode or a JSON Schema for the answer. Default: free text.
    pub response_format: Option<ResponseFormat>,
    /// How much to reason; wins over `thinking_mode`.
    pub thinking: Option<Thinking>,
    /// The provider's prompt cache. Default: what messages, parts and tools mark is cached, nothing else is said.
    pub cache: Option<CacheSetting>,
    /// Our own cache of whole answers. Default: `response_cache.enabled` of the configuration.
    pub response_cache: Option<bool>,
    /// For repeatable sampling, best effort; no provider promises it.
    pub seed: Option<i64>,
    /// An opaque id of the end user, for the provider's abuse detection.
    pub user: Option<String>,
    /// `false`, or the candidates to try next. Default: `providers.fallback_order` of the configuration.
    pub fallback: Option<FallbackSetting>,
    /// What to do when a stream breaks off after text. Default: fail with what had come.
    pub on_truncated: Option<TruncatedSetting>,
    /// Extra body fields by provider kind, passed through as written; lists of `tools` are joined.
    pub provider_options: Vec<(String, Json)>,
    /// The caller's own tags, never sent; `costs.tags` of the configuration may limit what each spends.
    pub metadata: Vec<(String, String)>,
}

impl ChatRequest {
    /// Reads a request from JSON text.
    ///
    /// # Errors
    /// `invalid_request` naming the field, what is wrong with it and what is accepted.
    ///
    /// ```
    /// use aircher_llm::chat::ChatRequest;
    ///
    /// let request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"Hi"}],"top_p":0.9}"#)?;
    /// assert_eq!(request.top_p, Some(0.9));
    ///
    /// let slip = ChatRequest::from_json(r#"{"messages":[{"role":"user","contents":"Hi"}]}"#);
    /// let message = &slip.unwrap_err().message;
    /// assert_eq!(message, "messages[0].contents: unknown field `contents`, did you mean `content`?");
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        json::from_str(text)
            .map_err(|error| Error::invalid_request(&path_of(text, &error, "request"), error))
    }

    /// The effort or budget asked for, with `thinking_mode` folded in.
    ///
    /// ```
    /// use aircher_llm::chat::{ChatRequest, Effort, ThinkingStrength};
    ///
    /// let both = r#"{"messages":[],"thinking_mode":true,"thinking":{"effort":"low"}}"#;
    /// let request = ChatRequest::from_json(both)?;
    /// assert_eq!(request.thinking_strength(), Some(ThinkingStrength::Effort(Effort::Low)));
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    #[must_use]
    pub fn thinking_strength(&self) -> Option<ThinkingStrength> {
        let from_mode =
            |on| ThinkingStrength::Effort(if on { Effort::Medium } else { Effort::None });
        self.thinking
            .as_ref()
            .map(|thinking| thinking.strength)
            .or_else(|| self.thinking_mode.map(from_mode))
    }

    /// The extra body fields for one kind of provider, by its id; the request may have named an alias.
    ///
    /// ```
    /// use aircher_llm::chat::ChatRequest;
    ///
    /// let text = r#"{"messages":[],"provider_options":{"anthropic":{"top_k":40}}}"#;
    /// let request = ChatRequest::from_json(text)?;
    /// // `anthropic` is another name of `claude`; what is in there stays the text it was.
    /// assert_eq!(request.options_for("claude").map(|options| options.text()), Some(r#"{"top_k":40}"#));
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    #[must_use]
    pub fn options_for(&self, kind: &str) -> Option<&Json> {
        self.provider_options
            .iter()
            .find(|(known, _)| is_kind(known, kind))
            .map(|(_, options)| options)
    }

    /// The stop sequences; none where none were given.
    #[must_use]
    pub fn stop_sequences(&self) -> &[String] {
        self.stop.as_ref().map_or(&[], |stop| &stop.0)
    }
}

fn is_kind(name: &str, kind: &str) -> bool {
    provider::of_kind(name).is_some_and(|known| known.profile().id == kind)
}

/// The path an error lies at, or the name of the whole.
pub(crate) fn path_of(text: &str, error: &JsonError, whole: &str) -> String {
    let path = json::path_at(text, error.at);
    if path.is_empty() {
        whole.to_string()
    } else {
        path
    }
}

fields!(strict ChatRequest [] {
    messages, tools, max_tokens, temperature, stream, model, provider, top_p, frequency_penalty, presence_penalty, stop,
    thinking_mode, context_window, cost_limit, tool_choice, parallel_tool_calls, response_format, thinking, cache,
    response_cache, seed, user, fallback, on_truncated, provider_options, metadata,
});

/// One stop text or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopSequences(pub Vec<String>);

impl<'a> Read<'a> for StopSequences {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        match reader.peek() {
            Some(b'"') => String::read(reader).map(|text| Self(vec![text])),
            Some(b'[') => Vec::read(reader).map(Self),
            _ => Err(reader.expected("a string or a list of strings")),
        }
    }
}

/// The form the answer must have.
///
/// ```
/// use aircher_llm::chat::{ChatRequest, ResponseFormat};
///
/// let request = ChatRequest::from_json(r#"{"messages":[],"response_format":{"type":"json_schema",
///     "json_schema":{"name":"city","schema":{"type":"object"},"strict":true}}}"#)?;
/// let Some(ResponseFormat::JsonSchema(format)) = &request.response_format else { panic!() };
/// assert_eq!((&*format.name, format.strict), ("city", Some(true)));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseFormat {
    /// Free text.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema(JsonSchemaFormat),
}

/// A named schema for the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonSchemaFormat {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// The JSON Schema, sent as written as far as the provider takes it.
    pub schema: Json,
    /// Ask the provider to enforce it. Default: what the provider does by itself.
    pub strict: Option<bool>,
    /// What the answer is for.
    pub description: Option<String>,
}

fields!(strict JsonSchemaFormat ["name", "schema"] { name, schema, strict, description });

#[derive(Default)]
struct RawFormat {
    r#type: String,
    json_schema: Option<JsonSchemaFormat>,
}
fields!(strict RawFormat ["type"] { r#type = "type", json_schema });

impl<'a> Read<'a> for ResponseFormat {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let raw = RawFormat::read(reader)?;
        match (raw.r#type.as_str(), raw.json_schema) {
            ("text", _) => Ok(Self::Text),
            ("json_object", _) => Ok(Self::JsonObject),
            ("json_schema", Some(schema)) => Ok(Self::JsonSchema(schema)),
            ("json_schema", None) => Err(JsonError::new(
                at,
                "type `json_schema` needs the field `json_schema`",
            )),
            (other, _) => Err(JsonError::new(
                at,
                format!("unknown type `{other}`, expected `text`, `json_object` or `json_schema`"),
            )),
        }
    }
}

/// How much the model should reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinking {
    /// Effort or budget.
    pub strength: ThinkingStrength,
    /// Whether readable reasoning is wanted. Default: the model's own.
    pub display: Option<ThinkingDisplay>,
}

/// Reasoning by level or by tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThinkingStrength {
    /// A level.
    Effort(Effort),
    /// About so many tokens; models that know levels alone get the one that fits.
    Budget(u64),
}

/// Levels of reasoning, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

impl Effort {
    /// All levels, weakest first.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Xhigh,
        Self::Max,
    ];

    /// The level's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.as_str() == name)
    }

    /// A budget in tokens as a level [our judgement: the levels' usual spending].
    ///
    /// ```
    /// use aircher_llm::chat::Effort;
    ///
    /// assert_eq!(Effort::of_budget(8_000), Effort::Medium);
    /// assert!(Effort::Low < Effort::High);
    /// ```
    #[must_use]
    pub fn of_budget(tokens: u64) -> Self {
        match tokens {
            0 => Self::None,
            1..=2_048 => Self::Low,
            2_049..=16_384 => Self::Medium,
            _ => Self::High,
        }
    }
}

impl<'a> Read<'a> for Effort {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        word(reader, &Self::ALL.map(|effort| (effort.as_str(), effort)))
    }
}

/// Whether readable reasoning is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThinkingDisplay {
    /// A readable summary.
    Summarized,
    /// No text.
    Omitted,
}

impl<'a> Read<'a> for ThinkingDisplay {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        word(
            reader,
            &[("summarized", Self::Summarized), ("omitted", Self::Omitted)],
        )
    }
}

#[derive(Default)]
struct RawThinking {
    effort: Option<Effort>,
    budget_tokens: Option<u64>,
    display: Option<ThinkingDisplay>,
}
fields!(strict RawThinking [] { effort, budget_tokens, display });

impl<'a> Read<'a> for Thinking {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let raw = RawThinking::read(reader)?;
        let strength = match (raw.effort, raw.budget_tokens) {
            (Some(effort), None) => ThinkingStrength::Effort(effort),
            (None, Some(tokens)) => ThinkingStrength::Budget(tokens),
            _ => {
                return Err(JsonError::new(
                    at,
                    "give either `effort` or `budget_tokens`",
                ));
            }
        };
        Ok(Self {
            strength,
            display: raw.display,
        })
    }
}

/// The provider's prompt cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheSetting {
    /// The prefix up to here, for as long as is usual there; who caches by itself goes on doing so.
    Auto,
    /// No caching asked for: marks on messages, parts and tools are dropped.
    Off,
    /// For this long, under this key.
    Ttl {
        /// How long.
        ttl: CacheTtl,
        /// Groups requests that share a prefix; a warning where the provider groups them itself.
        key: Option<String>,
    },
}

impl<'a> Read<'a> for CacheSetting {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        const EXPECTED: &str = "\"auto\", false or { ttl: \"5m\" | \"1h\", key? }";
        match reader.peek() {
            Some(b'f') => reader.boolean().map(|_| Self::Off),
            Some(b'{') => RawCache::read(reader).map(|raw| Self::Ttl {
                ttl: raw.ttl,
                key: raw.key,
            }),
            Some(b'"') => word(reader, &[("auto", ())]).map(|()| Self::Auto),
            _ => Err(reader.expected(EXPECTED)),
        }
    }
}

#[derive(Default)]
struct RawCache {
    ttl: CacheTtl,
    key: Option<String>,
}
fields!(strict RawCache ["ttl"] { ttl, key });

/// Other candidates for a request.
///
/// ```
/// use aircher_llm::chat::{ChatRequest, FallbackSetting};
///
/// let request = ChatRequest::from_json(r#"{"messages":[],"fallback":["claude","gemini/gemini-3.8-flash"]}"#)?;
/// let Some(FallbackSetting::Candidates(next)) = request.fallback else { panic!() };
/// assert_eq!(next, ["claude", "gemini/gemini-3.8-flash"]);
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FallbackSetting {
    /// `false`: none; `true`: as configured.
    Switch(bool),
    /// These, in order: `provider` or `provider/model`.
    Candidates(Vec<String>),
}

impl<'a> Read<'a> for FallbackSetting {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        match reader.peek() {
            Some(b't' | b'f') => reader.boolean().map(Self::Switch),
            Some(b'[') => Vec::read(reader).map(Self::Candidates),
            _ => Err(reader.expected("false or a list of candidates")),
        }
    }
}

/// What to do when a stream breaks off after text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TruncatedSetting {
    /// Fail with what had arrived.
    #[default]
    Error,
    /// Start again, with a restart event first.
    Restart,
}

impl<'a> Read<'a> for TruncatedSetting {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        word(
            reader,
            &[("error", Self::Error), ("restart", Self::Restart)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(json: &str, expected: Expect) {
        let outcome = ChatRequest::from_json(json).map(|_| "fine".to_string());
        expected.assert_eq(&outcome.unwrap_or_else(|error| error.message.clone()));
    }

    #[test]
    fn a_bad_request_names_the_field_and_the_remedy() {
        let message = |role: &str, content: &str| {
            format!(r#"{{"messages":[{{"role":"{role}","content":{content}}}]}}"#)
        };
        check(&message("user", "null"), expect!["fine"]);
        check(
            &message("owner", "null"),
            expect![
                "messages[0].role: unknown value `owner`, expected one of `system`, `user`, `assistant`, `tool`, `developer`"
            ],
        );
        check(
            &message("user", "7"),
            expect![
                "messages[0].content: expected a string or a list of content parts, found a number"
            ],
        );
        check(
            &message("user", r#"[{"type":"text","text":"a"},{"type":"picture"}]"#),
            expect![
                "messages[0].content[1]: unknown part type `picture`, expected `text`, `image_url`, `file` or `input_audio`"
            ],
        );
        check(
            &message("user", r#"[{"type":"text"}]"#),
            expect!["messages[0].content[0]: a part of type `text` needs the field `text`"],
        );
        check(&message("user", r#""\ud83d""#), expect!["fine"]);
        check(
            r#"{"messages":"hi"}"#,
            expect!["messages: expected a list, found a string"],
        );
        check(
            r#"{"messages":[],"max_token":5}"#,
            expect!["max_token: unknown field `max_token`, did you mean `max_tokens`?"],
        );
        check(
            r#"{"messages":[],"max_tokens":-5}"#,
            expect!["max_tokens: expected a whole number of at least 0"],
        );
        check(
            r#"{"messages":[],"tool_choice":"maybe"}"#,
            expect![[
                r#"tool_choice: unknown value `maybe`, expected `auto`, `none`, `required` or { type: "function", function: { name } }"#
            ]],
        );
        check(
            r#"{"messages":[],"thinking":{"effort":"low","budget_tokens":5}}"#,
            expect!["thinking: give either `effort` or `budget_tokens`"],
        );
        check(
            r#"{"messages":[],"response_format":{"type":"json_schema"}}"#,
            expect!["response_format: type `json_schema` needs the field `json_schema`"],
        );
        check(
            r#"{"messages":[],"tools":[{"function":{"parameters":{}}}]}"#,
            expect!["tools[0].function: the field `name` is missing"],
        );
        check(
            r#"{"messages":[],"stop":"x","cache":false,"tools":null,"fallback":["a"]}"#,
            expect!["fine"],
        );
        check("[1]", expect!["request: expected an object, found a list"]);
    }
}
