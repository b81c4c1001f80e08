//! Taking an assistant message apart again, as `provider_state` remembers it.
//!
//! The blocks hold items as received, and marks where text and calls stood
//! between them; text and calls themselves are in the message.

use std::borrow::Cow;

use super::wire::{Block, Built, Content, Part};
use crate::chat::Message;
use crate::json::{self, Json};
use crate::provider::Target;

/// The text of an assistant message, handed out piece by piece.
pub(super) struct Said<'a> {
    text: Cow<'a, str>,
    refusal: Option<&'a str>,
    /// How many marks are left, and whether they still fit the text.
    left: usize,
    fits: bool,
    at: usize,
}

impl<'a> Said<'a> {
    /// The text and refusal of a message with these blocks.
    pub(super) fn new(
        text: Cow<'a, str>,
        refusal: Option<&'a str>,
        blocks: &[(&Json, Block<'_>)],
    ) -> Self {
        let bytes: Vec<_> = blocks
            .iter()
            .filter(|(_, block)| block.r#type.or_empty() == "message")
            .map(|(_, block)| block.bytes.or_zero() as usize)
            .collect();
        Self {
            // A text changed since cannot be taken apart again.
            fits: bytes.iter().try_fold(0usize, |sum, &n| sum.checked_add(n)) == Some(text.len()),
            left: bytes.len(),
            text,
            refusal,
            at: 0,
        }
    }

    /// The message of the next mark, or what no mark has claimed.
    pub(super) fn next(&mut self, mark: &Block<'a>) -> Option<Built<'a>> {
        self.left = self.left.saturating_sub(1);
        let end = match (self.fits, self.left) {
            (_, 0) => self.text.len(),
            (true, _) => self.at + mark.bytes.or_zero() as usize,
            (false, _) => self.at,
        };
        let text = self.piece(end);
        let refusal = if self.left == 0 {
            self.refusal.take()
        } else {
            None
        };
        let parts: Vec<_> = (!text.is_empty())
            .then(|| output_text(text))
            .into_iter()
            .chain(refusal.map(refused))
            .collect();
        (!parts.is_empty()).then(|| Built {
            phase: mark.phase,
            ..said("assistant", Content::Parts(parts))
        })
    }

    fn piece(&mut self, end: usize) -> Cow<'a, str> {
        let start = std::mem::replace(&mut self.at, end);
        match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(start..end).unwrap_or_default().to_string()),
        }
    }
}

/// The blocks of a message that this provider and model may see again.
pub(super) fn own_blocks<'a>(
    message: &'a Message,
    target: &Target<'_>,
) -> Vec<(&'a Json, Block<'a>)> {
    let kind = target.config.kind.profile().id;
    message
        .provider_state
        .iter()
        .filter(|state| state.provider == kind && state.model == target.model)
        .flat_map(|state| &state.blocks)
        .map(|raw| (raw, json::from_str(raw.text()).unwrap_or_default()))
        .collect()
}

/// A message of a role.
pub(super) fn said<'a>(role: &'static str, content: Content<'a>) -> Built<'a> {
    Built {
        role: Some(role),
        content: Some(content),
        ..Built::default()
    }
}

fn output_text(text: Cow<'_, str>) -> Part<'_> {
    Part {
        r#type: "output_text",
        text: Some(text),
        ..Part::default()
    }
}

fn refused(refusal: &str) -> Part<'_> {
    Part {
        r#type: "refusal",
        refusal: Some(refusal),
        ..Part::default()
    }
}
