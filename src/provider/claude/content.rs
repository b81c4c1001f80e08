//! Parts of messages as content blocks: text, images, documents, tool results.

use std::borrow::Cow;

use super::cache;
use super::encode::text;
use super::wire::{Block, Blocks, OurBlock, Source};
use crate::chat::{self, CacheHint, Content, ContentPart, FilePart, ImageUrl, PartKind, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Target;
use crate::provider::images::DataUrl;

/// The blocks of a message's content. Empty text is refused by the API and left out.
pub(super) fn blocks<'a>(
    content: &'a Content,
    at: usize,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Block<'a>>> {
    let parts = match content {
        Content::Text(whole) if whole.is_empty() => return Ok(Vec::new()),
        Content::Text(whole) => return Ok(vec![text(whole)]),
        Content::Parts(parts) => parts,
    };
    let mut blocks = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        if part.as_text() == Some("") {
            continue;
        }
        let field = format!("messages[{at}].content[{index}]");
        blocks.push(self::part(part, &field, target, warnings)?);
    }
    Ok(blocks)
}

/// The answer of a tool.
pub(super) fn result<'a>(
    message: &'a chat::Message,
    at: usize,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Block<'a>> {
    let content = Blocks(blocks(&message.content, at, target, warnings)?);
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    Ok(ours(OurBlock {
        r#type: "tool_result",
        tool_use_id: Some(clean_id(id)),
        content: (!content.0.is_empty()).then_some(content),
        is_error: message.is_error.filter(|failed| *failed),
        ..OurBlock::default()
    }))
}

/// Ids of other providers may hold what `^[a-zA-Z0-9_-]+$` does not. Calls and
/// results are cleaned alike, and different ids stay different.
pub(super) fn clean_id(id: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.chars().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let clean = |c: char| match is_plain(c) {
        true => c.to_string(),
        false => format!("_{:x}", u32::from(c)),
    };
    let cleaned: String = id.chars().map(clean).collect();
    Cow::Owned(if id.is_empty() {
        "call".into()
    } else {
        cleaned
    })
}

/// Ends a cached prefix with the last block that can carry a mark.
pub(super) fn mark_last(blocks: &mut [Block<'_>], hint: Option<CacheHint>) {
    let last = blocks.iter_mut().rev().find_map(|block| match block {
        Block::Ours(block) => Some(block),
        Block::Raw(_) => None,
    });
    if let (Some(block), Some(hint)) = (last, hint) {
        block.cache_control = Some(cache::mark(hint));
    }
}

pub(super) fn ours(block: OurBlock<'_>) -> Block<'_> {
    Block::Ours(Box::new(block))
}

fn part<'a>(
    part: &'a ContentPart,
    field: &str,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Block<'a>> {
    let mut block = match &part.kind {
        PartKind::Text(part) => text(part),
        PartKind::Image(image) => ours(self::image(image, field, target, warnings)?),
        PartKind::File(file) => ours(self::file(file, field, target)?),
        PartKind::Audio(_) => {
            let problem = format!("{field}: {} does not hear audio", target.model);
            return Err(unsupported(problem, "send a transcript instead"));
        }
    };
    mark_last(std::slice::from_mut(&mut block), part.cache);
    Ok(block)
}

fn image<'a>(
    image: &'a ImageUrl,
    field: &str,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<OurBlock<'a>> {
    if image
        .detail
        .as_deref()
        .is_some_and(|detail| detail != "auto")
    {
        let message = format!("{} chooses the detail itself; sent without", target.model);
        warnings.push(Warning::field(
            &format!("{field}.image_url.detail"),
            message,
        ));
    }
    let source = match DataUrl::parse(&image.url) {
        Some(data) => image_data(data, field)?,
        None => by_url(&image.url, field)?,
    };
    picture(source, field, target)
}

fn picture<'a>(source: Source<'a>, field: &str, target: &Target<'_>) -> Result<OurBlock<'a>> {
    if target.known.is_some_and(|model| !model.images()) {
        let problem = format!("{field}: {} does not see images", target.model);
        return Err(unsupported(
            problem,
            "choose a model with images, or send text",
        ));
    }
    Ok(OurBlock {
        r#type: "image",
        source: Some(source),
        ..OurBlock::default()
    })
}

fn image_data<'a>(data: DataUrl<'a>, field: &str) -> Result<Source<'a>> {
    let media_type = match data.media_type {
        "image/jpg" => "image/jpeg",
        known @ ("image/jpeg" | "image/png" | "image/gif" | "image/webp") => known,
        other => {
            let problem = format!("{field}: `{other}` is no kind of image the provider takes");
            return Err(unsupported(problem, "send JPEG, PNG, GIF or WebP"));
        }
    };
    Ok(Source {
        r#type: "base64",
        media_type: Some(media_type),
        data: Some(Cow::Borrowed(data.base64)),
        url: None,
    })
}

fn by_url<'a>(url: &'a str, field: &str) -> Result<Source<'a>> {
    if !url.starts_with("https://") {
        let problem = format!("{field}: the provider fetches https addresses only");
        return Err(unsupported(problem, "send the data itself as a data URL"));
    }
    Ok(Source {
        r#type: "url",
        url: Some(url),
        ..Source::default()
    })
}

/// PDF and plain text are documents; an image sent as a file is an image.
fn file<'a>(file: &'a FilePart, field: &str, target: &Target<'_>) -> Result<OurBlock<'a>> {
    let data = file.file_data.as_deref().and_then(DataUrl::parse);
    let source = match data {
        None => by_url(file.url.as_deref().unwrap_or_default(), field)?,
        Some(data) if data.media_type.starts_with("image/") => {
            return picture(image_data(data, field)?, field, target);
        }
        Some(data) if data.media_type == "application/pdf" => Source {
            r#type: "base64",
            media_type: Some(data.media_type),
            data: Some(Cow::Borrowed(data.base64)),
            url: None,
        },
        Some(data) => text_file(data, field)?,
    };
    Ok(OurBlock {
        r#type: "document",
        source: Some(source),
        title: file.filename.as_deref(),
        ..OurBlock::default()
    })
}

/// Text goes as text: whatever its exact type, the API knows only `text/plain`.
fn text_file<'a>(data: DataUrl<'_>, field: &str) -> Result<Source<'a>> {
    let is_text = data.media_type.starts_with("text/") || data.media_type == "application/json";
    let decoded = is_text.then(|| decode_base64(data.base64)).flatten();
    let Some(decoded) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        let problem = format!(
            "{field}: `{}` is no kind of file the provider takes",
            data.media_type
        );
        return Err(unsupported(problem, "send a PDF or UTF-8 text"));
    };
    Ok(Source {
        r#type: "text",
        media_type: Some("text/plain"),
        data: Some(Cow::Owned(decoded)),
        url: None,
    })
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

fn unsupported(problem: String, hint: &str) -> Error {
    Error::new(ErrorKind::Unsupported, problem).hint(hint)
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
