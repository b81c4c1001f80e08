//! The JSON of answers and of a stream's chunks, as far as we read it (wire
//! reference, Gemini §3–4). Objects and lists inside others are kept raw and read
//! when their turn comes; where two never share a field with different meanings, one
//! struct reads both.

use crate::json::{Count, Raw, Scalar, Text, fields};

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

/// The usage of an answer, or its count of one modality.
#[derive(Default)]
pub(super) struct Usage<'a> {
    pub(super) prompt_token_count: Count,
    pub(super) cached_content_token_count: Count,
    pub(super) candidates_token_count: Count,
    pub(super) thoughts_token_count: Count,
    pub(super) tool_use_prompt_token_count: Count,
    pub(super) total_token_count: Count,
    pub(super) prompt_tokens_details: Raw<'a>,
    pub(super) candidates_tokens_details: Raw<'a>,
    pub(super) service_tier: Text<'a>,
    /// Of a count by modality, as is the next.
    pub(super) modality: Text<'a>,
    pub(super) token_count: Count,
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
    modality,
    token_count = "tokenCount",
});
