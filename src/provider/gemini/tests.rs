//! What is written for which request.

mod answers;
mod settings;
#[cfg(feature = "vertex")]
mod vertex;

use expect_test::{Expect, expect};

use super::*;
use crate::config::{Config, Host};
use crate::model;

fn config(table: &str) -> Config {
    let host = Host::default();
    let text = format!(r#"{{"providers":{{"gemini":{{"api_key":null{table}}}}}}}"#);
    Config::from_json(&text, &host).unwrap()
}

fn encoded(table: &str, model: &str, stream: bool, request: &ChatRequest) -> Result<Exchange> {
    let config = config(table);
    let known = model::find("gemini", model);
    let target = Target {
        config: &config.providers[0],
        model,
        known: known.as_ref(),
        key: None,
        stream,
        seed: 7,
    };
    Gemini.encode(request, &target)
}

/// The body, then a line for each warning.
fn written(model: &str, request: &ChatRequest) -> String {
    match encoded("", model, false, request) {
        Ok(exchange) => exchange.warnings.iter().fold(
            String::from_utf8(exchange.request.body.unwrap()).unwrap(),
            |out, warning| {
                let field = warning.field.as_deref().unwrap_or_default();
                format!("{out}\n{field}: {}", warning.message)
            },
        ),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn check(model: &str, fields: &str, expected: Expect) {
    let request = ChatRequest::from_json(&format!("{{{fields}}}")).unwrap();
    expected.assert_eq(&written(model, &request));
}

const HI: &str = r#""messages":[{"role":"user","content":"hi"}]"#;
const FLASH: &str = "gemini-3.5-flash";

/// A request that says hi and asks for more.
#[track_caller]
fn check_hi(model: &str, fields: &str, expected: Expect) {
    check(model, &format!("{HI},{fields}"), expected);
}

#[test]
fn messages_become_two_roles_that_take_turns() {
    check(
        FLASH,
        HI,
        expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#]],
    );
    check(
        FLASH,
        r#""messages":[{"role":"system","content":"a"},{"role":"user","content":"b"},{"role":"user","content":[{"type":"text","text":"c"},{"type":"text","text":""}]},{"role":"assistant","content":"d"},{"role":"system","content":"e"},{"role":"user","content":"f"}]"#,
        expect![[r#"
            {"systemInstruction":{"parts":[{"text":"a"},{"text":"e"}]},"contents":[{"role":"user","parts":[{"text":"b"},{"text":"c"}]},{"role":"model","parts":[{"text":"d"}]},{"role":"user","parts":[{"text":"f"}]}]}
            messages: system messages have no place in the conversation; sent in front of it"#]],
    );
    check(
        FLASH,
        r#""messages":[{"role":"system","content":"only"}]"#,
        expect![[
            r#"{"systemInstruction":{"parts":[{"text":"only"}]},"contents":[{"role":"user","parts":[{"text":" "}]}]}"#
        ]],
    );
    check(
        FLASH,
        r#""messages":[{"role":"assistant","content":"Welcome"},{"role":"user","content":"hi","name":"Ann"}]"#,
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":" "}]},{"role":"model","parts":[{"text":"Welcome"}]},{"role":"user","parts":[{"text":"hi"}]}]}
            messages[].name: the provider has no such field; sent without
            messages: a conversation must begin with the user; sent a blank first message"#]],
    );
    check(
        "gemma-3-27b-it",
        r#""messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]"#,
        expect![[r#"{"contents":[{"role":"user","parts":[{"text":"Be brief."},{"text":"hi"}]}]}"#]],
    );
}

#[test]
fn files_travel_inside_or_by_address() {
    check(
        FLASH,
        r#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://example.com/a.webp?x=1","detail":"low"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}},{"type":"file","file":{"url":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},{"type":"input_audio","input_audio":{"data":"CCCC","format":"mp3"}}]}]"#,
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"fileData":{"fileUri":"https://example.com/a.webp?x=1","mimeType":"image/webp"}},{"inlineData":{"mimeType":"application/pdf","data":"BBBB"}},{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},{"inlineData":{"mimeType":"audio/mp3","data":"CCCC"}}]}]}
            image_url.detail: the provider has no such field; sent without"#]],
    );
    check(
        "gemini-2.0-flash",
        r#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]"#,
        expect!["unsupported: messages[0].content[0]: gemini-2.0-flash does not fetch addresses"],
    );
    check(
        FLASH,
        r#""messages":[{"role":"user","content":[{"type":"file","file":{"url":"gs://bucket/a.pdf"}}]}]"#,
        expect![
            "unsupported: messages[0].content[0]: gemini-3.5-flash does not read buckets (`gs://`) outside Vertex AI"
        ],
    );
    check(
        "gemini-1.0-pro",
        r#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]"#,
        expect![
            "unsupported: messages[0].content[0]: gemini-1.0-pro does not take images or other files"
        ],
    );
}

#[test]
fn files_stand_with_either_speaker_but_not_in_instructions() {
    let image = r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#;
    let from = |role: &str| {
        format!(
            r#""messages":[{{"role":"user","content":"draw"}},{{"role":"{role}","content":[{{"type":"text","text":"this"}},{image}]}}]"#
        )
    };
    check(
        FLASH,
        &from("assistant"),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"draw"}]},{"role":"model","parts":[{"text":"this"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}]}"#
        ]],
    );
    check(
        FLASH,
        &from("system"),
        expect![[
            r#"unsupported: messages[1].content[1]: gemini-3.5-flash does not take files in system messages"#
        ]],
    );
}

