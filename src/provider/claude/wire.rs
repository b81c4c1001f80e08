//! The JSON of the Messages API: blocks as they are written, fields as they are read.

use super::block::Kind;
use super::cache;
use crate::chat::CacheHint;
use crate::error::Result;
use crate::json::{Raw, Writer};
use crate::provider::pick;
use std::borrow::Cow;

/// Where in the body a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// `tools`
    Tool,
    /// `system`
    System,
    /// A turn of the user.
    User,
    /// A turn of the model.
    Assistant,
    /// A turn of the system, on models that take one.
    Later,
}

impl Section {
    /// The role of a turn.
    pub(super) fn role(self) -> Option<&'static str> {
        match self {
            Self::User => Some("user"),
            Self::Assistant => Some("assistant"),
            Self::Later => Some("system"),
            Self::Tool | Self::System => None,
        }
    }
}

/// How a block of text begins, up to its text.
const TEXT: &str = r#"{"type":"text","text":"#;

/// A content block, or a tool, as it is written.
pub(super) struct Block {
    pub(super) section: Section,
    pub(super) kind: Kind,
    /// The object without its closing brace, which the mark may precede.
    pub(super) json: String,
    /// Whether it is one of an earlier answer.
    pub(super) is_raw: bool,
    pub(super) cache: Option<CacheHint>,
}

impl Block {
    /// The JSON of its text, if it is a text of ours.
    pub(super) fn text(&self) -> Option<&str> {
        self.json.strip_prefix(TEXT).filter(|_| !self.is_raw)
    }

    fn write(&self, writer: &mut Writer) {
        writer.raw(&self.json);
        if let Some(hint) = self.cache {
            cache::write(writer, hint);
        }
        writer.end_object();
    }
}

/// Begins a block of a type.
pub(super) fn begin(r#type: &str) -> Writer {
    let mut writer = Writer::default();
    writer.begin_object();
    writer.text("type", r#type);
    writer
}

/// Writes content blocks; a lone plain text is written as a string.
#[inline(never)]
pub(super) fn content(writer: &mut Writer, blocks: &[Block]) {
    if let [lone] = blocks
        && let Some(text) = lone.text().filter(|_| lone.cache.is_none())
    {
        return writer.raw(text);
    }
    list(writer, blocks);
}

/// Writes blocks, or tools.
pub(super) fn list(writer: &mut Writer, blocks: &[Block]) {
    writer.begin_list();
    for block in blocks {
        block.write(writer);
    }
    writer.end_list();
}

// ---- what we read ---------------------------------------------------------

/// A field of an object; absent from what is no JSON.
#[inline(never)]
pub(super) fn get<'a>(object: &'a str, key: &str) -> Raw<'a> {
    let [value] = pick::pick(object, [key]).unwrap_or_default();
    value
}

/// A field that is a string; empty where it is not.
#[inline(never)]
pub(super) fn string<'a>(object: &'a str, key: &str) -> Cow<'a, str> {
    pick::text(get(object, key))
}

/// A field that is a string, and not an empty one.
#[inline(never)]
pub(super) fn non_empty(object: &str, key: &str) -> Option<String> {
    let text = string(object, key);
    (!text.is_empty()).then(|| text.into_owned())
}

/// A field that is a count, or what is known of it.
#[inline(never)]
pub(super) fn count(object: &str, key: &str, known: u64) -> u64 {
    pick::count(get(object, key)).unwrap_or(known)
}

/// Refuses what is no JSON.
#[inline(never)]
pub(super) fn readable(object: &str) -> Result<()> {
    pick::pick(object, []).map(|[]| ())
}
