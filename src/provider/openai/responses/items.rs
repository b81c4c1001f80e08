//! The items of one answer: what has been read of each, and what is kept of it.
//!
//! An item comes as deltas, as a whole in its `done` event, and once more in the
//! last event. Whatever came first counts; the rest is only completed from.

use super::wire::{Event, Mark, OutputItem, OutputPart};
use crate::chat::{Events, RichEvent, Warning};
use crate::error::Result;
use crate::json::{self, Json, Raw};
use crate::provider::tools::{Fragment, ToolCalls, arguments_text};
use crate::provider::unreadable;

/// What has been read of the items of an answer, by their index in the output.
#[derive(Clone, Debug)]
pub(super) struct Items {
    latest: Option<u64>,
    /// Items whose content deltas have brought.
    streamed: Vec<u64>,
    /// Items whose whole form has been read.
    whole: Vec<u64>,
    /// Items that are calls with id and name told.
    called: Vec<u64>,
    calls: ToolCalls,
    /// Where the last piece of reasoning stood: a blank line parts it from the next.
    thought: Option<Place>,
    /// Characters of everything the model wrote, for when it is not counted.
    chars: usize,
    /// Marks that matter only if an item worth keeping follows.
    held: Vec<Json>,
    keeping: bool,
    billed_apart: bool,
}

/// Item, kind of reasoning, and part.
type Place = (u64, bool, u64);