const ADDRESSES: &str = r#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},{"type":"file","file":{"url":"https://example.com/a.pdf"}},{"type":"file","file":{"url":"https://youtu.be/x"}},{"type":"file","file":{"url":"gs://a/b"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]"#;

#[test]
fn files_are_put_inside_results_for_older_models_and_after_a_refusal() {
    let mut request = ChatRequest::from_json(&format!("{{{ADDRESSES}}}")).unwrap();
    let found = r#"{"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{"url":"https://example.com/found.png"}}]}"#;
    request.messages.push(crate::json::from_str(found).unwrap());
    let config = config("");
    let asked = |model, refused: Option<&Error>| {
        let known = model::find("gemini", model);
        let target = Target {
            config: &config.providers[0],
            model,
            known: known.as_ref(),
            key: None,
            stream: false,
            seed: 7,
        };
        Gemini.to_inline(&request, &target, refused).join(" ")
    };
    let found = "https://example.com/found.png";
    let all = format!("https://example.com/a.png https://example.com/a.pdf {found}");
    assert_eq!(asked(FLASH, None), found);
    assert_eq!(asked("gemini-2.0-flash", None), all);
    assert_eq!(asked("gemma-3-27b-it", None), all);
    let refused = |message: &str| {
        let head = ResponseHead {
            status: 400,
            headers: Vec::new(),
            ..ResponseHead::default()
        };
        Gemini.error(&head, &format!(r#"{{"error":{{"message":"{message}"}}}}"#))
    };
    let unreached = refused("Cannot fetch content from the provided URL. Status: URL_ROBOTED");
    assert_eq!(asked(FLASH, Some(&unreached)), all);
    assert_eq!(asked(FLASH, Some(&refused("Invalid value"))), found);
}

const CALLS: &str = r#""messages":[{"role":"user","content":"weather?"},{"role":"assistant","content":"","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\":12345678901234567890}"}},{"id":"b","function":{"name":"g","arguments":""}}]},{"role":"tool","tool_call_id":"b","content":"cold","is_error":true},{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"{\"t\":21}"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"user","content":"and?"}]"#;

#[test]
fn results_stand_in_the_order_of_their_calls() {
    check(
        FLASH,
        CALLS,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"weather?"}]},{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{"x":12345678901234567890}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"b","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":{"t":21}},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}},{"functionResponse":{"id":"b","name":"g","response":{"error":"cold"}}},{"text":"and?"}]}]}"#
        ]],
    );
    check(
        "gemini-2.5-flash",
        CALLS,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"weather?"}]},{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{"x":12345678901234567890}}},{"functionCall":{"id":"b","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":{"t":21}}}},{"functionResponse":{"id":"b","name":"g","response":{"error":"cold"}}},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"text":"and?"}]}]}"#
        ]],
    );
    check(
        FLASH,
        r#""messages":[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"nobody","content":"y"}]"#,
        expect![
            "invalid_request: messages[1].tool_call_id: no message before it calls a tool with the id `nobody` that is still unanswered"
        ],
    );
}

