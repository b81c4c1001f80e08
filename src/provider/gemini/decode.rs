//! Reading `generateContent`, streamed or whole, into events.
//!
//! ```text
//! chunk… --> chunk with finishReason (or a blocked prompt) --> usage, grounding --> end of the body
//! Open       Complete                                          Complete
//! ```
//! There is no end marker, and several chunks may carry a finish reason.

use super::chunk::{Candidate, Chunk, Part, Usage};
use super::error;
use super::state::Recorder;
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{self, Json, Raw, RawObject, Read, Scalar, Text};
use crate::provider::tools::{ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress, charged_calls, unreadable};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct GeminiDecoder {
    progress: Progress,
    started: bool,
    tiered: bool,
    /// It has searched, and the caller was told that this costs.
    charged: bool,
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
            charged: false,
            pieces: false,
            calls: ToolCalls::new(seed),
            state: Recorder::default(),
            usage: TokenUsage::default(),
        }
    }

    fn chunk(&mut self, text: &str, out: &mut Events) -> Result<()> {
        let chunk: Chunk<'_> = read(text)?;
        if let Some(error) = chunk.error.get() {
            return self.error(error, out);
        }
        self.start(&chunk, out);
        if let Some(usage) = chunk.usage_metadata.get() {
            self.usage(&read(usage)?, out);
        }
        if let Some(feedback) = chunk.prompt_feedback.get() {
            self.feedback(feedback, out)?;
        }
        for candidate in list(chunk.candidates)? {
            self.candidate(&read(text_of(candidate))?, out)?;
        }
        Ok(())
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
    fn feedback(&mut self, raw: &str, out: &mut Events) -> Result<()> {
        let reason = match read::<Candidate<'_>>(raw)?.reason {
            Scalar::Text(reason) => Some(reason.into_owned()),
            Scalar::Number(_) => None,
            _ => return Ok(()),
        };
        self.progress = Progress::Complete;
        out.push(extra("promptFeedback", raw));
        out.push(RichEvent::Finish {
            reason: FinishReason::ContentFilter,
            raw: reason,
        });
        Ok(())
    }

    fn candidate(&mut self, candidate: &Candidate<'_>, out: &mut Events) -> Result<()> {
        if candidate.index.or_zero() != 0 {
            return Ok(());
        }
        let content: Candidate<'_> = read(text_of(candidate.content))?;
        for part in list(content.parts)? {
            self.part(text_of(part), out)?;
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
        let grounding = candidate.grounding_metadata.get().unwrap_or_default();
        if !self.charged && crate::text::has(grounding, "webSearchQueries") {
            self.charged = true;
            out.push(charged_calls());
        }
        self.finish(candidate, out)
    }

    fn part(&mut self, raw: &str, out: &mut Events) -> Result<()> {
        let part: Part<'_> = read(raw)?;
        let signature = part.signature.non_empty();
        if let Some(call) = part.call.get() {
            self.call(&read(call)?, signature, out);
        } else if let Some(text) = part.text.get() {
            if !matches!(part.thought, Scalar::Bool(true)) {
                out.text(text);
                self.state.text(text, signature, out);
                return Ok(());
            }
            out.thinking(text);
            // A thought need not go back, unless it is signed.
            if signature.is_some() {
                self.state.opaque(&fields(raw, &[]), out);
            }
        } else {
            let fields = fields(raw, &["text", "thought"]);
            let mut kinds = fields.iter().filter(|(key, _)| key != "thoughtSignature");
            if let Some((key, value)) = kinds.next() {
                out.push(extra(key, value.text()));
                self.state.opaque(&fields, out);
            }
        }
        Ok(())
    }

    /// Calls come whole, and each is a new one.
    fn call(&mut self, call: &Part<'_>, signature: Option<&str>, out: &mut Events) {
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
        let (word, raw) = match &candidate.reason {
            Scalar::Text(raw) if !raw.is_empty() => (&**raw, Some(&**raw)),
            Scalar::Number(number) => (*number, None),
            _ => return Ok(()),
        };
        let known = REASONS.iter().find(|(known, _)| *known == word);
        let reason = known.map_or(Some(FinishReason::Unknown), |(_, reason)| *reason);
        if reason.is_none() {
            let message = candidate.finish_message.or_empty();
            let came_whole = word == "UNEXPECTED_TOOL_CALL" && self.calls.len() > 0;
            if self.progress == Progress::Open && !came_whole {
                return Err(error::failed_answer(word, message));
            }
            let text = format!("the provider ended the answer with {word}: {message}");
            out.push(RichEvent::Warning(Warning::new("finish_reason", text)));
        }
        self.progress = Progress::Complete;
        out.push(RichEvent::Finish {
            reason: reason.unwrap_or(FinishReason::Unknown),
            raw: raw.map(str::to_string),
        });
        Ok(())
    }
}

