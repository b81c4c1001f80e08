//! Rules of the turns of a conversation, and of what stands in them.

use serde_json::{Value, json};

use super::{Pair, fields, items};
use crate::requests::Dialect::Claude;
use crate::requests::same::one_text;

pub fn joined(pair: &mut Pair) {
    for body in [&mut pair.recorded, &mut pair.ours] {
        one_turn(body);
        one_claude_turn(body);
    }
}

/// Contents in a row that have one role, and plain texts in a row within them.
fn one_turn(body: &mut Value) {
    let Some(Value::Array(contents)) = body.get_mut("contents") else {
        return;
    };
    let mut turns: Vec<Value> = Vec::new();
    for content in contents.drain(..) {
        match turns.last_mut() {
            Some(last) if last["role"] == content["role"] => {
                let parts = content["parts"].as_array().cloned().unwrap_or_default();
                items_of(last).extend(parts);
            }
            _ => turns.push(content),
        }
    }
    for turn in turns.iter_mut().filter(|turn| turn["role"] == "model") {
        let parts = std::mem::take(items_of(turn));
        let joined = parts.into_iter().fold(Vec::new(), with_part);
        *items_of(turn) = joined;
    }
    *contents = turns;
}

/// Adds a part; a text behind a text goes on with it.
fn with_part(mut parts: Vec<Value>, part: Value) -> Vec<Value> {
    let plain = |part: &Value| {
        let only = part.as_object().is_some_and(|it| it.len() == 1);
        part["text"].as_str().filter(|_| only).map(str::to_string)
    };
    match parts.last_mut() {
        Some(last) if plain(last).is_some() && plain(&part).is_some() => {
            let texts = [plain(last), plain(&part)].map(Option::unwrap_or_default);
            last["text"] = texts.concat().into();
        }
        _ => parts.push(part),
    }
    parts
}

/// Messages in a row that have one role, with the results in front.
fn one_claude_turn(body: &mut Value) {
    let Some(Value::Array(messages)) = body.get_mut("messages") else {
        return;
    };
    let blocks = |message: &Value| match &message["content"] {
        Value::Array(blocks) => blocks.clone(),
        text => vec![json!({"type": "text", "text": text})],
    };
    let mut turns: Vec<Value> = Vec::new();
    for message in messages.drain(..) {
        match turns.last_mut() {
            Some(last) if last["role"] == message["role"] => {
                last["content"] = [blocks(last), blocks(&message)].concat().into();
            }
            _ => turns.push(message),
        }
    }
    for turn in turns.iter_mut() {
        let mut sorted = blocks(turn);
        sorted.sort_by_key(|block| block["type"] != "tool_result");
        turn["content"] = sorted.into();
    }
    *messages = turns;
    one_text(Claude, body);
}

/// The parts of a content, which may have none.
fn items_of(content: &mut Value) -> &mut Vec<Value> {
    if !content["parts"].is_array() {
        content["parts"] = json!([]);
    }
    content["parts"].as_array_mut().unwrap()
}

pub fn without_reasoning(pair: &mut Pair) {
    let sent = items(&mut pair.ours, "messages").any(|it| it.get("reasoning").is_some());
    for message in items(&mut pair.recorded, "messages").filter(|_| !sent) {
        fields(message).remove("reasoning");
    }
    for content in items(&mut pair.recorded, "contents") {
        items_of(content)
            .retain(|part| part["thought"] != true || part.get("thoughtSignature").is_some());
    }
}

pub fn sentinel(pair: &mut Pair) {
    let recorded = pair.recorded.clone();
    for (at, content) in items(&mut pair.ours, "contents").enumerate() {
        for (index, part) in items_of(content).iter_mut().enumerate() {
            let before = &recorded["contents"][at]["parts"][index]["thoughtSignature"];
            if part["thoughtSignature"] == "skip_thought_signature_validator" && before.is_null() {
                fields(part).remove("thoughtSignature");
            }
        }
    }
}

pub fn without_empty_text(pair: &mut Pair) {
    for body in [&mut pair.recorded, &mut pair.ours] {
        for content in items(body, "contents") {
            items_of(content).iter_mut().for_each(|part| {
                if part["text"] == "" {
                    part["text"] = " ".into();
                }
            });
        }
        if body["systemInstruction"]["parts"] == json!([{"text": ""}]) {
            fields(body).remove("systemInstruction");
        }
        if let Some(Value::Array(input)) = body.get_mut("input") {
            input.retain(|item| item["role"] != "assistant" || item["content"] != "");
        }
    }
}

/// Takes out of ours what answers a call that nobody answered. Its text is fixed.
pub fn made_results(pair: &mut Pair) {
    let warned = pair
        .warnings
        .iter()
        .any(|it| it.code == "tool_result_missing");
    let known = pair.recorded.to_string();
    let made = |item: &Value| {
        let text = item.to_string();
        let result = [
            "\"tool\"",
            "tool_result",
            "function_call_output",
            "functionResponse",
        ];
        let made = result.iter().any(|it| text.contains(it)) && text.contains(NO_RESULT);
        warned && made && !known.contains(NO_RESULT)
    };
    for key in ["messages", "input", "contents"] {
        if let Some(Value::Array(items)) = pair.ours.get_mut(key) {
            items.retain(|item| !made(item));
        }
    }
}

/// What a made result says.
const NO_RESULT: &str = "no result was given";
