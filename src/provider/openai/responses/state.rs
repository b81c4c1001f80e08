//! Taking an assistant message apart again, as `provider_state` remembers it.
//!
//! The blocks hold items as received, and marks where text and calls stood
//! between them; text and calls themselves are in the message.

use crate::json::Json;
use crate::provider::pick::{count, picks, string};

picks! {
    /// An item of the output, or a block of `provider_state`: an item as received,
    /// or what stands for one whose content is in the message itself. Lists stay
    /// raw: items of other types use the same names for other things.
    Item {
        kind = "type",
        status = "status",
        call_id = "call_id",
        name = "name",
        arguments = "arguments",
        content = "content",
        summary = "summary",
        encrypted_content = "encrypted_content",
        phase = "phase",
        namespace = "namespace",
        caller = "caller",
        /// Of a message's block: how much of the joined text is its own.
        bytes = "bytes",
    }
}

impl<'a> Item<'a> {
    /// A block that was kept; whatever else stands there tells nothing.
    pub(super) fn of_block(block: &'a Json) -> Self {
        Self::read(block.text()).unwrap_or_default()
    }
}

/// The text of an assistant message, handed out piece by piece.
pub(super) struct Said<'a> {
    text: &'a str,
    refusal: Option<&'a str>,
    /// How many marks are left, and whether they still fit the text.
    left: usize,
    fits: bool,
    at: usize,
}

impl<'a> Said<'a> {
    /// The text and refusal of a message with these blocks.
    pub(super) fn new(whole: &'a str, refusal: Option<&'a str>, blocks: &[Json]) -> Self {
        let (mut bytes, mut left) = (0_u64, 0);
        for block in blocks {
            let block = Item::of_block(block);
            if string(block.kind) == "message" {
                bytes = bytes.saturating_add(count(block.bytes).unwrap_or(0));
                left += 1;
            }
        }
        Self {
            // A text changed since cannot be taken apart again.
            fits: bytes == whole.len() as u64,
            left,
            text: whole,
            refusal,
            at: 0,
        }
    }

    /// The text and refusal of the next mark, or what no mark has claimed.
    pub(super) fn next(&mut self, mark: &Item<'_>) -> (&'a str, Option<&'a str>) {
        self.left = self.left.saturating_sub(1);
        let start = self.at;
        if self.left == 0 {
            self.at = self.text.len();
        } else if self.fits {
            self.at += count(mark.bytes).unwrap_or(0) as usize;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let refusal = if self.left == 0 {
            self.refusal.take()
        } else {
            None
        };
        (text, refusal)
    }
}
