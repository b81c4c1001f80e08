//! `generateContent`, on the Gemini API and on Vertex (wire reference, Gemini §2).

use serde_json::{Map, Value, json};

use super::fields::{Fields, Unsayable, content, data_url, put, text_part};
use super::talk::Talk;

/// The body has its names in camel case already (`words::camel_case`).
pub fn read(talk: &mut Talk, body: Value) -> Result<(), Unsayable> {
    let mut body = Fields::of("body", body)?;
    if let Some(system) = body.take("systemInstruction") {
        for part in parts_of(&system) {
            let mut fields = Fields::of("systemInstruction", part)?;
            talk.say("system", fields.take("text").unwrap_or_default());
            fields.skip("thought", &json!(false));
            fields.end()?;
        }
    }
    for content in body.list("contents") {
        content_of(talk, content)?;
    }
    tools(talk, &mut body)?;
    tool_config(talk, &mut body)?;
    if let Some(config) = body.take("generationConfig") {
        generation_config(talk, config)?;
    }
    body.take("model");
    talk.options.extend(body.rest());
    Ok(())
}

fn parts_of(content: &Value) -> Vec<Value> {
    match &content["parts"] {
        Value::Array(parts) => parts.clone(),
        Value::Null => Vec::new(),
        part => vec![part.clone()],
    }
}

// ---- contents -------------------------------------------------------------

fn content_of(talk: &mut Talk, value: Value) -> Result<(), Unsayable> {
    let role = value["role"].as_str().unwrap_or("user").to_string();
    let parts = parts_of(&value);
    if role == "model" {
        let answer = json!({
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
            "modelVersion": talk.model,
        });
        return talk.answered(&answer);
    }
    if role != "user" {
        return Err(format!("role {role}"));
    }
    let mut said = Vec::new();
    for part in parts {
        if part.get("functionResponse").is_some() {
            result(talk, part)?;
        } else {
            said.push(self::part(part)?);
        }
    }
    if !said.is_empty() {
        talk.say("user", content(said));
    }
    Ok(())
}

/// A result: what stands under `output` or `error`, or else the whole object.
fn result(talk: &mut Talk, part: Value) -> Result<(), Unsayable> {
    let mut fields = Fields::of("part", part)?;
    let response = fields.take("functionResponse").unwrap_or_default();
    fields.skip("thought", &json!(false));
    fields.end()?;
    let mut fields = Fields::of("functionResponse", response)?;
    let (id, name) = (fields.text("id"), fields.text("name"));
    let id = talk.answers(id.as_deref(), name.as_deref())?;
    let (said, is_error) = told(fields.take("response"));
    let mut parts = vec![text_part(said)];
    for part in fields.list("parts") {
        parts.push(self::part(part)?);
    }
    let mut message = json!({"role": "tool", "tool_call_id": id, "content": content(parts)});
    put(&mut message, "name", name.map(Value::from));
    put(&mut message, "is_error", is_error.then_some(json!(true)));
    talk.messages.push(message);
    fields.end()
}

fn told(response: Option<Value>) -> (String, bool) {
    let as_text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let response = response.unwrap_or_else(|| json!({}));
    let only = |key: &str| {
        let object = response.as_object().filter(|object| object.len() == 1)?;
        object.get(key)
    };
    match (only("output"), only("error")) {
        (Some(output), _) => (as_text(output), false),
        (_, Some(error)) => (as_text(error), true),
        _ => (response.to_string(), false),
    }
}

fn part(part: Value) -> Result<Value, Unsayable> {
    let mut fields = Fields::of("part", part)?;
    fields.skip("thought", &json!(false));
    let part = if let Some(text) = fields.take("text") {
        text_part(text)
    } else if let Some(data) = fields.take("inlineData") {
        let mut data = Fields::of("inlineData", data)?;
        let media_type = data.text("mimeType").unwrap_or_default();
        let url = data_url(&media_type, &data.text("data").unwrap_or_default());
        data.end()?;
        file(&media_type, "file_data", url)
    } else if let Some(data) = fields.take("fileData") {
        let mut data = Fields::of("fileData", data)?;
        let media_type = data.text("mimeType").unwrap_or_default();
        let url = data.text("fileUri").unwrap_or_default();
        data.end()?;
        file(&media_type, "url", url)
    } else {
        return Err("a part that is neither text nor a file".into());
    };
    fields.end()?;
    Ok(part)
}

