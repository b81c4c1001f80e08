//! The items of one answer: what has been read of each, and what is kept of it.
//!
//! An item comes as deltas, as a whole in its `done` event, and once more in the
//! last event. Whatever came first counts; the rest is only completed from.

use super::super::answer::{custom_call, cut_call, list};
use super::super::tokens::TOKENS;
use super::state::Item;
use crate::chat::{Events, RichEvent};
use crate::error::Result;
use crate::json::{Json, Raw, Writer};
use crate::policy::tokens::Meter;
use crate::provider::answers::Gathered;
use crate::provider::pick::{object, pick, string};
use crate::provider::tools::{Fragment, ToolCalls, arguments_text};

/// What has been read of the items of an answer, by their index in the output.
#[derive(Clone, Debug)]
pub(super) struct Items {
    latest: Option<u64>,
    /// What has come of an item.
    seen: Vec<(u64, Seen)>,
    calls: ToolCalls,
    gathered: Gathered,
    /// Where the last piece of reasoning stood: a blank line parts it from the next.
    thought: Option<Place>,
    /// Counts everything the model wrote, for when the provider did not.
    meter: Meter,
    /// Marks that matter only if an item worth keeping follows.
    held: Vec<Json>,
    keeping: bool,
    billed_apart: bool,
}

/// A way in which an item has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// Deltas have brought its content.
    Streamed,
    /// Its whole form has been read.
    Whole,
    /// It is a call with id and name told.
    Called,
}

/// Item, kind of reasoning, and part.
type Place = (u64, bool, u64);

/// What an event of a stream says of an item.
pub(super) struct Event<'a> {
    pub(super) index: Option<u64>,
    /// The part of its summary or content.
    pub(super) part: u64,
    pub(super) delta: &'a str,
    pub(super) item: Raw<'a>,
}

impl Items {
    /// No items yet.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            latest: None,
            seen: Vec::new(),
            calls: ToolCalls::new(seed),
            gathered: Gathered::default(),
            thought: None,
            meter: Meter::default(),
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

    /// About how many tokens were written.
    pub(super) fn estimated_tokens(&self) -> u64 {
        self.meter.tokens()
    }

    /// Tells of what was gathered beside the text.
    pub(super) fn tell(&mut self, out: &mut Events) {
        self.gathered.tell(out);
    }

    /// Whether an item has come in a way.
    fn has(&self, index: u64, way: Seen) -> bool {
        self.seen.contains(&(index, way))
    }

    // ---- deltas -----------------------------------------------------------

    /// A piece of an item, if the event is one.
    pub(super) fn delta(&mut self, kind: &str, event: &Event<'_>, out: &mut Events) {
        let (index, delta) = (self.index(event), event.delta);
        match kind {
            "response.output_text.delta" => out.text(delta),
            "response.refusal.delta" => out.refusal(delta),
            "response.reasoning_summary_text.delta" => {
                self.thinking((index, false, event.part), delta, out);
            }
            // The reasoning itself, which only open models show.
            "response.reasoning_text.delta" => {
                self.thinking((index, true, event.part), delta, out);
            }
            // Of an unknown call the arguments are left to the `done` event.
            "response.function_call_arguments.delta" if self.has(index, Seen::Called) => {
                let fragment = Fragment {
                    index: Some(index),
                    arguments: delta,
                    ..Fragment::default()
                };
                self.calls.push(fragment, out);
            }
            _ => return,
        }
        self.written(delta);
        self.latest = Some(index);
        if !self.has(index, Seen::Streamed) {
            self.seen.push((index, Seen::Streamed));
        }
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
        event.index.or(self.latest).unwrap_or(0)
    }

    // ---- whole items ------------------------------------------------------

