//! Everything of a request that costs tokens.

use super::Around;
use crate::chat::{ChatRequest, Content, Message, PartKind, ResponseFormat, Role};
use crate::json;

/// What a text of a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The model reads it as it is.
    Text,
    /// Arguments of a call.
    Json,
    /// The JSON Schema of a tool.
    Schema,
    /// The JSON Schema of the answer.
    AnswerSchema,
    /// A block of `provider_state`.
    State,
    /// What most providers do not show to the model, though it may be sent: ids of
    /// calls, and reasoning of earlier turns.
    Hidden,
    /// The same, as JSON.
    Option,
}

type Visit<'v> = &'v mut dyn FnMut(Use, &str);

/// What stands around the text.
pub(super) fn around(request: &ChatRequest, around: &Around) -> u64 {
    let calls = request
        .messages
        .iter()
        .map(|message| message.tool_calls.len());
    let counts = [
        (around.request, 1),
        (around.message, request.messages.len()),
        (around.call, calls.sum()),
        (around.tools, request.tools.len().min(1)),
        (around.tool, request.tools.len()),
        (
            around.thinking,
            usize::from(request.thinking_strength().is_some()),
        ),
        (around.format, usize::from(is_json(request))),
    ];
    let mut tokens = 0;
    for (each, count) in counts {
        tokens += u64::from(each) * count as u64;
    }
    tokens
}

/// Whether the answer must be JSON.
pub(super) fn is_json(request: &ChatRequest) -> bool {
    !matches!(request.response_format, None | Some(ResponseFormat::Text))
}

/// All texts that a provider of this kind is sent.
pub(super) fn texts(request: &ChatRequest, kind: &str, visit: Visit<'_>) {
    let is_user = |message: &Message| message.role == Role::User;
    let asked = request.messages.iter().rposition(is_user).unwrap_or(0);
    for (at, message) in request.messages.iter().enumerate() {
        self::message(message, visit);
        reasoning(message, at > asked, kind, visit);
    }
    for tool in &request.tools {
        let function = &tool.function;
        visit(Use::Text, &function.name);
        optional(&function.description, Use::Text, visit);
        if let Some(parameters) = &function.parameters {
            visit(Use::Schema, parameters.text());
        }
    }
    if let Some(ResponseFormat::JsonSchema(format)) = &request.response_format {
        visit(Use::Hidden, &format.name);
        optional(&format.description, Use::Hidden, visit);
        visit(Use::AnswerSchema, format.schema.text());
    }
    if let Some(options) = request.options_for(kind) {
        visit(Use::Option, options.text());
    }
}

fn message(message: &Message, visit: Visit<'_>) {
    optional(&message.name, Use::Text, visit);
    optional(&message.refusal, Use::Text, visit);
    optional(&message.tool_call_id, Use::Hidden, visit);
    content(&message.content, visit);
    for call in &message.tool_calls {
        visit(Use::Text, &call.function.name);
        visit(Use::Json, &call.function.arguments);
        visit(Use::Hidden, &call.id);
    }
}

/// The text of a content.
pub(super) fn content(content: &Content, visit: Visit<'_>) {
    if let Content::Text(text) = content {
        visit(Use::Text, text);
    }
    for part in content.parts() {
        visit(Use::Text, part.as_text().unwrap_or_default());
    }
}

/// Reasoning counts as input until the turn that it belongs to is over; the
/// provider's own state of it, where there is one, stands for the readable text.
fn reasoning(message: &Message, now: bool, kind: &str, visit: Visit<'_>) {
    let mut counts = now;
    if let Some(state) = &message.provider_state
        && state.provider == kind
    {
        counts = false;
        for block in &state.blocks {
            visit(Use::State, block.text());
        }
    }
    let shown = if counts { Use::Text } else { Use::Hidden };
    optional(&message.thinking, shown, visit);
}

pub(super) fn optional(text: &Option<String>, what: Use, visit: Visit<'_>) {
    visit(what, text.as_deref().unwrap_or_default());
}

/// All parts of messages, with the places of message and part.
pub(super) fn parts(request: &ChatRequest, visit: &mut dyn FnMut(&PartKind, usize, usize)) {
    for (at, message) in request.messages.iter().enumerate() {
        for (index, part) in message.content.parts().iter().enumerate() {
            visit(&part.kind, at, index);
        }
    }
}

/// The first of some fields that `provider_options` of a kind have.
pub(super) fn option_in<'n>(
    request: &ChatRequest,
    kind: &str,
    names: &[&'n str],
) -> Option<&'n str> {
    let given = json::entries(request.options_for(kind)?.text()).ok()?;
    let has = |name: &&&str| given.iter().any(|(known, _)| known == **name);
    names.iter().find(has).copied()
}
