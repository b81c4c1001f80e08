//! Messages as `contents`: two roles that take turns, results in the order of
//! their calls (wire reference, Gemini §2 "Mapping").

use std::borrow::Cow;

use super::parts::{files, parts, text_of};
use super::wire::{Content, FunctionResponse, OurPart, Outcome, Part};
use super::{state, traits};
use crate::chat::{ChatRequest, Message, Role, Warning};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::provider::Target;
use crate::provider::body::object_or_empty;

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

    fn result(&self, message: &'a Message, at: usize) -> Result<ResultParts<'a>> {
        let id = message.tool_call_id.as_deref().unwrap_or_default();
        let order = self.calls.iter().rposition(|call| call.id == id);
        let call = order.and_then(|order| self.calls.get(order));
        let files = files(message, self.target, at)?;
        let (inside, beside) = if traits::since(self.target, (3, 0)) {
            (files, Vec::new())
        } else {
            (Vec::new(), files)
        };
        let response = FunctionResponse {
            id: Some(id).filter(|_| call.is_none_or(|call| call.sent)),
            name: function_name(call, message, at)?,
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

/// A result names its function, which only its call knows, or the caller.
fn function_name<'a>(
    call: Option<&KnownCall<'a>>,
    message: &'a Message,
    at: usize,
) -> Result<&'a str> {
    let name = call.map(|call| call.name).or(message.name.as_deref());
    name.ok_or_else(|| {
        Error::invalid_request(
            &format!("messages[{at}].tool_call_id"),
            "no call before it has this id, and the name of its function is needed",
        )
    })
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
    arguments.trim().is_empty() || object_or_empty(arguments).1
}

/// An object whatever the tool said: its JSON, or its text.
fn outcome(message: &Message) -> Outcome {
    let text = text_of(&message.content);
    let is_json = text.trim_start().starts_with(['{', '[']);
    let value = is_json
        .then(|| Json::from_text(text.trim()).ok())
        .flatten()
        .unwrap_or_else(|| Json::from_value(&text));
    if message.is_error == Some(true) {
        Outcome::Error(value)
    } else {
        Outcome::Output(value)
    }
}
