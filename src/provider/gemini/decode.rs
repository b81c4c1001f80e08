//! Reading `generateContent`, streamed or whole, into events.
//!
//! ```text
//! chunk… --> chunk with finishReason (or a blocked prompt) --> usage, grounding --> end of the body
//! Open       Complete                                          Complete
//! ```
//! There is no end marker, and several chunks may carry a finish reason.

use super::error;
use super::state::{Recorder, TOKEN};
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{self, Json, Raw, RawObject};
use crate::provider::answers::start;
use crate::provider::pick::{count, items, list, object, pick, picks, string, text};
use crate::provider::tools::{ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress, charged_calls};

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
    /// A chunk came without a finish reason: so one that has it means the end.
    unfinished: bool,
    /// Code of the model's is run by the provider, and its result is awaited.
    runs_code: bool,
    calls: ToolCalls,
    /// What of the answer must go back as it came.
    state: Recorder,
    /// As last told; every chunk repeats it.
    usage: TokenUsage,
}

impl GeminiDecoder {
    /// A reader of an answer of which nothing has come, or which goes on from a token.
    pub(super) fn new(seed: u64, token: String) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            tiered: false,
            charged: false,
            pieces: false,
            unfinished: false,
            runs_code: false,
            calls: ToolCalls::new(seed),
            state: Recorder::new(token),
            usage: TokenUsage::default(),
        }
    }

    fn chunk(&mut self, chunk: &str, out: &mut Events) -> Result<()> {
        let chunk = Chunk::read(chunk)?;
        if let Some(error) = chunk.error.get() {
            return Err(error::inside_answer(error));
        }
        start(&mut self.started, chunk.id, chunk.model, out);
        self.usage(&Usage::read(object(chunk.usage))?, out);
        self.feedback(object(chunk.feedback), out)?;
        for candidate in items(chunk.candidates)? {
            self.candidate(object(candidate), out)?;
        }
        Ok(())
    }

    /// In our shape (wire reference, README §4): thoughts are billed as output beside
    /// the candidates. On Vertex AI all chunks but the last carry a traffic type and no
    /// counts.
    fn usage(&mut self, told: &Usage<'_>, out: &mut Events) {
        let tokens = |raw| count(raw).unwrap_or(0);
        let thoughts = tokens(told.thoughts);
        let usage = TokenUsage {
            prompt_tokens: tokens(told.prompt).saturating_add(tokens(told.tools)),
            completion_tokens: tokens(told.candidates).saturating_add(thoughts),
            cached_tokens: tokens(told.cached),
            reasoning_tokens: thoughts,
            input_audio_tokens: audio_tokens(told.inputs),
            output_audio_tokens: audio_tokens(told.outputs),
            ..TokenUsage::default()
        };
        if tokens(told.total) > 0 && usage != self.usage {
            self.usage = usage;
            out.push(RichEvent::Usage(usage));
        }
        let mut tier = string(told.tier);
        if tier.is_empty() {
            tier = tier_of_traffic(&text(told.traffic)).to_string();
        }
        if !self.tiered && !tier.is_empty() {
            self.tiered = true;
            out.push(RichEvent::ServiceTier(tier));
        }
    }

    /// A blocked prompt has no candidates, and no other end than this.
    fn feedback(&mut self, feedback: &str, out: &mut Events) -> Result<()> {
        let [reason] = pick(feedback, ["blockReason"])?;
        let (word, is_name) = word(reason);
        if word.is_empty() {
            return Ok(());
        }
        self.progress = Progress::Complete;
        self.state.token("", out);
        out.push(extra("promptFeedback", feedback));
        out.push(RichEvent::Finish {
            reason: FinishReason::ContentFilter,
            raw: is_name.then_some(word),
        });
        Ok(())
    }

    fn candidate(&mut self, candidate: &str, out: &mut Events) -> Result<()> {
        let [index, content, reason, message, token, ratings, kept @ ..] =
            pick(candidate, CANDIDATE)?;
        if count(index).unwrap_or(0) != 0 {
            return Ok(());
        }
        let [parts] = pick(object(content), ["parts"])?;
        for part in items(parts)? {
            self.part(object(part), out)?;
        }
        for (key, value) in CANDIDATE.iter().skip(6).zip(kept) {
            keep(key, value, out);
        }
        let [grounding, ..] = kept;
        if !self.charged && crate::text::has(object(grounding), "webSearchQueries") {
            self.charged = true;
            out.push(charged_calls());
        }
        let token = text(token);
        if !token.is_empty() {
            self.state.token(&token, out);
        }
        if self.finish(reason, message, out)? {
            keep("safetyRatings", ratings, out);
        }
        Ok(())
    }

    /// Text, a thought, a call, or a kind that is only kept.
    fn part(&mut self, part: &str, out: &mut Events) -> Result<()> {
        let keys = ["text", "thought", "thoughtSignature", "functionCall"];
        let [said, thought, signature, call] = pick(part, keys)?;
        self.runs_code = false;
        let signature = text(signature);
        let signature = Some(&*signature).filter(|text| !text.is_empty());
        if call.get().is_some() {
            return self.call(object(call), signature, out);
        }
        if said.get().is_some() {
            let said = text(said);
            if thought.get() != Some("true") {
                out.text(&said);
                self.state.text(&said, signature, out);
                return Ok(());
            }
            out.thinking(&said);
            // A thought need not go back, unless it is signed.
            if signature.is_some() {
                self.state.opaque(&fields(part, &[]), out);
            }
            return Ok(());
        }
        let fields = fields(part, &["text", "thought"]);
        let mut kinds = fields.iter().filter(|(key, _)| key != "thoughtSignature");
        if let Some((key, value)) = kinds.next() {
            self.runs_code = key == "executableCode";
            out.push(extra(key, value.text()));
            self.state.opaque(&fields, out);
        }
        Ok(())
    }

    /// Calls come whole, and each is a new one.
    fn call(&mut self, call: &str, signature: Option<&str>, out: &mut Events) -> Result<()> {
        let [id, name, args] = pick(call, ["id", "name", "args"])?;
        let (id, name) = (text(id), text(name));
        let id = Some(&*id).filter(|id| !id.is_empty());
        if name.is_empty() && !self.pieces {
            self.pieces = true;
            out.push(RichEvent::Warning(Warning::new(
                "partial_tool_call",
                "the provider streams arguments in pieces, which are not assembled; leave streamFunctionCallArguments off",
            )));
        }
        let arguments = json::compact(&arguments_text(args));
        self.calls.push_whole(id, &name, &arguments, out);
        self.state
            .call(self.calls.last_id(), id.is_none(), signature, out);
        Ok(())
    }

    /// Takes the end, if it is one. Returns whether a filter was the reason.
    fn finish(&mut self, reason: Raw<'_>, message: Raw<'_>, out: &mut Events) -> Result<bool> {
        let (word, is_name) = word(reason);
        if word.is_empty() {
            self.unfinished = true;
            return Ok(false);
        }
        let known = REASONS.iter().find(|(known, _)| *known == word);
        let reason = known.map_or(Some(FinishReason::Unknown), |(_, reason)| *reason);
        if let Some(FinishReason::ContentFilter | FinishReason::Unknown) = reason {
            // Beside a plain end it says nothing (wire reference, Gemini §3).
            keep("finishMessage", message, out);
        } else if reason.is_none() {
            let message = text(message);
            let came_whole = word == "UNEXPECTED_TOOL_CALL" && self.calls.len() > 0;
            if self.progress == Progress::Open && !came_whole {
                return Err(error::failed_answer(&word, &message));
            }
            let text = format!("the provider ended the answer with {word}: {message}");
            out.push(RichEvent::Warning(Warning::new("finish_reason", text)));
        }
        // Any other end is one (wire reference, Gemini §6).
        if word != "CONTINUATION" {
            self.state.token("", out);
        }
        self.progress = Progress::Complete;
        let reason = reason.unwrap_or(FinishReason::Unknown);
        out.push(RichEvent::Finish {
            reason,
            raw: is_name.then_some(word),
        });
        Ok(reason == FinishReason::ContentFilter)
    }
}

