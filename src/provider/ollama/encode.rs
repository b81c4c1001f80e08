//! Writing `/api/chat` requests, as the request is walked.

use super::think::{Think, think};
use crate::chat::{
    CacheSetting, ChatRequest, Content, Message, PartKind, ResponseFormat, Role, ToolChoice,
    Warning,
};
use crate::error::{Error, ErrorKind, Result};
use crate::json::{Json, Writer};
use crate::provider::Target;
use crate::provider::body::object_or_empty;
use crate::provider::images::DataUrl;

/// The body for a target; what it does not take is dropped with a warning.
///
/// # Errors
/// `unsupported` for parts the server does not take.
pub(super) fn body(
    request: &ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<String> {
    let mut encoder = Encoder {
        request,
        target,
        out: Writer::default(),
        warnings,
    };
    encoder.request()?;
    Ok(encoder.out.finish())
}

struct Encoder<'a> {
    request: &'a ChatRequest,
    target: &'a Target<'a>,
    out: Writer,
    warnings: &'a mut Vec<Warning>,
}

impl<'a> Encoder<'a> {
    fn request(&mut self) -> Result<()> {
        let (request, target) = (self.request, self.target);
        self.out.begin_object();
        self.text("model", target.model);
        self.out.key("messages");
        self.out.begin_list();
        for (at, message) in request.messages.iter().enumerate() {
            self.message(message, at)?;
        }
        self.out.end_list();
        self.unknown_fields();
        self.tools();
        // Always written: the server streams by default.
        self.out.field("stream", &target.stream);
        match &request.response_format {
            None | Some(ResponseFormat::Text) => {}
            Some(ResponseFormat::JsonObject) => self.text("format", "json"),
            Some(ResponseFormat::JsonSchema(schema)) => self.out.field("format", &schema.schema),
        }
        self.options();
        self.out.field("keep_alive", &target.config.keep_alive);
        match think(request, target, self.warnings) {
            None => {}
            Some(Think::Switch(on)) => self.out.field("think", &on),
            Some(Think::Level(level)) => self.text("think", level),
        }
        // Always false: the server would drop the oldest messages in silence.
        self.out.field("truncate", &false);
        self.out.end_object();
        Ok(())
    }

    #[inline(never)]
    fn text(&mut self, key: &str, value: &str) {
        self.out.key(key);
        self.out.string(value);
    }

    #[inline(never)]
    fn warn(&mut self, field: &str, message: &str) {
        self.warnings.push(Warning::field(field, message));
    }

    /// Fields of the contract for which the server has no place.
    fn unknown_fields(&mut self) {
        let request = self.request;
        let is_named = |message: &Message| message.role != Role::Tool && message.name.is_some();
        let dropped = [
            // Several calls at once are what the server does anyway.
            (
                "parallel_tool_calls",
                request.parallel_tool_calls == Some(false),
            ),
            ("user", request.user.is_some()),
            (
                "cache",
                matches!(request.cache, Some(CacheSetting::Ttl { .. })),
            ),
            ("messages[].name", request.messages.iter().any(is_named)),
        ];
        for (field, asked) in dropped {
            if asked {
                self.warn(field, "the server has no such field; sent without");
            }
        }
    }

    /// The request's own values stand before the configured ones.
    fn options(&mut self) {
        let (request, config) = (self.request, self.target.config);
        // No answer has more tokens than an `i64` counts.
        let limit = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let num_predict = match (request.max_tokens, config.num_predict) {
            (None, Some(configured)) => Some(configured),
            (asked, _) => asked.or(config.max_tokens).map(limit),
        };
        let stop = request.stop_sequences();
        let mut out = Writer::default();
        let temperature = request.temperature.or(config.temperature);
        out.begin_object();
        out.field("temperature", &temperature);
        out.field("top_p", &request.top_p);
        out.field("frequency_penalty", &request.frequency_penalty);
        out.field("presence_penalty", &request.presence_penalty);
        out.field_unless_empty("stop", &stop);
        out.field("seed", &request.seed);
        out.field("num_predict", &num_predict);
        out.field("num_ctx", &request.context_window.or(config.num_ctx));
        out.end_object();
        let options = out.finish();
        if options != "{}" {
            self.out.key("options");
            self.out.raw(&options);
        }
    }

