//! The JSON of answers and of a stream's chunks, as far as we read it (wire
//! reference, Gemini §3–4).

use crate::json::{Count, Json, JsonError, Raw, RawObject, Read, Reader, Scalar, Text, fields};

/// A chunk of a stream or a whole answer: the same shape.
#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) candidates: Vec<Candidate<'a>>,
    pub(super) prompt_feedback: Raw<'a>,
    pub(super) usage_metadata: Option<Usage<'a>>,
    pub(super) model_version: Text<'a>,
    pub(super) response_id: Text<'a>,
    pub(super) error: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Candidate<'a> {
    pub(super) index: Count,
    pub(super) content: Parts<'a>,
    pub(super) finish_reason: Scalar<'a>,
    pub(super) finish_message: Text<'a>,
    pub(super) citation_metadata: Raw<'a>,
    pub(super) grounding_metadata: Raw<'a>,
    pub(super) url_context_metadata: Raw<'a>,
    pub(super) logprobs_result: Raw<'a>,
    pub(super) continuation_token: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
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

#[derive(Debug, Default)]
pub(super) struct AnswerCall<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) args: Raw<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Usage<'a> {
    pub(super) prompt_token_count: Count,
    pub(super) cached_content_token_count: Count,
    pub(super) candidates_token_count: Count,
    pub(super) thoughts_token_count: Count,
    pub(super) tool_use_prompt_token_count: Count,
    pub(super) total_token_count: Count,
    pub(super) prompt_tokens_details: AudioTokens,
    pub(super) candidates_tokens_details: AudioTokens,
    pub(super) service_tier: Text<'a>,
}

/// The audio part of a list of counts by modality, summed while reading: the
/// list comes with every chunk and only this number of it matters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AudioTokens(pub(super) u64);

#[derive(Default)]
struct ModalityCount<'a> {
    modality: Text<'a>,
    token_count: Count,
}

/// Why a prompt was refused.
#[derive(Debug, Default)]
pub(super) struct PromptFeedback<'a> {
    pub(super) block_reason: Scalar<'a>,
}

fields!(Chunk<'a> {
    candidates,
    prompt_feedback = "promptFeedback",
    usage_metadata = "usageMetadata",
    model_version = "modelVersion",
    response_id = "responseId",
    error,
});
fields!(Candidate<'a> {
    index,
    content,
    finish_reason = "finishReason",
    finish_message = "finishMessage",
    citation_metadata = "citationMetadata",
    grounding_metadata = "groundingMetadata",
    url_context_metadata = "urlContextMetadata",
    logprobs_result = "logprobsResult",
    continuation_token = "continuationToken",
});
fields!(Parts<'a> { parts });
fields!(AnswerCall<'a> { id, name, args });
fields!(Usage<'a> {
    prompt_token_count = "promptTokenCount",
    cached_content_token_count = "cachedContentTokenCount",
    candidates_token_count = "candidatesTokenCount",
    thoughts_token_count = "thoughtsTokenCount",
    tool_use_prompt_token_count = "toolUsePromptTokenCount",
    total_token_count = "totalTokenCount",
    prompt_tokens_details = "promptTokensDetails",
    candidates_tokens_details = "candidatesTokensDetails",
    service_tier = "serviceTier",
});
fields!(ModalityCount<'a> { modality, token_count = "tokenCount" });
fields!(PromptFeedback<'a> { block_reason = "blockReason" });

/// Written by hand, to keep the fields we do not know.
impl<'a> Read<'a> for AnswerPart<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut part = Self::default();
        if reader.peek() == Some(b'{') {
            reader.object(&mut |key, reader| part.field(key, reader))?;
        } else {
            reader.skip()?;
        }
        Ok(part)
    }
}

impl<'a> AnswerPart<'a> {
    fn field(&mut self, key: &str, reader: &mut Reader<'a>) -> Result<(), JsonError> {
        match key {
            "text" => self.text = Read::read(reader)?,
            "thought" => self.thought = Scalar::read(reader)? == Scalar::Bool(true),
            "thoughtSignature" => self.signature = Read::read(reader)?,
            "functionCall" => self.call = Read::read(reader)?,
            _ => {
                if let Some(value) = Raw::read(reader)?.get() {
                    self.other.push((key.to_string(), Json::compact(value)));
                }
            }
        }
        Ok(())
    }
}

impl<'a> Read<'a> for AudioTokens {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut sum = 0;
        if reader.peek() != Some(b'[') {
            reader.skip()?;
            return Ok(Self(sum));
        }
        reader.list(&mut |reader| {
            let count = ModalityCount::read(reader)?;
            if count.modality.get() == Some("AUDIO") {
                sum += count.token_count.or_zero();
            }
            Ok(())
        })?;
        Ok(Self(sum))
    }
}
