//! Messages and their parts.

use super::ToolCall;
use crate::json::{
    Fields, Json, JsonError, Read, Reader, Write, Writer, fields, set, strict, writes,
};
use crate::text;

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
    /// The role's name in JSON. Reading also takes `developer`, for [`Role::System`].
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
        word(
            reader,
            &[
                ("system", Self::System),
                ("user", Self::User),
                ("assistant", Self::Assistant),
                ("tool", Self::Tool),
                // OpenAI's newer name for the first.
                ("developer", Self::System),
            ],
        )
    }
}

/// Reads one of a few words.
pub(super) fn word<'a, T: Copy>(
    reader: &mut Reader<'a>,
    words: &[(&str, T)],
) -> Result<T, JsonError> {
    let name = |at: usize| words.get(at).map(|(word, _)| *word);
    let at = place_of_word(reader, &name)?;
    let known = words.get(at).map(|(_, value)| *value);
    known.ok_or_else(|| reader.error("unknown value"))
}

/// The place of the word that is next among those `name` knows; one copy for all types.
fn place_of_word<'w>(
    reader: &mut Reader<'_>,
    name: &dyn Fn(usize) -> Option<&'w str>,
) -> Result<usize, JsonError> {
    let at = reader.position();
    let given = reader.string()?;
    let mut names = String::new();
    let mut place = 0;
    while let Some(word) = name(place) {
        if word == given {
            return Ok(place);
        }
        names.push_str(if place == 0 { "`" } else { ", `" });
        names.push_str(word);
        names.push('`');
        place += 1;
    }
    Err(JsonError::new(
        at,
        format!("unknown value `{given}`, expected one of {names}"),
    ))
}

/// One message of a conversation.
///
/// The message of an answer can be pushed back into `messages` as it is: tool
/// calls and `provider_state` travel inside it.
///
/// ```
/// use aircher_llm::chat::{ChatRequest, ChatResponse, Message, Role};
///
/// # let answer = ChatResponse::new("openai", "gpt-6-luna");
/// let mut request = ChatRequest { messages: vec![Message::text(Role::User, "Weather?")], ..ChatRequest::default() };
/// request.messages.push(answer.message);
/// request.messages.push(Message {
///     tool_call_id: Some("call_1".into()),
///     ..Message::text(Role::Tool, r#"{"celsius":21}"#)
/// });
/// assert!(request.check().is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// A string or a list of parts. Missing or `null`: `""` of the assistant, of others no parts,
    /// which [`ChatRequest::check`](super::ChatRequest::check) refuses.
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

fields!(strict Message ["role"] (Self::unread(), Self::read_whole) {
    role, content, name, tool_calls, tool_call_id, is_error, thinking, refusal, provider_state, cache,
});

impl Message {
    /// A text that is missing is no empty one.
    fn unread() -> Self {
        Self {
            content: Content::Parts(Vec::new()),
            ..Self::default()
        }
    }

    /// Only the assistant may have said nothing.
    fn read_whole(mut self) -> Self {
        if self.role == Role::Assistant && self.content.is_empty() {
            self.content = Content::default();
        }
        self
    }
}

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
            Self::Parts(parts) => {
                let mut texts = parts.iter().filter_map(ContentPart::as_text);
                text::joined(&mut texts, separator)
            }
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

    /// The parts; none where it is plain text.
    #[must_use]
    pub fn parts(&self) -> &[ContentPart] {
        match self {
            Self::Text(_) => &[],
            Self::Parts(parts) => parts,
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
            Some(b'n') if reader.null() => Ok(Self::Parts(Vec::new())),
            _ => Err(reader.expected("a string or a list of content parts")),
        }
    }
}

/// One part of a message.
///
/// ```
/// use aircher_llm::chat::{Content, ContentPart, ImageUrl, PartKind};
///
/// let image = ImageUrl { url: "https://example.com/cat.png".into(), detail: None };
/// let image = ContentPart { kind: PartKind::Image(image), cache: None };
/// let content = Content::Parts(vec![ContentPart::text("What is this?"), image]);
/// assert_eq!(content.joined(""), "What is this?");
/// ```
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
    /// `auto`, `low`, `high` or `original`, where the provider knows it. Default: its own choice.
    pub detail: Option<String>,
}

