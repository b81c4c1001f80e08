//! What stands in a message, as parts: text, and files inside or by address
//! (wire reference, Gemini §2 "Images").

use std::borrow::Cow;

use super::traits;
use super::wire::{Blob, FileData, OurPart, Part};
use crate::chat::{Content, ContentPart, ImageUrl, Message, PartKind};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Target;
use crate::provider::images::DataUrl;

/// The text of a content, its parts on lines of their own.
pub(super) fn text_of(content: &Content) -> Cow<'_, str> {
    match content {
        Content::Text(text) => Cow::Borrowed(text),
        content => Cow::Owned(content.joined("\n")),
    }
}

/// The parts of a user message; a blank one where there is nothing, since an empty turn is refused.
pub(super) fn parts<'a>(
    content: &'a Content,
    target: &Target<'_>,
    at: usize,
) -> Result<Vec<Part<'a>>> {
    let mut parts = match content {
        Content::Text(text) => vec![Part::text(text.as_str())],
        Content::Parts(parts) => parts
            .iter()
            .enumerate()
            .map(|(index, part)| part_of(part, target, &format!("messages[{at}].content[{index}]")))
            .collect::<Result<_>>()?,
    };
    parts.retain(|part| !matches!(part, Part::Ours(part) if part.text.as_deref() == Some("")));
    if parts.is_empty() {
        parts.push(Part::text(" "));
    }
    Ok(parts)
}

/// What a tool's result holds besides text.
pub(super) fn files<'a>(
    message: &'a Message,
    target: &Target<'_>,
    at: usize,
) -> Result<Vec<Part<'a>>> {
    let Content::Parts(parts) = &message.content else {
        return Ok(Vec::new());
    };
    parts
        .iter()
        .enumerate()
        .filter(|(_, part)| part.as_text().is_none())
        .map(|(index, part)| part_of(part, target, &format!("messages[{at}].content[{index}]")))
        .collect()
}

fn part_of<'a>(part: &'a ContentPart, target: &Target<'_>, field: &str) -> Result<Part<'a>> {
    match &part.kind {
        PartKind::Text(text) => Ok(Part::text(text.as_str())),
        PartKind::Image(image) => image_part(image, target, field),
        PartKind::Audio(audio) => Ok(inline(Blob {
            mime_type: Cow::Owned(format!("audio/{}", audio.format)),
            data: &audio.data,
        })),
        PartKind::File(file) => {
            let source = file.file_data.as_deref().or(file.url.as_deref());
            by_source(source.unwrap_or_default(), "application/pdf", target, field)
        }
    }
}

fn image_part<'a>(image: &'a ImageUrl, target: &Target<'_>, field: &str) -> Result<Part<'a>> {
    if target.known.is_some_and(|model| !model.images()) {
        let message = format!("{field}: {} does not see images", target.model);
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("choose a model with images, or send text"));
    }
    by_source(&image.url, "image/jpeg", target, field)
}

/// Data travels inside the request; an address is fetched by the provider.
fn by_source<'a>(
    source: &'a str,
    usual_type: &'static str,
    target: &Target<'_>,
    field: &str,
) -> Result<Part<'a>> {
    if let Some(url) = DataUrl::parse(source) {
        return Ok(inline(Blob {
            mime_type: Cow::Borrowed(url.media_type),
            data: url.base64,
        }));
    }
    let own = is_own(source);
    if traits::before(target, (2, 5)) && !own {
        let message = format!("{field}: {} does not fetch addresses", target.model);
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("send the file as a data URL, or choose a newer model"));
    }
    // The provider knows the type of its own files.
    let mime_type = media_type(source).or_else(|| (!own).then_some(usual_type));
    Ok(Part::Ours(OurPart {
        file_data: Some(FileData {
            file_uri: source,
            mime_type,
        }),
        ..OurPart::default()
    }))
}

fn inline(blob: Blob<'_>) -> Part<'_> {
    Part::Ours(OurPart {
        inline_data: Some(blob),
        ..OurPart::default()
    })
}

/// Uploaded files and videos the provider holds itself.
fn is_own(url: &str) -> bool {
    [
        "https://generativelanguage.googleapis.com/",
        "https://www.youtube.com/",
        "https://youtube.com/",
        "https://youtu.be/",
        "gs://",
    ]
    .iter()
    .any(|start| url.starts_with(start))
}

/// The type an address ends in.
fn media_type(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "html" => "text/html",
        "csv" => "text/csv",
        "md" => "text/markdown",
        "json" => "application/json",
        "mp3" => "audio/mp3",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        _ => return None,
    })
}
