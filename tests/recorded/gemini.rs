//! Gemini's generateContent, in both spellings.

use serde_json::{Value, json};

use super::{Draft, attached, count, list, text};

pub fn usage(usage: &Value) -> [u64; 3] {
    [
        count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount"),
        count(usage, "candidatesTokenCount"),
        0,
    ]
}

/// The model of a path such as `/v1beta/models/gemini-x:generateContent`.
pub fn model(path: &str) -> String {
    let name = path.rsplit("models/").next().unwrap_or_default();
    name.split(':').next().unwrap_or_default().to_string()
}

fn inline(data: &Value) -> Value {
    let media_type = field(data, "mimeType", "mime_type").as_str();
    attached(
        media_type.unwrap_or_default(),
        data["data"].as_str().unwrap_or_default(),
    )
}

/// A field, in the spelling it has.
fn field<'a>(value: &'a Value, camel: &str, snake: &str) -> &'a Value {
    if value[camel].is_null() {
        &value[snake]
    } else {
        &value[camel]
    }
}

pub fn request(body: &Value) -> Value {
    let mut draft = Draft::default();
    let system = &field(body, "systemInstruction", "system_instruction")["parts"];
    let system = if system.is_object() {
        std::slice::from_ref(system)
    } else {
        list(system)
    };
    draft.say(
        "system",
        system.iter().map(|part| text(&part["text"])).collect(),
    );
    for content in list(&body["contents"]) {
        let role = if content["role"] == "model" {
            "assistant"
        } else {
            "user"
        };
        let mut parts = Vec::new();
        for part in list(&content["parts"]) {
            let call = field(part, "functionCall", "function_call");
            let result = field(part, "functionResponse", "function_response");
            let data = field(part, "inlineData", "inline_data");
            if part["thoughtSignature"].is_string() {
                draft.state("gemini", &part["thoughtSignature"]);
            }
            if call.is_object() {
                draft.call(&call["id"], &call["name"], &call["args"]);
            } else if result.is_object() {
                let mut parts = vec![text(&json!(result["response"].to_string()))];
                for part in list(&result["parts"]) {
                    parts.push(inline(field(part, "inlineData", "inline_data")));
                }
                draft.result(&result["id"], json!(parts));
            } else if data.is_object() {
                parts.push(inline(data));
            } else if field(part, "fileData", "file_data").is_object() {
                parts.push(json!({"type": "file", "file": {"url": "https://example.com/"}}));
            } else if part["text"].is_string() {
                parts.push(text(&part["text"]));
            } else {
                draft.state("gemini", part);
            }
        }
        draft.say(role, parts);
    }
    for tool in list(&body["tools"]) {
        let functions = field(tool, "functionDeclarations", "function_declarations");
        for function in list(functions) {
            let schema = field(function, "parametersJsonSchema", "parameters_json_schema");
            let schema = if schema.is_null() {
                &function["parameters"]
            } else {
                schema
            };
            draft.tool(&function["name"], &function["description"], schema);
        }
        if functions.is_null() {
            draft.options.insert("tools".into(), json!([tool]));
        }
    }
    draft.keep(body, &["cachedContent"]);
    let generation = field(body, "generationConfig", "generation_config");
    draft.schema(field(generation, "responseSchema", "response_schema"));
    draft.schema(field(
        generation,
        "responseJsonSchema",
        "response_json_schema",
    ));
    draft.finish("gemini")
}
