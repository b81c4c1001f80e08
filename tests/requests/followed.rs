//! Recordings that hold an answer and the request that carries it: what our
//! decoders keep of the answer as it was received, streamed or whole, is what the
//! other client sent back.

use serde_json::{Value, json};

use super::same::each_object;
use super::{Never, Recorded, Rewritten};

/// An answer and the request that followed.
pub struct Followed<'a> {
    first: &'a Recorded,
    pub next: &'a Recorded,
}

impl<'a> Followed<'a> {
    /// All of them.
    pub fn find(all: &'a [Recorded]) -> Vec<Self> {
        all.iter()
            .filter_map(|first| Self::of(first, all))
            .collect()
    }

    /// Recordings are numbered, and the second one's conversation begins with the first's.
    fn of(first: &'a Recorded, all: &'a [Recorded]) -> Option<Self> {
        let (name, number) = first.id.rsplit_once('-')?;
        let next = format!("{name}-{}", number.parse::<usize>().ok()? + 1);
        let next = all.iter().find(|other| other.id == next)?;
        let (before, after) = (turns(&first.body)?, turns(&next.body)?);
        let goes_on = after.len() > before.len() + 1 && after.starts_with(before);
        // One client cuts thinking out of the text itself.
        let cut = first.answer.body.contains("</think>");
        (goes_on && !cut).then_some(Self { first, next })
    }

    /// Whether the answer was streamed.
    pub fn streamed(&self) -> bool {
        self.first.answer.streamed
    }

    /// The second request with the first one's answer as it was received.
    ///
    /// # Errors
    /// Why there is none.
    pub fn rewritten(&self) -> Result<Rewritten, Never> {
        let turn = self.first.rewritten()?.decoded;
        let received = (turn, self.first.answer.clone());
        self.next.rewritten_after(Some(received))
    }

    /// Where the second request says something else, but for what the other client did
    /// to the answer on its way: spell base64 in the other alphabet, lose reasoning and
    /// signed empty texts.
    pub fn differences(&self, mut ours: Rewritten) -> Vec<String> {
        let mut recorded = self.next.body.clone();
        one_alphabet(&mut recorded);
        one_alphabet(&mut ours.body);
        without_what_it_lost(&recorded, &mut ours.body);
        let compared = self.next.compared(&recorded, &ours);
        compared.err().unwrap_or_default()
    }
}

fn turns(body: &Value) -> Option<&[Value]> {
    let lists = ["messages", "input", "contents"];
    let list = lists.iter().find_map(|key| body[key].as_array())?;
    (!list.is_empty()).then_some(list)
}

/// Signatures in the alphabet that has `+` and `/`.
fn one_alphabet(body: &mut Value) {
    each_object(body, &mut |part| {
        for key in ["thoughtSignature", "thought_signature"] {
            if let Some(Value::String(seal)) = part.get_mut(key) {
                *seal = seal.replace('-', "+").replace('_', "/");
            }
        }
    });
}

fn without_what_it_lost(recorded: &Value, ours: &mut Value) {
    let reasoning = recorded.to_string().contains(r#""reasoning":"#);
    each_object(ours, &mut |fields| {
        if !reasoning {
            fields.remove("reasoning");
        }
        if let Some(Value::Array(parts)) = fields.get_mut("parts") {
            parts.retain(|part| part["text"] != json!("") || !part["thoughtSignature"].is_string());
        }
    });
}
