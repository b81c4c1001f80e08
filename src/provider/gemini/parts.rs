//! What stands in a message, as parts: text, and files inside or by address
//! (wire reference, Gemini §2 "Images").

use super::encode::Encoder;
use super::is_vertex;
use super::traits::fetches;
use crate::chat::{ContentPart, PartKind};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::images::{DataUrl, extension_type};

impl Encoder<'_> {
    /// One part; `index` says where it stands in its message.
    pub(super) fn part(&mut self, part: &ContentPart, index: usize) -> Result<()> {
        if let Some(text) = part.as_text() {
            self.writer.begin_object();
            self.writer.field("text", &text);
            self.writer.end_object();
            return Ok(());
        }
        if self.target.known.is_some_and(|model| !model.images()) {
            return Err(self
                .unsupported(index, "take images or other files")
                .hint("choose a model with images, or send text"));
        }
        let (source, usual_type) = match &part.kind {
            PartKind::Text(_) => return Ok(()),
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
        // Data travels inside the request; an address is fetched by the provider.
        let source = source.map_or("", String::as_str);
        if let Some(url) = DataUrl::parse(source) {
            self.inline_data(url.media_type, url.base64);
            return Ok(());
        }
        let is_vertex = is_vertex(self.target.config);
        let own = is_own(source);
        // A bucket is read by Vertex AI alone, an uploaded file by the other API.
        if source.starts_with(if is_vertex { FILES } else { BUCKET }) {
            return Err(match is_vertex {
                true => self
                    .unsupported(index, "read the Files API from Vertex AI")
                    .hint("put the file into a bucket (`gs://`), or send it as a data URL"),
                false => self
                    .unsupported(index, "read buckets (`gs://`) outside Vertex AI")
                    .hint("upload the file to the Files API, or send it as a data URL"),
            });
        }
        if !fetches(self.target) && !own {
            return Err(self
                .unsupported(index, "fetch addresses")
                .hint("send the file as a data URL, or choose a newer model"));
        }
        // The provider knows the type of its own files, but Vertex AI has to be told.
        let told = !own || source.starts_with(BUCKET);
        let mime_type = extension_type(source).or_else(|| told.then_some(usual_type));
        self.file_data(source, mime_type);
        Ok(())
    }

    pub(super) fn unsupported(&self, index: usize, what: &str) -> Error {
        let (at, model) = (self.at, self.target.model);
        let message = format!("messages[{at}].content[{index}]: {model} does not {what}");
        Error::new(ErrorKind::Unsupported, message)
    }

    fn inline_data(&mut self, mime_type: &str, data: &str) {
        let writer = &mut self.writer;
        writer.begin_object();
        writer.begin_object_at("inlineData");
        writer.field("mimeType", &mime_type);
        writer.field("data", &data);
        writer.end_object();
        writer.end_object();
    }

    fn file_data(&mut self, uri: &str, mime_type: Option<&str>) {
        let writer = &mut self.writer;
        writer.begin_object();
        writer.begin_object_at("fileData");
        writer.field("fileUri", &uri);
        writer.field("mimeType", &mime_type);
        writer.end_object();
        writer.end_object();
    }
}

/// Whether an address is the provider's own. Buckets and uploaded files are never fetched here.
pub(super) fn is_own(address: &str) -> bool {
    OWN.iter().any(|start| address.starts_with(start))
}

/// Uploaded files.
const FILES: &str = "https://generativelanguage.googleapis.com/";
/// Files in the cloud's store.
const BUCKET: &str = "gs://";

/// Uploaded files and videos the provider holds itself.
static OWN: &[&str] = &[
    FILES,
    BUCKET,
    "https://www.youtube.com/",
    "https://youtube.com/",
    "https://youtu.be/",
];
