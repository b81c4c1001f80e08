//! What is wrong with a request can be said before it is sent.

use super::{ChatRequest, Message, PartKind, Role, Tool};
use crate::error::{Error, Result};
use crate::json::number;

impl ChatRequest {
    /// Checks what no provider would take.
    ///
    /// # Errors
    /// `invalid_request` naming the field and the remedy.
    pub fn check(&self) -> Result<()> {
        if self.messages.is_empty() {
            return Err(Error::invalid_request(
                "messages",
                "the list is empty; give at least one message",
            ));
        }
        self.messages
            .iter()
            .enumerate()
            .try_for_each(|(at, message)| check_message(at, message))?;
        self.tools
            .iter()
            .enumerate()
            .try_for_each(|(at, tool)| check_tool(at, tool))?;
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<()> {
        within("temperature", self.temperature, 0.0, 2.0)?;
        within("top_p", self.top_p, 0.0, 1.0)?;
        within("frequency_penalty", self.frequency_penalty, -2.0, 2.0)?;
        within("presence_penalty", self.presence_penalty, -2.0, 2.0)?;
        if self.max_tokens == Some(0) {
            return Err(Error::invalid_request("max_tokens", "must be at least 1"));
        }
        Ok(())
    }
}

fn within(field: &str, value: Option<f64>, low: f64, high: f64) -> Result<()> {
    match value {
        Some(value) if !(low..=high).contains(&value) => Err(Error::invalid_request(
            field,
            format!(
                "{} is not between {} and {}",
                number::format(value),
                number::format(low),
                number::format(high)
            ),
        )),
        _ => Ok(()),
    }
}

fn check_message(at: usize, message: &Message) -> Result<()> {
    let field = |name: &str| format!("messages[{at}].{name}");
    if message.role == Role::Tool && message.tool_call_id.as_deref().is_none_or(str::is_empty) {
        return Err(Error::invalid_request(
            &field("tool_call_id"),
            "a tool message names the call it answers",
        ));
    }
    if message.role != Role::Assistant && !message.tool_calls.is_empty() {
        return Err(Error::invalid_request(
            &field("tool_calls"),
            "only assistant messages call tools",
        ));
    }
    let parts = message.content.parts();
    parts
        .iter()
        .enumerate()
        .try_for_each(|(index, part)| check_part(&field(&format!("content[{index}]")), &part.kind))
}

fn check_part(field: &str, part: &PartKind) -> Result<()> {
    match part {
        PartKind::Image(image) if !is_reference(&image.url) => Err(Error::invalid_request(
            &format!("{field}.image_url.url"),
            "give an https address or a base64 data URL such as `data:image/png;base64,…`",
        )),
        PartKind::File(file) => match (&file.file_data, &file.url) {
            (Some(data), None) if is_data_url(data) => Ok(()),
            (Some(_), None) => Err(Error::invalid_request(
                &format!("{field}.file.file_data"),
                "give a base64 data URL such as `data:application/pdf;base64,…`",
            )),
            (None, Some(_)) => Ok(()),
            _ => Err(Error::invalid_request(
                &format!("{field}.file"),
                "give either `file_data` or `url`",
            )),
        },
        _ => Ok(()),
    }
}

fn is_reference(url: &str) -> bool {
    is_data_url(url)
        || url.starts_with("https://")
        || url.starts_with("http://")
        || url.starts_with("gs://")
}

fn is_data_url(url: &str) -> bool {
    url.strip_prefix("data:")
        .and_then(|rest| rest.split_once(','))
        .is_some_and(|(head, _)| head.ends_with(";base64"))
}

fn check_tool(at: usize, tool: &Tool) -> Result<()> {
    let field = |name: &str| format!("tools[{at}].function.{name}");
    let name = &tool.function.name;
    let proper = !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if tool.r#type != "function" {
        return Err(Error::invalid_request(
            &format!("tools[{at}].type"),
            format!("`{}` is not `function`", tool.r#type),
        ));
    }
    if !proper {
        return Err(Error::invalid_request(
            &field("name"),
            format!("`{name}` is not 1 to 64 of letters, digits, `_` and `-`"),
        ));
    }
    if tool
        .function
        .parameters
        .as_ref()
        .is_some_and(|schema| !schema.is_object())
    {
        return Err(Error::invalid_request(
            &field("parameters"),
            "expected a JSON Schema object",
        ));
    }
    Ok(())
}
