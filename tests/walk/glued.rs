//! Recordings that hold several messages of Claude in one body: their owner put
//! the answers of a whole tool conversation one behind the other.
//!
//! The reference read them as one message and laid the blocks of a later answer
//! over those of an earlier one with the same index, which is nothing a client
//! could show. So the walk takes such a body apart and compares each answer.
//! What to expect of one is computed here by the reference's own rule, which
//! must give the recording's expectation when it is applied to the whole body.

use serde_json::{Map, Value, json};

use super::Recording;

const START: &str = "event: message_start\n";

/// The answers, each a recording of its own; `None` for a body with one answer.
pub(super) fn apart(recording: &Recording) -> Option<Vec<Recording>> {
    let starts: Vec<_> = recording.body.match_indices(START).collect();
    if recording.endpoint != "messages" || starts.len() < 2 {
        return None;
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at);
    let ends = ends.chain([recording.body.len()]);
    let part = |((start, _), end): (&(usize, &str), usize)| {
        let body = recording.body[*start..end].to_string();
        Recording {
            expect: expectation(&body, true),
            body,
            ..recording.clone()
        }
    };
    Some(starts.iter().zip(ends).map(part).collect())
}

/// The fields in which the rule does not give what the reference computed.
pub(super) fn unlike_the_reference(recording: &Recording) -> Vec<String> {
    let whole = expectation(&recording.body, false);
    let fields = ["text", "tool_calls", "finish_reason", "usage", "model"];
    let unlike = fields.iter().filter(|field| {
        let mut expected = recording.expect[**field].clone();
        for call in expected.as_array_mut().into_iter().flatten() {
            call.as_object_mut().unwrap().remove("arguments_raw");
        }
        whole[**field] != expected
    });
    unlike
        .map(|field| format!("the rule and the reference differ in {field}"))
        .collect()
}

/// What the reference expects of a body. It does not look into the content a
/// message starts with, which is where answers to calls made by code have theirs.
fn expectation(body: &str, within_start: bool) -> Value {
    let mut blocks: Vec<Value> = Vec::new();
    let (mut usage, mut finish, mut model) = (Map::new(), Value::Null, Value::Null);
    for data in body.lines().filter_map(|line| line.strip_prefix("data:")) {
        let event: Value = serde_json::from_str(data).unwrap();
        match event["type"].as_str().unwrap() {
            "message_start" => {
                let message = &event["message"];
                overlay(&mut usage, &message["usage"]);
                if model.is_null() {
                    model = message["model"].clone();
                }
                if within_start {
                    finish = message["stop_reason"].clone();
                    blocks.extend(message["content"].as_array().unwrap().iter().cloned());
                }
            }
            "content_block_start" => *block(&mut blocks, &event) = event["content_block"].clone(),
            "content_block_delta" => add(block(&mut blocks, &event), &event["delta"]),
            "message_delta" => {
                finish = event["delta"]["stop_reason"].clone();
                overlay(&mut usage, &event["usage"]);
            }
            _ => {}
        }
    }
    let of_type = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
    let text: String = of_type("text")
        .filter_map(|block| block["text"].as_str())
        .collect();
    let calls: Vec<_> = of_type("tool_use").map(call).collect();
    json!({
        "kind": "chat", "text": text, "tool_calls": calls, "finish_reason": finish,
        "usage": usage, "model": model, "stream": {},
    })
}

fn block<'a>(blocks: &'a mut Vec<Value>, event: &Value) -> &'a mut Value {
    let index = event["index"].as_u64().unwrap() as usize;
    if blocks.len() <= index {
        blocks.resize(index + 1, Value::Null);
    }
    &mut blocks[index]
}

fn add(block: &mut Value, delta: &Value) {
    for (from, to) in [("text", "text"), ("partial_json", "json")] {
        if let Some(piece) = delta[from].as_str() {
            let before = block[to].as_str().unwrap_or_default();
            block[to] = json!(format!("{before}{piece}"));
        }
    }
}

fn call(block: &Value) -> Value {
    let streamed = block["json"].as_str().filter(|json| !json.is_empty());
    let arguments = streamed.map(|json| serde_json::from_str(json).unwrap());
    let arguments = arguments.unwrap_or_else(|| block["input"].clone());
    json!({"id": block["id"], "name": block["name"], "arguments": arguments})
}

fn overlay(usage: &mut Map<String, Value>, more: &Value) {
    let counts = more.as_object().into_iter().flatten();
    for (name, count) in counts.filter(|(_, count)| !count.is_null()) {
        usage.insert(name.clone(), count.clone());
    }
}
