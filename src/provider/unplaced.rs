//! Fields of the contract for which several dialects, or some models, have no place.

use crate::chat::{CacheSetting, ChatRequest, PartKind, ResponseFormat, Role, ToolChoice, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Target;
use crate::text;

/// A warning for each such field that was given.
pub(crate) fn unplaced(request: &ChatRequest, warnings: &mut Vec<Warning>) {
    let (mut named, mut detailed, mut cited) = (false, false, false);
    let mut cached = matches!(request.cache, Some(CacheSetting::Ttl { .. }));
    for message in &request.messages {
        named |= message.name.is_some() && message.role != Role::Tool;
        cached |= message.cache.is_some();
        for part in message.content.parts() {
            detailed |= has_detail(&part.kind);
            cited |= part.kind.is_cited();
            cached |= part.cache.is_some();
        }
    }
    for tool in &request.tools {
        cached |= tool.cache.is_some();
    }
    // Several calls at once are what models do anyway.
    let serial = request.parallel_tool_calls == Some(false);
    let described = matches!(
        &request.response_format,
        Some(ResponseFormat::JsonSchema(format)) if format.description.is_some()
    );
    for (field, asked) in [
        ("user", request.user.is_some()),
        ("cache", cached),
        ("parallel_tool_calls", serial),
        ("messages[].name", named),
        ("image_url.detail", detailed),
        ("file.citations", cited),
        ("response_format.json_schema.description", described),
    ] {
        if asked {
            warnings.push(Warning::field(field, NO_FIELD));
        }
    }
}

/// What a warning says of a field without a place.
pub(crate) const NO_FIELD: &str = "the provider has no such field; sent without";

/// Whether a target that knows of no functions is offered some.
///
/// # Errors
/// `unsupported`: without its tools a request means something else.
pub(crate) fn check_tools(request: &ChatRequest, target: &Target<'_>) -> Result<()> {
    let offered = !request.tools.is_empty() && request.tool_choice != Some(ToolChoice::None);
    if offered && target.known.is_some_and(|model| !model.functions()) {
        let problem = text::concat(&["tools: ", target.model, " calls no functions"]);
        let hint = "choose another model; if it does call functions, say so in `custom_models`";
        return Err(Error::new(ErrorKind::Unsupported, problem).hint(hint));
    }
    Ok(())
}

fn has_detail(part: &PartKind) -> bool {
    match part {
        PartKind::Image(image) => image.detail.as_ref().is_some_and(|it| it != "auto"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: &str, expected: &[&str]) {
        let mut warnings = Vec::new();
        unplaced(&ChatRequest::from_json(request).unwrap(), &mut warnings);
        let fields: Vec<_> = warnings
            .iter()
            .filter_map(|it| it.field.as_deref())
            .collect();
        assert_eq!(fields, expected, "{request}");
    }

    #[test]
    fn what_was_given_is_told_once() {
        let image = r#"{"type":"image_url","image_url":{"url":"https://a/b","detail":"low"}}"#;
        check(
            &format!(
                r#"{{"user":"u","parallel_tool_calls":false,"messages":[{{"role":"user","name":"n","content":[{image},{image}]}}]}}"#
            ),
            &[
                "user",
                "parallel_tool_calls",
                "messages[].name",
                "image_url.detail",
            ],
        );
        let file = |cited: bool| {
            let file = format!(r#"{{"url":"https://a/b","citations":{cited}}}"#);
            let part = format!(r#"{{"type":"file","file":{file}}}"#);
            format!(r#"{{"messages":[{{"role":"user","content":[{part},{part}]}}]}}"#)
        };
        check(&file(true), &["file.citations"]);
        check(&file(false), &[]);
        let auto = image.replace("low", "auto");
        check(
            &format!(
                r#"{{"cache":"auto","parallel_tool_calls":true,"messages":[{{"role":"tool","name":"n","tool_call_id":"c","content":[{auto}]}}]}}"#
            ),
            &[],
        );
        check(
            r#"{"messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{},"description":"d"}}}"#,
            &["response_format.json_schema.description"],
        );
        let hint = r#""cache":{"ttl":"5m"}"#;
        for request in [
            format!(r#"{{"messages":[],{hint}}}"#),
            format!(r#"{{"messages":[{{"role":"user","content":"",{hint}}}]}}"#),
            format!(
                r#"{{"messages":[{{"role":"user","content":[{{"type":"text","text":"",{hint}}}]}}]}}"#
            ),
            format!(r#"{{"messages":[],"tools":[{{"function":{{"name":"f"}},{hint}}}]}}"#),
        ] {
            check(&request, &["cache"]);
        }
    }
}
