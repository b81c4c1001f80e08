//! The JSON of answers and of a stream's chunks, as far as we read it (wire
//! reference, Gemini §3–4). Objects and lists inside others are kept raw and read
//! when their turn comes; where two never share a field with different meanings, one
//! struct reads both.

use crate::json::{self, Count, Raw, RawObject, Scalar, Text, fields};

/// A chunk of a stream or a whole answer: the same shape.
#[derive(Default)]
pub(super) struct Chunk<'a> {
    pub(super) candidates: Raw<'a>,
    pub(super) prompt_feedback: Raw<'a>,
    pub(super) usage_metadata: Raw<'a>,
    pub(super) model_version: Text<'a>,
    pub(super) response_id: Text<'a>,
    pub(super) error: Raw<'a>,
}

/// A candidate, its `content`, or the feedback on a prompt.
#[derive(Default)]
pub(super) struct Candidate<'a> {
    pub(super) index: Count,
    pub(super) content: Raw<'a>,
    /// Of the content.
    pub(super) parts: Raw<'a>,
    /// Why the answer ended, or why the prompt was refused.
    pub(super) reason: Scalar<'a>,
    pub(super) finish_message: Text<'a>,
    pub(super) citation_metadata: Raw<'a>,
    pub(super) grounding_metadata: Raw<'a>,
    pub(super) url_context_metadata: Raw<'a>,
    pub(super) logprobs_result: Raw<'a>,
    pub(super) continuation_token: Raw<'a>,
}

/// A part of an answer (text, a thought, a call, or a kind we only keep), or
/// its `functionCall`.
#[derive(Default)]
pub(super) struct Part<'a> {
    pub(super) text: Text<'a>,
    pub(super) thought: Scalar<'a>,
    pub(super) signature: Text<'a>,
    pub(super) call: Raw<'a>,
    /// Of the call, as are the next two.
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) args: Raw<'a>,
}

/// An object of counts and short texts (a usage, a detail of an error), read by
/// name: many fields of which each is wanted once are less code so than a struct.
pub(super) struct Fields(RawObject);

impl Fields {
    /// The fields of an object; none where it is no object.
    #[inline(never)]
    pub(super) fn of(raw: Raw<'_>) -> Self {
        Self(json::entries(raw.get().unwrap_or_default()).unwrap_or_default())
    }

    #[inline(never)]
    pub(super) fn json(&self, key: &str) -> &str {
        let field = self.0.iter().find(|(known, _)| known == key);
        field.map_or("null", |(_, value)| value.text())
    }

    #[inline(never)]
    pub(super) fn count(&self, key: &str) -> u64 {
        let count = json::from_str::<Count>(self.json(key));
        count.unwrap_or_default().or_zero()
    }

    /// A text; empty where there is none.
    #[inline(never)]
    pub(super) fn text(&self, key: &str) -> String {
        let text = json::from_str::<Text<'_>>(self.json(key));
        text.unwrap_or_default().or_empty().to_string()
    }
}

/// The items of a list, each an object; none where it is no list.
#[inline(never)]
pub(super) fn objects(list: &str) -> Vec<Fields> {
    let items: Vec<Raw<'_>> = json::from_str(list).unwrap_or_default();
    items.into_iter().map(Fields::of).collect()
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
    parts,
    reason = "finishReason" | "blockReason",
    finish_message = "finishMessage",
    citation_metadata = "citationMetadata",
    grounding_metadata = "groundingMetadata",
    url_context_metadata = "urlContextMetadata",
    logprobs_result = "logprobsResult",
    continuation_token = "continuationToken",
});
fields!(Part<'a> {
    text,
    thought,
    signature = "thoughtSignature",
    call = "functionCall",
    id,
    name,
    args,
});
