//! Claude's Messages.

use serde_json::{Value, json};

use super::{Draft, attached, count, image, list, text};

pub fn usage(usage: &Value) -> [u64; 3] {
    let inputs = [
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    ];
    let mut prompt: u64 = inputs.iter().map(|field| count(usage, field)).sum();
    let mut answer = count(usage, "output_tokens");
    let rounds = list(&usage["iterations"]);
    for round in rounds.iter().filter(|round| round["type"] != "message") {
        prompt += inputs.iter().map(|field| count(round, field)).sum::<u64>();
        answer += count(round, "output_tokens");
    }
    [
        prompt,
        answer,
        count(usage, "output_tokens_details.thinking_tokens"),
    ]
}

pub fn request(body: &Value) -> Value {
    let mut draft = Draft::default();
    draft.say("system", texts(&body["system"]));
    for message in list(&body["messages"]) {
        let role = message["role"].as_str().unwrap();
        if message["content"].is_string() {
            draft.say(role, texts(&message["content"]));
        }
        let mut parts = Vec::new();
        for block in list(&message["content"]) {
            match block["type"].as_str().unwrap_or_default() {
                "text" | "image" | "document" => parts.push(part(block)),
                "tool_use" => draft.call(&block["id"], &block["name"], &block["input"]),
                "tool_result" => {
                    draft.result(&block["tool_use_id"], json!(result(&block["content"])));
                }
                _ => draft.state("claude", block),
            }
        }
        draft.say(role, parts);
    }
    for tool in list(&body["tools"]) {
        if tool["input_schema"].is_object() {
            draft.tool(&tool["name"], &tool["description"], &tool["input_schema"]);
        } else {
            draft.options.insert("tools".into(), json!([tool]));
        }
    }
    draft.keep(body, &["mcp_servers", "container", "context_management"]);
    draft.schema(&body["output_config"]["format"]["schema"]);
    draft.schema(&body["output_format"]["schema"]);
    draft.thinks = ["enabled", "adaptive"]
        .iter()
        .any(|on| body["thinking"]["type"] == *on);
    draft.finish("claude")
}

fn texts(content: &Value) -> Vec<Value> {
    if content.is_string() {
        return vec![text(content)];
    }
    list(content)
        .iter()
        .map(|block| text(&block["text"]))
        .collect()
}

fn result(content: &Value) -> Vec<Value> {
    if content.is_string() {
        return vec![text(content)];
    }
    list(content).iter().map(part).collect()
}

fn part(block: &Value) -> Value {
    let source = &block["source"];
    match source["type"].as_str() {
        Some("base64") => attached(
            source["media_type"].as_str().unwrap(),
            source["data"].as_str().unwrap(),
        ),
        Some("url") if block["type"] == "image" => image(&source["url"]),
        Some("text") => text(&source["data"]),
        Some(_) => json!({"type": "file", "file": {"url": "https://example.com/"}}),
        None => text(&block["text"]),
    }
}
