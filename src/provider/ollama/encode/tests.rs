//! Requests and what they become on the wire.

use expect_test::{Expect, expect};

use crate::chat::ChatRequest;
use crate::config::{Config, Host};
use crate::error::Error;
use crate::model::{self, Model, Registry, Whose};
use crate::provider::{Exchange, Target};

#[track_caller]
fn exchange(config: &str, model: &str, request: &str) -> Result<Exchange, Error> {
    let config = format!(r#"{{"providers":{{"ollama":{config}}}}}"#);
    let config = Config::from_json(&config, &Host::default()).unwrap();
    let request = ChatRequest::from_json(request).unwrap();
    request.check().unwrap();
    let known = model::find("ollama", model);
    let stream = request.stream.unwrap_or(true);
    let target = target(&config, model, known.as_ref(), stream);
    target.config.kind.encode(&request, &target)
}

fn target<'a>(
    config: &'a Config,
    model: &'a str,
    known: Option<&'a Model>,
    stream: bool,
) -> Target<'a> {
    Target {
        config: &config.providers[0],
        model,
        known,
        key: None,
        stream,
        seed: 1,
    }
}

/// The body, then a line for each warning; or the error and its hint.
fn told(outcome: Result<Exchange, Error>) -> String {
    match outcome {
        Ok(exchange) => {
            let body = String::from_utf8(exchange.request.body.unwrap()).unwrap();
            let warnings = exchange.warnings.iter().map(|warning| {
                let field = warning.field.as_deref().unwrap_or_default();
                format!("! {field}: {}", warning.message)
            });
            std::iter::once(body)
                .chain(warnings)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Err(error) => format!("{error} ({})", error.hint.as_deref().unwrap_or("-")),
    }
}

#[track_caller]
fn check_config(config: &str, model: &str, request: &str, expected: Expect) {
    expected.assert_eq(&told(exchange(config, model, request)));
}

#[track_caller]
fn check(model: &str, request: &str, expected: Expect) {
    check_config("{}", model, request, expected);
}

/// Checks what a few fields beside `hi` become.
#[track_caller]
fn check_fields(model: &str, fields: &str, expected: Expect) {
    let request = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#);
    check(model, &request, expected);
}

#[test]
fn a_conversation() {
    check(
        "llama3.1",
        r#"{"messages":[
            {"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"role":"assistant","content":"c"},
            {"role":"user","content":"d","name":"ann"}],"stream":false}"#,
        expect![[r#"
            {"model":"llama3.1","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"a\nb"},{"role":"assistant","content":"c"},{"role":"user","content":"d"}],"stream":false,"truncate":false}
            ! messages[].name: the provider has no such field; sent without"#]],
    );
}

#[test]
fn images_are_bare_base64_in_order() {
    check(
        "gemma3:4b",
        r#"{"messages":[{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"text","text":"these?"},
            {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,BBBB","detail":"low"}}]}]}"#,
        expect![[r#"
            {"model":"gemma3:4b","messages":[{"role":"user","content":"these?","images":["AAAA","BBBB"]}],"stream":true,"truncate":false}
            ! image_url.detail: the provider has no such field; sent without"#]],
    );
}

#[test]
fn images_by_address_have_to_be_fetched() {
    let request = r#"{"messages":[{"role":"user","content":[
        {"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
        {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,BBBB"}},
        {"type":"file","file":{"url":"https://example.com/a.pdf"}}]}]}"#;
    let request = ChatRequest::from_json(request).unwrap();
    let config = Config::from_json(r#"{"providers":{"ollama":{}}}"#, &Host::default()).unwrap();
    let asked = |model| {
        let known = model::find("ollama", model);
        let target = target(&config, model, known.as_ref(), true);
        target.config.kind.to_inline(&request, &target, None)
    };
    assert_eq!(asked("gemma3"), ["https://example.com/a.png"]);
    assert_eq!(asked("new-model"), ["https://example.com/a.png"]);
    assert!(asked("llama3.1").is_empty(), "it sees no images");
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let one = |part: &str| format!(r#"{{"messages":[{{"role":"user","content":[{part}]}}]}}"#);
    check(
        "gemma3",
        &one(r#"{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}"#),
        expect![
            "unsupported: messages[0].content[0]: the server fetches no images (send the image as a data URL such as `data:image/png;base64,…`)"
        ],
    );
    check(
        "llama3.1:8b",
        &one(r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#),
        expect![
            "unsupported: messages[0].content[0]: llama3.1:8b does not see images (choose a model with vision, or send text)"
        ],
    );
    check(
        "gemma3",
        &one(r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}"#),
        expect![
            "unsupported: messages[0].content[0]: the server takes no files (send the file's text, or its pages as images)"
        ],
    );
    check(
        "gemma3",
        &one(r#"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#),
        expect![
            "unsupported: messages[0].content[0]: the server takes no audio (send a transcript)"
        ],
    );
}

#[test]
fn tools_and_their_results() {
    check(
        "qwen3",
        r#"{"messages":[
            {"role":"user","content":"weather?"},
            {"role":"assistant","content":null,"thinking":"Two calls.","tool_calls":[
                {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},
                {"id":"c2","type":"function","function":{"name":"time","arguments":""}},
                {"id":"c3","type":"function","function":{"name":"list","arguments":"[1]"}},
                {"id":"c4","type":"function","function":{"name":"cut","arguments":"{\"a\":"}}]},
            {"role":"tool","tool_call_id":"c2","content":"noon"},
            {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"sun"},{"type":"text","text":"20 C"}]},
            {"role":"tool","tool_call_id":"c4","content":"?","is_error":true}],
          "tools":[
            {"type":"function","function":{"name":"weather","description":"Now","strict":true,"parameters":{"type":"object","properties":{"city":{"type":"string"}},"$defs":{}}}},
            {"type":"function","function":{"name":"time"}}]}"#,
        expect![[r#"
            {"model":"qwen3","messages":[{"role":"user","content":"weather?"},{"role":"assistant","content":"","thinking":"Two calls.","tool_calls":[{"id":"c1","function":{"name":"weather","arguments":{"city":"Paris"}}},{"id":"c2","function":{"name":"time","arguments":{}}},{"id":"c3","function":{"name":"list","arguments":{}}}]},{"role":"tool","content":"sun\n20 C","tool_name":"weather","tool_call_id":"c1"},{"role":"tool","content":"noon","tool_name":"time","tool_call_id":"c2"},{"role":"tool","content":"no result was given","tool_name":"list","tool_call_id":"c3"}],"tools":[{"type":"function","function":{"name":"weather","description":"Now","parameters":{"type":"object","properties":{"city":{"type":"string"}},"$defs":{}}}},{"type":"function","function":{"name":"time","parameters":{"type":"object","properties":{}}}}],"stream":true,"truncate":false}
            ! messages[1].tool_calls: the call `c3` of `list` has no result; sent one that says so
            ! messages[1].tool_calls: the call `c4` of `cut` was cut in the middle of its arguments; sent without it
            ! messages[1].tool_calls[2].function.arguments: not a JSON object; sent `{}`
            ! messages[].is_error: the provider has no such field; sent without
            ! tools[].function.strict: the provider has no such field; sent without"#]],
    );
}

#[test]
fn a_result_without_call_is_refused() {
    check(
        "qwen3",
        r#"{"messages":[{"role":"tool","tool_call_id":"c9","name":"other","content":"?"}]}"#,
        expect![
            "invalid_request: messages[0].tool_call_id: no message before it calls a tool with the id `c9` that is still unanswered (keep the assistant message with its tool_calls in front of the results, or remove both)"
        ],
    );
}

#[test]
fn a_refusal_is_what_the_assistant_said() {
    check(
        "qwen3",
        r#"{"messages":[
            {"role":"user","content":"Do it"},
            {"role":"assistant","content":"Well, ","refusal":"I will not."},
            {"role":"assistant","content":null,"refusal":"No."}]}"#,
        expect![[
            r#"{"model":"qwen3","messages":[{"role":"user","content":"Do it"},{"role":"assistant","content":"Well, I will not."},{"role":"assistant","content":"No."}],"stream":true,"truncate":false}"#
        ]],
    );
}

#[test]
fn no_call_can_be_forced() {
    let tools = r#""tools":[{"type":"function","function":{"name":"f","parameters":{}}}]"#;
    check_fields(
        "m",
        &format!(r#"{tools},"tool_choice":"none""#),
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"truncate":false}"#
        ]],
    );
    check_fields(
        "llava",
        &format!(r#"{tools},"tool_choice":"none""#),
        expect![[
            r#"{"model":"llava","messages":[{"role":"user","content":"hi"}],"stream":true,"truncate":false}"#
        ]],
    );
    check_fields(
        "llava",
        tools,
        expect![
            "unsupported: tools: llava calls no functions (choose another model; if it does call functions, say so in `custom_models`)"
        ],
    );
    check_fields(
        "m",
        &format!(r#"{tools},"tool_choice":"auto","parallel_tool_calls":true"#),
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"stream":true,"truncate":false}"#
        ]],
    );
    check_fields(
        "m",
        &format!(r#"{tools},"tool_choice":"required","parallel_tool_calls":false"#),
        expect![[r#"
            {"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"stream":true,"truncate":false}
            ! parallel_tool_calls: the provider has no such field; sent without
            ! tool_choice: the server cannot force a call; the model decides"#]],
    );
    check_fields(
        "m",
        r#""tool_choice":{"type":"function","function":{"name":"f"}}"#,
        expect![[r#"
            {"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"truncate":false}
            ! tool_choice: there are no tools to choose from; the model decides"#]],
    );
}

#[test]
fn sampling_goes_into_the_options() {
    check_fields(
        "m",
        r#""temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":-1,"stop":"END","seed":7,"max_tokens":100,"context_window":8192"#,
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"options":{"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":-1,"stop":["END"],"seed":7,"num_predict":100,"num_ctx":8192},"truncate":false}"#
        ]],
    );
    let config =
        r#"{"temperature":0.2,"max_tokens":5,"num_predict":-1,"num_ctx":4096,"keep_alive":"10m"}"#;
    let hi = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
    check_config(
        config,
        "m",
        hi,
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"options":{"temperature":0.2,"num_predict":5,"num_ctx":4096},"keep_alive":"10m","truncate":false}"#
        ]],
    );
    check_config(
        r#"{"num_predict":-1,"keep_alive":-1}"#,
        "m",
        hi,
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"options":{"num_predict":-1},"keep_alive":-1,"truncate":false}"#
        ]],
    );
}

