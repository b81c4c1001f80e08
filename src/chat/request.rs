//! What is asked.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{CacheTtl, Message, Tool, ToolChoice};
use crate::error::{Error, Result};
use crate::json::{self, Json};

/// A chat request. Names, units and defaults follow the specification.
///
/// What a provider or model does not take is dropped with a warning on the
/// answer, or refused where dropping it would change the meaning.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatRequest {
    /// The conversation, oldest first. Must not be empty.
    #[serde(default)]
    pub messages: Vec<Message>,
    /// Functions the model may call.
    #[serde(default, deserialize_with = "json::or_default")]
    pub tools: Vec<Tool>,
    /// Most tokens to generate, reasoning included.
    #[serde(default)]
    pub max_tokens: Option<u64>,
    /// 0 to 2; lower is more deterministic.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Whether the provider is asked to stream; by default as the caller listens.
    #[serde(default)]
    pub stream: Option<bool>,
    /// Model id or alias, or `provider/model`.
    #[serde(default)]
    pub model: Option<String>,
    /// A configured provider's id.
    #[serde(default)]
    pub provider: Option<String>,
    /// Nucleus sampling, 0 to 1.
    #[serde(default)]
    pub top_p: Option<f64>,
    /// -2 to 2.
    #[serde(default)]
    pub frequency_penalty: Option<f64>,
    /// -2 to 2.
    #[serde(default)]
    pub presence_penalty: Option<f64>,
    /// Texts that end the answer.
    #[serde(default)]
    pub stop: Option<StopSequences>,
    /// `true`: reason with medium effort; `false`: the least the model takes; absent: nothing is sent.
    #[serde(default)]
    pub thinking_mode: Option<bool>,
    /// `num_ctx` for Ollama; elsewhere a limit of our own.
    #[serde(default)]
    pub context_window: Option<u64>,
    /// Most the request may cost in US dollars, over all attempts.
    #[serde(default)]
    pub cost_limit: Option<Json>,
    /// Whether and which tool must be called.
    #[serde(default)]
    pub tool_choice: Option<ToolChoice>,
    /// Whether several tools may be called at once.
    #[serde(default)]
    pub parallel_tool_calls: Option<bool>,
    /// JSON mode or a JSON Schema for the answer.
    #[serde(default)]
    pub response_format: Option<ResponseFormat>,
    /// How much to reason; wins over `thinking_mode`.
    #[serde(default)]
    pub thinking: Option<Thinking>,
    /// The provider's prompt cache.
    #[serde(default)]
    pub cache: Option<CacheSetting>,
    /// Our own cache of whole answers.
    #[serde(default)]
    pub response_cache: Option<bool>,
    /// For repeatable sampling, best effort.
    #[serde(default)]
    pub seed: Option<i64>,
    /// An opaque id of the end user, for the provider's abuse detection.
    #[serde(default)]
    pub user: Option<String>,
    /// `false`, or the candidates to try next.
    #[serde(default)]
    pub fallback: Option<FallbackSetting>,
    /// What to do when a stream breaks off after text.
    #[serde(default)]
    pub on_truncated: Option<TruncatedSetting>,
    /// Extra body fields by provider kind, passed through as written.
    #[serde(default, deserialize_with = "json::or_default")]
    pub provider_options: BTreeMap<String, Json>,
    /// The caller's own tags; never sent.
    #[serde(default, deserialize_with = "json::or_default")]
    pub metadata: BTreeMap<String, String>,
}

impl ChatRequest {
    /// Reads a request from JSON text.
    ///
    /// # Errors
    /// `invalid_request` naming the field, what is wrong with it and what is accepted.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            let (field, problem) = request_field(text, &error);
            Error::invalid_request(if field.is_empty() { "request" } else { &field }, problem)
        })
    }

    /// The effort or budget asked for, with `thinking_mode` folded in.
    #[must_use]
    pub fn thinking_strength(&self) -> Option<ThinkingStrength> {
        let from_mode =
            |on| ThinkingStrength::Effort(if on { Effort::Medium } else { Effort::None });
        self.thinking
            .as_ref()
            .map(|thinking| thinking.strength)
            .or_else(|| self.thinking_mode.map(from_mode))
    }

    /// The stop sequences, possibly none.
    #[must_use]
    pub fn stop_sequences(&self) -> &[String] {
        self.stop.as_ref().map_or(&[], |stop| &stop.0)
    }
}

