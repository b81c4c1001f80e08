//! What is wrong with a request can be said before it is sent.

use super::{
    ChatRequest, Content, JsonSchemaFormat, Message, PartKind, ResponseFormat, Role, Tool,
};
use crate::error::{Error, Result};
use crate::json::{Json, number};
use crate::text::concat;

impl ChatRequest {
    /// Checks what no provider would take: an empty conversation, a number out of its range, a tool
    /// message without its call, a schema that is no object. A [`Call`](crate::run::Call) does it first.
    ///
    /// # Errors
    /// `invalid_request` naming the field and the remedy.
    ///
    /// ```
    /// use aircher_llm::chat::{ChatRequest, Message, Role};
    /// use aircher_llm::error::ErrorKind;
    ///
    /// let messages = vec![Message::text(Role::User, "Hi")];
    /// let request = ChatRequest { messages, temperature: Some(3.0), ..ChatRequest::default() };
    /// let error = request.check().unwrap_err();
    /// assert_eq!(error.kind, ErrorKind::InvalidRequest);
    /// assert_eq!(error.message, "temperature: 3 is not between 0 and 2");
    /// ```
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
        if let Some(ResponseFormat::JsonSchema(format)) = &self.response_format {
            check_schema_format(format)?;
        }
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
    if message.role != Role::Assistant && message.content == Content::Parts(Vec::new()) {
        let problem = "missing; give a text or a list of parts";
        return Err(Error::invalid_request(&field("content"), problem));
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
    if tool.r#type != "function" {
        return Err(Error::invalid_request(
            &format!("tools[{at}].type"),
            format!("`{}` is not `function`", tool.r#type),
        ));
    }
    check_name(&field("name"), name)?;
    match &tool.function.parameters {
        Some(schema) => check_schema(&field("parameters"), schema),
        None => Ok(()),
    }
}

fn check_schema_format(format: &JsonSchemaFormat) -> Result<()> {
    check_name("response_format.json_schema.name", &format.name)?;
    check_schema("response_format.json_schema.schema", &format.schema)
}

fn check_name(field: &str, name: &str) -> Result<()> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(is_part) {
        return Ok(());
    }
    let problem = [
        "`",
        name,
        "` is not 1 to 64 of letters, digits, `_` and `-`",
    ];
    Err(Error::invalid_request(field, concat(&problem)))
}

fn check_schema(field: &str, schema: &Json) -> Result<()> {
    match schema.is_object() {
        true => Ok(()),
        false => Err(Error::invalid_request(
            field,
            "expected a JSON Schema object",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(request: &str, expected: Expect) {
        let checked = ChatRequest::from_json(request).and_then(|request| request.check());
        let told = checked.map_or_else(|error| error.message.clone(), |()| "fine".into());
        expected.assert_eq(&told);
    }

    #[test]
    fn a_message_without_content_is_refused() {
        for (message, expected) in [
            (
                r#"{"role":"user"}"#,
                expect!["messages[0].content: missing; give a text or a list of parts"],
            ),
            (
                r#"{"role":"user","content":null}"#,
                expect!["messages[0].content: missing; give a text or a list of parts"],
            ),
            (
                r#"{"role":"system","content":[]}"#,
                expect!["messages[0].content: missing; give a text or a list of parts"],
            ),
            (
                r#"{"role":"tool","tool_call_id":"a"}"#,
                expect!["messages[0].content: missing; give a text or a list of parts"],
            ),
            (r#"{"role":"user","content":""}"#, expect!["fine"]),
            (
                r#"{"role":"tool","tool_call_id":"a","content":""}"#,
                expect!["fine"],
            ),
            (r#"{"role":"assistant","content":null}"#, expect!["fine"]),
            (r#"{"role":"assistant"}"#, expect!["fine"]),
        ] {
            check(&format!(r#"{{"messages":[{message}]}}"#), expected);
        }
    }

    #[test]
    fn a_schema_is_an_object_with_a_name() {
        for (name, schema, expected) in [
            (
                "answer",
                "\"str\"",
                expect!["response_format.json_schema.schema: expected a JSON Schema object"],
            ),
            (
                "x y",
                "{}",
                expect![
                    "response_format.json_schema.name: `x y` is not 1 to 64 of letters, digits, `_` and `-`"
                ],
            ),
            (
                "",
                "{}",
                expect![
                    "response_format.json_schema.name: `` is not 1 to 64 of letters, digits, `_` and `-`"
                ],
            ),
            ("answer", r#"{"type":"object"}"#, expect!["fine"]),
        ] {
            let format = format!(r#"{{"name":"{name}","schema":{schema}}}"#);
            let format = format!(r#"{{"type":"json_schema","json_schema":{format}}}"#);
            let message = r#"{"role":"user","content":"hi"}"#;
            let request = format!(r#"{{"messages":[{message}],"response_format":{format}}}"#);
            check(&request, expected);
        }
    }
}
