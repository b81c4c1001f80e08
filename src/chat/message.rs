//! Messages and their parts.

use super::ToolCall;
use crate::json::{Json, JsonError, Read, Reader, Write, Writer, fields, writes};

/// Who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Instructions.
    System,
    /// The person.
    #[default]
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

impl Role {
    /// The role's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

impl Write for Role {
    fn write(&self, writer: &mut Writer) {
        writer.string(self.as_str());
    }
}

impl<'a> Read<'a> for Role {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let roles = [
            ("system", Self::System),
            ("user", Self::User),
            ("assistant", Self::Assistant),
            ("tool", Self::Tool),
        ];
        // OpenAI's newer name for the same thing.
        word(
            reader,
            &[&roles[..], &[("developer", Self::System)]].concat(),
        )
    }
}

/// Reads one of a few words.
pub(super) fn word<'a, T: Copy>(
    reader: &mut Reader<'a>,
    words: &[(&str, T)],
) -> Result<T, JsonError> {
    let at = reader.position();
    let given = reader.string()?;
    let known = words
        .iter()
        .find(|(word, _)| *word == given)
        .map(|(_, value)| *value);
    let names = || {
        words
            .iter()
            .map(|(word, _)| *word)
            .collect::<Vec<_>>()
            .join("`, `")
    };
    known.ok_or_else(|| {
        JsonError::new(
            at,
            format!("unknown value `{given}`, expected one of `{}`", names()),
        )
    })
}

/// One message of a conversation.
///
/// The message of an answer can be pushed back into `messages` as it is: tool
/// calls and `provider_state` travel inside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// A string or a list of parts; `null` reads as `""`.
    pub content: Content,
    /// The speaker's or the tool's name.
    pub name: Option<String>,
    /// The tools the assistant asked for.
    pub tool_calls: Vec<ToolCall>,
    /// On a tool message: which call this answers.
    pub tool_call_id: Option<String>,
    /// On a tool message: the tool failed.
    pub is_error: Option<bool>,
    /// The model's readable reasoning; blocks are joined by a blank line.
    pub thinking: Option<String>,
    /// The model's refusal; `finish_reason` is then `content_filter`.
    pub refusal: Option<String>,
    /// Opaque state the same provider and model want back.
    pub provider_state: Option<ProviderState>,
    /// Marks the end of a prefix worth caching at the provider.
    pub cache: Option<CacheHint>,
}

fields!(strict Message ["role"] {
    role, content, name, tool_calls, tool_call_id, is_error, thinking, refusal, provider_state, cache,
});

writes!(Message {
    role, content, name, tool_calls?, tool_call_id, is_error, thinking, refusal, provider_state, cache,
});

impl Message {
    /// A message of plain text.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            content: Content::Text(text.into()),
            ..Self::default()
        }
    }
}

/// Opaque, ordered state of an assistant turn: signatures, encrypted reasoning,
/// blocks of server tools. Sent back only to the provider and model it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderState {
    /// The kind of provider it belongs to.
    pub provider: String,
    /// The model as requested (an answer often names a dated one).
    pub model: String,
    /// The provider's own blocks, in order.
    pub blocks: Vec<Json>,
}

/// Text, or parts of several kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Text, images, files and audio in order.
    Parts(Vec<ContentPart>),
}

impl Content {
    /// The text of all text parts, joined by `separator`.
    #[must_use]
    pub fn joined(&self, separator: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => parts
                .iter()
                .filter_map(ContentPart::as_text)
                .collect::<Vec<_>>()
                .join(separator),
        }
    }

    /// Whether there is neither text nor any part.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Parts(parts) => parts.is_empty(),
        }
    }

    /// The parts; a string counts as one text part.
    #[must_use]
    pub fn parts(&self) -> Vec<ContentPart> {
        match self {
            Self::Text(text) if text.is_empty() => Vec::new(),
            Self::Text(text) => vec![ContentPart::text(text)],
            Self::Parts(parts) => parts.clone(),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Write for Content {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => writer.string(text),
            Self::Parts(parts) => parts.write(writer),
        }
    }
}

impl<'a> Read<'a> for Content {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        match reader.peek() {
            Some(b'"') => reader.string().map(|text| Self::Text(text.into_owned())),
            Some(b'[') => Vec::read(reader).map(Self::Parts),
            Some(b'n') if reader.null() => Ok(Self::default()),
            _ => Err(reader.expected("a string or a list of content parts")),
        }
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct ContentPart {
    /// What it is.
    pub kind: PartKind,
    /// Marks the end of a prefix worth caching at the provider.
    pub cache: Option<CacheHint>,
}

/// The kinds of content.
#[derive(Clone, Debug, PartialEq)]
pub enum PartKind {
    /// Text.
    Text(String),
    /// An image.
    Image(ImageUrl),
    /// A document.
    File(FilePart),
    /// A sound.
    Audio(InputAudio),
}

impl ContentPart {
    /// A text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            kind: PartKind::Text(text.into()),
            cache: None,
        }
    }

    /// The text, when it is a text part.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            PartKind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// An image by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageUrl {
    /// An `https:` address or a `data:` URL.
    pub url: String,
    /// `auto`, `low`, `high` or `original`, where the provider knows it.
    pub detail: Option<String>,
}

