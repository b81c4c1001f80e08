//! Conversations of every kind: handed over, broken off, edited, and what no model takes.

use super::*;

const FOREIGN: &str = r#"{"role":"assistant","content":"","thinking":"Hm.","refusal":"No.","tool_calls":[{"id":"fc.1","function":{"name":"f","arguments":"{}"}}],"provider_state":{"provider":"gemini","model":"gemini-3.8-flash","blocks":[{"signature":"x"}]}}"#;

#[test]
fn another_providers_turn_keeps_what_it_said_and_loses_its_state() {
    check(
        "claude-haiku-5-5",
        &format!(
            r#"{{"messages":[{{"role":"user","content":"go"}},{FOREIGN},{{"role":"user","content":"and?"}},{{"role":"assistant","content":""}},{{"role":"user","content":"hello?"}}],"tools":[{TOOL}]}}"#
        ),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"text","text":"No."},{"type":"tool_use","id":"fc_2e1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"fc_2e1","content":"no result was given","is_error":true},{"type":"text","text":"and?"},{"type":"text","text":"hello?"}]}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"stream":false}
            messages[1].tool_calls: the call `fc.1` of `f` has no result; sent one that says so"#]],
    );
}

#[test]
fn a_conversation_without_its_calls_or_without_anything_is_refused() {
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":"go"},{"role":"tool","tool_call_id":"x","content":"1"}]}"#,
        expect![
            "invalid_request: messages[1].tool_call_id: no message before it calls a tool with the id `x` that is still unanswered"
        ],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":""}]}"#,
        expect!["unsupported: messages: there is nothing said by a user or assistant"],
    );
}

/// Ids have to be unique in a request, and results may not be empty errors.
#[test]
fn ids_used_again_and_empty_errors() {
    let turn = r#"{"role":"assistant","tool_calls":[{"id":"0","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"0","content":"","is_error":true}"#;
    check(
        "claude-haiku-5-5",
        &format!(
            r#"{{"messages":[{{"role":"user","content":"go"}},{turn},{turn}],"tools":[{TOOL}]}}"#
        ),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"0","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"0","content":"error","is_error":true}]},{"role":"assistant","content":[{"type":"tool_use","id":"0_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"0_1","content":"error","is_error":true}]}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"stream":false}"#
        ]],
    );
}

#[test]
fn later_system_messages() {
    let messages = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"Be kind."},{"role":"user","content":"c"},{"role":"assistant","content":"d"},{"role":"system","content":"Be brief."},{"role":"assistant","content":"e"},{"role":"user","content":"f"}]}"#;
    check(
        "claude-opus-4-8",
        messages,
        expect![[r#"
            {"model":"claude-opus-4-8","max_tokens":8192,"system":"Be brief.","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"system","content":"Be kind."},{"role":"assistant","content":[{"type":"text","text":"d"},{"type":"text","text":"e"}]},{"role":"user","content":"f"}],"stream":false}
            messages: a later system message is sent in front of the conversation"#]],
    );
    check(
        "claude-opus-4-7",
        messages,
        expect![[r#"
        {"model":"claude-opus-4-7","max_tokens":8192,"system":[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":[{"type":"text","text":"d"},{"type":"text","text":"e"}]},{"role":"user","content":"f"}],"stream":false}
        messages[2]: a later system message is sent in front of the conversation
        messages[5]: a later system message is sent in front of the conversation"#]],
    );
}

/// The user's mark stays with the user, though the system's turn comes behind.
#[test]
fn a_mark_in_front_of_a_later_system_message() {
    check(
        "claude-opus-5",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"s"},{"role":"user","content":"b","cache":{}}]}"#,
        expect![[
            r#"{"model":"claude-opus-5","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"5m"}}]},{"role":"system","content":"s"}],"stream":false}"#
        ]],
    );
}

/// A turn may not end in reasoning, and marks may lie on blocks of an earlier answer.
#[test]
fn state_of_a_turn_that_broke_off_and_marks_behind_state() {
    let state = |blocks: &str, rest: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"go"}},{{"role":"assistant","cache":{{}},{rest}"provider_state":{{"provider":"claude","model":"claude-haiku-5-5","blocks":[{blocks}]}}}},{{"role":"user","content":"on"}}]}}"#
        )
    };
    let thinking = r#"{"type":"thinking","thinking":"Hm","signature":"Eq=="}"#;
    check(
        "claude-haiku-5-5",
        &state(thinking, ""),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"text","text":"go"},{"type":"text","text":"on"}]}],"stream":false}"#
        ]],
    );
    let text = r#"{"type":"text","text":"Yes.","citations":[]}"#;
    check(
        "claude-haiku-5-5",
        &state(&format!("{thinking},{text}"), r#""content":"Yes.","#),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"Eq=="},{"type":"text","text":"Yes.","citations":[],"cache_control":{"type":"ephemeral","ttl":"5m"}}]},{"role":"user","content":"on"}],"stream":false}"#
        ]],
    );
}

