//! The JSON of `generateContent`, as far as we write and read it (wire
//! reference, Gemini §2–4).

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::json::{self, Count, Json, RawObject, Scalar, Text};

// ---- what we write --------------------------------------------------------

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system_instruction: Option<Content<'a>>,
    pub(super) contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tools: Option<[Tools<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_config: Option<ToolConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) safety_settings: Option<&'a Json>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) generation_config: GenerationConfig<'a>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    pub(super) parts: Vec<Part<'a>>,
}

/// One part: written by us, or sent back as it came.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Part<'a> {
    Ours(OurPart<'a>),
    Raw(&'a RawValue),
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OurPart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inline_data: Option<Blob<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_data: Option<FileData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function_call: Option<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function_response: Option<FunctionResponse<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thought_signature: Option<Cow<'a, str>>,
}

impl<'a> Part<'a> {
    /// A text part.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Ours(OurPart {
            text: Some(text.into()),
            ..OurPart::default()
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Blob<'a> {
    pub(super) mime_type: Cow<'a, str>,
    pub(super) data: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileData<'a> {
    pub(super) file_uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mime_type: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Call<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) args: Box<RawValue>,
}

#[derive(Debug, Serialize)]
pub(super) struct FunctionResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) response: Outcome,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<Part<'a>>,
}

/// What a function answered: the API wants an object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Output(Json),
    Error(Json),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tools<'a> {
    pub(super) function_declarations: Vec<Declaration<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Declaration<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameters_json_schema: Option<&'a Json>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolConfig<'a> {
    pub(super) function_calling_config: Calling<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Calling<'a> {
    pub(super) mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed_function_names: Option<[&'a str; 1]>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerationConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_json_schema: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking_config: Option<ThinkingConfig>,
}

/// A level or a budget, never both.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThinkingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking_budget: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) include_thoughts: Option<bool>,
}

// ---- what we read ---------------------------------------------------------

/// A chunk of a stream or a whole answer: the same shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) candidates: Vec<Candidate<'a>>,
    #[serde(borrow, default)]
    pub(super) prompt_feedback: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) usage_metadata: Option<Usage<'a>>,
    #[serde(borrow, default)]
    pub(super) model_version: Text<'a>,
    #[serde(borrow, default)]
    pub(super) response_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Candidate<'a> {
    #[serde(default)]
    pub(super) index: Count,
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) content: Parts<'a>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) finish_message: Text<'a>,
    #[serde(borrow, default)]
    pub(super) citation_metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) grounding_metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) url_context_metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) logprobs_result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) continuation_token: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Parts<'a> {
    #[serde(borrow, default, deserialize_with = "json::or_default")]
    pub(super) parts: Vec<AnswerPart<'a>>,
}

/// A part of an answer: text, a thought, a call, or a kind we only keep.
#[derive(Debug, Default)]
pub(super) struct AnswerPart<'a> {
    pub(super) text: Text<'a>,
    pub(super) thought: bool,
    pub(super) signature: Text<'a>,
    pub(super) call: Option<AnswerCall<'a>>,
    /// Every other field: what server tools and future models send.
    pub(super) other: RawObject,
}

#[derive(Debug, Deserialize)]
pub(super) struct AnswerCall<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) args: Option<&'a RawValue>,
}

/// Written by hand: serde's `flatten` would buffer every text delta.
impl<'de: 'a, 'a> Deserialize<'de> for AnswerPart<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = AnswerPart<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part")
            }
            fn visit_unit<E>(self) -> Result<AnswerPart<'de>, E> {
                Ok(AnswerPart::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnswerPart<'de>, A::Error> {
                let mut part = AnswerPart::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    part.field(key.or_empty(), &mut map)?;
                }
                Ok(part)
            }
        }
        reader.deserialize_any(Fields)
    }
}

impl<'de> AnswerPart<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "text" => self.text = map.next_value()?,
            "thought" => self.thought = map.next_value::<Scalar<'de>>()? == Scalar::Bool(true),
            "thoughtSignature" => self.signature = map.next_value()?,
            "functionCall" => self.call = map.next_value()?,
            _ => {
                let value: &RawValue = map.next_value()?;
                if value.get() != "null" {
                    self.other
                        .push((key.to_string(), Json::compact(value.get())));
                }
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage<'a> {
    #[serde(default)]
    pub(super) prompt_token_count: Count,
    #[serde(default)]
    pub(super) cached_content_token_count: Count,
    #[serde(default)]
    pub(super) candidates_token_count: Count,
    #[serde(default)]
    pub(super) thoughts_token_count: Count,
    #[serde(default)]
    pub(super) tool_use_prompt_token_count: Count,
    #[serde(default)]
    pub(super) total_token_count: Count,
    #[serde(default)]
    pub(super) prompt_tokens_details: AudioTokens,
    #[serde(default)]
    pub(super) candidates_tokens_details: AudioTokens,
    #[serde(borrow, default)]
    pub(super) service_tier: Text<'a>,
}

/// The audio part of a list of counts by modality, summed while reading: the
/// list comes with every chunk and only this number of it matters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AudioTokens(pub(super) u64);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModalityCount<'a> {
    #[serde(borrow, default)]
    modality: Text<'a>,
    #[serde(default)]
    token_count: Count,
}

impl<'de> Deserialize<'de> for AudioTokens {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Sum;
        impl<'de> Visitor<'de> for Sum {
            type Value = AudioTokens;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of counts")
            }
            fn visit_unit<E>(self) -> Result<AudioTokens, E> {
                Ok(AudioTokens(0))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AudioTokens, A::Error> {
                let mut sum = 0;
                while let Some(count) = seq.next_element::<ModalityCount<'de>>()? {
                    if count.modality.get() == Some("AUDIO") {
                        sum += count.token_count.or_zero();
                    }
                }
                Ok(AudioTokens(sum))
            }
        }
        reader.deserialize_any(Sum)
    }
}

/// Why a prompt was refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PromptFeedback<'a> {
    #[serde(borrow, default)]
    pub(super) block_reason: Scalar<'a>,
}
