//! Reading `/api/chat`, streamed or whole, into events.
//!
//! ```text
//! line… --> line with done: true
//! Open      Closed
//! ```
//! Every line has the shape of a whole answer, so one reader serves both.

use super::error;
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::Raw;
use crate::provider::answers::{Gathered, start};
use crate::provider::pick::{self, count, items, object, picks, string};
use crate::provider::tools::{ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress};
use crate::text;

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct ChatDecoder {
    progress: Progress,
    started: bool,
    calls: ToolCalls,
    /// About how many tokens the prompt has, where that can be told.
    likely: Option<u64>,
    /// Lists that are kept raw, which come in pieces.
    kept: Gathered,
}

impl ChatDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64, likely: Option<u64>) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            calls: ToolCalls::new(seed),
            likely,
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
            self.cut(prompt, out);
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

    /// Servers that do not know `truncate` drop the oldest messages in silence (wire reference,
    /// Ollama §2). Half of what was sent, and much less, is no error of the estimate.
    fn cut(&self, read: Option<u64>, out: &mut Events) {
        let (Some(likely), Some(read)) = (self.likely, read) else {
            return;
        };
        if read > 0 && likely / 2 > read && likely - read > 512 {
            let message = text::concat(&[
                "the server read ",
                &read.to_string(),
                " of about ",
                &likely.to_string(),
                " tokens: its window is smaller than the conversation; raise context_window (num_ctx)",
            ]);
            out.push(RichEvent::Warning(Warning::new("prompt_cut", message)));
        }
    }

    /// Calls come whole. Their index restarts on some servers, so each is a new
    /// one (wire reference, Ollama §4).
    fn message(&mut self, message: Raw<'_>, out: &mut Events) -> Result<()> {
        let [content, thinking, calls] =
            pick::pick(object(message), ["content", "thinking", "tool_calls"])?;
        out.thinking(&pick::text(thinking));
        out.text(&pick::text(content));
        for call in items(calls)? {
            let [id, function] = pick::pick(object(call), ["id", "function"])?;
            let [name, arguments] = pick::pick(object(function), ["name", "arguments"])?;
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
        self.chunk(frame.text(), out)
    }

    fn progress(&self) -> Progress {
        self.progress
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::StreamEvent;

    /// The warning behind a prompt of about so many tokens, of which so many were read.
    fn warned(likely: Option<u64>, read: &str) -> Option<String> {
        let mut decoder = ChatDecoder::new(1, likely);
        let mut events = Events::new();
        let last = format!(r#"{{"done":true,"prompt_eval_count":{read}}}"#);
        decoder.frame(Frame::Document(&last), &mut events).unwrap();
        events.iter().find_map(|event| match event {
            StreamEvent::Rich(RichEvent::Warning(warning)) => {
                Some(format!("{}: {}", warning.code, warning.message))
            }
            _ => None,
        })
    }

    #[test]
    fn a_prompt_that_was_cut_is_told() {
        assert_eq!(
            warned(Some(9_000), "4090").unwrap(),
            "prompt_cut: the server read 4090 of about 9000 tokens: its window is smaller than the conversation; \
             raise context_window (num_ctx)"
        );
        // An estimate that is a little off, a cached prompt, a short one, one with images.
        for (likely, read) in [
            (Some(9_000), "4500"),
            (Some(9_000), "0"),
            (Some(9_000), "null"),
            (Some(600), "100"),
            (None, "4090"),
        ] {
            assert_eq!(warned(likely, read), None, "{read} of {likely:?}");
        }
    }
}
