//! Taking an assistant message apart again, as `provider_state` remembers it.
//!
//! The blocks hold items as received, and marks where text and calls stood
//! between them; text and calls themselves are in the message.

use crate::chat::Message;
use crate::json::{Json, Raw};
use crate::provider::Target;
use crate::provider::pick::{count, pick, text};

/// A block of `provider_state`: an item as received, or what stands for one
/// whose content is in the message itself and keeps what has no place there.
#[derive(Default)]
pub(super) struct Block<'a> {
    pub(super) kind: Raw<'a>,
    /// Of a message: how much of the joined text is its own.
    pub(super) bytes: u64,
    /// Of a call: which one.
    pub(super) call_id: Raw<'a>,
    pub(super) encrypted_content: Raw<'a>,
    pub(super) phase: Raw<'a>,
    pub(super) namespace: Raw<'a>,
    pub(super) caller: Raw<'a>,
}

impl<'a> Block<'a> {
    pub(super) fn read(block: &'a Json) -> Self {
        let keys = [
            "type",
            "bytes",
            "call_id",
            "encrypted_content",
            "phase",
            "namespace",
            "caller",
        ];
        let [
            kind,
            bytes,
            call_id,
            encrypted_content,
            phase,
            namespace,
            caller,
        ] = pick(block.text(), keys).unwrap_or_default();
        Self {
            kind,
            bytes: count(bytes).unwrap_or(0),
            call_id,
            encrypted_content,
            phase,
            namespace,
            caller,
        }
    }
}

/// The blocks of a message that this provider and model may see again.
pub(super) fn own_blocks<'a>(message: &'a Message, target: &Target<'_>) -> &'a [Json] {
    match &message.provider_state {
        Some(state)
            if state.provider == target.config.kind.profile().id && state.model == target.model =>
        {
            &state.blocks
        }
        _ => &[],
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
            let block = Block::read(block);
            if text(block.kind) == "message" {
                bytes = bytes.saturating_add(block.bytes);
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
    pub(super) fn next(&mut self, mark: &Block<'_>) -> (&'a str, Option<&'a str>) {
        self.left = self.left.saturating_sub(1);
        let start = self.at;
        if self.left == 0 {
            self.at = self.text.len();
        } else if self.fits {
            self.at += mark.bytes as usize;
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
