//! Reading `generateContent`, streamed or whole, into events.
//!
//! ```text
//! chunk… --> chunk with finishReason (or a blocked prompt) --> usage, grounding --> end of the body
//! Open       Complete                                          Complete
//! ```
//! There is no end marker, and several chunks may carry a finish reason.

use super::chunk::{AnswerCall, AnswerPart, Candidate, Chunk, PromptFeedback, Usage};
use super::error;
use super::state::Recorder;

use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{self, Json, Scalar, Text};
use crate::provider::tools::{ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress, unreadable};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct GeminiDecoder {
    progress: Progress,
    started: bool,
    tiered: bool,
    /// A call came in pieces, and the caller was told.
    pieces: bool,
    calls: ToolCalls,
    /// What of the answer must go back as it came.
    state: Recorder,
    /// As last told; every chunk repeats it.
    usage: TokenUsage,
}

impl GeminiDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            tiered: false,
            pieces: false,
            calls: ToolCalls::new(seed),
            state: Recorder::default(),
            usage: TokenUsage::default(),
        }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Events) -> Result<()> {
        if let Some(error) = chunk.error.get() {
            return self.error(error, out);
        }
        self.start(chunk, out);
        if let Some(usage) = &chunk.usage_metadata {
            self.usage(usage, out);
        }
        if let Some(feedback) = chunk.prompt_feedback.get() {
            self.feedback(feedback, out);
        }
        chunk
            .candidates
            .iter()
            .filter(|candidate| candidate.index.or_zero() == 0)
            .try_for_each(|candidate| self.candidate(candidate, out))
    }

    /// An error after the finish reason takes nothing from the answer.
    fn error(&self, error: &str, out: &mut Events) -> Result<()> {
        if self.progress == Progress::Open {
            return Err(error::inside_answer(error));
        }
        out.push(extra("error", error));
        Ok(())
    }

    fn start(&mut self, chunk: &Chunk<'_>, out: &mut Events) {
        let own = |text: &Text<'_>| text.non_empty().map(str::to_string);
        if self.started {
            return;
        }
        let (id, model) = (own(&chunk.response_id), own(&chunk.model_version));
        if id.is_some() || model.is_some() {
            self.started = true;
            out.push(RichEvent::Start { id, model });
        }
    }

    /// On Vertex AI all chunks but the last carry a traffic type and no counts.
    fn usage(&mut self, usage: &Usage<'_>, out: &mut Events) {
        let counted = usage.total_token_count.or_zero() > 0;
        let tokens = usage.tokens();
        if counted && tokens != self.usage {
            self.usage = tokens;
            out.push(RichEvent::Usage(tokens));
        }
        if let Some(tier) = usage.service_tier.non_empty().filter(|_| !self.tiered) {
            self.tiered = true;
            out.push(RichEvent::ServiceTier(tier.to_string()));
        }
    }

    /// A blocked prompt has no candidates, and no other end than this.
    fn feedback(&mut self, raw: &str, out: &mut Events) {
        let feedback = json::from_str::<PromptFeedback<'_>>(raw);
        let reason = match feedback {
            Ok(PromptFeedback {
                block_reason: Scalar::Text(reason),
            }) => Some(reason.into_owned()),
            Ok(PromptFeedback {
                block_reason: Scalar::Number(_),
            }) => None,
            _ => return,
        };
        self.progress = Progress::Complete;
        out.push(extra("promptFeedback", raw));
        out.push(RichEvent::Finish {
            reason: FinishReason::ContentFilter,
            raw: reason,
        });
    }

    fn candidate(&mut self, candidate: &Candidate<'_>, out: &mut Events) -> Result<()> {
        for part in &candidate.content.parts {
            self.part(part, out);
        }
        for (key, value) in [
            ("citationMetadata", candidate.citation_metadata),
            ("groundingMetadata", candidate.grounding_metadata),
            ("urlContextMetadata", candidate.url_context_metadata),
            ("logprobsResult", candidate.logprobs_result),
            ("continuationToken", candidate.continuation_token),
        ] {
            if let Some(value) = value.get() {
                out.push(extra(key, value));
            }
        }
        self.finish(candidate, out)
    }

    fn part(&mut self, part: &AnswerPart<'_>, out: &mut Events) {
        let signature = part.signature.non_empty();
        if let Some(call) = &part.call {
            self.call(call, signature, out);
        } else if let Some(text) = part.text.get() {
            if part.thought {
                out.thinking(text);
                self.state.thought(text, signature, out);
            } else {
                out.text(text);
                self.state.text(text, signature, out);
            }
        } else if let Some((key, value)) = part.other.first() {
            out.push(RichEvent::Extra {
                key: key.clone(),
                value: value.clone(),
            });
            self.state.opaque(&part.other, signature, out);
        }
    }

    /// Calls come whole, and each is a new one.
    fn call(&mut self, call: &AnswerCall<'_>, signature: Option<&str>, out: &mut Events) {
        let id = call.id.non_empty();
        if call.name.non_empty().is_none() && !self.pieces {
            self.pieces = true;
            out.push(RichEvent::Warning(Warning::new(
                "partial_tool_call",
                "the provider streams arguments in pieces, which are not assembled; leave streamFunctionCallArguments off",
            )));
        }
        let arguments = json::compact(&arguments_text(call.args));
        self.calls
            .push_whole(id, call.name.or_empty(), &arguments, out);
        self.state
            .call(self.calls.last_id(), id.is_none(), signature, out);
    }

    fn finish(&mut self, candidate: &Candidate<'_>, out: &mut Events) -> Result<()> {
        let (reason, raw) = match &candidate.finish_reason {
            Scalar::Text(raw) if !raw.is_empty() => (finish_reason(raw), Some(&**raw)),
            Scalar::Number(number) => (numbered_reason(number), None),
            _ => return Ok(()),
        };
        let message = candidate.finish_message.or_empty();
        let came_whole = raw == Some("UNEXPECTED_TOOL_CALL") && self.calls.len() > 0;
        if let Some(raw) = raw.filter(|raw| is_failure(raw)) {
            if self.progress == Progress::Open && !came_whole {
                return Err(error::failed_answer(raw, message));
            }
            let text = format!("the provider ended the answer with {raw}: {message}");
            out.push(RichEvent::Warning(Warning::new("finish_reason", text)));
        }
        self.progress = Progress::Complete;
        out.push(RichEvent::Finish {
            reason,
            raw: raw.map(str::to_string),
        });
        Ok(())
    }
}

