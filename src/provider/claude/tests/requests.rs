//! Requests and the bodies written for them, by feature and model.

use super::*;

#[test]
fn text_system_and_turns() {
    check(
        "claude-haiku-5-5",
        &hello(""),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"stream":false}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"system","content":"Be kind."},{"role":"user","content":""},{"role":"user","content":"d","name":"Eve"}]}"#,
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"c"},{"role":"user","content":"d"},{"role":"system","content":"Be kind."}],"stream":false}
            messages[6].name: messages have no names here; sent without"#]],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
        expect!["unsupported: messages: claude-haiku-5-5 does not continue an assistant message"],
    );
    check(
        "claude-sonnet-4-5",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b \n"}],"max_tokens":5}"#,
        expect![[
            r#"{"model":"claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"stream":false}"#
        ]],
    );
}

#[test]
fn documents_are_cited_when_asked_for() {
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;base64,aGk=","citations":true},"cache":{}},{"type":"file","file":{"url":"https://x.example/a.pdf","citations":false}},{"type":"file","file":{"file_data":"data:image/png;base64,AAAA","citations":true}}]}]}"#,
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"},"title":"n.txt","citations":{"enabled":true},"cache_control":{"type":"ephemeral","ttl":"5m"}},{"type":"document","source":{"type":"url","url":"https://x.example/a.pdf"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}],"stream":false}
            messages[0].content[2].file.citations: an image is not cited; sent without"#]],
    );
}

#[test]
fn images_and_files() {
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":""},{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA","detail":"low"}},{"type":"image_url","image_url":{"url":"https://x.example/a.png"}},{"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;base64,aGk="}},{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE"}},{"type":"file","file":{"url":"https://x.example/a.pdf"}}]}]}"#,
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://x.example/a.png"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"},"title":"n.txt"},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}},{"type":"document","source":{"type":"url","url":"https://x.example/a.pdf"}}]}],"stream":false}
            messages[0].content[1].image_url.detail: claude-haiku-5-5 chooses the detail itself; sent without"#]],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://x.example/a.png"}}]}]}"#,
        expect!["unsupported: messages[0].content[0]: the provider fetches https addresses only"],
    );
    check(
        "claude-2.1",
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}]}]}"#,
        expect!["unsupported: messages[0].content[0]: claude-2.1 does not see images"],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}]}"#,
        expect!["unsupported: messages[0].content[0]: claude-haiku-5-5 does not hear audio"],
    );
}

#[test]
fn tools_and_results() {
    let parallel = r#"{"messages":[{"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[{"id":"call.1","function":{"name":"f","arguments":"{\"n\":12345678901234567890}"}},{"id":"b","function":{"name":"g","arguments":""}},{"id":"c","function":{"name":"g","arguments":"[1]"}}]},{"role":"tool","tool_call_id":"call.1","content":"one"},{"role":"user","content":"and?"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}],"is_error":true},{"role":"tool","tool_call_id":"c","content":""}]"#;
    check(
        "claude-haiku-5-5",
        &format!("{parallel}}}"),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"call_2e1","name":"f","input":{"n":12345678901234567890}},{"type":"tool_use","id":"b","name":"g","input":{}},{"type":"tool_use","id":"c","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_2e1","content":"one"},{"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"two"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}],"is_error":true},{"type":"tool_result","tool_use_id":"c"},{"type":"text","text":"and?"}]}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}},{"name":"g","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"none"},"stream":false}
            messages[1].tool_calls[2].function.arguments: arguments are an object here; sent `{}`"#]],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":"go"},{"role":"assistant","content":"Well","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"n\":"}}]},{"role":"tool","tool_call_id":"a","content":"no"},{"role":"user","content":"again"}]}"#,
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":"Well"},{"role":"user","content":"again"}],"stream":false}
            messages[1].tool_calls: the call `a` of `f` was cut in the middle of its arguments; sent without it"#]],
    );
    check(
        "claude-haiku-5-5",
        &hello(
            r#","tools":[{"function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}}},{"function":{"name":"g"}}],"parallel_tool_calls":false"#,
        ),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"n":{"type":"integer","description":"minimum: 1"}},"additionalProperties":false},"strict":true},{"name":"g","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"stream":false}
            tools[0].function.parameters: the schema's minimum cannot be enforced; sent as part of the description"#]],
    );
}

