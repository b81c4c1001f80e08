//! Parts of messages as content blocks: text, images, documents, tool results.

use super::block::Kind;
use super::encode::Encoder;
use super::wire::{self, Block, Section};
use std::borrow::Cow;

use crate::chat::{CacheHint, Content, ContentPart, Message, PartKind};
use crate::error::{Error, ErrorKind, Result};
use crate::json::Writer;
use crate::provider::images::DataUrl;

impl Encoder<'_> {
    /// Adds a block of ours.
    #[inline(never)]
    pub(super) fn push(
        &mut self,
        section: Section,
        kind: Kind,
        json: Writer,
        cache: Option<CacheHint>,
    ) {
        self.insert(Block {
            section,
            kind,
            json: json.finish(),
            is_raw: false,
            cache,
        });
    }

    /// Adds a block. Tools stand before the system, both before all turns, and
    /// a later system message behind what the user said before and after it.
    #[inline(never)]
    pub(super) fn insert(&mut self, block: Block) {
        let goes_before = |other: &Block| match block.section {
            Section::User => other.section == Section::Later,
            section => section <= Section::System && other.section > section,
        };
        let mut at = self.blocks.len();
        while at > 0 && self.blocks.get(at - 1).is_some_and(goes_before) {
            at -= 1;
        }
        self.blocks.insert(at, block);
    }

    /// Adds a text. Empty text is refused by the API and left out.
    #[inline(never)]
    pub(super) fn text(&mut self, section: Section, text: &str, cache: Option<CacheHint>) {
        if !text.is_empty() {
            let mut json = wire::begin("text");
            json.text("text", text);
            self.push(section, Kind::Text, json, cache);
        }
    }

    /// The blocks of a message's content.
    #[inline(never)]
    pub(super) fn content(&mut self, content: &Content, section: Section) -> Result<()> {
        let parts = match content {
            Content::Text(whole) => {
                self.text(section, whole, None);
                return Ok(());
            }
            Content::Parts(parts) => parts,
        };
        for (index, part) in parts.iter().enumerate() {
            self.part = index;
            match part.as_text() {
                Some(text) => self.text(section, text, part.cache),
                None => {
                    let newer = super::version(self.target) != super::VERSION;
                    if newer && section == Section::Assistant {
                        let problem = "an assistant message holds text only in this version";
                        return Err(self.refused(problem, "put files into user messages"));
                    }
                    let json = self.media(part)?;
                    self.push(section, Kind::Server, json, part.cache);
                }
            }
        }
        Ok(())
    }

    /// Ends a cached prefix with the last block of a section that can carry a mark,
    /// if any came since there were `before`.
    pub(super) fn mark_last(&mut self, before: usize, section: Section, hint: Option<CacheHint>) {
        let came = self.blocks.len() > before;
        let can = |block: &&mut Block| block.section == section && !block.kind.is_reasoning();
        let last = self.blocks.iter_mut().rfind(can).filter(|_| came);
        if let (Some(block), Some(_)) = (last, hint) {
            block.cache = hint;
        }
    }

    /// The answer of a tool.
    pub(super) fn result(&mut self, message: &Message) -> Result<()> {
        let outer = std::mem::take(&mut self.blocks);
        self.content(&message.content, Section::User)?;
        let failed = message.is_error == Some(true);
        if failed && self.blocks.is_empty() {
            // An error without content is refused.
            self.text(Section::User, "error", None);
        }
        let inner = std::mem::replace(&mut self.blocks, outer);
        let mut json = wire::begin("tool_result");
        let id = message.tool_call_id.as_deref().unwrap_or_default();
        json.text("tool_use_id", &clean_id(id));
        if !inner.is_empty() {
            json.key("content");
            wire::content(&mut json, &inner);
        }
        if failed {
            json.field("is_error", &true);
        }
        self.push(Section::User, Kind::Server, json, message.cache);
        Ok(())
    }

    /// An image or document. An image sent as a file is an image.
    fn media(&mut self, part: &ContentPart) -> Result<Writer> {
        let model = self.target.model;
        let (data, url, title) = match &part.kind {
            PartKind::Image(image) => {
                if image.detail.as_ref().is_some_and(|detail| detail != "auto") {
                    let field = self.path("content", ".image_url.detail");
                    self.warn_model(&field, "chooses the detail itself; sent without");
                }
                (Some(&image.url), Some(&image.url), None)
            }
            PartKind::File(file) => {
                let title = file.filename.as_deref();
                (file.file_data.as_ref(), file.url.as_ref(), title)
            }
            PartKind::Audio(_) | PartKind::Text(_) => {
                let problem = format!("{model} does not hear audio");
                return Err(self.refused(&problem, "send a transcript instead"));
            }
        };
        let data = data.and_then(|data| DataUrl::parse(data));
        let is_image = matches!(part.kind, PartKind::Image(_))
            || data.is_some_and(|data| data.media_type.starts_with("image/"));
        let mut json = wire::begin(if is_image { "image" } else { "document" });
        json.begin_object_at("source");
        match data {
            Some(data) => self.source(data, is_image, &mut json)?,
            None => {
                let url = url.map_or("", |url| url);
                if !url.starts_with("https://") {
                    let problem = "the provider fetches https addresses only";
                    return Err(self.refused(problem, "send the data itself as a data URL"));
                }
                json.text("type", "url");
                json.text("url", url);
            }
        }
        json.end_object();
        if is_image && self.target.known.is_some_and(|model| !model.images()) {
            let problem = format!("{model} does not see images");
            return Err(self.refused(&problem, "choose a model with images, or send text"));
        }
        if let Some(title) = title.filter(|_| !is_image) {
            json.text("title", title);
        }
        if part.kind.is_cited() && is_image {
            let field = self.path("content", ".file.citations");
            self.warn(&field, "an image is not cited; sent without");
        } else if part.kind.is_cited() {
            json.key("citations");
            json.raw(r#"{"enabled":true}"#);
        }
        Ok(json)
    }

    /// The source of data in the message. Text goes as text: whatever its
    /// exact type, the API knows only `text/plain`.
    fn source(&self, data: DataUrl<'_>, is_image: bool, json: &mut Writer) -> Result<()> {
        let given = data.media_type;
        let mut base64 = Cow::Borrowed(data.base64);
        if base64.contains(|c: char| c.is_ascii_whitespace()) {
            base64.to_mut().retain(|c| !c.is_ascii_whitespace());
        }
        let decoded;
        let (r#type, media_type, content) = if is_image {
            let known = if given == "image/jpg" {
                "image/jpeg"
            } else {
                given
            };
            if !["image/jpeg", "image/png", "image/gif", "image/webp"].contains(&known) {
                let problem = format!("`{given}` is no kind of image the provider takes");
                return Err(self.refused(&problem, "send JPEG, PNG, GIF or WebP"));
            }
            ("base64", known, &*base64)
        } else if given == "application/pdf" {
            ("base64", given, &*base64)
        } else {
            let is_text = given.starts_with("text/") || given == "application/json";
            let bytes = is_text.then(|| decode_base64(&base64)).flatten();
            let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                let problem = format!("`{given}` is no kind of file the provider takes");
                return Err(self.refused(&problem, "send a PDF or UTF-8 text"));
            };
            decoded = text;
            ("text", "text/plain", decoded.as_str())
        };
        json.text("type", r#type);
        json.text("media_type", media_type);
        json.text("data", content);
        Ok(())
    }

    /// The error of a part that cannot be sent.
    #[inline(never)]
    fn refused(&self, problem: &str, hint: &str) -> Error {
        unsupported(self.path("content", &format!(": {problem}")), hint)
    }
}