fn file(media_type: &str, key: &str, url: String) -> Value {
    if media_type.starts_with("image/") {
        return json!({"type": "image_url", "image_url": {"url": url}});
    }
    json!({"type": "file", "file": {key: url}})
}

// ---- tools ----------------------------------------------------------------

/// Functions as ours; a tool of another kind goes through `provider_options`.
fn tools(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    for tool in body.list("tools") {
        let mut fields = Fields::of("tools[]", tool)?;
        for declared in fields.list("functionDeclarations") {
            let mut declared = Fields::of("functionDeclarations[]", declared)?;
            let mut function = json!({"name": declared.take("name")});
            put(&mut function, "description", declared.take("description"));
            let own = declared.take("parameters").map(super::words::own_schema);
            let schema = declared.take("parametersJsonSchema").or(own);
            put(&mut function, "parameters", schema);
            ours.push(json!({"type": "function", "function": function}));
            declared.end()?;
        }
        let rest = fields.rest();
        foreign.extend((!rest.is_empty()).then_some(Value::Object(rest)));
    }
    talk.set_tools(ours, foreign);
    Ok(())
}

fn tool_config(talk: &mut Talk, body: &mut Fields) -> Result<(), Unsayable> {
    let Some(Value::Object(mut config)) = body.take("toolConfig") else {
        return Ok(());
    };
    if let Some(calling) = config.get("functionCallingConfig") {
        let names = calling["allowedFunctionNames"].as_array();
        let choice = match (calling["mode"].as_str(), names.map(Vec::as_slice)) {
            (Some("AUTO"), None) => Some(json!("auto")),
            (Some("NONE"), None) => Some(json!("none")),
            (Some("ANY"), None) => Some(json!("required")),
            (Some("ANY"), Some([name])) => {
                Some(json!({"type": "function", "function": {"name": name}}))
            }
            _ => None,
        };
        if choice.is_some() {
            talk.set("tool_choice", choice);
            config.remove("functionCallingConfig");
        }
    }
    if !config.is_empty() {
        talk.options
            .insert("toolConfig".into(), Value::Object(config));
    }
    Ok(())
}

// ---- generationConfig -----------------------------------------------------

fn generation_config(talk: &mut Talk, config: Value) -> Result<(), Unsayable> {
    let mut config = Fields::of("generationConfig", config)?;
    for (ours, theirs) in [
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("max_tokens", "maxOutputTokens"),
        ("stop", "stopSequences"),
        ("seed", "seed"),
        ("presence_penalty", "presencePenalty"),
        ("frequency_penalty", "frequencyPenalty"),
    ] {
        talk.set(ours, config.take(theirs));
    }
    response_format(talk, &mut config);
    let mut rest = Map::new();
    if let Some(thinking) = config.take("thinkingConfig")
        && let Some(left) = self::thinking(talk, &thinking)
    {
        rest.insert("thinkingConfig".into(), left);
    }
    rest.extend(config.rest());
    if !rest.is_empty() {
        talk.options
            .insert("generationConfig".into(), Value::Object(rest));
    }
    Ok(())
}

fn response_format(talk: &mut Talk, config: &mut Fields) {
    let own = config.take("responseSchema").map(super::words::own_schema);
    let schema = config.take("responseJsonSchema").or(own);
    match (config.take("responseMimeType"), schema) {
        (_, Some(schema)) => {
            let schema = json!({"name": "answer", "schema": schema});
            talk.set(
                "response_format",
                json!({"type": "json_schema", "json_schema": schema}),
            );
        }
        (Some(kind), None) if kind == "application/json" => {
            talk.set("response_format", json!({"type": "json_object"}));
        }
        _ => {}
    }
}

/// Returns what asks for thoughts without saying how much to think: there is no word for it.
fn thinking(talk: &mut Talk, config: &Value) -> Option<Value> {
    let shown = config["includeThoughts"] == true;
    let mut ours = match (&config["thinkingLevel"], &config["thinkingBudget"]) {
        (Value::String(level), _) => json!({"effort": level}),
        (_, Value::Number(budget)) => json!({"budget_tokens": budget}),
        _ => return Some(config.clone()),
    };
    if !shown {
        ours["display"] = "omitted".into();
    }
    talk.set("thinking", ours);
    None
}
