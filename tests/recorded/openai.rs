//! Chat Completions, Responses, and Ollama's own.

use serde_json::{Value, json};

use super::{Draft, count, image, list, text};

pub fn chat_usage(usage: &Value) -> [u64; 3] {
    [
        count(usage, "prompt_tokens"),
        count(usage, "completion_tokens"),
        count(usage, "completion_tokens_details.reasoning_tokens"),
    ]
}

pub fn responses_usage(usage: &Value) -> [u64; 3] {
    [
        count(usage, "input_tokens"),
        count(usage, "output_tokens"),
        count(usage, "output_tokens_details.reasoning_tokens"),
    ]
}

pub fn ollama_usage(usage: &Value) -> [u64; 3] {
    [
        count(usage, "prompt_eval_count"),
        count(usage, "eval_count"),
        0,
    ]
}

pub fn chat(body: &Value) -> Value {
    let mut draft = Draft::default();
    for message in list(&body["messages"]) {
        let parts = parts(&message["content"]);
        match message["role"].as_str() {
            Some("tool") => draft.result(&message["tool_call_id"], json!(parts)),
            Some("assistant") => draft.say("assistant", parts),
            Some("user") => draft.say("user", parts),
            _ => draft.say("system", parts),
        }
        for call in list(&message["tool_calls"]) {
            let function = &call["function"];
            draft.call(&call["id"], &function["name"], &function["arguments"]);
        }
    }
    tools(&mut draft, body);
    functions(&mut draft, body);
    draft.keep(body, &["web_search_options", "plugins", "n"]);
    match body["response_format"]["type"].as_str() {
        Some("json_object") => draft.format = Some(json!({"type": "json_object"})),
        _ => draft.schema(&body["response_format"]["json_schema"]["schema"]),
    }
    draft.finish("openai")
}

fn tools(draft: &mut Draft, body: &Value) {
    for tool in list(&body["tools"]) {
        // Responses has the function's fields one level higher.
        let function = if tool["function"].is_object() {
            &tool["function"]
        } else {
            tool
        };
        if tool["type"] == "function" {
            draft.tool(
                &function["name"],
                &function["description"],
                &function["parameters"],
            );
        } else {
            draft.options.insert("tools".into(), json!([tool]));
        }
    }
}

/// How tools were named before they were tools.
fn functions(draft: &mut Draft, body: &Value) {
    for function in list(&body["functions"]) {
        draft.tool(
            &function["name"],
            &function["description"],
            &function["parameters"],
        );
    }
}

fn parts(content: &Value) -> Vec<Value> {
    if content.is_string() {
        return vec![text(content)];
    }
    list(content).iter().map(part).collect()
}

fn part(part: &Value) -> Value {
    match part["type"].as_str().unwrap_or_default() {
        "image_url" | "input_audio" | "file" => {
            let kind = part["type"].as_str().unwrap();
            json!({"type": kind, kind: part[kind]})
        }
        "input_image" => image(&part["image_url"]),
        "input_file" if part["file_data"].is_string() => {
            json!({"type": "file", "file": {"file_data": part["file_data"]}})
        }
        "input_file" => json!({"type": "file", "file": {"url": "https://example.com/"}}),
        _ => text(&part["text"]),
    }
}

pub fn responses(body: &Value) -> Value {
    let mut draft = Draft::default();
    if body["instructions"].is_string() {
        draft.say("system", vec![text(&body["instructions"])]);
    }
    if body["input"].is_string() {
        draft.say("user", vec![text(&body["input"])]);
    }
    for item in list(&body["input"]) {
        match item["type"].as_str().unwrap_or("message") {
            "message" => {
                let is_turn = |role: &&str| ["user", "assistant"].contains(role);
                let role = item["role"].as_str().filter(is_turn).unwrap_or("system");
                draft.say(role, parts(&item["content"]));
            }
            "function_call" => draft.call(&item["call_id"], &item["name"], &item["arguments"]),
            "function_call_output" => {
                draft.result(&item["call_id"], json!(parts(&item["output"])));
            }
            _ => draft.state("openai", item),
        }
    }
    tools(&mut draft, body);
    draft.keep(
        body,
        &[
            "previous_response_id",
            "conversation",
            "prompt",
            "context_management",
        ],
    );
    match body["text"]["format"]["type"].as_str() {
        Some("json_object") => draft.format = Some(json!({"type": "json_object"})),
        _ => draft.schema(&body["text"]["format"]["schema"]),
    }
    draft.finish("openai")
}

pub fn ollama(body: &Value) -> Value {
    let mut draft = Draft::default();
    for message in list(&body["messages"]) {
        let mut parts = vec![text(&message["content"])];
        for data in list(&message["images"]) {
            let url = format!("data:image/png;base64,{}", data.as_str().unwrap());
            parts.push(image(&json!(url)));
        }
        match message["role"].as_str() {
            Some("tool") => draft.result(&Value::Null, json!(parts)),
            Some(role) => draft.say(role, parts),
            None => {}
        }
        if message["thinking"].is_string() {
            let thinking = json!({"role": "assistant", "thinking": message["thinking"]});
            draft.messages.push(thinking);
        }
        for call in list(&message["tool_calls"]) {
            let function = &call["function"];
            draft.call(&Value::Null, &function["name"], &function["arguments"]);
        }
    }
    tools(&mut draft, body);
    draft.thinks = body["think"] == true;
    draft.schema(&body["format"]);
    draft.finish("ollama")
}
