//! What the answers of several dialects have in common.

use crate::chat::{Events, RichEvent};
use crate::json::{Json, Raw};
use crate::provider::pick::string;
use crate::text;

/// Tells id and model of an answer once, as soon as one is known.
pub(crate) fn start(started: &mut bool, id: Raw<'_>, model: Raw<'_>, out: &mut Events) {
    if *started {
        return;
    }
    let own = |raw| Some(string(raw)).filter(|text| !text.is_empty());
    let (id, model) = (own(id), own(model));
    *started = id.is_some() || model.is_some();
    if *started {
        out.push(RichEvent::Start { id, model });
    }
}

/// Lists that come in pieces and are kept raw, such as log probabilities: one list under
/// each name, however it was cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered(Vec<(&'static str, String)>);

impl Gathered {
    /// Adds the items of a list; a value that is none is one item.
    pub(crate) fn add(&mut self, key: &'static str, value: Raw<'_>) {
        let Some(text) = value.get() else { return };
        let inner = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let items = inner.unwrap_or(text).trim();
        if items.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, list)) => {
                list.push(',');
                list.push_str(items);
            }
            None => self.0.push((key, items.into())),
        }
    }

    /// Whether there is a list of that name.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == key)
    }

    /// The list of that name, once.
    pub(crate) fn take(&mut self, key: &str) -> Option<Json> {
        let at = self.0.iter().position(|(known, _)| *known == key)?;
        whole(&self.0.swap_remove(at).1)
    }

    /// Tells of all lists, once.
    pub(crate) fn tell(&mut self, out: &mut Events) {
        for (key, items) in std::mem::take(&mut self.0) {
            if let Some(value) = whole(&items) {
                let key = key.into();
                out.push(RichEvent::Extra { key, value });
            }
        }
    }
}

fn whole(items: &str) -> Option<Json> {
    Json::from_text(&text::concat(&["[", items, "]"])).ok()
}