impl Decoder for GeminiDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let text = frame.text();
        // Without `alt=sse`, and from some proxies, a stream is one array of chunks.
        if text.trim_start().starts_with('[') {
            for chunk in list(text)? {
                self.chunk(object(chunk), out)?;
            }
            return Ok(());
        }
        self.chunk(text, out)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    /// The end of the body is the only end (wire reference, README §6). A finish reason is no
    /// end while code runs (one recorded stream goes on behind a pause), nor where every chunk has one.
    fn trailer_ms(&self) -> u64 {
        match self.unfinished && !self.runs_code {
            true => 2_000,
            false => 20_000,
        }
    }
}

picks! {
    /// A chunk of a stream or a whole answer: the same shape.
    Chunk {
        error = "error",
        id = "responseId",
        model = "modelVersion",
        usage = "usageMetadata",
        feedback = "promptFeedback",
        candidates = "candidates",
    }
}

picks! {
    /// The usage so far.
    Usage {
        total = "totalTokenCount",
        prompt = "promptTokenCount",
        tools = "toolUsePromptTokenCount",
        cached = "cachedContentTokenCount",
        candidates = "candidatesTokenCount",
        thoughts = "thoughtsTokenCount",
        inputs = "promptTokensDetails",
        outputs = "candidatesTokensDetails",
        traffic = "trafficType",
        tier = "serviceTier",
    }
}