/// The path an error of serde_json lies at, and what it says without its
/// position, which means nothing to a caller who passed an object.
pub(crate) fn request_field(text: &str, error: &serde_json::Error) -> (String, String) {
    let offset = json::offset_of(text, error.line(), error.column().saturating_sub(1));
    let problem = error.to_string();
    let problem = problem
        .rfind(" at line ")
        .and_then(|at| problem.get(..at))
        .unwrap_or(&problem);
    (json::path_at(text, offset), problem.to_string())
}

/// One stop text or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopSequences(pub Vec<String>);

impl<'de> Deserialize<'de> for StopSequences {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Vec<String>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }
            fn visit_str<E>(self, text: &str) -> Result<Vec<String>, E> {
                Ok(vec![text.to_string()])
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<String>, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))
            }
        }
        reader.deserialize_any(OneOrMany).map(Self)
    }
}

/// The form the answer must have.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "RawFormat")]
pub enum ResponseFormat {
    /// Free text.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema(JsonSchemaFormat),
}

/// A named schema for the answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct JsonSchemaFormat {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// The JSON Schema.
    pub schema: Json,
    /// Ask the provider to enforce it.
    #[serde(default)]
    pub strict: Option<bool>,
    /// What the answer is for.
    #[serde(default)]
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct RawFormat {
    r#type: String,
    #[serde(default)]
    json_schema: Option<JsonSchemaFormat>,
}

impl TryFrom<RawFormat> for ResponseFormat {
    type Error = String;
    fn try_from(raw: RawFormat) -> Result<Self, String> {
        match (raw.r#type.as_str(), raw.json_schema) {
            ("text", _) => Ok(Self::Text),
            ("json_object", _) => Ok(Self::JsonObject),
            ("json_schema", Some(schema)) => Ok(Self::JsonSchema(schema)),
            ("json_schema", None) => Err("type `json_schema` needs the field `json_schema`".into()),
            (other, _) => Err(format!(
                "unknown type `{other}`, expected `text`, `json_object` or `json_schema`"
            )),
        }
    }
}

/// How much the model should reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawThinking")]
pub struct Thinking {
    /// Effort or budget.
    pub strength: ThinkingStrength,
    /// Whether readable reasoning is wanted.
    pub display: Option<ThinkingDisplay>,
}

/// Reasoning by level or by tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThinkingStrength {
    /// A level.
    Effort(Effort),
    /// A number of tokens.
    Budget(u64),
}

/// Levels of reasoning, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
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
}

/// Whether readable reasoning is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingDisplay {
    /// A readable summary.
    Summarized,
    /// No text.
    Omitted,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThinking {
    effort: Option<Effort>,
    budget_tokens: Option<u64>,
    display: Option<ThinkingDisplay>,
}

