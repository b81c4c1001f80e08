//! Messages (wire reference, Anthropic §2).

use serde_json::{Value, json};

use super::fields::{Fields, Unsayable, content, data_url, put, text_part};
use super::talk::Talk;

pub fn read(talk: &mut Talk, body: Value) -> Result<(), Unsayable> {
    let mut body = Fields::of("body", body)?;
    if let Some(system) = body.take("system") {
        let system = blocks(system)?;
        talk.say("system", content(system));
    }
    for message in body.list("messages") {
        self::message(talk, message)?;
    }
    for (ours, theirs) in [
        ("max_tokens", "max_tokens"),
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("stop", "stop_sequences"),
        ("stream", "stream"),
    ] {
        talk.set(ours, body.take(theirs));
    }
    if let Some(mark) = body.take("cache_control") {
        talk.set("cache", hint(mark)?);
    }
    tools(talk, &mut body)?;
    tool_choice(talk, &mut body)?;
    let effort = output_config(talk, &mut body)?;
    thinking(talk, &mut body, effort)?;
    body.take("model");
    talk.options.extend(body.rest());
    Ok(())
}

// ---- messages -------------------------------------------------------------

fn message(talk: &mut Talk, message: Value) -> Result<(), Unsayable> {
    let mut fields = Fields::of("messages[]", message)?;
    let role = fields.text("role").unwrap_or_default();
    let said = fields.take("content").unwrap_or_default();
    fields.end()?;
    match role.as_str() {
        "assistant" => assistant(talk, said),
        "user" => user(talk, said),
        _ => Err(format!("role {role}")),
    }
}

fn assistant(talk: &mut Talk, said: Value) -> Result<(), Unsayable> {
    let said = match said {
        Value::String(text) => json!([text_part(text)]),
        said => said,
    };
    talk.answered(&json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": talk.model, "content": said,
        "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1},
    }))
}

/// Results are messages of their own; what stands around them is the user's.
fn user(talk: &mut Talk, said: Value) -> Result<(), Unsayable> {
    let Value::Array(list) = said else {
        talk.say("user", said);
        return Ok(());
    };
    let mut parts = Vec::new();
    for block in list {
        if block["type"] == "tool_result" {
            result(talk, block)?;
        } else {
            parts.push(part(block)?);
        }
    }
    if !parts.is_empty() {
        talk.say("user", content(parts));
    }
    Ok(())
}

fn result(talk: &mut Talk, block: Value) -> Result<(), Unsayable> {
    let mut fields = Fields::of("tool_result", block)?;
    fields.take("type");
    let id = talk.answers(fields.text("tool_use_id").as_deref(), None)?;
    let said = blocks(fields.take("content").unwrap_or_else(|| json!([])))?;
    let mut message = json!({"role": "tool", "tool_call_id": id, "content": content(said)});
    put(&mut message, "is_error", fields.take("is_error"));
    if let Some(mark) = fields.take("cache_control") {
        message["cache"] = hint(mark)?;
    }
    talk.messages.push(message);
    fields.end()
}

fn blocks(said: Value) -> Result<Vec<Value>, Unsayable> {
    match said {
        Value::Array(blocks) => blocks.into_iter().map(part).collect(),
        text => Ok(vec![text_part(text)]),
    }
}

fn part(block: Value) -> Result<Value, Unsayable> {
    let mut fields = Fields::of("content block", block)?;
    let kind = fields.text("type").unwrap_or_default();
    let mut part = match kind.as_str() {
        "text" => text_part(fields.take("text").unwrap_or_default()),
        "image" => json!({"type": "image_url", "image_url": {"url": source(&mut fields)?.0}}),
        "document" => {
            let (url, data) = source(&mut fields)?;
            let mut file = json!({if data { "file_data" } else { "url" }: url});
            put(&mut file, "filename", fields.take("title"));
            json!({"type": "file", "file": file})
        }
        _ => return Err(format!("a block of type {kind}")),
    };
    if let Some(mark) = fields.take("cache_control") {
        part["cache"] = hint(mark)?;
    }
    fields.end()?;
    Ok(part)
}