/// A document by data or reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePart {
    /// Its name, as the model shall see it.
    pub filename: Option<String>,
    /// A base64 `data:` URL. Either this or `url`.
    pub file_data: Option<String>,
    /// An `https:` address. For providers that fetch none it is fetched and sent along.
    pub url: Option<String>,
    /// Whether the answer shall say what it takes from where; default: no.
    pub citations: Option<bool>,
}

/// A sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputAudio {
    /// The sound's bytes in base64, without a `data:` in front.
    pub data: String,
    /// `wav` or `mp3`.
    pub format: String,
}

/// Where a cached prefix ends and how long it should live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheHint {
    /// How long. Default: five minutes.
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
fields!(strict FilePart [] { filename, file_data, url, citations });
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
    citations,
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
        let mut image = Self {
            url: String::new(),
            detail: None,
        };
        if reader.peek() == Some(b'"') {
            set(&mut image.url, reader)?;
            return Ok(image);
        }
        strict(reader, &["url", "detail"], &["url"], &mut image)?;
        Ok(image)
    }
}

impl<'a> Fields<'a> for ImageUrl {
    fn field(&mut self, place: usize, reader: &mut Reader<'a>) -> Result<(), JsonError> {
        match place {
            0 => set(&mut self.url, reader),
            _ => set(&mut self.detail, reader),
        }
    }
}

impl<'a> Read<'a> for CacheTtl {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        word(reader, &[("5m", Self::FiveMinutes), ("1h", Self::OneHour)])
    }
}

impl PartKind {
    /// The name of the kind, which is also the field that holds it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image_url",
            Self::File(_) => "file",
            Self::Audio(_) => "input_audio",
        }
    }

    /// Whether it is a document that shall be cited.
    pub(crate) fn is_cited(&self) -> bool {
        matches!(self, Self::File(file) if file.citations == Some(true))
    }

    fn value(&self) -> &dyn Write {
        match self {
            Self::Text(text) => text,
            Self::Image(image) => image,
            Self::File(file) => file,
            Self::Audio(audio) => audio,
        }
    }

    /// Reads the field of that name; `None` when no kind has such a field.
    fn read(name: &str, reader: &mut Reader<'_>) -> Result<Option<Self>, JsonError> {
        Ok(Some(match name {
            "text" => Self::Text(Read::read(reader)?),
            "image_url" => Self::Image(Read::read(reader)?),
            "file" => Self::File(Read::read(reader)?),
            "input_audio" => Self::Audio(Read::read(reader)?),
            _ => return Ok(None),
        }))
    }
}

impl Write for ContentPart {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("type", &self.kind.name());
            writer.field(self.kind.name(), self.kind.value());
            writer.field("cache", &self.cache);
        });
    }
}

impl<'a> Read<'a> for ContentPart {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position() + 1;
        let (mut name, mut kind, mut cache) = (String::new(), None, None);
        reader.object(&mut |key, reader| match key {
            "type" => set(&mut name, reader),
            "cache" => set(&mut cache, reader),
            _ if reader.null() => Ok(()),
            _ => {
                let part = PartKind::read(key, reader)?;
                kind = Some(part.ok_or_else(|| {
                    JsonError::new(at, format!("unknown field `{key}` of a content part"))
                })?);
                Ok(())
            }
        })?;
        match kind {
            Some(kind) if kind.name() == name => Ok(Self { kind, cache }),
            _ => Err(JsonError::new(at, wrong_part(&name))),
        }
    }
}

fn wrong_part(name: &str) -> String {
    const NAMES: [&str; 4] = ["text", "image_url", "file", "input_audio"];
    if NAMES.contains(&name) {
        return format!("a part of type `{name}` needs the field `{name}`");
    }
    format!("unknown part type `{name}`, expected `text`, `image_url`, `file` or `input_audio`")
}
