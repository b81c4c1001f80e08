//! What is written for which request, and that an answer goes back as it came.

use expect_test::{Expect, expect};

use super::*;
use crate::chat::{ChatResponse, Events};
use crate::config::{Config, Host};
use crate::framing::Frame;
use crate::model;

fn config(table: &str) -> Config {
    let host = Host {
        env: &|_| None,
        page: false,
        origin: None,
        dangerously_allow_browser: false,
    };
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
        expect![[
            r#"{"systemInstruction":{"parts":[{"text":"a"},{"text":"e"}]},"contents":[{"role":"user","parts":[{"text":"b"},{"text":"c"}]},{"role":"model","parts":[{"text":"d"}]},{"role":"user","parts":[{"text":"f"}]}]}"#
        ]],
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
            messages.name: the provider has no such field; sent without
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
        "gemini-1.0-pro",
        r#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]"#,
        expect!["unsupported: messages[0].content[0]: gemini-1.0-pro does not see images"],
    );
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
            "invalid_request: messages[1].tool_call_id: no call before it has this id, and the name of its function is needed"
        ],
    );
    check(
        "gemini-2.5-pro",
        r#""messages":[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"old","name":"f","content":"[1]"}]"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"x"},{"functionResponse":{"id":"old","name":"f","response":{"output":[1]}}}]}]}"#
        ]],
    );
}

#[test]
fn tools_and_choices() {
    let tools = r#""tools":[{"function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"const":1}}}}},{"function":{"name":"g"}}]"#;
    let with = |more: &str| format!("{tools}{more}");
    check_hi(
        FLASH,
        tools,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}]}"#
        ]],
    );
    check_hi(
        FLASH,
        &with(r#","tool_choice":"required","parallel_tool_calls":false"#),
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}
            parallel_tool_calls: the provider has no such field; sent without"#]],
    );
    check_hi(
        FLASH,
        &with(r#","tool_choice":{"type":"function","function":{"name":"g"}}"#),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}}}"#
        ]],
    );
    check_hi(
        FLASH,
        &with(r#","tool_choice":"none""#),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"NONE"}}}"#
        ]],
    );
    check_hi(
        FLASH,
        r#""tools":[{"function":{"name":"f","strict":true}}]"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}}"#
        ]],
    );
    check_hi(
        FLASH,
        r#""tool_choice":"required""#,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}]}
        tool_choice: there are no tools to choose from; sent without"#]],
    );
}

#[test]
fn sampling_as_the_model_takes_it() {
    let all = r#""max_tokens":9,"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":1,"seed":3,"stop":["1","2","3","4","5","6"],"user":"u""#;
    check_hi(
        "gemini-2.0-flash",
        all,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"temperature":0.5,"topP":0.9,"maxOutputTokens":9,"stopSequences":["1","2","3","4","5"],"presencePenalty":1,"frequencyPenalty":1,"seed":3}}
        stop: at most 5 are taken; sent the first 5
        user: the provider has no such field; sent without"#]],
    );
    check_hi(
        "gemini-3.8-flash",
        all,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":9,"stopSequences":["1","2","3","4","5"],"seed":3}}
        stop: at most 5 are taken; sent the first 5
        temperature: gemini-3.8-flash does not take `temperature`; sent without
        top_p: gemini-3.8-flash does not take `top_p`; sent without
        frequency_penalty: gemini-3.8-flash does not take `frequency_penalty`; sent without
        presence_penalty: gemini-3.8-flash does not take `presence_penalty`; sent without
        user: the provider has no such field; sent without"#]],
    );
    check_hi(
        "tunedModels/mine",
        r#""presence_penalty":1,"seed":9999999999"#,
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"presencePenalty":1}}
            seed: only 32-bit seeds are taken; sent without"#]],
    );
}

