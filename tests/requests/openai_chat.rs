//! Chat Completions, OpenAI's own and compatible servers' (wire reference, OpenAI §3).

use serde_json::{Value, json};

use super::fields::{Fields, Unsayable, content, put, text_part};
use super::talk::Talk;

pub fn read(talk: &mut Talk, body: Value) -> Result<(), Unsayable> {
    let mut body = Fields::of("body", body)?;
    for message in body.list("messages") {
        self::message(talk, message)?;
    }
    let limit = body.either("max_completion_tokens", "max_tokens");
    talk.set("max_tokens", limit);
    for same in [
        "temperature",
        "top_p",
        "frequency_penalty",
        "presence_penalty",
        "stop",
        "seed",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "stream",
        "user",
    ] {
        talk.set(same, body.take(same));
    }
    let effort = body.take("reasoning_effort");
    talk.set("thinking", effort.map(|effort| json!({"effort": effort})));
    tools(talk, &mut body)?;
    body.take("model");
    talk.options = body.rest();
    // Asked for by us whenever we stream.
    if talk.options.get("stream_options") == Some(&json!({"include_usage": true})) {
        talk.options.remove("stream_options");
    } else if talk.request["stream"] == true {
        talk.say_default("stream_options", json!({"include_usage": false}));
    }
    Ok(())
}

fn message(talk: &mut Talk, message: Value) -> Result<(), Unsayable> {
    let whole = message.clone();
    let mut fields = Fields::of("messages[]", message)?;
    let role = fields.text("role").unwrap_or_default();
    if role == "assistant" {
        return talk.answered(&answer(&talk.model, whole));
    }
    let parts = match fields.take("content") {
        Some(Value::Array(parts)) => {
            let parts: Result<Vec<_>, _> = parts.into_iter().map(part).collect();
            content(parts?)
        }
        text => text.unwrap_or_default(),
    };
    let mut said = json!({"role": role, "content": parts});
    put(&mut said, "name", fields.take("name"));
    put(&mut said, "tool_call_id", fields.take("tool_call_id"));
    talk.messages.push(said);
    fields.end()
}

/// An assistant's message as the answer it once was: its content is text there.
fn answer(model: &str, mut message: Value) -> Value {
    if let Some(parts) = message["content"].as_array() {
        let texts = parts.iter().filter_map(|part| part["text"].as_str());
        message["content"] = texts.collect::<String>().into();
    }
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    })
}

/// The parts have the same shape here and there.
fn part(part: Value) -> Result<Value, Unsayable> {
    let mut fields = Fields::of("messages[].content[]", part)?;
    let kind = fields.text("type").unwrap_or_default();
    let inner = fields.take(&kind);
    fields.end()?;
    match (kind.as_str(), inner) {
        ("text", Some(text)) => Ok(text_part(text)),
        ("image_url" | "file" | "input_audio", Some(inner)) => {
            Ok(json!({"type": kind, kind: inner}))
        }
        _ => Err(format!("a part of type {kind}")),
    }
}

/// Functions as ours; a tool of another kind goes through `provider_options`.
fn tools(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    for tool in body.list("tools") {
        let mut fields = Fields::of("tools[]", tool.clone())?;
        fields.take("type");
        let function = fields.take("function");
        match function.filter(|_| fields.end().is_ok()) {
            Some(function) => ours.push(json!({"type": "function", "function": function})),
            None => foreign.push(tool),
        }
    }
    talk.set_tools(ours, foreign);
    Ok(())
}
