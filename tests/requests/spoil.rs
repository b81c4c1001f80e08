//! Proof that the comparison sees: bodies with one thing changed.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::Dialect::{self, Chat, Claude, Gemini, Responses};
use super::{Recorded, rules};

/// What a rule or a normalisation takes out, so that a change in it cannot be
/// seen. Everything else has to be noticed, but for parameters that a warning names.
const UNSEEN: [(Dialect, &str); 11] = [
    (Chat, "messages[].reasoning"),
    (Chat, "messages[].tool_calls[].index"),
    (Responses, "input[].id"),
    (Responses, "input[].status"),
    (Responses, "input[] (empty)"),
    (Responses, "input[].content[].annotations"),
    (Responses, "input[].content[].logprobs"),
    (Gemini, "systemInstruction.role"),
    (Gemini, "systemInstruction.parts[] (empty)"),
    (Gemini, "contents[].parts[] (thought)"),
    (Claude, "messages[].content[].caller"),
];

/// How a body is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A text, number or switch becomes another.
    Value,
    /// An item of a list is missing.
    Item,
}

/// How many changes were tried.
#[derive(Default)]
pub struct Tried {
    changes: BTreeMap<Change, usize>,
    /// By dialect and place, with one recording as an example.
    unnoticed: BTreeMap<(String, String), (usize, String)>,
}

/// Makes every change in every body that is written anew, one at a time.
pub fn everything(recordings: &[Recorded]) -> Tried {
    let mut tried = Tried::default();
    for recorded in recordings {
        let Ok(ours) = recorded.rewritten() else {
            continue;
        };
        for change in [Change::Value, Change::Item] {
            let mut at = 0;
            loop {
                let mut body = recorded.body.clone();
                let Some(place) = spoil(&mut body, change, &mut at.clone(), "") else {
                    break;
                };
                at += 1;
                *tried.changes.entry(change).or_default() += 1;
                let told = rules::parameters::is_warned(&ours.warnings, &place);
                if !told && recorded.compared(&body, &ours).is_ok() {
                    let dialect = format!("{:?}", recorded.dialect);
                    let seen = tried.unnoticed.entry((dialect, place));
                    seen.or_insert_with(|| (0, recorded.id.clone())).0 += 1;
                }
            }
        }
    }
    tried
}

/// Makes the change at a place in order. Returns the names that lead there.
fn spoil(value: &mut Value, change: Change, left: &mut usize, path: &str) -> Option<String> {
    match value {
        Value::Array(items) => {
            let count = items.len();
            if change == Change::Item && *left < count {
                let item = items.remove(*left);
                let empty = if is_empty(&item) {
                    " (empty)"
                } else {
                    kind(&item)
                };
                return Some(format!("{path}[]{empty}"));
            }
            *left -= if change == Change::Item { count } else { 0 };
            items.iter_mut().find_map(|item| {
                let path = format!("{path}[]{}", kind(item));
                spoil(item, change, left, &path)
            })
        }
        Value::Object(fields) => fields.iter_mut().find_map(|(key, inner)| {
            let dot = if path.is_empty() { "" } else { "." };
            spoil(inner, change, left, &format!("{path}{dot}{key}"))
        }),
        _ if change == Change::Item || value.is_null() => None,
        _ if *left > 0 => {
            *left -= 1;
            None
        }
        value => {
            *value = other(value);
            Some(path.to_string())
        }
    }
}

/// What rules go by in the parts of a message.
fn kind(item: &Value) -> &'static str {
    if item["thought"] == true {
        " (thought)"
    } else {
        ""
    }
}

fn is_empty(item: &Value) -> bool {
    let texts = [&item["text"], &item["content"], &item["content"][0]["text"]];
    item.get("tool_calls").is_none() && texts.contains(&&Value::from(""))
}

fn other(value: &Value) -> Value {
    match value {
        Value::String(text) => format!("{text}x").into(),
        Value::Bool(on) => (!on).into(),
        number => (number.as_f64().unwrap_or_default() + 7.0).into(),
    }
}

impl Tried {
    /// What went unnoticed without being listed.
    pub fn missed(&self) -> Vec<String> {
        let listed = |dialect: &str, place: &str| {
            let mut listed = UNSEEN.iter();
            listed.any(|(its, known)| format!("{its:?}") == dialect && place.starts_with(known))
        };
        let unnoticed = self.unnoticed.keys();
        let missed = unnoticed.filter(|(dialect, place)| !listed(dialect, place));
        missed
            .map(|(dialect, place)| format!("{dialect} {place}"))
            .collect()
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unnoticed: usize = self.unnoticed.values().map(|(count, _)| count).sum();
        writeln!(
            f,
            "changed one at a time: {:?}, {unnoticed} unnoticed:",
            self.changes
        )?;
        for ((dialect, place), (count, id)) in &self.unnoticed {
            writeln!(f, "  {count:>4} {dialect} {place}, as in {id}")?;
        }
        Ok(())
    }
}
