//! Reading tool calls, whole or in fragments, from any dialect.

use std::borrow::Cow;

use crate::chat::{Events, RichEvent, ToolCallDelta};
use crate::json::{self, Raw};

/// Gives the tool calls of one answer their place and makes the ids that are missing.
#[derive(Clone, Debug)]
pub(crate) struct ToolCalls {
    seed: u64,
    /// The provider's index and id of each call, in our order.
    calls: Vec<(u64, String)>,
}

/// A fragment of a call as a provider sent it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fragment<'a> {
    /// The provider's index; `None` means a new call when there is an id or name, else the last one.
    pub(crate) index: Option<u64>,
    /// The call's id, possibly repeated.
    pub(crate) id: Option<&'a str>,
    /// The function's name, possibly repeated.
    pub(crate) name: Option<&'a str>,
    /// The next piece of the arguments.
    pub(crate) arguments: &'a str,
}

impl ToolCalls {
    /// No calls yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            calls: Vec::new(),
        }
    }

    /// How many calls there are.
    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    /// The id of the last call, given or made; empty without one.
    pub(crate) fn last_id(&self) -> &str {
        self.calls.last().map_or("", |(_, id)| id)
    }

    /// Takes a fragment. A changed id under a known index is a new call, as
    /// old llama.cpp servers have it (wire reference, OpenAI §10).
    pub(crate) fn push(&mut self, fragment: Fragment<'_>, out: &mut Events) {
        let mut delta = ToolCallDelta {
            arguments: fragment.arguments.to_string(),
            ..ToolCallDelta::default()
        };
        match self.find(&fragment) {
            Some(at) if delta.arguments.is_empty() && fragment.name.is_none() => delta.index = at,
            Some(at) => delta.index = at,
            None => {
                delta.index = self.calls.len() as u32;
                let id = fragment.id.map_or_else(|| self.made_id(), str::to_string);
                self.calls.push((
                    fragment.index.unwrap_or_else(|| u64::from(delta.index)),
                    id.clone(),
                ));
                delta.id = Some(id);
                delta.name = Some(fragment.name.unwrap_or_default().to_string());
            }
        }
        if delta.id.is_some() || !delta.arguments.is_empty() {
            out.push(RichEvent::ToolCall(delta));
        }
    }

    /// Takes a whole call that is certainly a new one.
    pub(crate) fn push_whole(
        &mut self,
        id: Option<&str>,
        name: &str,
        arguments: &str,
        out: &mut Events,
    ) {
        let index = self.calls.len() as u64;
        self.push(
            Fragment {
                index: Some(u64::MAX - index),
                id,
                name: Some(name),
                arguments,
            },
            out,
        );
    }

    fn find(&self, fragment: &Fragment<'_>) -> Option<u32> {
        let same_id = |known: &str| fragment.id.is_none_or(|id| id == known);
        let at = match (fragment.index, fragment.id, fragment.name) {
            (Some(index), ..) => self
                .calls
                .iter()
                .rposition(|(known, id)| *known == index && same_id(id)),
            (None, Some(id), _) => self.calls.iter().rposition(|(_, known)| known == id),
            (None, None, Some(_)) => None,
            (None, None, None) => self.calls.len().checked_sub(1),
        };
        at.map(|at| at as u32)
    }

    fn made_id(&self) -> String {
        format!("call_{:016x}{:02x}", self.seed, self.calls.len())
    }
}

/// Arguments as JSON text: a JSON string is unwrapped, an object kept as written, null is empty.
pub(crate) fn arguments_text(raw: Raw<'_>) -> Cow<'_, str> {
    match raw.get() {
        Some(text) if text.starts_with('"') => Cow::Owned(json::from_str(text).unwrap_or_default()),
        Some(text) => Cow::Borrowed(text),
        None => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ChatResponse;

    #[track_caller]
    fn check(fragments: &[Fragment<'_>], expected: &[(&str, &str, &str)]) {
        let mut calls = ToolCalls::new(7);
        let mut events = Events::new();
        fragments
            .iter()
            .for_each(|fragment| calls.push(*fragment, &mut events));
        let mut response = ChatResponse::new("p", "m");
        response.extend(&events);
        response.close();
        let seen: Vec<_> = response
            .message
            .tool_calls
            .iter()
            .map(|call| (&*call.id, &*call.function.name, &*call.function.arguments))
            .collect();
        assert_eq!(seen, expected);
    }

    fn first<'a>(index: Option<u64>, id: &'a str, name: &'a str) -> Fragment<'a> {
        Fragment {
            index,
            id: Some(id),
            name: Some(name),
            arguments: "",
        }
    }

    fn more(index: Option<u64>, arguments: &str) -> Fragment<'_> {
        Fragment {
            index,
            arguments,
            ..Fragment::default()
        }
    }

    #[test]
    fn fragments_find_their_call() {
        let interleaved = [
            first(Some(0), "a", "f"),
            first(Some(1), "b", "g"),
            more(Some(0), "{\"x\""),
            more(Some(1), "{}"),
            more(Some(0), ":1}"),
        ];
        check(&interleaved, &[("a", "f", "{\"x\":1}"), ("b", "g", "{}")]);
        check(
            &[
                first(None, "a", "f"),
                more(None, "{\"x\":"),
                more(None, "2}"),
            ],
            &[("a", "f", "{\"x\":2}")],
        );
        check(
            &[first(Some(0), "a", "f"), first(Some(0), "b", "g")],
            &[("a", "f", "{}"), ("b", "g", "{}")],
        );
        let repeated = Fragment {
            index: Some(0),
            id: Some("a"),
            name: Some("f"),
            arguments: "1",
        };
        check(&[repeated, repeated], &[("a", "f", "11")]);
    }

    #[test]
    fn a_missing_id_is_made() {
        let nameless = Fragment {
            name: Some("f"),
            arguments: "{}",
            ..Fragment::default()
        };
        check(
            &[nameless, nameless],
            &[
                ("call_000000000000000700", "f", "{}"),
                ("call_000000000000000701", "f", "{}"),
            ],
        );
    }
}
