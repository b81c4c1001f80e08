//! Ollama's `/api/chat` (wire reference, Ollama §2).

use serde_json::{Value, json};

use super::fields::{Fields, Unsayable, content, data_url, put, text_part};
use super::talk::Talk;

pub fn read(talk: &mut Talk, body: Value) -> Result<(), Unsayable> {
    let mut body = Fields::of("body", body)?;
    for message in body.list("messages") {
        self::message(talk, message)?;
    }
    // The server streams by default.
    talk.set("stream", body.take("stream").unwrap_or(Value::Bool(true)));
    match body.take("think") {
        Some(Value::String(level)) => talk.set("thinking", json!({"effort": level})),
        on => talk.set("thinking_mode", on),
    }
    body.skip("format", &json!(""));
    let format = match body.take("format") {
        Some(Value::String(_)) => Some(json!({"type": "json_object"})),
        Some(schema) => Some(
            json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}),
        ),
        None => None,
    };
    talk.set("response_format", format);
    talk.set_tools(body.list("tools"), Vec::new());
    if let Some(options) = body.take("options") {
        self::options(talk, options)?;
    }
    body.take("model");
    talk.options.extend(body.rest());
    talk.say_default("truncate", json!(true));
    Ok(())
}

fn options(talk: &mut Talk, options: Value) -> Result<(), Unsayable> {
    let mut options = Fields::of("options", options)?;
    for (ours, theirs) in [
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("frequency_penalty", "frequency_penalty"),
        ("presence_penalty", "presence_penalty"),
        ("stop", "stop"),
        ("seed", "seed"),
        ("max_tokens", "num_predict"),
        ("context_window", "num_ctx"),
    ] {
        talk.set(ours, options.take(theirs));
    }
    let rest = options.rest();
    if !rest.is_empty() {
        talk.options.insert("options".into(), Value::Object(rest));
    }
    Ok(())
}

fn message(talk: &mut Talk, message: Value) -> Result<(), Unsayable> {
    let whole = message.clone();
    let mut fields = Fields::of("messages[]", message)?;
    let role = fields.text("role").unwrap_or_default();
    if role == "assistant" {
        return talk.answered(&json!({
            "model": talk.model, "created_at": "2026-01-01T00:00:00Z", "message": whole,
            "done": true, "done_reason": "stop",
        }));
    }
    let mut parts = vec![text_part(fields.take("content").unwrap_or_default())];
    for image in fields.list("images") {
        let url = data_url("image/png", image.as_str().unwrap_or_default());
        parts.push(json!({"type": "image_url", "image_url": {"url": url}}));
    }
    let mut said = json!({"role": role, "content": content(parts)});
    if role == "tool" {
        let name = fields.text("tool_name");
        let id = fields.text("tool_call_id");
        said["tool_call_id"] = talk.answers(id.as_deref(), name.as_deref())?.into();
        put(&mut said, "name", name.map(Value::from));
    }
    talk.messages.push(said);
    fields.end()
}