impl Items {
    /// No items yet.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            latest: None,
            streamed: Vec::new(),
            whole: Vec::new(),
            called: Vec::new(),
            calls: ToolCalls::new(seed),
            thought: None,
            chars: 0,
            held: Vec::new(),
            keeping: false,
            billed_apart: false,
        }
    }

    /// Whether there was any item.
    pub(super) fn any(&self) -> bool {
        self.latest.is_some()
    }

    /// Whether a tool ran that is billed per call.
    pub(super) fn any_billed_apart(&self) -> bool {
        self.billed_apart
    }

    /// Tokens of what was written, at the usual four characters each.
    pub(super) fn estimated_tokens(&self) -> u64 {
        self.chars.div_ceil(4) as u64
    }

    // ---- deltas -----------------------------------------------------------

    /// A piece of text.
    pub(super) fn text(&mut self, event: &Event<'_>, delta: &str, out: &mut Events) {
        self.streamed(event, delta);
        out.text(delta);
    }

    /// A piece of a refusal.
    pub(super) fn refusal(&mut self, event: &Event<'_>, delta: &str, out: &mut Events) {
        self.streamed(event, delta);
        out.refusal(delta);
    }

    /// A piece of a summary of reasoning.
    pub(super) fn summary(&mut self, event: &Event<'_>, delta: &str, out: &mut Events) {
        let index = self.streamed(event, delta);
        self.thinking((index, false, event.summary_index.or_zero()), delta, out);
    }

    /// A piece of the reasoning itself, which only open models show.
    pub(super) fn reasoning(&mut self, event: &Event<'_>, delta: &str, out: &mut Events) {
        let index = self.streamed(event, delta);
        self.thinking((index, true, event.content_index.or_zero()), delta, out);
    }

    /// A piece of a call's arguments; of an unknown call it is left to the `done` event.
    pub(super) fn arguments(&mut self, event: &Event<'_>, delta: &str, out: &mut Events) {
        let index = self.index(event);
        if self.called.contains(&index) {
            self.streamed(event, delta);
            self.calls.push(
                Fragment {
                    index: Some(index),
                    arguments: delta,
                    ..Fragment::default()
                },
                out,
            );
        }
    }

    /// Notes that the item of an event is being streamed; its index.
    fn streamed(&mut self, event: &Event<'_>, delta: &str) -> u64 {
        let index = self.index(event);
        self.chars += delta.chars().count();
        self.latest = Some(index);
        if !self.streamed.contains(&index) {
            self.streamed.push(index);
        }
        index
    }

    fn thinking(&mut self, place: Place, delta: &str, out: &mut Events) {
        if delta.is_empty() {
            return;
        }
        match self.thought.replace(place) {
            Some(last) if last != place => out.thinking(&format!("\n\n{delta}")),
            _ => out.thinking(delta),
        }
    }

    /// Without an index an event belongs to the latest item.
    fn index(&self, event: &Event<'_>) -> u64 {
        event.output_index.get().or(self.latest).unwrap_or(0)
    }

    // ---- whole items ------------------------------------------------------

    /// An item begins: a call's id and name are told at once.
    pub(super) fn added(&mut self, event: &Event<'_>, out: &mut Events) -> Result<()> {
        let next = self.latest.map_or(0, |latest| latest + 1);
        let index = event.output_index.get().unwrap_or(next);
        self.latest = Some(index);
        let item = read(event.item)?;
        if item.r#type.or_empty() == "function_call" {
            self.call(index, &item, "", out);
        }
        Ok(())
    }

    /// An item is complete.
    pub(super) fn done(&mut self, event: &Event<'_>, out: &mut Events) -> Result<()> {
        let index = self.index(event);
        self.whole(index, event.item, out)
    }

    /// Whatever items the last event holds and no other did. When as many have
    /// come, they are the same, whatever a server counts them by.
    pub(super) fn rest(&mut self, items: &[Raw<'_>], out: &mut Events) -> Result<()> {
        if self.whole.len() >= items.len() {
            return Ok(());
        }
        (0..)
            .zip(items)
            .try_for_each(|(index, item)| self.whole(index, *item, out))
    }

    fn whole(&mut self, index: u64, item: Raw<'_>, out: &mut Events) -> Result<()> {
        if self.whole.contains(&index) {
            return Ok(());
        }
        self.whole.push(index);
        self.latest = Some(index);
        self.item(index, &read(item)?, item, out);
        Ok(())
    }

    fn item(&mut self, index: u64, item: &OutputItem<'_>, raw: Raw<'_>, out: &mut Events) {
        match item.r#type.or_empty() {
            "message" => self.message(index, item, &parts(item.content), out),
            "function_call" => self.function_call(index, item, out),
            "reasoning" => {
                let shown = [(false, parts(item.summary)), (true, parts(item.content))];
                self.reasoning_item(index, &shown, raw, out);
            }
            "custom_tool_call" => custom_call(raw, out),
            kind => {
                self.billed_apart |= BILLED_APART.contains(&kind);
                self.keep(raw.to_json(), out);
            }
        }
    }

    fn message(
        &mut self,
        index: u64,
        item: &OutputItem<'_>,
        parts: &[OutputPart<'_>],
        out: &mut Events,
    ) {
        if !self.streamed.contains(&index) {
            for part in parts {
                self.written(part.text.or_empty());
                self.written(part.refusal.or_empty());
                out.text(part.text.or_empty());
                out.refusal(part.refusal.or_empty());
            }
        }
        for part in parts {
            extra("annotations", part.annotations, out);
            extra("logprobs", part.logprobs, out);
        }
        let mark = Mark {
            r#type: "message",
            bytes: Some(
                parts
                    .iter()
                    .map(|part| part.text.or_empty().len() as u64)
                    .sum(),
            ),
            phase: item.phase,
            ..Mark::default()
        };
        self.mark(&mark, mark.phase.get().is_some(), out);
    }

    fn function_call(&mut self, index: u64, item: &OutputItem<'_>, out: &mut Events) {
        if !self.streamed.contains(&index) {
            let arguments = arguments_text(item.arguments);
            self.written(&arguments);
            self.call(index, item, &arguments, out);
        }
        if item.status.or_empty() == "incomplete" {
            out.push(RichEvent::Warning(Warning::new(
                "tool_call_incomplete",
                "the answer ended in the middle of a tool call; it cannot be run or sent back",
            )));
        }
        let mark = Mark {
            r#type: "function_call",
            call_id: item.call_id.non_empty(),
            namespace: item.namespace,
            caller: item.caller,
            ..Mark::default()
        };
        self.mark(
            &mark,
            mark.namespace.get().is_some() || mark.caller.get().is_some(),
            out,
        );
    }

    /// Tells of a call, or of more of its arguments.
    fn call(&mut self, index: u64, item: &OutputItem<'_>, arguments: &str, out: &mut Events) {
        self.called.push(index);
        self.calls.push(
            Fragment {
                index: Some(index),
                id: item.call_id.non_empty(),
                name: item.name.non_empty(),
                arguments,
            },
            out,
        );
    }

    fn reasoning_item(
        &mut self,
        index: u64,
        shown: &[(bool, Vec<OutputPart<'_>>)],
        raw: Raw<'_>,
        out: &mut Events,
    ) {
        if !self.streamed.contains(&index) {
            for (kind, parts) in shown {
                for (at, part) in (0..).zip(parts) {
                    self.written(part.text.or_empty());
                    self.thinking((index, *kind, at), part.text.or_empty(), out);
                }
            }
        }
        self.keep(raw.to_json(), out);
    }

    fn written(&mut self, text: &str) {
        self.chars += text.chars().count();
    }

    // ---- state ------------------------------------------------------------

    /// Keeps an item as received, behind the marks of what came before it.
    fn keep(&mut self, block: Option<Json>, out: &mut Events) {
        self.keeping = true;
        let held = std::mem::take(&mut self.held);
        for block in held.into_iter().chain(block) {
            out.push(RichEvent::State(block));
        }
    }

    /// Notes where text or a call stood. An answer of nothing else needs no state.
    fn mark(&mut self, mark: &Mark<'_>, telling: bool, out: &mut Events) {
        let block = Json::from_value(mark);
        if self.keeping || telling {
            self.keep(Some(block), out);
        } else {
            self.held.push(block);
        }
    }
}

/// Tools of the provider with a price per call or per hour.
const BILLED_APART: [&str; 4] = [
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
];

fn read(item: Raw<'_>) -> Result<OutputItem<'_>> {
    let text = item.get().unwrap_or("{}");
    json::from_str(text).map_err(|error| unreadable(text, &error))
}

/// The parts of a list; none where an item has something else under the name.
fn parts(list: Raw<'_>) -> Vec<OutputPart<'_>> {
    list.get()
        .and_then(|list| json::from_str(list).ok())
        .unwrap_or_default()
}

fn extra(key: &str, value: Raw<'_>, out: &mut Events) {
    if let Some(value) = value.to_json().filter(|value| value.text() != "[]") {
        out.push(RichEvent::Extra {
            key: key.into(),
            value,
        });
    }
}

/// Only `provider_options` can offer a custom tool, and nothing here can answer its call.
fn custom_call(raw: Raw<'_>, out: &mut Events) {
    out.push(RichEvent::Warning(Warning::new(
        "custom_tool_call",
        "the model called a custom tool; its call is in metadata.extra.custom_tool_call",
    )));
    extra("custom_tool_call", raw, out);
}
