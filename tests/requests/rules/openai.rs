//! Rules of both endpoints of OpenAI, and of Ollama.

use aircher_llm::chat::Warning;
use serde_json::Value;

use super::{Pair, fields, items};
use crate::requests::Dialect::Responses;
use crate::requests::same::one_text;

/// Leading system messages are instructions in ours; the rest have the same word.
pub fn system_words(pair: &mut Pair) {
    let is_system = |item: &Value| matches!(item["role"].as_str(), Some("system" | "developer"));
    if pair.ours.get("instructions").is_some()
        && let Some(Value::Array(input)) = pair.recorded.get_mut("input")
    {
        let leading = input.iter().take_while(|item| is_system(item)).count();
        let moved = input.drain(..leading);
        let moved = moved.map(|item| item["content"].as_str().unwrap_or_default().to_string());
        let mut texts: Vec<_> = moved.collect();
        if leading > 0 {
            let before = pair.recorded.get("instructions").and_then(Value::as_str);
            texts.splice(0..0, before.map(str::to_string));
            pair.recorded["instructions"] = texts.join("\n\n").into();
        }
    }
    for body in [&mut pair.recorded, &mut pair.ours] {
        for key in ["messages", "input"] {
            items(body, key)
                .filter(|item| is_system(item))
                .for_each(|item| item["role"] = "system".into());
        }
    }
}

/// Ids, status, places and citations, of calls and of items.
pub fn without_bookkeeping(pair: &mut Pair) {
    for message in items(&mut pair.recorded, "messages") {
        for call in items(message, "tool_calls") {
            fields(call).remove("index");
        }
    }
    for body in [&mut pair.recorded, &mut pair.ours] {
        for item in items(body, "input") {
            // Other items are kept raw and go back with all they came with.
            let kind = item["type"].as_str().unwrap_or("message");
            if !["message", "function_call", "reasoning"].contains(&kind) {
                continue;
            }
            for key in ["id", "status"] {
                fields(item).remove(key);
            }
            let Some(Value::Array(parts)) = item.get_mut("content") else {
                continue;
            };
            for part in parts {
                fields(part).remove("annotations");
                fields(part).remove("logprobs");
            }
        }
        one_text(Responses, body);
    }
}

pub fn newer_limit(pair: &mut Pair) {
    if pair.ours.get("max_completion_tokens").is_some()
        && let Some(limit) = fields(&mut pair.recorded).remove("max_tokens")
    {
        pair.recorded["max_completion_tokens"] = limit;
    }
}

pub fn strict_said(pair: &mut Pair) {
    let functions = items(&mut pair.recorded, "tools").filter(|tool| tool["type"] == "function");
    functions.for_each(|tool| {
        fields(tool).entry("strict").or_insert(Value::Bool(false));
    });
}

/// A message of fixed text, in front.
pub fn word_said(pair: &mut Pair) {
    let warned = |it: &Warning| it.field.as_deref() == Some("response_format");
    for key in ["messages", "input"] {
        if let Some(Value::Array(items)) = pair.ours.get_mut(key)
            && pair.warnings.iter().any(warned)
        {
            items.retain(|it| it["content"] != "Answer with a JSON object.");
        }
    }
}

/// Ids and names of calls: what only ours has is taken out of ours; what both have is compared.
pub fn ids_of_calls(pair: &mut Pair) {
    let recorded = pair.recorded["messages"].as_array().cloned();
    let recorded = recorded.unwrap_or_default();
    for (theirs, ours) in recorded.iter().zip(items(&mut pair.ours, "messages")) {
        for key in ["tool_call_id", "tool_name"] {
            if theirs.get(key).is_none() {
                fields(ours).remove(key);
            }
        }
        let calls = theirs["tool_calls"].as_array().cloned().unwrap_or_default();
        for (theirs, ours) in calls.iter().zip(items(ours, "tool_calls")) {
            if theirs.get("id").is_none() {
                fields(ours).remove("id");
            }
        }
    }
}