/// The address, and whether it holds the data.
fn source(block: &mut Fields) -> Result<(String, bool), Unsayable> {
    let mut source = Fields::of("source", block.take("source").unwrap_or_default())?;
    let kind = source.text("type").unwrap_or_default();
    let media_type = source.text("media_type").unwrap_or_default();
    let found = match kind.as_str() {
        "base64" => data_url(&media_type, &source.text("data").unwrap_or_default()),
        "url" => source.text("url").unwrap_or_default(),
        _ => return Err(format!("a source of type {kind}")),
    };
    source.end()?;
    Ok((found, kind == "base64"))
}

fn hint(mark: Value) -> Result<Value, Unsayable> {
    let mut fields = Fields::of("cache_control", mark)?;
    fields.take("type");
    let ttl = fields.take("ttl").unwrap_or_else(|| json!("5m"));
    fields.end()?;
    Ok(json!({"ttl": ttl}))
}

// ---- tools ----------------------------------------------------------------

/// Functions as ours; a tool of another kind goes through `provider_options`.
fn tools(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    for tool in body.list("tools") {
        let mut fields = Fields::of("tools[]", tool.clone())?;
        fields.skip("type", &json!("custom"));
        let schema = fields.take("input_schema");
        let is_function = schema.is_some();
        let mut function = json!({"name": fields.take("name"), "parameters": schema});
        put(&mut function, "description", fields.take("description"));
        put(&mut function, "strict", fields.take("strict"));
        let mut said = json!({"type": "function", "function": function});
        if let Some(mark) = fields.take("cache_control") {
            said["cache"] = hint(mark)?;
        }
        if is_function && fields.end().is_ok() {
            ours.push(said);
        } else {
            foreign.push(tool);
        }
    }
    talk.set_tools(ours, foreign);
    Ok(())
}

fn tool_choice(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let Some(choice) = body.take("tool_choice") else {
        return Ok(());
    };
    let mut fields = Fields::of("tool_choice", choice)?;
    let name = fields.take("name");
    let choice = match fields.text("type").as_deref() {
        Some("any") => json!("required"),
        Some("tool") => json!({"type": "function", "function": {"name": name}}),
        Some(same) => json!(same),
        None => return Err("tool_choice without type".into()),
    };
    talk.set("tool_choice", choice);
    if fields.take("disable_parallel_tool_use") == Some(json!(true)) {
        talk.set("parallel_tool_calls", json!(false));
    }
    fields.end()
}

// ---- the answer's form ----------------------------------------------------

fn output_config(talk: &mut Talk, body: &mut Fields) -> Result<Option<Value>, Unsayable> {
    let Some(config) = body.take("output_config") else {
        return Ok(None);
    };
    let mut fields = Fields::of("output_config", config)?;
    if let Some(format) = fields.take("format") {
        let mut format = Fields::of("format", format)?;
        let schema = json!({"name": "answer", "schema": format.take("schema")});
        talk.set(
            "response_format",
            json!({"type": format.take("type"), "json_schema": schema}),
        );
        format.end()?;
    }
    let effort = fields.take("effort");
    fields.end()?;
    Ok(effort)
}

/// Effort without adaptive thinking, and the other way round, has no word of ours.
fn thinking(talk: &mut Talk, body: &mut Fields, effort: Option<Value>) -> Result<(), Unsayable> {
    let thinking = body.take("thinking").unwrap_or_else(|| json!({}));
    let mut fields = Fields::of("thinking", thinking)?;
    let kind = fields.text("type").unwrap_or_default();
    let budget = fields.take("budget_tokens");
    let mut ours = match (kind.as_str(), budget, &effort) {
        ("enabled", Some(budget), _) => json!({"budget_tokens": budget}),
        ("adaptive", None, Some(effort)) => json!({"effort": effort}),
        ("disabled", None, _) => json!({"effort": "none"}),
        ("", None, None) => return fields.end(),
        ("", None, Some(effort)) => {
            let config = json!({"effort": effort});
            talk.options.insert("output_config".into(), config);
            return fields.end();
        }
        _ => {
            let mut whole = Value::Object(fields.rest());
            whole["type"] = kind.into();
            talk.options.insert("thinking".into(), whole);
            return Ok(());
        }
    };
    put(&mut ours, "display", fields.take("display"));
    talk.set("thinking", ours);
    fields.end()
}