#[test]
fn limits_and_forms_of_older_models() {
    check(
        "claude-haiku-4-5",
        &hello(r#","max_tokens":100000,"stream":false"#),
        expect![[r#"
            {"model":"claude-haiku-4-5","max_tokens":64000,"messages":[{"role":"user","content":"hi"}],"stream":false}
            max_tokens: claude-haiku-4-5 gives at most 64000; sent that"#]],
    );
    check(
        "claude-2.1",
        &hello(&format!(r#","tools":[{TOOL}]"#)),
        expect!["unsupported: tools: claude-2.1 calls no functions"],
    );
    let strict =
        r#"{"function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{}}}}"#;
    check(
        "claude-sonnet-4-20250514",
        &hello(&format!(
            r#","tools":[{strict}],"response_format":{{"type":"json_schema","json_schema":{{"name":"n","description":"d","schema":{{"properties":{{}}}}}}}}"#
        )),
        expect![[r#"
            {"model":"claude-sonnet-4-20250514","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}},{"name":"json","description":"d","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true},"stream":false}
            tools[0].function.strict: claude-sonnet-4-20250514 cannot be held to this schema; sent without `strict`"#]],
    );
    // A budget excludes a forced call.
    check(
        "claude-sonnet-4-20250514",
        &hello(
            r#","thinking_mode":true,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}"#,
        ),
        expect![[r#"
            {"model":"claude-sonnet-4-20250514","max_tokens":32000,"system":"Answer with one JSON value that follows this JSON Schema and nothing else, no code fence:\n{\"type\":\"object\"}","messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":8192},"stream":true}
            response_format: claude-sonnet-4-20250514 cannot be held to this format; sent as an instruction"#]],
    );
    check(
        "claude-haiku-4-5",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"{"}],"thinking_mode":true,"stream":false}"#,
        expect![[r#"
            {"model":"claude-haiku-4-5","max_tokens":32000,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"{"}],"stream":false}
            thinking: the running turn has no reasoning of this model in front, which a budget needs; sent without"#]],
    );
}

/// The compiler of grammars refuses what refers to itself.
#[test]
fn schemas_that_refer_to_themselves_are_not_enforced() {
    let schema = r##"{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}}}"##;
    check(
        "claude-haiku-5-5",
        &hello(&format!(
            r#","tools":[{{"function":{{"name":"f","strict":true,"parameters":{schema}}}}}],"response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema}}}}}"#
        )),
        expect![[r##"
            {"model":"claude-haiku-5-5","max_tokens":8192,"system":"Answer with one JSON value that follows this JSON Schema and nothing else, no code fence:\n{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/$defs/N\"}},\"$defs\":{\"N\":{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/$defs/N\"}}}}}","messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}}}}],"stream":false}
            tools[0].function.strict: claude-haiku-5-5 cannot be held to this schema; sent without `strict`
            response_format: claude-haiku-5-5 cannot be held to this format; sent as an instruction"##]],
    );
}

/// A provider's own tools stand in `provider_options`, beside the caller's.
#[test]
fn tools_of_the_provider() {
    let search = r#""provider_options":{"claude":{"tools":[{"type":"web_search_20250305","name":"web_search"}]}}"#;
    check(
        "claude-haiku-5-5",
        &hello(&format!(
            r#","tools":[{TOOL}],"tool_choice":"required",{search}"#
        )),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}},{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"any"},"stream":false}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        &hello(&format!(r#","tool_choice":"auto",{search}"#)),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tool_choice":{"type":"auto"},"stream":false,"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        &hello(r#","tool_choice":"auto""#),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"stream":false}"#
        ]],
    );
}

/// The newer version knows no sampling and no files in assistant messages.
#[test]
fn the_newer_version() {
    let config = config(r#","api_version":"2026-10-21""#);
    let body = |request: &str| exchange_with(&config, "claude-haiku-4-5", request, false);
    let exchange = body(&hello(r#","temperature":0.5"#)).unwrap();
    assert!(!body_of(&exchange).contains("temperature"));
    assert!(format!("{:?}", exchange.request.headers).contains("2026-10-21"));
    let file = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"file","file":{"url":"https://x.example/a.pdf"}}]},{"role":"user","content":"b"}]}"#;
    let error = body(file).err().unwrap();
    expect![
        "unsupported: messages[1].content[0]: an assistant message holds text only in this version"
    ]
    .assert_eq(&error.to_string());
    assert!(exchange_with(&super::config(""), "claude-haiku-4-5", file, false).is_ok());
}

#[test]
fn schemas_no_input_can_have() {
    for parameters in [r#"{"anyOf":[{"type":"object"}]}"#, r#"{"type":"string"}"#] {
        check(
            "claude-haiku-5-5",
            &hello(&format!(
                r#","tools":[{TOOL},{{"function":{{"name":"g","parameters":{parameters}}}}}]"#
            )),
            expect![[
                "unsupported: tools[1].function.parameters: the schema of an input is an object's, without `anyOf`, `oneOf` or `allOf` at its root"
            ]],
        );
    }
}

/// Base64 may come in lines; text keeps its own.
#[test]
fn data_in_lines() {
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\nAA"}},{"type":"file","file":{"file_data":"data:text/csv;base64,YSxi\nCmMs ZA=="}}]}]}"#,
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a,b\nc,d"}}]}],"stream":false}"#
        ]],
    );
}

#[test]
fn an_answer_asked_for_by_a_tool_is_text() {
    let request = hello(
        r#","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string"}}}}}"#,
    );
    let read = |body: &str, stream| {
        let exchange = exchange("claude-3-haiku-20240307", &request, stream).unwrap();
        let response = answer_of(exchange, body);
        let reason = response.stream.finish_reason;
        (
            response.message.content.joined(""),
            response.message.tool_calls.len(),
            reason,
        )
    };
    let expected = (
        r#"{"a":"x"}"#.into(),
        0,
        Some(crate::chat::FinishReason::Stop),
    );
    let stream = concat!(
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"c\"}}\n\n",
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"json\",\"input\":{}}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\\\"x\\\"}\"}}\n\n",
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n",
        "data: {\"type\":\"message_stop\"}\n\n",
    );
    assert_eq!(read(stream, true), expected);
    let whole = r#"{"type":"message","id":"m","content":[{"type":"tool_use","id":"t","name":"json","input":{"a":"x"}}],"stop_reason":"tool_use"}"#;
    assert_eq!(read(whole, false), expected);
}
