//! Reading Chat Completions, streamed or whole, into events.
//!
//! ```text
//! chunk… --> chunk with finish_reason --> usage chunk --> [DONE]
//! Open       Complete                      Complete       Closed
//! ```

use super::super::{answer, error};
use crate::chat::{Events, FinishReason, RichEvent};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::Raw;
use crate::provider::pick::{count, extra, items, object, pick, string, text};
use crate::provider::tools::{Fragment, ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress};

/// What usage calls prompt, completion and their details.
const USAGE: [&str; 4] = [
    "prompt_tokens",
    "completion_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
];

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

    /// Takes a chunk of a stream or a whole answer: they differ only in `delta` and `message`.
    fn chunk(&mut self, chunk: &str, out: &mut Events) -> Result<()> {
        let [id, model, choices, usage, tier, error] = pick(
            chunk,
            ["id", "model", "choices", "usage", "service_tier", "error"],
        )?;
        if error.get().is_some() {
            // An error after the finish reason takes nothing from the answer
            // (recorded from OpenRouter).
            if self.progress == Progress::Open {
                return Err(error::inside_answer(chunk));
            }
            extra("error", error, out);
            return Ok(());
        }
        answer::start(&mut self.started, id, model, out);
        for choice in items(choices)? {
            self.choice(choice, out)?;
        }
        if usage.get().is_some() {
            out.push(RichEvent::Usage(answer::usage(usage, &USAGE)?));
            answer::reported_cost(usage, out)?;
        }
        answer::tier(tier, out);
        Ok(())
    }

    fn choice(&mut self, choice: Raw<'_>, out: &mut Events) -> Result<()> {
        let [index, delta, message, reason, logprobs] = pick(
            object(choice),
            ["index", "delta", "message", "finish_reason", "logprobs"],
        )?;
        if count(index).unwrap_or(0) > 0 {
            return Ok(());
        }
        self.delta(delta.get().unwrap_or_else(|| object(message)), out)?;
        extra("logprobs", logprobs, out);
        let raw = string(reason);
        if !raw.is_empty() {
            self.progress = Progress::Complete;
            out.push(RichEvent::Finish {
                reason: finish_reason(&raw),
                raw: Some(raw),
            });
        }
        Ok(())
    }

    fn delta(&mut self, delta: &str, out: &mut Events) -> Result<()> {
        let keys = [
            "content",
            // DeepSeek, vLLM, llama.cpp.
            "reasoning_content",
            // OpenRouter, Groq, Ollama.
            "reasoning",
            "refusal",
            "tool_calls",
            "annotations",
            "audio",
            // The form before tools.
            "function_call",
        ];
        let [
            content,
            thinking,
            reasoning,
            refusal,
            calls,
            annotations,
            audio,
            function,
        ] = pick(delta, keys)?;
        let thinking = string(thinking);
        out.thinking(&thinking);
        if thinking.is_empty() {
            out.thinking(&text(reasoning));
        }
        out.text(&text(content));
        if audio.get().is_some() {
            // What was spoken is the text; the sound itself is kept raw.
            let [transcript] = pick(object(audio), ["transcript"])?;
            out.text(&text(transcript));
            extra("audio", audio, out);
        }
        if annotations.get() != Some("[]") {
            extra("annotations", annotations, out);
        }
        out.refusal(&text(refusal));
        for call in items(calls)? {
            let [index, id, function, custom] =
                pick(object(call), ["index", "id", "function", "custom"])?;
            // A call of a custom tool, which only `provider_options` can offer.
            if custom.get().is_some() {
                answer::custom_call(custom, out);
            } else {
                self.call(count(index), id, function, out)?;
            }
        }
        if function.get().is_some() {
            self.call(Some(0), Raw::default(), function, out)?;
        }
        Ok(())
    }

    fn call(
        &mut self,
        index: Option<u64>,
        id: Raw<'_>,
        function: Raw<'_>,
        out: &mut Events,
    ) -> Result<()> {
        // Arguments are JSON text; some servers send the object itself.
        let [name, arguments] = pick(object(function), ["name", "arguments"])?;
        let (id, name) = (string(id), string(name));
        let fragment = Fragment {
            index,
            id: Some(&*id).filter(|id| !id.is_empty()),
            name: Some(&*name).filter(|name| !name.is_empty()),
            arguments: &arguments_text(arguments),
        };
        self.calls.push(fragment, out);
        Ok(())
    }
}

impl Decoder for ChatDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let text = frame.text();
        if text.trim() == "[DONE]" {
            // Some servers end without a finish reason; this marker is as clear.
            self.progress = Progress::Closed;
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

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}
