//! The JSON of answers and of a stream's chunks, as far as we read it (wire
//! reference, Gemini §3–4).

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json::{self, Count, Json, RawObject, Scalar, Text};

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