impl Decoder for GeminiDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let (Frame::Event { data: text, .. } | Frame::Line(text) | Frame::Document(text)) = frame;
        // Without `alt=sse`, and from some proxies, a stream is one array of chunks.
        let cut = |error| unreadable(text, &error);
        if text.trim_start().starts_with('[') {
            let chunks: Vec<Chunk<'_>> = json::from_str(text).map_err(cut)?;
            return chunks.iter().try_for_each(|chunk| self.chunk(chunk, out));
        }
        self.chunk(&json::from_str(text).map_err(cut)?, out)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn fork(&self) -> Box<dyn Decoder> {
        Box::new(self.clone())
    }
}

impl Usage<'_> {
    /// In our shape (wire reference, README §4): thoughts are billed as output beside the candidates.
    fn tokens(&self) -> TokenUsage {
        let thoughts = self.thoughts_token_count.or_zero();
        TokenUsage {
            prompt_tokens: self.prompt_token_count.or_zero()
                + self.tool_use_prompt_token_count.or_zero(),
            completion_tokens: self.candidates_token_count.or_zero() + thoughts,
            cached_tokens: self.cached_content_token_count.or_zero(),
            reasoning_tokens: thoughts,
            input_audio_tokens: self.prompt_tokens_details.0,
            output_audio_tokens: self.candidates_tokens_details.0,
            ..TokenUsage::default()
        }
    }
}

fn extra(key: &str, value: &str) -> RichEvent {
    RichEvent::Extra {
        key: key.to_string(),
        value: Json::compact(value),
    }
}

/// In our words (wire reference, Gemini §3); `STOP` with calls becomes `tool_calls` when the answer closes.
fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" | "CONTINUATION" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "JAILBREAK" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}

/// Servers asked for integer enums name the first four reasons so.
fn numbered_reason(number: &str) -> FinishReason {
    match number {
        "1" => FinishReason::Stop,
        "2" => FinishReason::Length,
        "3" | "4" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}

/// The model broke off over a call it could not write: nothing to show, and worth another try.
fn is_failure(raw: &str) -> bool {
    matches!(
        raw,
        "MALFORMED_FUNCTION_CALL"
            | "UNEXPECTED_TOOL_CALL"
            | "TOO_MANY_TOOL_CALLS"
            | "MALFORMED_RESPONSE"
            | "MISSING_THOUGHT_SIGNATURE"
    )
}