#[test]
fn the_form_of_the_answer() {
    let schema = r#""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string","pattern":"^x"}}}}}"#;
    check_hi(
        FLASH,
        r#""response_format":{"type":"json_object"}"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json"}}"#
        ]],
    );
    check_hi(
        FLASH,
        schema,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}}
        response_format: the provider's schemas know no pattern; sent without"#]],
    );
    let tools = format!(r#"{schema},"tools":[{{"function":{{"name":"f"}}}}]"#);
    check_hi(
        FLASH,
        &tools,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}}
        response_format: the provider's schemas know no pattern; sent without"#]],
    );
    check_hi(
        "gemini-2.5-flash",
        &tools,
        expect![[r#"
        {"systemInstruction":{"parts":[{"text":"Answer with JSON that follows this JSON Schema, and nothing else:\n{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"^x\"}}}"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}
        response_format: gemini-2.5-flash does not take it beside tools; asked for it in the system instruction"#]],
    );
}

#[test]
fn thinking_by_level_or_budget() {
    let effort = |effort| format!(r#""thinking":{{"effort":"{effort}"}}"#);
    let budget = |tokens| format!(r#""thinking":{{"budget_tokens":{tokens},"display":"omitted"}}"#);
    check_hi(
        FLASH,
        r#""thinking_mode":true"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"medium","includeThoughts":true}}}"#
        ]],
    );
    check_hi(
        "gemini-3.8-flash",
        r#""thinking_mode":false"#,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"low"}}}
        thinking: gemini-3.8-flash takes no effort `none`; sent `low`"#]],
    );
    check_hi(
        "gemini-3.8-flash",
        &effort("max"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"high","includeThoughts":true}}}
        thinking: gemini-3.8-flash takes no effort `max`; sent `high`"#]],
    );
    check_hi(
        FLASH,
        &budget(2000),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"medium"}}}
        thinking: gemini-3.5-flash reasons by level, not by tokens; sent `medium`"#]],
    );
    check_hi(
        "gemini-3-pro-preview",
        &effort("minimal"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}}}
        thinking: gemini-3-pro-preview takes no effort `minimal`; sent `low`"#]],
    );
    check_hi(
        "gemini-2.5-flash",
        r#""thinking_mode":false"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#
        ]],
    );
    check_hi(
        "gemini-2.5-flash",
        &effort("max"),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":24576,"includeThoughts":true}}}"#
        ]],
    );
    check_hi(
        "gemini-2.5-pro",
        &effort("none"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":128}}}
        thinking: gemini-2.5-pro takes no thinking budget of 0 tokens; sent 128"#]],
    );
    check_hi(
        "gemini-2.5-flash-lite",
        &budget(100),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":512}}}
        thinking: gemini-2.5-flash-lite takes no thinking budget of 100 tokens; sent 512"#]],
    );
    check_hi(
        "gemini-2.0-flash",
        &effort("low"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}]}
        thinking: gemini-2.0-flash does not reason; sent without"#]],
    );
    check_hi(
        "gemini-2.0-flash",
        r#""thinking_mode":false"#,
        expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#]],
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

// ---- there and back -------------------------------------------------------

/// The answer to some chunks, as the call would hand it to the caller.
fn answered(model: &str, chunks: &[&str]) -> ChatResponse {
    let mut decoder = decode::GeminiDecoder::new(7);
    let mut events = Events::new();
    for data in chunks {
        let name = "message";
        super::super::Decoder::frame(&mut decoder, Frame::Event { name, data }, &mut events)
            .unwrap();
    }
    let mut response = ChatResponse::new("gemini", model);
    response.extend(&events);
    response.close();
    if let Some(state) = &mut response.message.provider_state {
        (state.provider, state.model) = ("gemini".into(), model.into());
    }
    response
}

const SIGNED: [&str; 3] = [
    r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true},{"text":"Lé"},{"text":"t me"},{"text":" see.","thoughtSignature":"S1"}],"role":"model"},"index":0}]}"#,
    r#"{"candidates":[{"content":{"parts":[{"executableCode":{"language":"PYTHON","code":"1"}},{"functionCall":{"name":"f","args":{"a": 1}},"thoughtSignature":"S2"},{"functionCall":{"id":"own","name":"g"}}]}}]}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"Now"},{"text":"","thoughtSignature":"S3"}]},"finishReason":"STOP"}]}"#,
];

/// The answer goes back with its results; `change` may alter it on the way.
#[track_caller]
fn check_back(model: &str, change: fn(&mut ChatResponse), expected: Expect) {
    let mut response = answered(FLASH, &SIGNED);
    change(&mut response);
    let mut request = ChatRequest::from_json(&format!("{{{HI}}}")).unwrap();
    let calls = response.message.tool_calls.iter();
    let ids: Vec<_> = calls.map(|call| call.id.clone()).collect();
    request.messages.push(response.message);
    for id in ids {
        let result = format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"ok"}}"#);
        request
            .messages
            .push(crate::json::from_str(&result).unwrap());
    }
    expected.assert_eq(&written(model, &request));
}

#[test]
fn an_answer_goes_back_as_it_came() {
    let state = answered(FLASH, &SIGNED).message.provider_state.unwrap();
    expect![[r#"
        [
            {"text":7},
            {"text":5,"thoughtSignature":"S1"},
            {"part":{"executableCode":{"language":"PYTHON","code":"1"}}},
            {"call":"call_000000000000000700","made":true,"thoughtSignature":"S2"},
            {"call":"own"},
            {"text":3},
            {"text":0,"thoughtSignature":"S3"},
        ]"#]]
    .assert_eq(&format!("{:#?}", state.blocks));
    check_back(
        FLASH,
        |_| {},
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"Lét me"},{"text":" see.","thoughtSignature":"S1"},{"executableCode":{"language":"PYTHON","code":"1"}},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"S2"},{"functionCall":{"id":"own","name":"g","args":{}}},{"text":"Now"},{"text":"","thoughtSignature":"S3"}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"ok"}}},{"functionResponse":{"id":"own","name":"g","response":{"output":"ok"}}}]}]}"#
        ]],
    );
}

