//! Messages and their parts.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::ToolCall;
use crate::json::{self, Json};

/// Who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// One message of a conversation.
///
/// The message of an answer can be pushed back into `messages` as it is: tool
/// calls and `provider_state` travel inside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// A string or a list of parts; `null` reads as `""`.
    #[serde(default)]
    pub content: Content,
    /// The speaker's or the tool's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tools the assistant asked for.
    #[serde(
        default,
        deserialize_with = "json::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub tool_calls: Vec<ToolCall>,
    /// On a tool message: which call this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// On a tool message: the tool failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_error: Option<bool>,
    /// The model's readable reasoning; blocks are joined by a blank line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// The model's refusal; `finish_reason` is then `content_filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Opaque state the same provider and model want back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_state: Option<ProviderState>,
    /// Marks the end of a prefix worth caching at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheHint>,
}

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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderState {
    /// The kind of provider it belongs to.
    pub provider: String,
    /// The model as requested (an answer often names a dated one).
    pub model: String,
    /// The provider's own blocks, in order.
    pub blocks: Vec<Json>,
}

/// Text, or parts of several kinds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
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

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct StringOrParts;
        impl<'de> Visitor<'de> for StringOrParts {
            type Value = Content;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of content parts")
            }
            fn visit_str<E>(self, text: &str) -> Result<Content, E> {
                Ok(Content::Text(text.to_string()))
            }
            fn visit_unit<E>(self) -> Result<Content, E> {
                Ok(Content::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = seq.next_element()? {
                    parts.push(part);
                }
                Ok(Content::Parts(parts))
            }
        }
        reader.deserialize_any(StringOrParts)
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawPart", into = "RawPart")]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageUrl {
    /// An `https:` address or a `data:` URL.
    pub url: String,
    /// `auto`, `low`, `high` or `original`, where the provider knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A document by data or reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// A `data:` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_data: Option<String>,
    /// An `https:` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputAudio {
    /// Base64.
    pub data: String,
    /// `wav` or `mp3`.
    pub format: String,
}

/// Where a cached prefix ends and how long it should live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheHint {
    /// How long.
    #[serde(default)]
    pub ttl: CacheTtl,
}

/// How long a provider should keep a prompt prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CacheTtl {
    /// Five minutes.
    #[default]
    #[serde(rename = "5m")]
    FiveMinutes,
    /// One hour.
    #[serde(rename = "1h")]
    OneHour,
}

/// A part as it stands in JSON. Flat, since serde's tagged enums lose the
/// position of an error.
#[derive(Clone, Default, Serialize, Deserialize)]
struct RawPart {
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image_url: Option<ImageUrlOrString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<FilePart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_audio: Option<InputAudio>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cache: Option<CacheHint>,
}

/// `image_url` is an object; a bare string is a common slip and harmless.
#[derive(Clone, Serialize)]
#[serde(transparent)]
struct ImageUrlOrString(ImageUrl);

impl<'de> Deserialize<'de> for ImageUrlOrString {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = ImageUrl;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a `url`")
            }
            fn visit_str<E>(self, url: &str) -> Result<ImageUrl, E> {
                Ok(ImageUrl {
                    url: url.to_string(),
                    detail: None,
                })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ImageUrl, A::Error> {
                ImageUrl::deserialize(de::value::MapAccessDeserializer::new(map))
            }
        }
        reader.deserialize_any(Either).map(Self)
    }
}

impl TryFrom<RawPart> for ContentPart {
    type Error = String;

    fn try_from(raw: RawPart) -> Result<Self, String> {
        let kind = match raw.r#type.as_str() {
            "text" => raw.text.map(PartKind::Text),
            "image_url" => raw.image_url.map(|image| PartKind::Image(image.0)),
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
                image_url: Some(ImageUrlOrString(image)),
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