#[test]
fn options_and_safety_settings() {
    let settings = r#","safety_settings":[{"category":"A","threshold":"OFF"}]"#;
    let body = |fields: &str| {
        let request = ChatRequest::from_json(&format!("{{{HI}{fields}}}")).unwrap();
        let exchange = encoded(settings, FLASH, false, &request).unwrap();
        String::from_utf8(exchange.request.body.unwrap()).unwrap()
    };
    expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"safetySettings":[{"category":"A","threshold":"OFF"}]}"#]].assert_eq(&body(""));
    expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"safety_settings":[],"generationConfig":{"topK":4},"labels":{"a":"b"}}"#]].assert_eq(&body(
        r#","provider_options":{"gemini":{"safety_settings":[],"generationConfig":{"topK":4},"labels":{"a":"b"}}}"#,
    ));
}

#[test]
fn a_cache_takes_the_place_of_instructions_and_tools() {
    let cached = r#""provider_options":{"gemini":{"cachedContent":"cachedContents/c"}}"#;
    check_hi(
        FLASH,
        cached,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"cachedContent":"cachedContents/c"}"#
        ]],
    );
    let system = r#""messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]"#;
    check(
        FLASH,
        &format!("{system},{cached}"),
        expect!["unsupported: messages: system messages cannot stand beside `cachedContent`"],
    );
    let tools = r#""tools":[{"type":"function","function":{"name":"f"}}]"#;
    check_hi(
        FLASH,
        &format!("{tools},{cached}"),
        expect!["unsupported: tools: functions cannot stand beside `cachedContent`"],
    );
    check_hi(
        FLASH,
        r#""provider_options":{"gemini":{"cached_content":"c","tools":[{"googleSearch":{}}]}}"#,
        expect![
            "unsupported: provider_options.gemini: tools and instructions cannot stand beside `cachedContent`"
        ],
    );
    // Without an instruction of its own, Gemma reads it as a message.
    check(
        "gemma-3-27b-it",
        &format!("{system},{cached}"),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]}],"cachedContent":"cachedContents/c"}"#
        ]],
    );
}

#[track_caller]
fn check_url(table: &str, model: &str, stream: bool, expected: Expect) {
    let request = ChatRequest::from_json(&format!("{{{HI}}}")).unwrap();
    let url = encoded(table, model, stream, &request).map(|exchange| exchange.request.url);
    expected.assert_eq(&url.unwrap_or_else(|error| error.to_string()));
}

#[test]
fn a_model_stays_in_its_place_of_the_path() {
    check_url(
        "",
        FLASH,
        false,
        expect![
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:generateContent"
        ],
    );
    check_url(
        "",
        FLASH,
        true,
        expect![
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse"
        ],
    );
    check_url(
        "",
        "tunedModels/a b",
        true,
        expect![
            "https://generativelanguage.googleapis.com/v1beta/tunedModels/a%20b:streamGenerateContent?alt=sse"
        ],
    );
    check_url(
        r#","api_version":"v1""#,
        "models/x",
        false,
        expect!["https://generativelanguage.googleapis.com/v1/models/x:generateContent"],
    );
    let proxy = r#","api_version":"v1","base_url":"https://proxy.example/g""#;
    check_url(
        proxy,
        FLASH,
        false,
        expect!["https://proxy.example/g/models/gemini-3.5-flash:generateContent"],
    );
    check_url(
        "",
        "../v1/x",
        false,
        expect!["invalid_request: model: `..` cannot stand in a path"],
    );
    check_url(
        "",
        "a//b",
        false,
        expect!["invalid_request: model: `` cannot stand in a path"],
    );
    check_url(
        r#","api_version":"..""#,
        FLASH,
        false,
        expect!["invalid_request: api_version: `..` cannot stand in a path"],
    );
}

#[test]
fn the_key_stands_in_a_secret_header() {
    let config = config("");
    let secret = crate::http::Secret::new("AIza-0123456789").unwrap();
    let target = Target {
        config: &config.providers[0],
        model: FLASH,
        known: None,
        key: Some(&secret),
        stream: true,
        seed: 7,
    };
    let request = post(&target, Vec::new()).unwrap();
    assert_eq!(
        format!("{:?}", request.headers),
        "[content-type: application/json, x-goog-api-key: ***]"
    );
}
