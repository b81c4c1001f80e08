//! Writing `/api/chat` requests, as the request is walked.

use super::think::{Think, think};
use crate::chat::{
    ChatRequest, Content, Message, PartKind, ResponseFormat, Role, Tool, ToolCall, ToolChoice,
    Warning,
};
use crate::error::{Error, ErrorKind, Result};
use crate::json::{Json, Writer};
use crate::provider::Target;
use crate::provider::body::object_or_empty;
use crate::provider::history::repaired;
use crate::provider::images::DataUrl;
use crate::provider::unplaced::{NO_FIELD, check_tools, unplaced};

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

impl Encoder<'_> {
    fn request(&mut self) -> Result<()> {
        let (request, target) = (self.request, self.target);
        self.out.begin_object();
        self.out.text("model", target.model);
        self.messages()?;
        unplaced(request, self.warnings);
        self.unknown_fields();
        check_tools(request, target)?;
        self.tools();
        // Always written: the server streams by default.
        self.out.field("stream", &target.stream);
        match &request.response_format {
            None | Some(ResponseFormat::Text) => {}
            Some(ResponseFormat::JsonObject) => self.out.text("format", "json"),
            Some(ResponseFormat::JsonSchema(schema)) => self.out.field("format", &schema.schema),
        }
        self.options();
        self.out.field("keep_alive", &target.config.keep_alive);
        match think(request, target, self.warnings) {
            None => {}
            Some(Think::Switch(on)) => self.out.field("think", &on),
            Some(Think::Level(level)) => self.out.text("think", level),
        }
        // Always false: the server would drop the oldest messages in silence.
        self.out.field("truncate", &false);
        self.out.end_object();
        Ok(())
    }

    #[inline(never)]
    fn warn(&mut self, field: &str, message: &str) {
        self.warnings.push(Warning::field(field, message));
    }

    /// Fields of the contract for which only this server has no place.
    fn unknown_fields(&mut self) {
        let request = self.request;
        let fails = |message: &Message| message.is_error == Some(true);
        let strict = |tool: &Tool| tool.function.strict == Some(true);
        for (field, asked) in [
            ("messages[].is_error", request.messages.iter().any(fails)),
            // A tool's schema is shown to the model, and never enforced.
            ("tools[].function.strict", request.tools.iter().any(strict)),
        ] {
            if asked {
                self.warn(field, NO_FIELD);
            }
        }
    }

    /// The request's own values stand before the configured ones.
    fn options(&mut self) {
        let (request, config) = (self.request, self.target.config);
        // No answer has more tokens than an `i64` counts.
        let limit = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let asked = request.max_tokens.or(config.max_tokens).map(limit);
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
        out.field("num_predict", &asked.or(config.num_predict));
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
        self.out.begin_list_at("tools");
        for tool in tools {
            let function = &tool.function;
            self.out.begin_object();
            self.out.text("type", "function");
            self.out.begin_object_at("function");
            self.out.text("name", &function.name);
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

    fn messages(&mut self) -> Result<()> {
        self.out.begin_list_at("messages");
        let history = repaired(&self.request.messages, self.warnings)?;
        let mut calls = [].iter();
        for (at, message) in &history {
            // The results of calls stand right behind them, in their order.
            if message.role == Role::Assistant {
                calls = message.tool_calls.iter();
            }
            let call = (message.role == Role::Tool).then(|| calls.next());
            self.message(message, *at, call.flatten())?;
        }
        self.out.end_list();
        Ok(())
    }

    fn message(&mut self, message: &Message, at: usize, call: Option<&ToolCall>) -> Result<()> {
        let role = message.role;
        self.out.begin_object();
        self.out.text("role", role.as_str());
        // Content is always a string. A refusal is what the assistant said.
        let mut content = message.content.joined("\n");
        content.push_str(message.refusal.as_deref().unwrap_or_default());
        self.out.text("content", &content);
        // Templates decide which turns' reasoning the model sees again.
        if role == Role::Assistant {
            self.out.field("thinking", &message.thinking);
        }
        self.images(message, at)?;
        self.calls(message, at);
        // Older servers pair by name, newer ones by id.
        if let Some(call) = call {
            self.out.text("tool_name", &call.function.name);
            self.out.text("tool_call_id", &call.id);
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
                            self.out.begin_list_at("images");
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
        self.out.begin_list_at("tool_calls");
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
            self.out.begin_object_at("function");
            self.out.text("name", &call.function.name);
            self.out.field("arguments", &arguments);
            self.out.end_object();
            self.out.end_object();
        }
        self.out.end_list();
    }
}

#[cfg(test)]
mod tests;
