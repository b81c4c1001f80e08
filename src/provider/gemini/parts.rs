//! What stands in a message, as parts: text, and files inside or by address
//! (wire reference, Gemini §2 "Images").

use super::encode::Encoder;
use super::traits::GEMINI_2_5;
use crate::chat::{ContentPart, PartKind};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::images::DataUrl;

impl Encoder<'_> {
    /// One part; `at` and `index` say where it stands in the request.
    pub(super) fn part(&mut self, part: &ContentPart, at: usize, index: usize) -> Result<()> {
        let (source, usual_type) = match &part.kind {
            PartKind::Text(text) => {
                self.writer.begin_object();
                self.writer.field("text", text);
                self.writer.end_object();
                return Ok(());
            }
            PartKind::Audio(audio) => {
                self.inline_data(&format!("audio/{}", audio.format), &audio.data);
                return Ok(());
            }
            PartKind::Image(image) => (Some(&image.url), "image/jpeg"),
            PartKind::File(file) => (
                file.file_data.as_ref().or(file.url.as_ref()),
                "application/pdf",
            ),
        };
        let known = self.target.known;
        if matches!(part.kind, PartKind::Image(_)) && known.is_some_and(|model| !model.images()) {
            return Err(self
                .unsupported(at, index, "see images")
                .hint("choose a model with images, or send text"));
        }
        // Data travels inside the request; an address is fetched by the provider.
        let source = source.map_or("", String::as_str);
        if let Some(url) = DataUrl::parse(source) {
            self.inline_data(url.media_type, url.base64);
            return Ok(());
        }
        let own = OWN.iter().any(|start| source.starts_with(start));
        if self.before(GEMINI_2_5) && !own {
            return Err(self
                .unsupported(at, index, "fetch addresses")
                .hint("send the file as a data URL, or choose a newer model"));
        }
        // The provider knows the type of its own files.
        let mime_type = media_type(source).or_else(|| (!own).then_some(usual_type));
        self.file_data(source, mime_type);
        Ok(())
    }

    fn unsupported(&self, at: usize, index: usize, what: &str) -> Error {
        let model = self.target.model;
        let message = format!("messages[{at}].content[{index}]: {model} does not {what}");
        Error::new(ErrorKind::Unsupported, message)
    }

    fn inline_data(&mut self, mime_type: &str, data: &str) {
        let writer = &mut self.writer;
        writer.begin_object();
        writer.key("inlineData");
        writer.begin_object();
        writer.field("mimeType", &mime_type);
        writer.field("data", &data);
        writer.end_object();
        writer.end_object();
    }

    fn file_data(&mut self, uri: &str, mime_type: Option<&str>) {
        let writer = &mut self.writer;
        writer.begin_object();
        writer.key("fileData");
        writer.begin_object();
        writer.field("fileUri", &uri);
        writer.field("mimeType", &mime_type);
        writer.end_object();
        writer.end_object();
    }
}

/// Uploaded files and videos the provider holds itself.
static OWN: &[&str] = &[
    "https://generativelanguage.googleapis.com/",
    "https://www.youtube.com/",
    "https://youtube.com/",
    "https://youtu.be/",
    "gs://",
];

/// The types addresses end in.
static TYPES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("gif", "image/gif"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("md", "text/markdown"),
    ("json", "application/json"),
    ("mp3", "audio/mp3"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
];

fn media_type(url: &str) -> Option<&'static str> {
    let end = url.bytes().position(|byte| byte == b'?' || byte == b'#');
    let path = url.get(..end.unwrap_or(url.len()))?;
    let (_, extension) = crate::text::rsplit_once(path, b'.')?;
    let known = TYPES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(extension));
    known.map(|(_, media_type)| *media_type)
}
