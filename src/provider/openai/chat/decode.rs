//! Reading Chat Completions, streamed or whole, into events.
//!
//! ```text
//! chunk… --> chunk with finish_reason --> usage chunk --> [DONE]
//! Open       Complete                      Complete       Closed
//! ```

use super::super::error;
use super::wire::{Audio, Choice, Chunk, Delta, FunctionCall, Usage};
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{self, Raw, Text};
use crate::provider::tools::{Fragment, ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress, unreadable};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(crate) struct ChatDecoder {
    progress: Progress,
    started: bool,
    calls: ToolCalls,
}

impl ChatDecoder {
    /// A reader of an answer of which nothing has come.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            calls: ToolCalls::new(seed),
        }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, text: &str, out: &mut Events) -> Result<()> {
        if chunk.error.get().is_some() {
            return self.error(chunk.error, text, out);
        }
        self.start(chunk, out);
        chunk
            .choices
            .iter()
            .for_each(|choice| self.choice(choice, out));
        if let Some(usage) = &chunk.usage {
            out.push(RichEvent::Usage(usage.tokens()));
        }
        if let Some(tier) = chunk.service_tier.non_empty() {
            out.push(RichEvent::ServiceTier(tier.to_string()));
        }
        Ok(())
    }

    /// An error after the finish reason takes nothing from the answer (recorded from OpenRouter).
    fn error(&self, error: Raw<'_>, text: &str, out: &mut Events) -> Result<()> {
        if self.progress == Progress::Open {
            return Err(error::inside_answer(text));
        }
        extra("error", error, out);
        Ok(())
    }

    fn start(&mut self, chunk: &Chunk<'_>, out: &mut Events) {
        let known = chunk.model.non_empty().is_some() || chunk.id.non_empty().is_some();
        if !self.started && known {
            self.started = true;
            let own = |text: &Text<'_>| text.non_empty().map(str::to_string);
            out.push(RichEvent::Start {
                id: own(&chunk.id),
                model: own(&chunk.model),
            });
        }
    }

    fn choice(&mut self, choice: &Choice<'_>, out: &mut Events) {
        if choice.index.or_zero() > 0 {
            return;
        }
        self.delta(&choice.delta, out);
        extra("logprobs", choice.logprobs, out);
        if let Some(raw) = choice.finish_reason.non_empty() {
            self.progress = Progress::Complete;
            out.push(RichEvent::Finish {
                reason: finish_reason(raw),
                raw: Some(raw.to_string()),
            });
        }
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Events) {
        out.thinking(
            delta
                .reasoning_content
                .non_empty()
                .unwrap_or_else(|| delta.reasoning.or_empty()),
        );
        out.text(delta.content.or_empty());
        spoken(delta.audio, out);
        if delta.annotations.get() != Some("[]") {
            extra("annotations", delta.annotations, out);
        }
        out.refusal(delta.refusal.or_empty());
        for call in &delta.tool_calls {
            match call.custom.get() {
                Some(_) => custom_call(call.custom, out),
                None => self.call(call.index.get(), call.id.non_empty(), &call.function, out),
            }
        }
        if let Some(function) = &delta.function_call {
            self.call(Some(0), None, function, out);
        }
    }

    fn call(
        &mut self,
        index: Option<u64>,
        id: Option<&str>,
        function: &FunctionCall<'_>,
        out: &mut Events,
    ) {
        let arguments = arguments_text(function.arguments);
        self.calls.push(
            Fragment {
                index,
                id,
                name: function.name.non_empty(),
                arguments: &arguments,
            },
            out,
        );
    }
}

impl Decoder for ChatDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let (Frame::Event { data: text, .. } | Frame::Line(text) | Frame::Document(text)) = frame;
        if text.trim() == "[DONE]" {
            // Some servers end without a finish reason; this marker is as clear.
            self.progress = Progress::Closed;
            return Ok(());
        }
        let chunk: Chunk<'_> = json::from_str(text).map_err(|error| unreadable(text, &error))?;
        self.chunk(&chunk, text, out)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn fork(&self) -> Box<dyn Decoder> {
        Box::new(self.clone())
    }
}

impl Usage {
    /// In our shape (wire reference, README §4): cached and written tokens lie inside the prompt.
    fn tokens(&self) -> TokenUsage {
        let (prompt, completion) = (&self.prompt_tokens_details, &self.completion_tokens_details);
        TokenUsage {
            prompt_tokens: self.prompt_tokens.or_zero(),
            completion_tokens: self.completion_tokens.or_zero(),
            cached_tokens: prompt.cached_tokens.or_zero(),
            cache_write_tokens: prompt.cache_write_tokens.or_zero(),
            reasoning_tokens: completion.reasoning_tokens.or_zero(),
            input_audio_tokens: prompt.audio_tokens.or_zero(),
            output_audio_tokens: completion.audio_tokens.or_zero(),
            ..TokenUsage::default()
        }
    }
}

fn custom_call(custom: Raw<'_>, out: &mut Events) {
    let message = "the model called a custom tool; its call is in metadata.extra.custom_tool_call";
    out.push(RichEvent::Warning(Warning::new(
        "custom_tool_call",
        message,
    )));
    extra("custom_tool_call", custom, out);
}

/// What was spoken is the text; the sound itself is kept raw.
fn spoken(audio: Raw<'_>, out: &mut Events) {
    if let Some(text) = audio.get() {
        let spoken: Audio<'_> = json::from_str(text).unwrap_or_default();
        out.text(spoken.transcript.or_empty());
        extra("audio", audio, out);
    }
}

/// Keeps a value nobody here reads.
fn extra(key: &str, value: Raw<'_>, out: &mut Events) {
    if let Some(value) = value.to_json() {
        out.push(RichEvent::Extra {
            key: key.into(),
            value,
        });
    }
}

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}