    /// There is no `tool_choice`: without tools there are no calls, and nothing forces one.
    fn tools(&mut self) {
        let tools = &self.request.tools;
        match &self.request.tool_choice {
            Some(ToolChoice::None) => return,
            None | Some(ToolChoice::Auto) => {}
            Some(_) if tools.is_empty() => self.warn(
                "tool_choice",
                "there are no tools to choose from; the model decides",
            ),
            Some(_) => self.warn(
                "tool_choice",
                "the server cannot force a call; the model decides",
            ),
        }
        if tools.is_empty() {
            return;
        }
        self.out.key("tools");
        self.out.begin_list();
        for tool in tools {
            // `strict` means nothing here, as the server never enforces a tool's schema.
            let function = &tool.function;
            self.out.begin_object();
            self.text("type", "function");
            self.out.key("function");
            self.out.begin_object();
            self.text("name", &function.name);
            self.out.field("description", &function.description);
            // Templates print the parameters, so an absent schema is spelt out.
            let empty = r#"{"type":"object","properties":{}}"#;
            self.out.key("parameters");
            self.out
                .raw(function.parameters.as_ref().map_or(empty, Json::text));
            self.out.end_object();
            self.out.end_object();
        }
        self.out.end_list();
    }

    fn message(&mut self, message: &'a Message, at: usize) -> Result<()> {
        let role = message.role;
        self.out.begin_object();
        self.text("role", role.as_str());
        // Content is always a string. A refusal stands in the place of the text it replaced.
        let text = message.content.joined("\n");
        let content = match &message.refusal {
            Some(refusal) if text.is_empty() => refusal,
            _ => &text,
        };
        self.text("content", content);
        // Templates decide which turns' reasoning the model sees again.
        if role == Role::Assistant {
            self.out.field("thinking", &message.thinking);
        }
        self.images(message, at)?;
        self.calls(message, at);
        if role == Role::Tool {
            self.out
                .field("tool_name", &called(self.request, message, at));
            self.out.field("tool_call_id", &message.tool_call_id);
        }
        self.out.end_object();
        Ok(())
    }

    /// The images of all parts, in order; any other part that is no text is refused.
    fn images(&mut self, message: &Message, at: usize) -> Result<()> {
        let Content::Parts(parts) = &message.content else {
            return Ok(());
        };
        let mut any = false;
        for (index, part) in parts.iter().enumerate() {
            let (who, problem, hint) = match &part.kind {
                PartKind::Text(_) => continue,
                PartKind::Image(_) if self.target.known.is_some_and(|model| !model.images()) => (
                    self.target.model,
                    " does not see images",
                    "choose a model with vision, or send text",
                ),
                PartKind::Image(image) => match DataUrl::parse(&image.url) {
                    Some(url) => {
                        if !any {
                            self.out.key("images");
                            self.out.begin_list();
                            any = true;
                        }
                        // Base64 without any prefix.
                        self.out.string(url.base64);
                        continue;
                    }
                    None => (
                        "the server",
                        " fetches no images",
                        "send the image as a data URL such as `data:image/png;base64,…`",
                    ),
                },
                PartKind::File(_) => (
                    "the server",
                    " takes no files",
                    "send the file's text, or its pages as images",
                ),
                PartKind::Audio(_) => ("the server", " takes no audio", "send a transcript"),
            };
            let problem = format!("messages[{at}].content[{index}]: {who}{problem}");
            return Err(Error::new(ErrorKind::Unsupported, problem).hint(hint));
        }
        if any {
            self.out.end_list();
        }
        Ok(())
    }

    /// The calls of an assistant message, with arguments as the object the server wants.
    fn calls(&mut self, message: &Message, at: usize) {
        if message.tool_calls.is_empty() {
            return;
        }
        self.out.key("tool_calls");
        self.out.begin_list();
        for (index, call) in message.tool_calls.iter().enumerate() {
            let (arguments, is_object) = object_or_empty(&call.function.arguments);
            if !is_object {
                self.warn(
                    &format!("messages[{at}].tool_calls[{index}].function.arguments"),
                    "not a JSON object; sent `{}`",
                );
            }
            self.out.begin_object();
            self.out.field_unless_empty("id", &call.id);
            self.out.key("function");
            self.out.begin_object();
            self.text("name", &call.function.name);
            self.out.field("arguments", &arguments);
            self.out.end_object();
            self.out.end_object();
        }
        self.out.end_list();
    }
}

/// The name of the tool whose call a message answers: servers pair by name.
fn called<'a>(request: &'a ChatRequest, result: &'a Message, at: usize) -> Option<&'a str> {
    if result.name.is_some() {
        return result.name.as_deref();
    }
    let id = result.tool_call_id.as_ref()?;
    for message in request.messages.get(..at)?.iter().rev() {
        for call in &message.tool_calls {
            if call.id == *id {
                return Some(&call.function.name);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
