//! What is written and read, as examples.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::chat::{ChatRequest, ChatResponse, Events};
use crate::config::{Config, Host};
use crate::framing::{Framer, Limits};
use crate::model;
use crate::provider::Progress;

fn config(more: &str) -> Config {
    let host = Host {
        env: &|_| None,
        page: false,
        origin: None,
        dangerously_allow_browser: false,
    };
    Config::from_json(
        &format!(r#"{{"providers":{{"claude":{{"api_key":"sk-ant-12345678"{more}}}}}}}"#),
        &host,
    )
    .unwrap()
}

fn exchange(model: &str, request: &str, stream: bool) -> Result<Exchange> {
    exchange_with(&config(""), model, request, stream)
}

fn exchange_with(config: &Config, model: &str, request: &str, stream: bool) -> Result<Exchange> {
    let request = ChatRequest::from_json(request)?;
    let provider = &config.providers[0];
    let known = model::find(PROFILE.id, model);
    let target = Target {
        config: provider,
        model,
        known: known.as_ref(),
        key: None,
        stream,
        seed: 1,
    };
    provider.kind.encode(&request, &target)
}

fn body_of(exchange: &Exchange) -> String {
    String::from_utf8(exchange.request.body.clone().unwrap()).unwrap()
}

/// Checks the body written for a request to a model, and the warnings below it.
#[track_caller]
fn check(model: &str, request: &str, expected: Expect) {
    let mut seen = String::new();
    match exchange(model, request, false) {
        Ok(exchange) => {
            seen.push_str(&body_of(&exchange));
            for warning in &exchange.warnings {
                let field = warning.field.as_deref().unwrap_or(&warning.code);
                write!(seen, "\n{field}: {}", warning.message).unwrap();
            }
        }
        Err(error) => write!(seen, "{error}").unwrap(),
    }
    expected.assert_eq(&seen);
}

/// One user message and other fields.
fn hello(rest: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{rest}}}"#)
}