#[test]
fn the_form_of_the_answer() {
    check_fields(
        "m",
        r#""response_format":{"type":"json_object"}"#,
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"format":"json","truncate":false}"#
        ]],
    );
    check_fields(
        "m",
        r#""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"n":{"maximum":12345678901234567890}}}}}"#,
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"format":{"type":"object","properties":{"n":{"maximum":12345678901234567890}}},"truncate":false}"#
        ]],
    );
}

/// The `think` field and the warnings.
#[track_caller]
fn check_think(model: &str, fields: &str, expected: Expect) {
    let request = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#);
    let told = told(exchange("{}", model, &request));
    let think = told
        .split_once(r#"}],"#)
        .map_or("", |(_, fields)| fields)
        .replacen(r#""stream":true,"#, "", 1);
    expected.assert_eq(&think);
}

#[test]
fn reasoning_by_switch_or_level() {
    check_think(
        "qwen3:0.6b",
        r#""thinking_mode":true"#,
        expect![[r#""think":true,"truncate":false}"#]],
    );
    check_think(
        "qwen3:0.6b",
        r#""thinking_mode":false"#,
        expect![[r#""think":false,"truncate":false}"#]],
    );
    check_think(
        "qwen3",
        r#""thinking":{"effort":"high"}"#,
        expect![[r#"
            "think":true,"truncate":false}
            ! thinking: qwen3 takes no effort `high`; sent `true`"#]],
    );
    check_think(
        "qwen3",
        r#""thinking":{"budget_tokens":0}"#,
        expect![[r#""think":false,"truncate":false}"#]],
    );
    check_think(
        "gpt-oss:20b",
        r#""thinking_mode":true"#,
        expect![[r#""think":"medium","truncate":false}"#]],
    );
    check_think(
        "gpt-oss:120b-cloud",
        r#""thinking":{"effort":"high","display":"omitted"}"#,
        expect![[r#"
            "think":"high","truncate":false}
            ! thinking.display: the server always sends its reasoning; `omitted` has no effect"#]],
    );
    check_think(
        "gpt-oss",
        r#""thinking":{"effort":"xhigh"}"#,
        expect![[r#"
            "think":"max","truncate":false}
            ! thinking: gpt-oss takes no effort `xhigh`; sent `max`"#]],
    );
    check_think(
        "gpt-oss",
        r#""thinking_mode":false"#,
        expect![[r#"
            "think":"low","truncate":false}
            ! thinking: gpt-oss cannot answer without reasoning; sent `low`"#]],
    );
    check_think(
        "gpt-oss",
        r#""thinking":{"budget_tokens":1000}"#,
        expect![[r#"
            "think":"low","truncate":false}
            ! thinking: gpt-oss takes no budget; sent `low`"#]],
    );
    check_think(
        "llama3.1",
        r#""thinking_mode":true"#,
        expect![[r#"
            "truncate":false}
            ! thinking: llama3.1 does not reason; sent without"#]],
    );
    check_think(
        "llama3.1",
        r#""thinking_mode":false"#,
        expect![[r#""think":false,"truncate":false}"#]],
    );
    check_think(
        "new-model",
        r#""thinking_mode":true"#,
        expect![[r#""think":true,"truncate":false}"#]],
    );
    check_think(
        "new-model",
        r#""thinking":{"effort":"low"}"#,
        expect![[r#""think":"low","truncate":false}"#]],
    );
    check_think(
        "new-model",
        r#""thinking":{"effort":"none"}"#,
        expect![[r#""think":false,"truncate":false}"#]],
    );
}

#[test]
fn what_the_server_has_no_place_for() {
    check_fields(
        "m",
        r#""user":"u1","cache":{"ttl":"5m"},"provider_options":{"ollama":{"options":{"top_k":40},"truncate":true}}"#,
        expect![[r#"
            {"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"truncate":true,"options":{"top_k":40}}
            ! user: the provider has no such field; sent without
            ! cache: the provider has no such field; sent without"#]],
    );
}

#[test]
fn an_address_may_name_either_door() {
    let url = |base: &str| {
        let config = format!(r#"{{"base_url":"{base}"}}"#);
        let exchange = exchange(
            &config,
            "m",
            r#"{"messages":[{"role":"user","content":"hi"}]}"#,
        );
        exchange.unwrap().request.url
    };
    assert_eq!(
        url("http://localhost:11434"),
        "http://localhost:11434/api/chat"
    );
    assert_eq!(
        url("http://127.0.0.1:11434/v1/"),
        "http://127.0.0.1:11434/api/chat"
    );
    assert_eq!(url("https://ollama.com/api"), "https://ollama.com/api/chat");
    assert_eq!(
        url("https://proxy.example/ollama"),
        "https://proxy.example/ollama/api/chat"
    );
}

/// What the server has said of a model stands before the table, but it knows nothing of levels.
#[test]
fn what_the_server_says_of_reasoning_counts() {
    const OURS: Whose<'_> = Whose {
        kind: "ollama",
        id: "ollama",
        others: false,
    };
    let mut registry = Registry::default();
    for (id, reasons) in [
        ("gpt-oss:20b", true),
        ("llama3.2:latest", true),
        ("deepseek-r1:new", false),
    ] {
        let row = format!(r#"{{"thinking":{reasons}}}"#);
        registry.learn(OURS, id, &row).unwrap();
    }
    let config = Config::from_json(r#"{"providers":{"ollama":{}}}"#, &Host::default()).unwrap();
    let request = r#"{"messages":[{"role":"user","content":"hi"}],"thinking":{"effort":"high"}}"#;
    let request = ChatRequest::from_json(request).unwrap();
    let said = |model: &str| {
        let known = registry.find_at(OURS, model);
        let target = target(&config, model, known.as_ref(), true);
        let body = told(target.config.kind.encode(&request, &target));
        let (_, rest) = body.split_once(r#""stream":true,"#).unwrap();
        format!("{model}: {rest}\n")
    };
    let all: String = ["gpt-oss:20b", "llama3.2:latest", "deepseek-r1:new"]
        .map(said)
        .concat();
    expect![[r#"
        gpt-oss:20b: "think":"high","truncate":false}
        llama3.2:latest: "think":true,"truncate":false}
        ! thinking: llama3.2:latest takes no effort `high`; sent `true`
        deepseek-r1:new: "truncate":false}
        ! thinking: deepseek-r1:new does not reason; sent without
    "#]]
    .assert_eq(&all);
}

// What a decoder holds shows on the host alone.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_prompt_with_images_is_not_judged_by_its_length() {
    let likely = |content: &str| {
        let request = format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
        let exchange = exchange("{}", "gemma3", &request).unwrap();
        format!("{:?}", exchange.decoder).contains("likely: Some")
    };
    assert!(likely(r#""hi""#));
    let image = r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#;
    assert!(!likely(&format!(
        r#"[{{"type":"text","text":"hi"}},{image}]"#
    )));
}