/// The error for what the provider or model cannot do.
#[inline(never)]
pub(super) fn unsupported(problem: String, hint: &str) -> Error {
    Error::new(ErrorKind::Unsupported, problem).hint(hint)
}

/// Ids of other providers may hold what `^[a-zA-Z0-9_-]+$` does not. Calls and
/// results are cleaned alike, and different ids stay different.
#[inline(never)]
pub(super) fn clean_id(id: &str) -> String {
    if id.is_empty() {
        return "call".into();
    }
    let mut clean = String::with_capacity(id.len());
    for c in id.chars() {
        if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
            clean.push(c);
        } else {
            clean.push_str(&format!("_{:x}", u32::from(c)));
        }
    }
    clean
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for byte in text.bytes().take_while(|byte| *byte != b'=') {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_ids_become_plain_and_stay_different() {
        assert_eq!(clean_id("toolu_01-A"), "toolu_01-A");
        assert_eq!(clean_id("call.1/é"), "call_2e1_2f_e9");
        assert_ne!(clean_id("a.b"), clean_id("a:b"));
        assert_eq!(clean_id(""), "call");
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        for (text, expected) in [("aGk=", "hi"), ("aGk", "hi"), ("aMOp", "hé"), ("", "")] {
            assert_eq!(decode_base64(text).unwrap(), expected.as_bytes());
        }
        assert!(decode_base64("a!").is_none());
    }
}