const TOOL: &str = r#"{"function":{"name":"f","parameters":{"properties":{}}}}"#;

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
            {"model":"claude-haiku-5-5","max_tokens":8192,"system":[{"type":"text","text":"Be brief."},{"type":"text","text":"Be kind."}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"c"},{"role":"user","content":"d"}],"stream":false}
            messages[4]: a later system message is sent in front of the conversation
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
            tool_call_incomplete: tool calls cut in the middle of their arguments, and their results, are not sent"#]],
    );
    check(
        "claude-haiku-5-5",
        &hello(
            r#","tools":[{"function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}}},{"function":{"name":"g"}}],"parallel_tool_calls":false"#,
        ),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"n":{"type":"integer","description":"minimum: 1"}},"additionalProperties":false},"strict":true},{"name":"g","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"stream":false}
            tools.f: the schema's minimum cannot be enforced; sent as part of the description"#]],
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
        {"model":"claude-sonnet-5-5","max_tokens":32000,"system":"You must call the tool `f` now.","messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto"},"stream":false}
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
            r#"{"model":"claude-haiku-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"xhigh"},"stream":false}"#
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
        {"model":"claude-sonnet-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"between_tools"},"output_config":{"effort":"low"},"stream":false}
        thinking: claude-sonnet-5-5 cannot be kept from reasoning; sent thinking between tools only, effort `low`"#]],
    );
    check(
        "claude-opus-5-5",
        &hello(r#","thinking_mode":false"#),
        expect![[r#"
            {"model":"claude-opus-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"output_config":{"effort":"low"},"stream":false}
            thinking: claude-opus-5-5 cannot be kept from reasoning; sent effort `low`"#]],
    );
    check(
        "claude-sonnet-4-6",
        &effort("xhigh"),
        expect![[r#"
        {"model":"claude-sonnet-4-6","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"max"},"stream":false}
        thinking: claude-sonnet-4-6 takes no effort `xhigh`; sent effort `max`"#]],
    );
    check(
        "claude-sonnet-4-6",
        &hello(r#","thinking":{"budget_tokens":2000}"#),
        expect![[
            r#"{"model":"claude-sonnet-4-6","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":2000},"stream":false}"#
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
            {"model":"claude-haiku-4-5","max_tokens":64000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":63000},"stream":false}
            max_tokens: it counts reasoning too and must lie above the budget of 63000 tokens; sent 64000
            thinking: claude-haiku-4-5 has no room for that budget; sent a budget of 63000 tokens"#]],
    );
    check(
        "claude-haiku-5-5",
        &hello(r#","thinking":{"budget_tokens":100}"#),
        expect![[r#"
            {"model":"claude-haiku-5-5","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive"},"output_config":{"effort":"low"},"stream":false}
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
        {"model":"claude-new-9","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"high"},"stream":false}
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
            {"model":"claude-sonnet-4-6","max_tokens":32000,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"adaptive"},"output_config":{"effort":"medium"},"stream":false}
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
        expect![[r#"
        {"model":"claude-3-haiku-20240307","max_tokens":4096,"system":"Answer with one JSON value that follows this JSON Schema and nothing else, no code fence:\n{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"maxLength\":3}},\"required\":[\"a\"]}","messages":[{"role":"user","content":"hi"}],"stream":false}
        response_format: claude-3-haiku-20240307 cannot be held to this format; sent as an instruction"#]],
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

// ---- answers --------------------------------------------------------------

/// Reads an answer, streamed or whole.
fn answer(body: &str, stream: bool) -> ChatResponse {
    let mut exchange = exchange("claude-haiku-5-5", &hello(""), stream).unwrap();
    let mut events = Events::new();
    let mut framer = Framer::new(exchange.framing, Limits::default());
    let mut take = |frame: crate::framing::Frame<'_>| exchange.decoder.frame(frame, &mut events);
    framer.feed(body.as_bytes(), &mut take).unwrap();
    framer.finish(&mut take).unwrap();
    assert_eq!(exchange.decoder.progress(), Progress::Closed);
    let mut response = ChatResponse::new(PROFILE.id, "");
    response.extend(&events);
    response.close();
    response
}

#[track_caller]
fn check_answer(stream: &str, full: &str, expected: Expect) {
    let streamed = answer(stream, true);
    assert_eq!(streamed, answer(full, false));
    // Some line breaks, and otherwise the exact text.
    let text = crate::json::to_string(&streamed);
    expected.assert_eq(&text.replace("},\"", "},\n\"").replace("},{", "},\n{"));
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/claude/", $name))
    };
}

#[test]
fn a_stream_and_a_whole_answer_are_the_same() {
    check_answer(
        fixture!("text.stream"),
        fixture!("text.full"),
        expect![[r#"
            {"message":{"role":"assistant","content":"Grüße aus \"Köln\" 👋\n"},
            "usage":{"prompt_tokens":14,"completion_tokens":12,"total_tokens":26,"cached_tokens":0,"cache_write_tokens":0,"cache_write_long_tokens":0,"reasoning_tokens":0,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false},
            "cost":null,"duration":0,"provider":"claude","model":"claude-haiku-5-5","stream":{"delta":{},
            "finished":true,"finish_reason":"stop"},
            "metadata":{"response_id":"msg_text1","raw_finish_reason":"end_turn","service_tier":"standard","warnings":[]}}"#]],
    );
    check_answer(
        fixture!("tools.stream"),
        fixture!("tools.full"),
        expect![[r#"
            {"message":{"role":"assistant","content":"Looking up both.","tool_calls":[{"id":"toolu_A","type":"function","function":{"name":"get_rate","arguments":"{\"from\": \"USD\", \"to\": \"EUR\"}"}},
            {"id":"toolu_B","type":"function","function":{"name":"get_time","arguments":"{}"}}]},
            "usage":{"prompt_tokens":461,"completion_tokens":77,"total_tokens":538,"cached_tokens":40,"cache_write_tokens":120,"cache_write_long_tokens":100,"reasoning_tokens":0,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false},
            "cost":null,"duration":0,"provider":"claude","model":"claude-haiku-5-5","stream":{"delta":{},
            "finished":true,"finish_reason":"tool_calls"},
            "metadata":{"response_id":"msg_tools1","raw_finish_reason":"tool_use","service_tier":"standard","warnings":[]}}"#]],
    );
    check_answer(
        fixture!("thinking.stream"),
        fixture!("thinking.full"),
        expect![[r#"
            {"message":{"role":"assistant","content":"One moment.","tool_calls":[{"id":"toolu_T","type":"function","function":{"name":"get_rate","arguments":"{\"from\": \"USD\"}"}}],"thinking":"First, the rate.\n\nNow the call.","provider_state":{"provider":"","model":"","blocks":[{"type":"thinking","thinking":"First, the rate.","signature":"EqQBone=="},
            {"type":"redacted_thinking","data":"ErMBredacted"},
            {"type":"text","text":"One moment."},
            {"type":"thinking","thinking":"Now the call.","signature":"EqQBtwo=="},
            {"type":"tool_use","id":"toolu_T","name":"get_rate","input":{"from": "USD"},
            "caller":{"type":"direct"}}]}},
            "usage":{"prompt_tokens":472,"completion_tokens":89,"total_tokens":561,"cached_tokens":0,"cache_write_tokens":0,"cache_write_long_tokens":0,"reasoning_tokens":31,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false},
            "cost":null,"duration":0,"provider":"claude","model":"claude-sonnet-4-6","stream":{"delta":{},
            "finished":true,"finish_reason":"tool_calls"},
            "metadata":{"response_id":"msg_think1","raw_finish_reason":"tool_use","service_tier":"standard","warnings":[],"extra":{"inference_geo":"global"}}}"#]],
    );
    check_answer(
        fixture!("server_tools.stream"),
        fixture!("server_tools.full"),
        expect![[r#"
            {"message":{"role":"assistant","content":"High tide is at five.","provider_state":{"provider":"","model":"","blocks":[{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query": "tide"}},
            {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"Tides","url":"https://tides.example","encrypted_content":"Enc=="}]},
            {"type":"text","text":"High tide is at five.","citations":[{"type":"web_search_result_location","url":"https://tides.example","cited_text":"High at 5"}]}]}},
            "usage":{"prompt_tokens":13520,"completion_tokens":60,"total_tokens":13580,"cached_tokens":0,"cache_write_tokens":0,"cache_write_long_tokens":0,"reasoning_tokens":0,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false},
            "cost":null,"duration":0,"provider":"claude","model":"claude-sonnet-4-6","stream":{"delta":{},
            "finished":true,"finish_reason":"stop"},
            "metadata":{"response_id":"msg_web1","raw_finish_reason":"end_turn","service_tier":"standard","warnings":[{"code":"cost_incomplete","message":"the provider ran tools of its own, billed per call: the cost is a lower bound"}],"extra":{"server_tool_use":{"web_search_requests":1},
            "server_tools":[{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query": "tide"}},
            {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"Tides","url":"https://tides.example","encrypted_content":"Enc=="}]}],"citations":[{"type":"text","text":"High tide is at five.","citations":[{"type":"web_search_result_location","url":"https://tides.example","cited_text":"High at 5"}]}]}}}"#]],
    );
}

#[test]
fn a_cut_call_is_told() {
    let response = answer(fixture!("cut_call.stream"), true);
    assert_eq!(
        response.stream.finish_reason,
        Some(crate::chat::FinishReason::Length)
    );
    assert_eq!(
        response.message.tool_calls[0].function.arguments,
        r#"{"text": "Once upon"#
    );
    assert_eq!(response.metadata.warnings[0].code, "tool_call_incomplete");
    assert_eq!(response.message.provider_state, None);
}

/// The blocks of the assistant turn in the next request, for a message changed by `edit`.
fn sent_back(model: &str, edit: impl Fn(&mut crate::chat::Message)) -> String {
    let mut message = answer(fixture!("thinking.stream"), true).message;
    let state = message.provider_state.as_mut().unwrap();
    (state.provider, state.model) = ("claude".into(), "claude-haiku-5-5".into());
    edit(&mut message);
    let message = crate::json::to_string(&message);
    let request = format!(
        r#"{{"messages":[{{"role":"user","content":"go"}},{message},{{"role":"tool","tool_call_id":"toolu_T","content":"1"}}],"tools":[{TOOL}]}}"#
    );
    let body = body_of(&exchange(model, &request, false).unwrap());
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let blocks = body["messages"][1]["content"].as_array().unwrap().iter();
    let types: Vec<_> = blocks
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    types.join(" ")
}

#[test]
fn a_message_goes_back_as_it_came_unless_it_was_edited() {
    let all = "thinking redacted_thinking text thinking tool_use";
    assert_eq!(sent_back("claude-haiku-5-5", |_| ()), all);
    assert_eq!(sent_back("claude-sonnet-4-6", |_| ()), "text tool_use");
    let edited = sent_back("claude-haiku-5-5", |message| {
        message.content = crate::chat::Content::Text("Other".into());
    });
    assert_eq!(edited, "thinking redacted_thinking thinking text tool_use");
}

#[test]
fn an_error_inside_a_stream_is_named_until_the_answer_is_complete() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let mut decoder = decode::MessageDecoder::new(1);
    let mut events = Events::new();
    let mut feed = |name, data| {
        use crate::provider::Decoder;
        let frame = crate::framing::Frame::Event { name, data };
        decoder.frame(frame, &mut events)
    };
    let before = feed("error", error).unwrap_err();
    assert_eq!(before.kind, crate::error::ErrorKind::Overloaded);
    let bare = r#"{"message":"no shape"}"#;
    assert_eq!(
        feed("error", bare).unwrap_err().kind,
        crate::error::ErrorKind::ServerError
    );
    feed(
        "",
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
    )
    .unwrap();
    assert!(feed("error", error).is_ok());
}

#[test]
fn the_headers_a_browser_needs_are_always_there() {
    let exchange = exchange("claude-haiku-5-5", &hello(""), true).unwrap();
    assert_eq!(
        exchange.request.url,
        "https://api.anthropic.com/v1/messages"
    );
    let names = format!("{:?}", exchange.request.headers);
    assert!(
        names.contains("anthropic-dangerous-direct-browser-access"),
        "{names}"
    );
    assert!(names.contains("2023-06-01"), "{names}");
}
