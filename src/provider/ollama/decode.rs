//! Reading `/api/chat`, streamed or whole, into events.
//!
//! ```text
//! line… --> line with done: true
//! Open      Closed
//! ```
//! Every line has the shape of a whole answer, so one reader serves both.

use super::error;
use super::wire::{Answer, Chunk};
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{self, Scalar};
use crate::provider::tools::{ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress, unreadable};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct ChatDecoder {
    progress: Progress,
    started: bool,
    calls: ToolCalls,
}

impl ChatDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            calls: ToolCalls::new(seed),
        }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, text: &str, out: &mut Events) -> Result<()> {
        if chunk.error.get().is_some() {
            return Err(error::inside_answer(text));
        }
        self.start(chunk, out);
        self.message(&chunk.message, out);
        if let Some(value) = chunk.logprobs.to_json().filter(|raw| raw.text() != "[]") {
            out.push(RichEvent::Extra {
                key: "logprobs".into(),
                value,
            });
        }
        if let Some(usage) = usage(chunk) {
            out.push(RichEvent::Usage(usage));
        }
        if chunk.done == Scalar::Bool(true) {
            self.progress = Progress::Closed;
            let raw = chunk.done_reason.non_empty();
            out.push(RichEvent::Finish {
                reason: finish_reason(raw.unwrap_or_default()),
                raw: raw.map(str::to_string),
            });
        }
        Ok(())
    }

    fn start(&mut self, chunk: &Chunk<'_>, out: &mut Events) {
        let model = chunk.model.non_empty().filter(|_| !self.started);
        if let Some(model) = model {
            self.started = true;
            out.push(RichEvent::Start {
                id: None,
                model: Some(model.to_string()),
            });
        }
    }

    /// Calls come whole. Their index restarts on some servers, so each is a new
    /// one (wire reference, Ollama §4).
    fn message(&mut self, message: &Answer<'_>, out: &mut Events) {
        out.thinking(message.thinking.or_empty());
        out.text(message.content.or_empty());
        for call in &message.tool_calls {
            let arguments = arguments_text(call.function.arguments);
            let name = call.function.name.or_empty();
            self.calls
                .push_whole(call.id.non_empty(), name, &arguments, out);
        }
    }
}

impl Decoder for ChatDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let (Frame::Event { data: text, .. } | Frame::Line(text) | Frame::Document(text)) = frame;
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

/// Counts of zero are left out by the server, both on a load without a prompt.
fn usage(chunk: &Chunk<'_>) -> Option<TokenUsage> {
    let (prompt, completion) = (chunk.prompt_eval_count, chunk.eval_count);
    prompt.get().or_else(|| completion.get())?;
    Some(TokenUsage {
        prompt_tokens: prompt.or_zero(),
        completion_tokens: completion.or_zero(),
        ..TokenUsage::default()
    })
}

/// Servers before `done_reason` only say that they are done.
fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "" | "stop" | "load" | "unload" => FinishReason::Stop,
        "length" => FinishReason::Length,
        _ => FinishReason::Unknown,
    }
}
