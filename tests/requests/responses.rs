//! Responses (wire reference, OpenAI §4).

use serde_json::{Value, json};

use super::fields::{Fields, Unsayable, content, put, text_part};
use super::talk::Talk;

pub fn read(talk: &mut Talk, body: Value) -> Result<(), Unsayable> {
    let mut body = Fields::of("body", body)?;
    body.skip("instructions", &json!(""));
    if let Some(instructions) = body.take("instructions") {
        talk.say("system", instructions);
    }
    input(talk, body.take("input"))?;
    for (ours, theirs) in [
        ("max_tokens", "max_output_tokens"),
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("parallel_tool_calls", "parallel_tool_calls"),
        ("stream", "stream"),
        ("user", "safety_identifier"),
    ] {
        talk.set(ours, body.take(theirs));
    }
    tool_choice(talk, &mut body);
    tools(talk, &mut body)?;
    reasoning(talk, &mut body)?;
    text(talk, &mut body)?;
    body.take("model");
    talk.options.extend(body.rest());
    // Nothing is stored unless asked for, and so reasoning has to come encrypted.
    for (key, ours, default) in [
        ("store", json!(false), json!(true)),
        ("include", json!(["reasoning.encrypted_content"]), json!([])),
    ] {
        if talk.options.get(key) == Some(&ours) {
            talk.options.remove(key);
        } else {
            talk.say_default(key, default);
        }
    }
    Ok(())
}

/// Items in a row that an assistant made are one answer.
fn input(talk: &mut Talk, input: Option<Value>) -> Result<(), Unsayable> {
    let items = match input {
        Some(Value::Array(items)) => items,
        Some(text) => {
            talk.say("user", text);
            return Ok(());
        }
        None => return Ok(()),
    };
    let mut output = Vec::new();
    for item in items {
        let kind = item["type"].as_str().unwrap_or("message");
        let role = item["role"].as_str().unwrap_or_default();
        if kind == "function_call_output" || (kind == "message" && role != "assistant") {
            answered(talk, &mut output)?;
            spoken(talk, item)?;
        } else {
            output.push(item);
        }
    }
    answered(talk, &mut output)
}

fn answered(talk: &mut Talk, output: &mut Vec<Value>) -> Result<(), Unsayable> {
    if output.is_empty() {
        return Ok(());
    }
    let items: Vec<_> = output.drain(..).map(item).collect();
    let answer = json!({
        "id": "resp_1", "object": "response", "status": "completed", "model": talk.model, "output": items,
    });
    talk.answered(&answer)
}

/// An item as it stands in an answer: a message's content is a list there.
fn item(mut item: Value) -> Value {
    if item.get("type").is_none() {
        item["type"] = "message".into();
    }
    if let Some(text) = item["content"].as_str() {
        item["content"] = json!([{"type": "output_text", "text": text, "annotations": []}]);
    }
    item
}

fn spoken(talk: &mut Talk, item: Value) -> Result<(), Unsayable> {
    let mut fields = Fields::of("input[]", item)?;
    let result = fields.text("type").as_deref() == Some("function_call_output");
    let value = fields.take(if result { "output" } else { "content" });
    let value = match value {
        Some(Value::Array(parts)) => {
            let parts: Result<Vec<_>, _> = parts.into_iter().map(part).collect();
            content(parts?)
        }
        text => text.unwrap_or_default(),
    };
    if result {
        let id = talk.answers(fields.text("call_id").as_deref(), None)?;
        talk.messages
            .push(json!({"role": "tool", "tool_call_id": id, "content": value}));
    } else {
        let role = fields.text("role").unwrap_or_default();
        talk.say(&role, value);
    }
    fields.end()
}

fn part(part: Value) -> Result<Value, Unsayable> {
    let mut fields = Fields::of("input[].content[]", part)?;
    let kind = fields.text("type").unwrap_or_default();
    let part = match kind.as_str() {
        "input_text" => text_part(fields.take("text").unwrap_or_default()),
        "input_image" => {
            let mut image = json!({"url": fields.take("image_url")});
            put(&mut image, "detail", fields.take("detail"));
            json!({"type": "image_url", "image_url": image})
        }
        "input_file" => {
            let mut file = json!({});
            put(&mut file, "filename", fields.take("filename"));
            put(&mut file, "file_data", fields.take("file_data"));
            put(&mut file, "url", fields.take("file_url"));
            json!({"type": "file", "file": file})
        }
        _ => return Err(format!("a part of type {kind}")),
    };
    fields.end()?;
    Ok(part)
}

fn tool_choice(talk: &mut Talk, body: &mut Fields) {
    let choice = match body.take("tool_choice") {
        Some(Value::Object(named)) if named.get("type") == Some(&json!("function")) => {
            Some(json!({"type": "function", "function": {"name": named["name"]}}))
        }
        choice => choice,
    };
    talk.set("tool_choice", choice);
}

/// Functions as ours; a tool of another kind goes through `provider_options`.
fn tools(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    for tool in body.list("tools") {
        let mut fields = Fields::of("tools[]", tool.clone())?;
        let is_function = fields.text("type").as_deref() == Some("function");
        let mut function = json!({"name": fields.take("name")});
        for same in ["description", "parameters", "strict"] {
            put(&mut function, same, fields.take(same));
        }
        if is_function && fields.end().is_ok() {
            ours.push(json!({"type": "function", "function": function}));
        } else {
            foreign.push(tool);
        }
    }
    talk.set_tools(ours, foreign);
    Ok(())
}

fn reasoning(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let Some(reasoning) = body.take("reasoning") else {
        return Ok(());
    };
    let mut fields = Fields::of("reasoning", reasoning)?;
    if let Some(effort) = fields.take("effort") {
        let mut thinking = json!({"effort": effort});
        if fields.take("summary").inspect(|word| {
            if word != "auto" {
                talk.options
                    .insert("reasoning".into(), json!({"summary": word}));
            }
        }) == Some(json!("auto"))
        {
            thinking["display"] = "summarized".into();
        }
        talk.set("thinking", thinking);
    }
    fields.end()
}

fn text(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let Some(text) = body.take("text") else {
        return Ok(());
    };
    let mut fields = Fields::of("text", text)?;
    if let Some(Value::Object(mut format)) = fields.take("format") {
        let kind = format.remove("type").unwrap_or_default();
        let schema = kind == "json_schema";
        let mut ours = json!({"type": kind});
        if schema {
            ours["json_schema"] = Value::Object(format);
        }
        talk.set("response_format", ours);
    }
    fields.end()
}