/// A document by data or reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePart {
    /// Its name.
    pub filename: Option<String>,
    /// A `data:` URL.
    pub file_data: Option<String>,
    /// An `https:` address.
    pub url: Option<String>,
}

/// A sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputAudio {
    /// Base64.
    pub data: String,
    /// `wav` or `mp3`.
    pub format: String,
}

/// Where a cached prefix ends and how long it should live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheHint {
    /// How long.
    pub ttl: CacheTtl,
}

/// How long a provider should keep a prompt prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheTtl {
    /// Five minutes.
    #[default]
    FiveMinutes,
    /// One hour.
    OneHour,
}

fields!(strict ProviderState ["provider", "model", "blocks"] { provider, model, blocks });
fields!(strict FilePart [] { filename, file_data, url });
fields!(strict InputAudio ["data", "format"] { data, format });
fields!(strict CacheHint [] { ttl });

writes!(ProviderState {
    provider,
    model,
    blocks,
});
writes!(FilePart {
    filename,
    file_data,
    url,
});
writes!(InputAudio { data, format });
writes!(ImageUrl { url, detail });
writes!(CacheHint { ttl });

impl Write for CacheTtl {
    fn write(&self, writer: &mut Writer) {
        writer.string(match self {
            Self::FiveMinutes => "5m",
            Self::OneHour => "1h",
        });
    }
}

/// `image_url` is an object; a bare string is a common slip and harmless.
impl<'a> Read<'a> for ImageUrl {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        if reader.peek() == Some(b'"') {
            return Ok(Self {
                url: String::read(reader)?,
                detail: None,
            });
        }
        let RawImage { url, detail } = RawImage::read(reader)?;
        Ok(Self { url, detail })
    }
}

#[derive(Default)]
struct RawImage {
    url: String,
    detail: Option<String>,
}
fields!(strict RawImage ["url"] { url, detail });

impl<'a> Read<'a> for CacheTtl {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        word(reader, &[("5m", Self::FiveMinutes), ("1h", Self::OneHour)])
    }
}

/// A part as it stands in JSON.
#[derive(Clone, Default)]
struct RawPart {
    r#type: String,
    text: Option<String>,
    image_url: Option<ImageUrl>,
    file: Option<FilePart>,
    input_audio: Option<InputAudio>,
    cache: Option<CacheHint>,
}
fields!(strict RawPart ["type"] { r#type = "type", text, image_url, file, input_audio, cache });

writes!(RawPart { r#type = "type", text, image_url, file, input_audio, cache, });

impl Write for ContentPart {
    fn write(&self, writer: &mut Writer) {
        RawPart::from(self.clone()).write(writer);
    }
}

impl<'a> Read<'a> for ContentPart {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        Self::try_from(RawPart::read(reader)?).map_err(|problem| JsonError::new(at + 1, problem))
    }
}

impl TryFrom<RawPart> for ContentPart {
    type Error = String;

    fn try_from(raw: RawPart) -> Result<Self, String> {
        let kind = match raw.r#type.as_str() {
            "text" => raw.text.map(PartKind::Text),
            "image_url" => raw.image_url.map(PartKind::Image),
            "file" => raw.file.map(PartKind::File),
            "input_audio" => raw.input_audio.map(PartKind::Audio),
            other => {
                return Err(format!(
                    "unknown part type `{other}`, expected `text`, `image_url`, `file` or `input_audio`"
                ));
            }
        };
        let kind =
            kind.ok_or_else(|| format!("a part of type `{0}` needs the field `{0}`", raw.r#type))?;
        Ok(Self {
            kind,
            cache: raw.cache,
        })
    }
}

impl From<ContentPart> for RawPart {
    fn from(part: ContentPart) -> Self {
        let raw = match part.kind {
            PartKind::Text(text) => Self {
                r#type: "text".into(),
                text: Some(text),
                ..Self::default()
            },
            PartKind::Image(image) => Self {
                r#type: "image_url".into(),
                image_url: Some(image),
                ..Self::default()
            },
            PartKind::File(file) => Self {
                r#type: "file".into(),
                file: Some(file),
                ..Self::default()
            },
            PartKind::Audio(audio) => Self {
                r#type: "input_audio".into(),
                input_audio: Some(audio),
                ..Self::default()
            },
        };
        Self {
            cache: part.cache,
            ..raw
        }
    }
}
