//! What a conversation says and a body does not: nothing may be dropped without
//! a warning.

use super::speakers::Sent;
use serde_json::Value;

/// Data of the table that is text, which some send as such.
const DECODED: [(&str, &str); 2] = [("aGVsbG8=", "hello"), ("e30=", "{}")];

/// What was said in a request and is nowhere in a body.
pub fn lost(request: &str, sent: &Sent) -> Vec<String> {
    let request: Value = serde_json::from_str(request).unwrap();
    let body = &sent.body;
    let read = serde_json::from_str(body).unwrap_or_default();
    let mut said = said(&request);
    let mut texts = Vec::new();
    collect(&read, &mut texts);
    let is_there = |text: &str| {
        let fetched = sent.fetched.iter().any(|address| address == text);
        fetched || holds(&read, text) || body.contains(text) || in_pieces(&texts, text)
    };
    said.retain(|text| {
        let decoded = DECODED.iter().find(|(data, _)| data == text);
        !is_there(text) && !decoded.is_some_and(|(_, text)| is_there(text))
    });
    said
}

/// Texts, data, addresses, names and arguments of all messages.
fn said(request: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for message in list(&request["messages"]) {
        let content = &message["content"];
        all.extend([content, &message["refusal"]].map(text));
        for part in list(content) {
            let file = &part["file"];
            let image = &part["image_url"];
            all.extend([&part["text"], image, &image["url"]].map(text));
            all.extend(
                [
                    &file["file_data"],
                    &file["url"],
                    &part["input_audio"]["data"],
                ]
                .map(text),
            );
        }
        for call in list(&message["tool_calls"]) {
            let function = &call["function"];
            all.extend([&function["name"], &function["arguments"]].map(text));
        }
    }
    all.retain(|text| !text.is_empty());
    all
}

/// A text without white space around it; of a data URL its data.
fn text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match text.split_once(";base64,") {
        Some((_, data)) => data.into(),
        None => text.trim().into(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// All texts of a body, in order.
fn collect<'a>(body: &'a Value, texts: &mut Vec<&'a str>) {
    match body {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

/// Whether a text was taken apart again, as its provider had sent it.
fn in_pieces(texts: &[&str], whole: &str) -> bool {
    let mut rest = whole;
    for text in texts {
        rest = rest.strip_prefix(text).unwrap_or(rest);
    }
    rest.is_empty()
}

/// Whether a text is part of a text of the body, or as JSON one of its values.
fn holds(body: &Value, text: &str) -> bool {
    let json: Option<Value> = serde_json::from_str(text).ok();
    let found = match body {
        Value::String(own) => own.contains(text),
        other => json.as_ref() == Some(other),
    };
    found
        || match body {
            Value::Array(items) => items.iter().any(|item| holds(item, text)),
            Value::Object(fields) => fields.values().any(|value| holds(value, text)),
            _ => false,
        }
}