impl Decoder for GeminiDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let text = frame.text();
        // Without `alt=sse`, and from some proxies, a stream is one array of chunks.
        if text.trim_start().starts_with('[') {
            for chunk in read::<Vec<Raw<'_>>>(text)? {
                self.chunk(text_of(chunk), out)?;
            }
            return Ok(());
        }
        self.chunk(text, out)
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
            input_audio_tokens: audio_tokens(self.prompt_tokens_details),
            output_audio_tokens: audio_tokens(self.candidates_tokens_details),
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

fn read<'a, T: Read<'a>>(text: &'a str) -> Result<T> {
    json::from_str(text).map_err(|error| unreadable(text, &error))
}

fn text_of(raw: Raw<'_>) -> &str {
    raw.get().unwrap_or("null")
}

#[inline(never)]
fn list(raw: Raw<'_>) -> Result<Vec<Raw<'_>>> {
    read(text_of(raw))
}

/// The fields of a part that have values, but for some.
fn fields(part: &str, without: &[&str]) -> RawObject {
    let mut fields = json::entries(&json::compact(part)).unwrap_or_default();
    fields.retain(|(key, value)| value.text() != "null" && !without.contains(&key.as_str()));
    fields
}

/// The audio part of a list of counts by modality.
fn audio_tokens(details: Raw<'_>) -> u64 {
    let mut sum = 0;
    for detail in list(details).unwrap_or_default() {
        let count: Usage<'_> = json::from_str(text_of(detail)).unwrap_or_default();
        if count.modality.get() == Some("AUDIO") {
            sum += count.token_count.or_zero();
        }
    }
    sum
}

/// Reasons to finish, in our words (wire reference, Gemini §3); `STOP` with
/// calls becomes `tool_calls` when the answer closes. Servers asked for integer
/// enums name the first four so. `None`: the model broke off over a call it
/// could not write: nothing to show, and worth another try.
static REASONS: &[(&str, Option<FinishReason>)] = &[
    ("STOP", Some(FinishReason::Stop)),
    ("1", Some(FinishReason::Stop)),
    ("MAX_TOKENS", Some(FinishReason::Length)),
    ("CONTINUATION", Some(FinishReason::Length)),
    ("2", Some(FinishReason::Length)),
    ("SAFETY", Some(FinishReason::ContentFilter)),
    ("3", Some(FinishReason::ContentFilter)),
    ("RECITATION", Some(FinishReason::ContentFilter)),
    ("4", Some(FinishReason::ContentFilter)),
    ("BLOCKLIST", Some(FinishReason::ContentFilter)),
    ("PROHIBITED_CONTENT", Some(FinishReason::ContentFilter)),
    ("SPII", Some(FinishReason::ContentFilter)),
    ("MODEL_ARMOR", Some(FinishReason::ContentFilter)),
    ("IMAGE_SAFETY", Some(FinishReason::ContentFilter)),
    (
        "IMAGE_PROHIBITED_CONTENT",
        Some(FinishReason::ContentFilter),
    ),
    ("IMAGE_RECITATION", Some(FinishReason::ContentFilter)),
    ("JAILBREAK", Some(FinishReason::ContentFilter)),
    ("MALFORMED_FUNCTION_CALL", None),
    ("UNEXPECTED_TOOL_CALL", None),
    ("TOO_MANY_TOOL_CALLS", None),
    ("MALFORMED_RESPONSE", None),
    ("MISSING_THOUGHT_SIGNATURE", None),
];