    /// An item begins: a call's id and name are told at once.
    pub(super) fn added(&mut self, event: &Event<'_>, out: &mut Events) -> Result<()> {
        let next = self.latest.map_or(0, |latest| latest + 1);
        let index = event.index.unwrap_or(next);
        self.latest = Some(index);
        let item = Item::read(object(event.item))?;
        if string(item.kind) == "function_call" {
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
        let whole = self.seen.iter().filter(|(_, way)| *way == Seen::Whole);
        if whole.count() < items.len() {
            for (index, item) in items.iter().enumerate() {
                self.whole(index as u64, *item, out)?;
            }
        }
        Ok(())
    }

    fn whole(&mut self, index: u64, item: Raw<'_>, out: &mut Events) -> Result<()> {
        if self.has(index, Seen::Whole) {
            return Ok(());
        }
        self.seen.push((index, Seen::Whole));
        self.latest = Some(index);
        let raw = item;
        let item = Item::read(object(raw))?;
        match &*string(item.kind) {
            "message" => self.message(index, &item, out),
            "function_call" => self.function_call(index, &item, out),
            "reasoning" => {
                self.reasoning(index, false, item.summary, out);
                self.reasoning(index, true, item.content, out);
                self.keep(raw.to_json(), out);
            }
            "custom_tool_call" => custom_call(&mut self.gathered, raw, out),
            kind => {
                self.billed_apart |= BILLED_APART.contains(&kind);
                self.keep(raw.to_json(), out);
            }
        }
        Ok(())
    }

    fn message(&mut self, index: u64, item: &Item<'_>, out: &mut Events) {
        let streamed = self.has(index, Seen::Streamed);
        let mut bytes = 0;
        for part in list(item.content) {
            let keys = ["text", "refusal", "annotations", "logprobs"];
            let [said, refusal, annotations, logprobs] =
                pick(object(part), keys).unwrap_or_default();
            let (said, refusal) = (string(said), string(refusal));
            bytes += said.len() as u64;
            if !streamed {
                self.written(&said);
                self.written(&refusal);
                out.text(&said);
                out.refusal(&refusal);
            }
            self.gathered.add("annotations", annotations);
            self.gathered.add("logprobs", logprobs);
        }
        let mut mark = mark("message");
        mark.field("bytes", &bytes);
        mark.field("phase", &item.phase);
        self.mark(mark, item.phase.get().is_some(), out);
    }

    fn function_call(&mut self, index: u64, item: &Item<'_>, out: &mut Events) {
        if !self.has(index, Seen::Streamed) {
            let arguments = arguments_text(item.arguments);
            self.written(&arguments);
            self.call(index, item, &arguments, out);
        }
        if string(item.status) == "incomplete" {
            cut_call(out);
        }
        let mut mark = mark("function_call");
        let call_id = string(item.call_id);
        mark.field("call_id", &Some(call_id).filter(|id| !id.is_empty()));
        mark.field("namespace", &item.namespace);
        mark.field("caller", &item.caller);
        let telling = item.namespace.get().is_some() || item.caller.get().is_some();
        self.mark(mark, telling, out);
    }

    /// Tells of a call, or of more of its arguments.
    fn call(&mut self, index: u64, item: &Item<'_>, arguments: &str, out: &mut Events) {
        self.seen.push((index, Seen::Called));
        let (id, name) = (string(item.call_id), string(item.name));
        let fragment = Fragment {
            index: Some(index),
            id: Some(&*id).filter(|id| !id.is_empty()),
            name: Some(&*name).filter(|name| !name.is_empty()),
            arguments,
        };
        self.calls.push(fragment, out);
    }

    /// The parts of a reasoning item's summary, or of the reasoning itself.
    fn reasoning(&mut self, index: u64, kind: bool, parts: Raw<'_>, out: &mut Events) {
        if self.has(index, Seen::Streamed) {
            return;
        }
        for (at, part) in (0..).zip(list(parts)) {
            let [said] = pick(object(part), ["text"]).unwrap_or_default();
            let said = string(said);
            self.written(&said);
            self.thinking((index, kind, at), &said, out);
        }
    }

    fn written(&mut self, text: &str) {
        self.meter.push(text, TOKENS.other.weights);
    }

    // ---- state ------------------------------------------------------------

    /// Keeps an item as received, behind the marks of what came before it.
    fn keep(&mut self, block: Option<Json>, out: &mut Events) {
        self.keeping = true;
        self.held.extend(block);
        for block in std::mem::take(&mut self.held) {
            out.push(RichEvent::State(block));
        }
    }

    /// Notes where text or a call stood. An answer of nothing else needs no state.
    fn mark(&mut self, mut mark: Writer, telling: bool, out: &mut Events) {
        mark.end_object();
        let block = Json::from_text(&mark.finish()).ok();
        if self.keeping || telling {
            self.keep(block, out);
        } else {
            self.held.extend(block);
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

/// Begins what stands in `provider_state` for an item whose content is in the
/// message itself, and keeps what has no place there. Read back as an [`Item`].
fn mark(kind: &str) -> Writer {
    let mut mark = Writer::default();
    mark.begin_object();
    mark.field("type", &kind);
    mark
}