#[test]
fn tool_choice() {
    let with = |choice: &str| hello(&format!(r#","tools":[{TOOL}],"tool_choice":{choice}"#));
    let f = r#"{"type":"function","function":{"name":"f"}}"#;
    check(
        "claude-haiku-5-5",
        &with("\"required\""),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"any"},"stream":false}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        &with(f),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"tool","name":"f"},"stream":false}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        &with("\"none\""),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"none"},"stream":false}"#
        ]],
    );
    check(
        "claude-sonnet-5-5",
        &with(f),
        expect![[r#"
            {"model":"claude-sonnet-5-5","max_tokens":32000,"system":"You must call the tool `f` now.","messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto"},"stream":true}
            tool_choice: claude-sonnet-5-5 takes no forced call in this request; sent `auto` and an instruction"#]],
    );
    check(
        "claude-haiku-5-5",
        &hello(r#","tool_choice":"required""#),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"stream":false}
            tool_choice: there are no tools to choose from; sent without"#]],
    );
}

#[test]
fn thinking_by_model() {
    let effort = |effort: &str| {
        hello(&format!(
            r#","thinking":{{"effort":"{effort}","display":"summarized"}}"#
        ))
    };
    check(
        "claude-haiku-5-5",
        &effort("xhigh"),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"xhigh"},"stream":true}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        &effort("none"),
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"disabled"},"stream":false}"#
        ]],
    );
    check(
        "claude-sonnet-5-5",
        &effort("none"),
        expect![[r#"
            {"model":"claude-sonnet-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"between_tools"},"output_config":{"effort":"low"},"stream":true}
            thinking: claude-sonnet-5-5 cannot be kept from reasoning; sent thinking between tools only, effort `low`"#]],
    );
    check(
        "claude-opus-5-5",
        &hello(r#","thinking_mode":false"#),
        expect![[r#"
            {"model":"claude-opus-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"output_config":{"effort":"low"},"stream":true}
            thinking: claude-opus-5-5 cannot be kept from reasoning; sent effort `low`"#]],
    );
    check(
        "claude-sonnet-4-6",
        &effort("xhigh"),
        expect![[r#"
            {"model":"claude-sonnet-4-6","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"max"},"stream":true}
            thinking: claude-sonnet-4-6 takes no effort `xhigh`; sent effort `max`"#]],
    );
    check(
        "claude-sonnet-4-6",
        &hello(r#","thinking":{"budget_tokens":2000}"#),
        expect![[
            r#"{"model":"claude-sonnet-4-6","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":2000},"stream":true}"#
        ]],
    );
    check(
        "claude-haiku-4-5",
        &hello(r#","thinking_mode":true,"max_tokens":1000"#),
        expect![[r#"
            {"model":"claude-haiku-4-5","max_tokens":9192,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":8192},"stream":false}
            max_tokens: it counts reasoning too and must lie above the budget of 8192 tokens; sent 9192"#]],
    );
    check(
        "claude-haiku-4-5",
        &hello(r#","thinking":{"budget_tokens":100000},"max_tokens":1000"#),
        expect![[r#"
            {"model":"claude-haiku-4-5","max_tokens":64000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":63000},"stream":true}
            max_tokens: it counts reasoning too and must lie above the budget of 63000 tokens; sent 64000
            thinking: claude-haiku-4-5 has no room for that budget; sent a budget of 63000 tokens"#]],
    );
    check(
        "claude-haiku-5-5",
        &hello(r#","thinking":{"budget_tokens":100}"#),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive"},"output_config":{"effort":"low"},"stream":true}
            thinking: claude-haiku-5-5 takes no thinking budget; sent effort `low`"#]],
    );
    check(
        "claude-3-haiku-20240307",
        &effort("low"),
        expect![[r#"
        {"model":"claude-3-haiku-20240307","max_tokens":4096,"messages":[{"role":"user","content":"hi"}],"stream":false}
        thinking: claude-3-haiku-20240307 does not reason; sent nothing"#]],
    );
    check(
        "claude-new-9",
        &effort("max"),
        expect![[r#"
            {"model":"claude-new-9","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"high"},"stream":true}
            thinking: claude-new-9 takes no effort `max`; sent effort `high`"#]],
    );
}

/// A compatible server's own models have rules nobody here knows.
#[test]
fn sampling_of_another_makers_model_is_left_to_its_server() {
    let config = config(r#","base_url":"http://localhost:8080""#);
    let body = |model| {
        body_of(&exchange_with(&config, model, &hello(r#","temperature":0"#), false).unwrap())
    };
    assert!(body("smollm2-135m").contains(r#""temperature":0"#));
    assert!(!body("claude-new-9").contains("temperature"));
}

#[test]
fn sampling_by_model() {
    let both = hello(r#","temperature":1.5,"top_p":0.5,"stop":["END"," "],"seed":7"#);
    check(
        "claude-haiku-5-5",
        &both,
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"stop_sequences":["END"],"stream":false}
            temperature: claude-haiku-5-5 does not take `temperature` here; sent without
            top_p: claude-haiku-5-5 does not take `top_p` here; sent without
            seed: claude-haiku-5-5 does not take `seed` here; sent without
            stop: a stop text of white space only is not taken; sent without it"#]],
    );
    check(
        "claude-sonnet-4-5",
        &both,
        expect![[r#"
            {"model":"claude-sonnet-4-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"temperature":1,"stop_sequences":["END"],"stream":false}
            top_p: claude-sonnet-4-5 does not take `top_p` here; sent without
            seed: claude-sonnet-4-5 does not take `seed` here; sent without
            temperature: claude-sonnet-4-5 takes at most 1; sent 1
            stop: a stop text of white space only is not taken; sent without it"#]],
    );
    check(
        "claude-3-haiku-20240307",
        &both,
        expect![[r#"
            {"model":"claude-3-haiku-20240307","max_tokens":4096,"messages":[{"role":"user","content":"hi"}],"temperature":1,"top_p":0.5,"stop_sequences":["END"],"stream":false}
            seed: claude-3-haiku-20240307 does not take `seed` here; sent without
            temperature: claude-3-haiku-20240307 takes at most 1; sent 1
            stop: a stop text of white space only is not taken; sent without it"#]],
    );
    check(
        "claude-sonnet-4-6",
        &hello(r#","temperature":0.2,"thinking_mode":true"#),
        expect![[r#"
            {"model":"claude-sonnet-4-6","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive"},"output_config":{"effort":"medium"},"stream":true}
            temperature: claude-sonnet-4-6 does not take `temperature` here; sent without"#]],
    );
}

#[test]
fn answers_of_a_form() {
    let schema = hello(
        r#","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string","maxLength":3}},"required":["a"]}}}"#,
    );
    check(
        "claude-haiku-5-5",
        &schema,
        expect![[r#"
        {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string","description":"maxLength: 3"}},"required":["a"],"additionalProperties":false}}},"stream":false}
        response_format: the schema's maxLength cannot be enforced; sent as part of the description"#]],
    );
    check(
        "claude-3-haiku-20240307",
        &schema,
        expect![[
            r#"{"model":"claude-3-haiku-20240307","max_tokens":4096,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"json","input_schema":{"type":"object","properties":{"a":{"type":"string","maxLength":3}},"required":["a"]}}],"tool_choice":{"type":"tool","name":"json","disable_parallel_tool_use":true},"stream":false}"#
        ]],
    );
    check(
        "claude-haiku-5-5",
        &hello(r#","response_format":{"type":"json_object"}"#),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"system":"Answer with one JSON object and nothing else: no explanation, no code fence.","messages":[{"role":"user","content":"hi"}],"stream":false}
            response_format: claude-haiku-5-5 cannot be held to this format; sent as an instruction"#]],
    );
}

#[test]
fn cache_marks() {
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"system","content":"s","cache":{"ttl":"1h"}},{"role":"user","content":"a","cache":{}},{"role":"assistant","content":"b","cache":{"ttl":"1h"}},{"role":"user","content":[{"type":"text","text":"c","cache":{}},{"type":"text","text":"d"}],"cache":{}}],"cache":"auto","user":"u"}"#,
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"system":"s","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"user","content":[{"type":"text","text":"c","cache_control":{"type":"ephemeral","ttl":"5m"}},{"type":"text","text":"d","cache_control":{"type":"ephemeral","ttl":"5m"}}]}],"metadata":{"user_id":"u"},"cache_control":{"type":"ephemeral","ttl":"5m"},"stream":false}
            cache: at most four cache marks are taken; sent the last four"#]],
    );
    check(
        "claude-haiku-5-5",
        r#"{"messages":[{"role":"user","content":"a","cache":{}}],"cache":false,"provider_options":{"claude":{"service_tier":"auto","metadata":{"user_id":"x"}}}}"#,
        expect![[
            r#"{"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"a"}],"stream":false,"service_tier":"auto","metadata":{"user_id":"x"}}"#
        ]],
    );
}