impl TryFrom<RawThinking> for Thinking {
    type Error = &'static str;
    fn try_from(raw: RawThinking) -> Result<Self, &'static str> {
        let strength = match (raw.effort, raw.budget_tokens) {
            (Some(effort), None) => ThinkingStrength::Effort(effort),
            (None, Some(tokens)) => ThinkingStrength::Budget(tokens),
            _ => return Err("give either `effort` or `budget_tokens`"),
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
    /// The provider's own judgement.
    Auto,
    /// No caching asked for.
    Off,
    /// For this long, under this key.
    Ttl {
        /// How long.
        ttl: CacheTtl,
        /// Groups requests that share a prefix.
        key: Option<String>,
    },
}

impl<'de> Deserialize<'de> for CacheSetting {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct AutoFalseOrTtl;
        impl<'de> Visitor<'de> for AutoFalseOrTtl {
            type Value = CacheSetting;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`auto`, false or { ttl: \"5m\" | \"1h\", key? }")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<CacheSetting, E> {
                match word {
                    "auto" => Ok(CacheSetting::Auto),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
            fn visit_bool<E: de::Error>(self, on: bool) -> Result<CacheSetting, E> {
                match on {
                    false => Ok(CacheSetting::Off),
                    true => Err(E::invalid_value(de::Unexpected::Bool(on), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CacheSetting, A::Error> {
                let raw = RawCache::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(CacheSetting::Ttl {
                    ttl: raw.ttl,
                    key: raw.key,
                })
            }
        }
        reader.deserialize_any(AutoFalseOrTtl)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCache {
    ttl: CacheTtl,
    key: Option<String>,
}

/// Other candidates for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FallbackSetting {
    /// `false`: none; `true`: as configured.
    Switch(bool),
    /// These, in order: `provider` or `provider/model`.
    Candidates(Vec<String>),
}

impl<'de> Deserialize<'de> for FallbackSetting {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct SwitchOrList;
        impl<'de> Visitor<'de> for SwitchOrList {
            type Value = FallbackSetting;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("false or a list of candidates")
            }
            fn visit_bool<E>(self, on: bool) -> Result<FallbackSetting, E> {
                Ok(FallbackSetting::Switch(on))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<FallbackSetting, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))
                    .map(FallbackSetting::Candidates)
            }
        }
        reader.deserialize_any(SwitchOrList)
    }
}

/// What to do when a stream breaks off after text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruncatedSetting {
    /// Fail with what had arrived.
    #[default]
    Error,
    /// Start again, with a restart event first.
    Restart,
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
        check(
            r#"{"messages":[{"role":"user","content":"hi"}],"stop":"x","tool_choice":"auto","cache":false}"#,
            expect!["fine"],
        );
        check(
            r#"{"messages":[{"role":"user","content":null}],"tools":null,"fallback":["claude"]}"#,
            expect!["fine"],
        );
        check(
            r#"{"messages":[{"role":"owner","content":"hi"}]}"#,
            expect![
                "messages[0].role: unknown variant `owner`, expected one of `system`, `user`, `assistant`, `tool`"
            ],
        );
        check(
            r#"{"messages":[{"role":"user","content":7}]}"#,
            expect![
                "messages[0].content: invalid type: integer `7`, expected a string or a list of content parts"
            ],
        );
        check(
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"picture"}]}]}"#,
            expect![
                "messages[0].content[1]: unknown part type `picture`, expected `text`, `image_url`, `file` or `input_audio`"
            ],
        );
        check(
            r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            expect!["messages[0].content[0]: a part of type `text` needs the field `text`"],
        );
        check(
            r#"{"messages":[],"max_token":5}"#,
            expect![
                "request: unknown field `max_token`, expected one of `messages`, `tools`, `max_tokens`, `temperature`, `stream`, `model`, `provider`, `top_p`, `frequency_penalty`, `presence_penalty`, `stop`, `thinking_mode`, `context_window`, `cost_limit`, `tool_choice`, `parallel_tool_calls`, `response_format`, `thinking`, `cache`, `response_cache`, `seed`, `user`, `fallback`, `on_truncated`, `provider_options`, `metadata`"
            ],
        );
        check(
            r#"{"messages":[],"tool_choice":"maybe"}"#,
            expect![[
                r#"tool_choice: invalid value: string "maybe", expected `auto`, `none`, `required` or { type: "function", function: { name } }"#
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
            r#"{"messages":[{"role":"user","content":"\ud83d"}]}"#,
            expect!["messages[0].content: unexpected end of hex escape"],
        );
        check(
            r#"[1]"#,
            expect!["[0]: invalid type: integer `1`, expected a sequence"],
        );
    }
}
