//! Messages as `contents`: two roles that take turns, results in the order of
//! their calls (wire reference, Gemini §2 "Mapping").

use std::borrow::Cow;

use super::state;
use super::traits;
use super::wire::{Blob, Content, FileData, FunctionResponse, OurPart, Outcome, Part};
use crate::chat::{self, ChatRequest, ContentPart, ImageUrl, Message, PartKind, Role, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::json::Json;
use crate::provider::Target;
use crate::provider::images::DataUrl;

const USER: &str = "user";
const MODEL: &str = "model";

/// Lets a call pass that no Gemini model signed (wire reference, Gemini §2 "thoughtSignature").
const UNSIGNED: &str = "skip_thought_signature_validator";

/// All system messages, one part each.
pub(super) fn system(request: &ChatRequest) -> Vec<Part<'_>> {
    request
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(|message| text_of(&message.content))
        .filter(|text| !text.is_empty())
        .map(Part::text)
        .collect()
}

/// The other messages, behind an opening of the first user turn.
pub(super) fn contents<'a>(
    request: &'a ChatRequest,
    target: &'a Target<'_>,
    opening: Vec<Part<'a>>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Content<'a>>> {
    let mut turns = Turns {
        target,
        contents: Vec::with_capacity(request.messages.len()),
        calls: Vec::new(),
        results: Vec::new(),
    };
    turns.push(USER, opening);
    for (at, message) in request.messages.iter().enumerate() {
        turns.message(message, at, warnings)?;
    }
    Ok(turns.finish(warnings))
}

struct Turns<'a> {
    target: &'a Target<'a>,
    contents: Vec<Content<'a>>,
    /// All calls so far, in order.
    calls: Vec<KnownCall<'a>>,
    /// The results since the last call.
    results: Vec<ResultParts<'a>>,
}

struct KnownCall<'a> {
    id: &'a str,
    name: &'a str,
    /// Whether the id was sent with the call: then it goes with the result.
    sent: bool,
}

struct ResultParts<'a> {
    /// The place of its call.
    order: usize,
    response: Part<'a>,
    /// Images of an older model's result, which stand beside it.
    beside: Vec<Part<'a>>,
}

impl<'a> Turns<'a> {
    fn message(
        &mut self,
        message: &'a Message,
        at: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<()> {
        if message.role == Role::Tool {
            let result = self.result(message, at)?;
            self.results.push(result);
            return Ok(());
        }
        self.flush();
        match message.role {
            Role::User => self.push(USER, parts(&message.content, self.target, at)?),
            Role::Assistant => self.assistant(message, at, warnings),
            Role::System | Role::Tool => {}
        }
        Ok(())
    }

    fn assistant(&mut self, message: &'a Message, at: usize, warnings: &mut Vec<Warning>) {
        let parts = state::parts(message, self.target);
        let sent: Vec<_> = parts.iter().filter_map(call_id).collect();
        for (index, call) in message.tool_calls.iter().enumerate() {
            let (id, name) = (call.id.as_str(), call.function.name.as_str());
            let sent = sent.contains(&id);
            self.calls.push(KnownCall { id, name, sent });
            if !is_object(&call.function.arguments) {
                let field = format!("messages[{at}].tool_calls[{index}].function.arguments");
                let message = "they are no JSON object; sent `{}`";
                warnings.push(Warning::field(&field, message));
            }
        }
        self.push(MODEL, parts);
    }

    /// A result names its function, which only the call knows.
    fn result(&self, message: &'a Message, at: usize) -> Result<ResultParts<'a>> {
        let id = message.tool_call_id.as_deref().unwrap_or_default();
        let order = self.calls.iter().rposition(|call| call.id == id);
        let call = order.and_then(|order| self.calls.get(order));
        let name = call.map(|call| call.name).or(message.name.as_deref());
        let Some(name) = name else {
            return Err(Error::invalid_request(
                &format!("messages[{at}].tool_call_id"),
                format!("no call before it has the id `{id}`; its function's name is needed"),
            ));
        };
        let files = files(message, self.target, at)?;
        let (inside, beside) = if traits::since(self.target, (3, 0)) {
            (files, Vec::new())
        } else {
            (Vec::new(), files)
        };
        let response = FunctionResponse {
            id: Some(id).filter(|_| call.is_none_or(|call| call.sent)),
            name,
            response: outcome(message),
            parts: inside,
        };
        Ok(ResultParts {
            order: order.unwrap_or(usize::MAX),
            response: Part::Ours(OurPart {
                function_response: Some(response),
                ..OurPart::default()
            }),
            beside,
        })
    }

    /// The results of parallel calls stand in one content, in the order of the calls.
    fn flush(&mut self) {
        let mut results = std::mem::take(&mut self.results);
        results.sort_by_key(|result| result.order);
        let (responses, beside): (Vec<_>, Vec<_>) = results
            .into_iter()
            .map(|result| (result.response, result.beside))
            .unzip();
        self.push(USER, responses);
        self.push(USER, beside.into_iter().flatten().collect());
    }

    /// Neighbours of one role are one content; a content without parts is refused.
    fn push(&mut self, role: &'static str, parts: Vec<Part<'a>>) {
        match self.contents.last_mut() {
            _ if parts.is_empty() => {}
            Some(last) if last.role == Some(role) => last.parts.extend(parts),
            _ => self.contents.push(Content {
                role: Some(role),
                parts,
            }),
        }
    }

    fn finish(mut self, warnings: &mut Vec<Warning>) -> Vec<Content<'a>> {
        self.flush();
        let first = self.contents.first().and_then(|content| content.role);
        if first != Some(USER) {
            if first.is_some() {
                let message = "a conversation must begin with the user; sent a blank first message";
                warnings.push(Warning::field("messages", message));
            }
            let blank = Content {
                role: Some(USER),
                parts: vec![Part::text(" ")],
            };
            self.contents.insert(0, blank);
        }
        if traits::since(self.target, (3, 0)) {
            self.contents.iter_mut().for_each(let_pass);
        }
        self.contents
    }
}

/// The first call of each step must be signed; of parallel calls only the first is.
fn let_pass(content: &mut Content<'_>) {
    let first_call = content.parts.iter_mut().find_map(|part| match part {
        Part::Ours(part) if part.function_call.is_some() => Some(part),
        _ => None,
    });
    if let Some(part) = first_call {
        part.thought_signature
            .get_or_insert(Cow::Borrowed(UNSIGNED));
    }
}

fn call_id<'a>(part: &Part<'a>) -> Option<&'a str> {
    match part {
        Part::Ours(part) => part.function_call.as_ref()?.id,
        Part::Raw(_) => None,
    }
}

