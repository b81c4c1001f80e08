//! Reading Responses, streamed or whole, into events.
//!
//! ```text
//! created --> (item added --> deltas --> item done)… --> completed | incomplete | failed
//! Open                                                   Closed
//! ```
//! The last event holds the whole answer again, as an answer that was not
//! streamed does. Both are read by [`ResponsesDecoder::answer`], which takes
//! from its items only what no earlier event has brought.

use super::super::error;
use super::items::Items;
use super::wire::{Answer, Event, Usage};
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::{Error, Result};
use crate::framing::Frame;
use crate::json::{self, Raw, Text};
use crate::provider::{Decoder, Progress, unreadable};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct ResponsesDecoder {
    progress: Progress,
    started: bool,
    items: Items,
}

impl ResponsesDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            items: Items::new(seed),
        }
    }

    /// Unknown events mean progress of the provider's own tools, or nothing.
    fn event(&mut self, event: &Event<'_>, text: &str, out: &mut Events) -> Result<()> {
        let delta = event.delta.or_empty();
        match event.r#type.or_empty() {
            "response.output_text.delta" => self.items.text(event, delta, out),
            "response.refusal.delta" => self.items.refusal(event, delta, out),
            "response.reasoning_summary_text.delta" => self.items.summary(event, delta, out),
            "response.reasoning_text.delta" => self.items.reasoning(event, delta, out),
            "response.function_call_arguments.delta" => self.items.arguments(event, delta, out),
            "response.output_item.added" => return self.items.added(event, out),
            "response.output_item.done" => return self.items.done(event, out),
            "response.created" => return self.created(event.response, out),
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => return self.ended(event, out),
            "error" => return Err(error::inside_answer(text)),
            _ => {}
        }
        Ok(())
    }

    fn created(&mut self, response: Raw<'_>, out: &mut Events) -> Result<()> {
        self.start(&read(response.get().unwrap_or("{}"))?, out);
        Ok(())
    }

    fn ended(&mut self, event: &Event<'_>, out: &mut Events) -> Result<()> {
        let text = event.response.get().unwrap_or("{}");
        let status = event.r#type.or_empty().trim_start_matches("response.");
        self.answer(&read(text)?, status, text, out)
    }

    /// A document that is no answer leaves the decoder open: it was cut, or is something else.
    fn document(&mut self, text: &str, out: &mut Events) -> Result<()> {
        let answer: Answer<'_> = read(text)?;
        let empty = answer.status.non_empty().is_none() && answer.output.is_empty();
        if empty && answer.error.get().is_none() {
            return Ok(());
        }
        self.answer(&answer, "completed", text, out)
    }

    /// Takes a whole answer; `status` counts when it names none itself.
    fn answer(
        &mut self,
        answer: &Answer<'_>,
        status: &str,
        text: &str,
        out: &mut Events,
    ) -> Result<()> {
        let status = answer.status.non_empty().unwrap_or(status);
        let has_error = answer.error.get().is_some_and(|error| error != "{}");
        if has_error || status == "failed" {
            return Err(failure(has_error, text));
        }
        self.start(answer, out);
        self.items.rest(&answer.output, out)?;
        let reason = answer.incomplete_details.reason.non_empty();
        self.usage(answer, reason, out);
        if let Some(tier) = answer.service_tier.non_empty() {
            out.push(RichEvent::ServiceTier(tier.to_string()));
        }
        let raw = reason.unwrap_or(status);
        out.push(RichEvent::Finish {
            reason: finish_reason(raw),
            raw: Some(raw.to_string()),
        });
        self.progress = Progress::Closed;
        Ok(())
    }

    fn start(&mut self, answer: &Answer<'_>, out: &mut Events) {
        let known = answer.model.non_empty().is_some() || answer.id.non_empty().is_some();
        if !self.started && known {
            self.started = true;
            let own = |text: &Text<'_>| text.non_empty().map(str::to_string);
            out.push(RichEvent::Start {
                id: own(&answer.id),
                model: own(&answer.model),
            });
        }
    }

    /// Usage can be there and false: recorded answers that met their limit
    /// counted no output at all (wire reference, README §4).
    fn usage(&self, answer: &Answer<'_>, reason: Option<&str>, out: &mut Events) {
        let mut usage = answer.usage.tokens();
        let limit = match reason {
            Some("max_output_tokens") => answer.max_output_tokens.or_zero(),
            _ => 0,
        };
        if limit > 0 || self.items.any() {
            usage.estimated = usage.prompt_tokens == 0 || usage.completion_tokens == 0;
        }
        if usage.completion_tokens == 0 {
            usage.completion_tokens = limit.max(self.items.estimated_tokens());
        }
        if usage != TokenUsage::default() {
            out.push(RichEvent::Usage(usage));
        }
        if self.items.any_billed_apart() || answer.tool_usage.web_search.num_requests.or_zero() > 0
        {
            out.push(RichEvent::Warning(Warning::new(
                "cost_incomplete",
                "the provider ran tools of its own, billed per call: the cost is a lower bound",
            )));
        }
    }
}

impl Decoder for ResponsesDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let (name, text) = match frame {
            Frame::Document(text) => return self.document(text, out),
            Frame::Line(text) => ("", text),
            Frame::Event { name, data } => (name, data),
        };
        if text.trim() == "[DONE]" {
            return Ok(());
        }
        let event: Event<'_> = read(text)?;
        // Some servers name an error only in the event's name.
        if name == "error" && event.r#type.non_empty().is_none() {
            return Err(error::inside_answer(text));
        }
        self.event(&event, text, out)
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
        let (input, output) = (&self.input_tokens_details, &self.output_tokens_details);
        TokenUsage {
            prompt_tokens: self.input_tokens.or_zero(),
            completion_tokens: self.output_tokens.or_zero(),
            cached_tokens: input.cached_tokens.or_zero(),
            cache_write_tokens: input.cache_write_tokens.or_zero(),
            cache_write_long_tokens: input.cache_write_tokens_details.ttl_12h_tokens.or_zero(),
            reasoning_tokens: output.reasoning_tokens.or_zero(),
            ..TokenUsage::default()
        }
    }
}

fn read<'a, T: json::Read<'a>>(text: &'a str) -> Result<T> {
    json::from_str(text).map_err(|error| unreadable(text, &error))
}

/// The error of a failed answer; some say nothing about why.
fn failure(has_error: bool, text: &str) -> Error {
    match has_error {
        true => error::inside_answer(text),
        false => error::inside_answer(
            r#"{"error":{"type":"server_error","message":"the answer failed without a reason"}}"#,
        ),
    }
}

/// Whether calls or a refusal change it is decided when the answer is closed.
fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "completed" | "complete" => FinishReason::Stop,
        "max_output_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}