/// The fields of a candidate: first those that are read, then those that are kept raw.
static CANDIDATE: [&str; 10] = [
    "index",
    "content",
    "finishReason",
    "finishMessage",
    TOKEN,
    "safetyRatings",
    "groundingMetadata",
    "citationMetadata",
    "urlContextMetadata",
    "logprobsResult",
];

/// Vertex AI tells the tier as a kind of traffic, such as `ON_DEMAND_FLEX`.
fn tier_of_traffic(traffic: &str) -> &'static str {
    match traffic.strip_prefix("ON_DEMAND_") {
        Some("FLEX") => "flex",
        Some("PRIORITY") => "priority",
        _ => "",
    }
}

fn keep(key: &str, value: Raw<'_>, out: &mut Events) {
    if let Some(value) = value.get() {
        out.push(extra(key, value));
    }
}

fn extra(key: &str, value: &str) -> RichEvent {
    RichEvent::Extra {
        key: key.to_string(),
        value: Json::compact(value),
    }
}

/// The name of a reason, or the number that stands for it, and which of the two it is.
fn word(reason: Raw<'_>) -> (String, bool) {
    let name = string(reason);
    if !name.is_empty() {
        return (name, true);
    }
    let number = reason
        .get()
        .filter(|text| text.starts_with(|c: char| c.is_ascii_digit()));
    (number.unwrap_or_default().to_string(), false)
}

/// The fields of a part that have values, but for some.
fn fields(part: &str, without: &[&str]) -> RawObject {
    let mut fields = json::entries(&json::compact(part)).unwrap_or_default();
    let stays = |key: &str, value: &Json| value.text() != "null" && !without.contains(&key);
    json::keep(&mut fields, &stays);
    fields
}

/// The audio part of a list of counts by modality.
fn audio_tokens(details: Raw<'_>) -> u64 {
    let mut sum = 0;
    for detail in items(details).unwrap_or_default() {
        let [modality, tokens] =
            pick(object(detail), ["modality", "tokenCount"]).unwrap_or_default();
        if text(modality) == "AUDIO" {
            sum = u64::saturating_add(sum, count(tokens).unwrap_or(0));
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