fn is_object(arguments: &str) -> bool {
    arguments.trim().is_empty() || crate::provider::body::object_or_empty(arguments).1
}

/// An object whatever the tool said: its JSON, or its text.
fn outcome(message: &Message) -> Outcome {
    let text = text_of(&message.content);
    let is_json = text.trim_start().starts_with(['{', '[']);
    let value = is_json
        .then(|| Json::from_text(text.trim()).ok())
        .flatten()
        .unwrap_or_else(|| Json::from_value(&*text));
    if message.is_error == Some(true) {
        Outcome::Error(value)
    } else {
        Outcome::Output(value)
    }
}

// ---- parts ----------------------------------------------------------------

fn text_of(content: &chat::Content) -> Cow<'_, str> {
    match content {
        chat::Content::Text(text) => Cow::Borrowed(text),
        content => Cow::Owned(content.joined("\n")),
    }
}

/// The parts of a user message; a blank one where there is nothing, since an empty turn is refused.
fn parts<'a>(content: &'a chat::Content, target: &Target<'_>, at: usize) -> Result<Vec<Part<'a>>> {
    let mut parts = match content {
        chat::Content::Text(text) => vec![Part::text(text.as_str())],
        chat::Content::Parts(parts) => parts
            .iter()
            .enumerate()
            .map(|(index, part)| {
                self::part(part, target, &format!("messages[{at}].content[{index}]"))
            })
            .collect::<Result<_>>()?,
    };
    parts.retain(|part| !matches!(part, Part::Ours(part) if part.text.as_deref() == Some("")));
    if parts.is_empty() {
        parts.push(Part::text(" "));
    }
    Ok(parts)
}

/// What a tool's result holds besides text.
fn files<'a>(message: &'a Message, target: &Target<'_>, at: usize) -> Result<Vec<Part<'a>>> {
    let chat::Content::Parts(parts) = &message.content else {
        return Ok(Vec::new());
    };
    parts
        .iter()
        .enumerate()
        .filter(|(_, part)| part.as_text().is_none())
        .map(|(index, part)| self::part(part, target, &format!("messages[{at}].content[{index}]")))
        .collect()
}

fn part<'a>(part: &'a ContentPart, target: &Target<'_>, field: &str) -> Result<Part<'a>> {
    match &part.kind {
        PartKind::Text(text) => Ok(Part::text(text.as_str())),
        PartKind::Image(image) => self::image(image, target, field),
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

fn image<'a>(image: &'a ImageUrl, target: &Target<'_>, field: &str) -> Result<Part<'a>> {
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
    let mime_type = media_type(source).or((!own).then_some(usual_type));
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