#[test]
fn a_changed_answer_keeps_the_signatures_of_its_calls() {
    let shorten = |response: &mut ChatResponse| {
        response.message.content = chat("Short");
    };
    check_back(
        FLASH,
        shorten,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"Short"},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"S2"},{"functionCall":{"id":"own","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"ok"}}},{"functionResponse":{"id":"own","name":"g","response":{"output":"ok"}}}]}]}"#
        ]],
    );
    // Another model understands none of it, but must let unsigned calls pass.
    check_back(
        "gemini-3.8-flash",
        |_| {},
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"Lét me see.Now"},{"functionCall":{"id":"call_000000000000000700","name":"f","args":{"a":1}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"own","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"call_000000000000000700","name":"f","response":{"output":"ok"}}},{"functionResponse":{"id":"own","name":"g","response":{"output":"ok"}}}]}]}"#
        ]],
    );
    check_back(
        "gemini-2.5-flash",
        |_| {},
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"Lét me see.Now"},{"functionCall":{"id":"call_000000000000000700","name":"f","args":{"a":1}}},{"functionCall":{"id":"own","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"call_000000000000000700","name":"f","response":{"output":"ok"}}},{"functionResponse":{"id":"own","name":"g","response":{"output":"ok"}}}]}]}"#
        ]],
    );
}

fn chat(text: &str) -> crate::chat::Content {
    crate::chat::Content::Text(text.into())
}

// ---- ends -----------------------------------------------------------------

/// What a whole answer becomes: finish reason, its raw word, warnings, or the error.
#[track_caller]
fn check_end(body: &str, expected: Expect) {
    let mut decoder = decode::GeminiDecoder::new(7);
    let mut events = Events::new();
    let read = super::super::Decoder::frame(&mut decoder, Frame::Document(body), &mut events);
    let mut response = ChatResponse::new("gemini", FLASH);
    response.extend(&events);
    response.close();
    let told = match read {
        Ok(()) => format!(
            "{:?} {:?} {} {:?}",
            response.stream.finish_reason,
            response.metadata.raw_finish_reason,
            response.metadata.warnings.len(),
            super::super::Decoder::progress(&decoder),
        ),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&told);
}

#[test]
fn every_way_an_answer_ends() {
    let ends = |reason: &str| {
        format!(r#"{{"candidates":[{{"finishReason":{reason},"finishMessage":"m"}}]}}"#)
    };
    check_end(
        &ends(r#""STOP""#),
        expect![[r#"Some(Stop) Some("STOP") 0 Complete"#]],
    );
    check_end(
        &ends(r#""MAX_TOKENS""#),
        expect![[r#"Some(Length) Some("MAX_TOKENS") 0 Complete"#]],
    );
    check_end(
        &ends(r#""PROHIBITED_CONTENT""#),
        expect![[r#"Some(ContentFilter) Some("PROHIBITED_CONTENT") 0 Complete"#]],
    );
    check_end(
        &ends(r#""BRAND_NEW""#),
        expect![[r#"Some(Unknown) Some("BRAND_NEW") 0 Complete"#]],
    );
    check_end(&ends("2"), expect!["Some(Length) None 0 Complete"]);
    check_end(
        &ends(r#""MALFORMED_FUNCTION_CALL""#),
        expect!["server_error: the model broke off its answer with MALFORMED_FUNCTION_CALL: m"],
    );
    check_end(
        r#"{"promptFeedback":{"blockReason":"SAFETY"},"candidates":null}"#,
        expect![[r#"Some(ContentFilter) Some("SAFETY") 0 Complete"#]],
    );
    check_end(
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}"#,
        expect![[r#"Some(ToolCalls) Some("STOP") 0 Complete"#]],
    );
    check_end(
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"UNEXPECTED_TOOL_CALL"}]}"#,
        expect![[r#"Some(Unknown) Some("UNEXPECTED_TOOL_CALL") 1 Complete"#]],
    );
    check_end(
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}},{"functionCall":{}},{"functionCall":{}}]},"finishReason":"STOP"}]}"#,
        expect![[r#"Some(ToolCalls) Some("STOP") 1 Complete"#]],
    );
    check_end(
        r#"[{"candidates":[{"content":{"parts":[null,{}]}}]},{"error":{"code":503,"message":"busy"}}]"#,
        expect!["overloaded: the provider is overloaded: busy"],
    );
    check_end(
        r#"[{"candidates":[{"finishReason":"STOP"}]},{"error":{"code":503,"message":"busy"}}]"#,
        expect![[r#"Some(Stop) Some("STOP") 0 Complete"#]],
    );
    check_end(r#"{"candidates":[]}"#, expect!["Some(Unknown) None 0 Open"]);
    check_end(
        "<html>",
        expect![
            "invalid_response: the provider sent what is no valid JSON of its protocol (expected a value): <html>"
        ],
    );
}
