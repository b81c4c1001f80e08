//! Reading `/api/chat`, streamed or whole, into events.
//!
//! ```text
//! line… --> line with done: true
//! Open      Closed
//! ```
//! Every line has the shape of a whole answer, so one reader serves both.

use super::error;
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::Raw;
use crate::provider::answers::{Gathered, start};
use crate::provider::pick::{count, items, object, pick, picks, string, text};
use crate::provider::tools::{ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct ChatDecoder {
    progress: Progress,
    started: bool,
    calls: ToolCalls,
    /// Lists that are kept raw, which come in pieces.
    kept: Gathered,
}

impl ChatDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            calls: ToolCalls::new(seed),
            kept: Gathered::default(),
        }
    }

    fn chunk(&mut self, chunk: &str, out: &mut Events) -> Result<()> {
        let line = Line::read(chunk)?;
        if line.error.get().is_some() {
            return Err(error::inside_answer(chunk));
        }
        start(&mut self.started, Raw::default(), line.model, out);
        self.message(line.message, out)?;
        self.kept.add("logprobs", line.logprobs);
        let (prompt, completion) = (count(line.prompt), count(line.completion));
        // Counts of zero are left out by the server, both on a load without a prompt.
        if prompt.is_some() || completion.is_some() {
            out.push(RichEvent::Usage(TokenUsage {
                prompt_tokens: prompt.unwrap_or(0),
                completion_tokens: completion.unwrap_or(0),
                ..TokenUsage::default()
            }));
        }
        if line.done.get() == Some("true") {
            self.progress = Progress::Closed;
            self.kept.tell(out);
            let raw = string(line.reason);
            out.push(RichEvent::Finish {
                reason: finish_reason(&raw),
                raw: Some(raw).filter(|raw| !raw.is_empty()),
            });
        }
        Ok(())
    }

    /// Calls come whole. Their index restarts on some servers, so each is a new
    /// one (wire reference, Ollama §4).
    fn message(&mut self, message: Raw<'_>, out: &mut Events) -> Result<()> {
        let [content, thinking, calls] =
            pick(object(message), ["content", "thinking", "tool_calls"])?;
        out.thinking(&text(thinking));
        out.text(&text(content));
        for call in items(calls)? {
            let [id, function] = pick(object(call), ["id", "function"])?;
            let [name, arguments] = pick(object(function), ["name", "arguments"])?;
            let id = string(id);
            let id = Some(&*id).filter(|id| !id.is_empty());
            self.calls
                .push_whole(id, &string(name), &arguments_text(arguments), out);
        }
        Ok(())
    }
}

impl Decoder for ChatDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let text = frame.text();
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

picks! {
    /// A line of a stream or a whole answer: the same shape.
    Line {
        model = "model",
        message = "message",
        done = "done",
        reason = "done_reason",
        prompt = "prompt_eval_count",
        completion = "eval_count",
        logprobs = "logprobs",
        error = "error",
    }
}

/// Servers before `done_reason` only say that they are done.
fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "" | "stop" | "load" | "unload" => FinishReason::Stop,
        "length" => FinishReason::Length,
        _ => FinishReason::Unknown,
    }
}
