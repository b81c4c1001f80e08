//! The only currency between decoders and the rest: events.
//!
//! ```text
//! decoder --> Events --> ChatResponse::push     (the answer)
//!                    \-> the host               (the chunks a caller sees)
//! ```
//! A batch holds all events of one network chunk. Text pieces, by far the most
//! common, lie one after the other in a single string, so that a batch crosses
//! to JavaScript as one string and a few numbers.

use super::{FinishReason, TokenUsage, ToolCallDelta, Warning};
use crate::json::Json;
use crate::money::NanoUsd;

/// One event of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StreamEvent<'a> {
    /// The next piece of the answer.
    Text(&'a str),
    /// The next piece of readable reasoning.
    Thinking(&'a str),
    /// The next piece of a refusal.
    Refusal(&'a str),
    /// Everything rarer.
    Rich(&'a RichEvent),
}

/// The rarer events.
#[derive(Clone, Debug, PartialEq)]
pub enum RichEvent {
    /// The provider's id and model name, as soon as they are known.
    Start {
        /// Id of the answer.
        id: Option<String>,
        /// The model that answers.
        model: Option<String>,
    },
    /// A piece of a tool call.
    ToolCall(ToolCallDelta),
    /// A block for `provider_state`, in order.
    State(Json),
    /// Usage so far; the last one counts, since some providers count up (wire reference, README §6).
    Usage(TokenUsage),
    /// Why the model stopped.
    Finish {
        /// In our words.
        reason: FinishReason,
        /// In the provider's.
        raw: Option<String>,
    },
    /// What came so far is void: the answer begins anew (`on_truncated: "restart"`).
    Restart,
    /// Something was not as asked.
    Warning(Warning),
    /// The tier that served the request.
    ServiceTier(String),
    /// What else decides the price.
    Billing(Billing),
    /// A provider-specific value, kept raw in `metadata.extra`.
    Extra {
        /// Its name.
        key: String,
        /// Its JSON.
        value: Json,
    },
}

/// What a provider says of the price besides tokens and tier. What is absent leaves
/// what was said before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Billing {
    /// How fast the answer was made; `fast` costs more.
    pub speed: Option<String>,
    /// Where it was made; some places cost more.
    pub geo: Option<String>,
    /// What the provider says it costs (OpenRouter): it knows better than our table.
    pub reported: Option<NanoUsd>,
}

/// The events of one network chunk, in order.
///
/// ```
/// use aircher_llm::chat::{Events, StreamEvent};
///
/// let mut events = Events::new();
/// events.thinking("A greeting.");
/// events.text("Hel");
/// events.text("lo");
/// let said = events.iter().filter_map(|event| match event {
///     StreamEvent::Text(text) => Some(text),
///     _ => None,
/// });
/// assert_eq!(said.collect::<String>(), "Hello");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    text: String,
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    /// A piece of `text` up to `end`.
    Piece { kind: Piece, end: usize },
    /// Boxed to keep an item small: a batch may hold thousands of pieces.
    Rich(Box<RichEvent>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Text,
    Thinking,
    Refusal,
}

impl Events {
    /// A batch without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece of the answer; nothing when it is empty.
    pub fn text(&mut self, text: &str) {
        self.piece(Piece::Text, text);
    }

    /// Adds a piece of readable reasoning; nothing when it is empty.
    pub fn thinking(&mut self, text: &str) {
        self.piece(Piece::Thinking, text);
    }

    /// Adds a piece of a refusal; nothing when it is empty.
    pub fn refusal(&mut self, text: &str) {
        self.piece(Piece::Refusal, text);
    }

    /// The pieces of tool calls' arguments.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.into_iter().filter_map(|event| match event {
            StreamEvent::Rich(RichEvent::ToolCall(delta)) => Some(&*delta.arguments),
            _ => None,
        })
    }

    /// Adds a rarer event.
    pub fn push(&mut self, event: RichEvent) {
        self.items.push(Item::Rich(Box::new(event)));
    }

    fn piece(&mut self, kind: Piece, text: &str) {
        if !text.is_empty() {
            self.text.push_str(text);
            self.items.push(Item::Piece {
                kind,
                end: self.text.len(),
            });
        }
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The texts of all pieces, one after the other: reasoning and refusals too. For what the model
    /// said alone, take the [`StreamEvent::Text`] of [`Events::iter`].
    #[must_use]
    pub fn joined_text(&self) -> &str {
        &self.text
    }

    /// Whether there is anything a caller sees: text, reasoning, a refusal, a tool call or a restart.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.iter().any(|event| event.is_visible())
    }

    /// The events in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            text: &self.text,
            items: self.items.iter(),
            start: 0,
        }
    }

    /// Copies the events of `later` behind these.
    pub fn append(&mut self, later: &Self) {
        for event in later {
            match event {
                StreamEvent::Text(text) => self.text(text),
                StreamEvent::Thinking(text) => self.thinking(text),
                StreamEvent::Refusal(text) => self.refusal(text),
                StreamEvent::Rich(rich) => self.push(rich.clone()),
            }
        }
    }
}

impl StreamEvent<'_> {
    /// Whether a caller sees it.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        !matches!(self, Self::Rich(rich) if !matches!(rich, RichEvent::ToolCall(_) | RichEvent::Restart))
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = StreamEvent<'a>;
    type IntoIter = Iter<'a>;
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The events of a batch, in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    text: &'a str,
    items: std::slice::Iter<'a, Item>,
    start: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = StreamEvent<'a>;

    fn next(&mut self) -> Option<StreamEvent<'a>> {
        Some(match self.items.next()? {
            Item::Rich(rich) => StreamEvent::Rich(rich),
            Item::Piece { kind, end } => {
                let piece = self.text.get(self.start..*end).unwrap_or_default();
                self.start = *end;
                match kind {
                    Piece::Text => StreamEvent::Text(piece),
                    Piece::Thinking => StreamEvent::Thinking(piece),
                    Piece::Refusal => StreamEvent::Refusal(piece),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_as_they_went_in() {
        let mut events = Events::new();
        events.text("Hé");
        events.text("");
        events.thinking(" 😀");
        events.push(RichEvent::ServiceTier("default".into()));
        events.text("\n");
        let seen: Vec<_> = events.iter().collect();
        let tier = RichEvent::ServiceTier("default".into());
        let expected = [
            StreamEvent::Text("Hé"),
            StreamEvent::Thinking(" 😀"),
            StreamEvent::Rich(&tier),
            StreamEvent::Text("\n"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(events.joined_text(), "Hé 😀\n");
    }
}
