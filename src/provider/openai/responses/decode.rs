//! Reading Responses, streamed or whole, into events.
//!
//! ```text
//! created --> (item added --> deltas --> item done)… --> completed | incomplete | failed
//! Open                                                   Closed
//! ```
//! The last event holds the whole answer again, as an answer that was not
//! streamed does. Both are read by [`ResponsesDecoder::answer`], which takes
//! from its items only what no earlier event has brought.

use super::super::{answer, error};
use super::items::{Event, Items};
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage};
use crate::error::{Error, Result};
use crate::framing::Frame;
use crate::provider::answers::start;
use crate::provider::pick::{count, object, pick, picks, string};
use crate::provider::{Decoder, Progress, charged_calls};

/// What usage calls prompt, completion and their details.
const USAGE: [&str; 4] = [
    "input_tokens",
    "output_tokens",
    "input_tokens_details",
    "output_tokens_details",
];

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
    fn event(&mut self, name: &str, frame: &str, out: &mut Events) -> Result<()> {
        let said = Said::read(frame)?;
        let (kind, delta) = (string(said.kind), string(said.delta));
        let part = count(said.summary_index).or_else(|| count(said.content_index));
        let event = Event {
            index: count(said.output_index),
            part: part.unwrap_or(0),
            delta: &delta,
            item: said.item,
        };
        // Some servers name an error only in the event's name.
        let kind = if kind.is_empty() && name == "error" {
            name
        } else {
            &kind
        };
        match kind {
            "response.output_item.added" => self.items.added(&event, out)?,
            "response.output_item.done" => self.items.done(&event, out)?,
            "response.created" => {
                let [id, model] = pick(object(said.response), ["id", "model"])?;
                start(&mut self.started, id, model, out);
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => {
                let status = kind.strip_prefix("response.").unwrap_or(kind);
                self.answer(object(said.response), status, out)?;
            }
            "error" => return Err(error::inside_answer(frame)),
            _ => self.items.delta(kind, &event, out),
        }
        Ok(())
    }

    /// Takes a whole answer; the status of its event counts when it names none itself. A
    /// document that is no answer has no status at all and leaves the decoder
    /// open: it was cut, or is something else.
    fn answer(&mut self, text: &str, event: &str, out: &mut Events) -> Result<()> {
        let whole = Whole::read(text)?;
        let output = answer::list(whole.output);
        let status = whole.status(event, output.is_empty());
        if status.is_empty() {
            return Ok(());
        }
        let counted = answer::usage(whole.usage, &USAGE)?;
        if whole.has_error() || status == "failed" {
            if whole.usage.get().is_some() {
                out.push(RichEvent::Usage(counted));
            }
            return Err(failure(whole.has_error(), text));
        }
        start(&mut self.started, whole.id, whole.model, out);
        self.items.rest(&output, out)?;
        self.items.tell(out);
        let [reason] = pick(object(whole.incomplete_details), ["reason"])?;
        let reason = string(reason);
        let limit = match &*reason {
            "max_output_tokens" => count(whole.max_output_tokens).unwrap_or(0),
            _ => 0,
        };
        self.usage(counted, limit, out);
        if self.items.any_billed_apart() || whole.searches()? > 0 {
            out.push(charged_calls());
        }
        answer::tier(whole.service_tier, out);
        let raw = if reason.is_empty() { status } else { reason };
        out.push(RichEvent::Finish {
            reason: finish_reason(&raw),
            raw: Some(raw),
        });
        self.progress = Progress::Closed;
        Ok(())
    }

    /// Usage can be there and false: recorded answers that met their limit
    /// counted no output at all (wire reference, README §4).
    fn usage(&self, mut usage: TokenUsage, limit: u64, out: &mut Events) {
        if limit > 0 || self.items.any() {
            usage.estimated = usage.prompt_tokens == 0 || usage.completion_tokens == 0;
        }
        if usage.completion_tokens == 0 {
            usage.completion_tokens = limit.max(self.items.estimated_tokens());
        }
        if usage != TokenUsage::default() {
            out.push(RichEvent::Usage(usage));
        }
    }
}

impl Decoder for ResponsesDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        match frame {
            Frame::Document(whole) => self.answer(whole, "", out),
            Frame::Line(text) | Frame::Event { data: text, .. } if text.trim() == "[DONE]" => {
                Ok(())
            }
            Frame::Line(text) => self.event("", text, out),
            Frame::Event { name, data } => self.event(name, data, out),
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

picks! {
    /// What an event of a stream says.
    Said {
        kind = "type",
        output_index = "output_index",
        summary_index = "summary_index",
        content_index = "content_index",
        delta = "delta",
        item = "item",
        response = "response",
    }
}

picks! {
    /// A whole answer.
    Whole {
        id = "id",
        model = "model",
        status = "status",
        error = "error",
        incomplete_details = "incomplete_details",
        output = "output",
        usage = "usage",
        tool_usage = "tool_usage",
        max_output_tokens = "max_output_tokens",
        service_tier = "service_tier",
    }
}

impl Whole<'_> {
    /// Its status, or else what the event says; empty when it is no answer.
    fn status(&self, event: &str, no_output: bool) -> String {
        let own = string(self.status);
        match (&*own, event) {
            ("", "") if no_output && self.error.get().is_none() => own,
            ("", "") => "completed".into(),
            ("", event) => event.into(),
            _ => own,
        }
    }

    fn has_error(&self) -> bool {
        self.error.get().is_some_and(|error| error != "{}")
    }

    fn searches(&self) -> Result<u64> {
        let [search] = pick(object(self.tool_usage), ["web_search"])?;
        let [searches] = pick(object(search), ["num_requests"])?;
        Ok(count(searches).unwrap_or(0))
    }
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
