//! What messages hold, as both endpoints write it: a string or a list of parts.

use std::borrow::Cow;

use super::encoder::Encoder;
use crate::chat::{
    CacheHint, Content, ContentPart, FilePart, ImageUrl, InputAudio, Message, PartKind, ToolCall,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::provider::images::DataUrl;
use crate::provider::unplaced::NO_FIELD;
use crate::text;

/// Writes a part, all but the end of its object.
pub(super) type WritePart = fn(&mut Encoder<'_>, &PartKind, Place) -> Result<()>;

/// Where a part stands: the index of its message, and its own.
#[derive(Clone, Copy)]
pub(super) struct Place(pub(super) usize, pub(super) usize);

impl Place {
    /// A part that cannot be said in this dialect.
    #[inline(never)]
    pub(super) fn unsupported(self, problem: &str, hint: &str) -> Error {
        let Self(message, part) = self;
        let problem = format!("messages[{message}].content[{part}]: {problem}");
        Error::new(ErrorKind::Unsupported, problem).hint(hint)
    }
}

/// Refuses parts where only text can stand.
///
/// # Errors
/// `unsupported`, naming the place.
pub(super) fn text_only(message: &Message, at: usize) -> Result<()> {
    let parts = message.content.parts();
    let other = parts.iter().position(|part| part.as_text().is_none());
    let Some(part) = other else {
        return Ok(());
    };
    let role = message.role.as_str();
    let problem = format!("the {role} message takes text only");
    Err(Place(at, part).unsupported(&problem, "send the part in a user message"))
}

impl Encoder<'_> {
    /// The id of the call a result answers; that it failed its text has to say.
    pub(super) fn answered(&mut self, key: &str, message: &Message, at: usize, most: usize) {
        let id = message.tool_call_id.as_deref().unwrap_or_default();
        self.out.text(key, &self.call_id(id, most));
        if message.is_error == Some(true) {
            let field = format!("messages[{at}].is_error");
            self.warn(
                &field,
                "the API has no such field; sent the text alone".into(),
            );
        }
    }

    /// The id of a call as this server takes it.
    pub(super) fn call_id<'i>(&self, id: &'i str, most: usize) -> Cow<'i, str> {
        let preset = self.target.config.preset;
        match preset.and_then(|preset| preset.call_id_length) {
            Some(length) if !fits(id, length) => Cow::Owned(renamed(id, length)),
            _ => Cow::Borrowed(call_id(id, most)),
        }
    }

    /// Writes the content of a message: text as a string, unless a prefix ends
    /// behind it that is worth caching.
    ///
    /// # Errors
    /// Those of `part`.
    pub(super) fn content(&mut self, message: &Message, at: usize, part: WritePart) -> Result<()> {
        let single;
        let parts: &[ContentPart] = match &message.content {
            Content::Text(text) if message.cache.is_some() && self.steers_cache() => {
                single = [ContentPart::text(text.as_str())];
                &single
            }
            content if content.parts().is_empty() => {
                self.out.string(&content.joined(""));
                return Ok(());
            }
            content => content.parts(),
        };
        self.out.begin_list();
        for (index, item) in parts.iter().enumerate() {
            let whole = message.cache.filter(|_| index + 1 == parts.len());
            part(self, &item.kind, Place(at, index))?;
            self.end_part(item.cache.or(whole));
        }
        self.out.end_list();
        Ok(())
    }

    /// Ends a part, with the mark of a prefix that ends with it.
    pub(super) fn end_part(&mut self, hint: Option<CacheHint>) {
        self.breakpoint(hint);
        self.out.end_object();
    }

    /// The level of detail of an image: only newer models keep its size.
    pub(super) fn detail<'i>(&mut self, image: &'i ImageUrl, Place(at, part): Place) -> &'i str {
        match image.detail.as_deref() {
            Some("original") if self.official && self.version < 504 => {
                let field = format!("messages[{at}].content[{part}].image_url.detail");
                let message = format!("{} takes no `original`; sent `high`", self.target.model);
                self.warn(&field, message);
                "high"
            }
            detail => detail.unwrap_or("auto"),
        }
    }

    /// Refuses an image nobody would see.
    ///
    /// # Errors
    /// `unsupported`, naming the place.
    pub(super) fn sees(&self, image: &ImageUrl, place: Place) -> Result<()> {
        if self.lacks(Model::images) {
            let problem = format!("{} does not see images", self.target.model);
            return Err(place.unsupported(&problem, "choose a model with images, or send text"));
        }
        if image.url.starts_with("gs://") {
            let problem = "images on Google's storage cannot be read here";
            return Err(place.unsupported(problem, "give an https address or a data URL"));
        }
        Ok(())
    }

    /// Refuses a sound nobody would hear: the table holds no model that listens.
    ///
    /// # Errors
    /// `unsupported`, naming the place.
    pub(super) fn hears(&self, audio: &InputAudio, place: Place) -> Result<()> {
        let model = self.target.model;
        if self.official && self.target.known.is_some() && !text::has(model, "audio") {
            let problem = format!("{model} does not hear");
            return Err(place.unsupported(&problem, "choose a model with audio, or send text"));
        }
        if self.official && !matches!(&*audio.format, "wav" | "mp3") {
            let problem = format!("`{}` is not `wav` or `mp3`", audio.format);
            return Err(place.unsupported(&problem, "convert the sound"));
        }
        Ok(())
    }

    /// The name and data of a file; data needs a name, whose ending is the media type's.
    pub(super) fn file(&mut self, file: &FilePart, Place(at, part): Place) {
        if file.citations == Some(true) {
            let field = format!("messages[{at}].content[{part}].file.citations");
            self.warn(&field, NO_FIELD.into());
        }
        let Some(data) = &file.file_data else {
            return;
        };
        match &file.filename {
            Some(name) => self.out.text("filename", name),
            None => self.out.text("filename", &filename(data)),
        }
        self.out.text("file_data", data);
    }
}

/// The id of a call, where longer ones than `most` are refused (400, `string too
/// long`). The end of one is what tells calls apart.
pub(super) fn call_id(id: &str, most: usize) -> &str {
    let from = id.len().saturating_sub(most);
    id.get(from..).unwrap_or(id)
}

fn fits(id: &str, length: usize) -> bool {
    id.len() == length && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Letters and digits in the place of an id, the same for the same one (FNV-1a).
fn renamed(id: &str, length: usize) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    let digit = |at: usize| DIGITS.get((hash >> (5 * at % 60)) as usize & 31);
    (0..length)
        .filter_map(|at| digit(at).map(|digit| char::from(*digit)))
        .collect()
}

/// The arguments of a call as they may be sent.
pub(super) fn arguments(call: &ToolCall) -> &str {
    match call.function.arguments.trim() {
        "" => "{}",
        text => text,
    }
}

fn filename(data: &str) -> String {
    let media_type = DataUrl::parse(data).map_or("pdf", |url| url.media_type);
    text::concat(&["file.", text::after_last(media_type, b'/')])
}
