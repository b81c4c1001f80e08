//! What is sent for a request on Chat Completions: its parameters; messages and
//! answers have files of their own.

mod answers;
mod messages;

use expect_test::{Expect, expect};

use super::exchange;
use crate::chat::ChatRequest;
use crate::provider::openai::tests::{official, told, with_config};

/// A server that speaks the dialect.
const SERVER: &str = r#"{"base_url":"http://localhost:1234/v1"}"#;
/// The newer models come here only by configuration.
const CHAT: &str = r#"{"api":"chat"}"#;
const USER: &str = r#""messages":[{"role":"user","content":"hi"}]"#;
const TOOL: &str = r#""tools":[{"function":{"name":"now"}}]"#;

#[track_caller]
fn check(config: &str, model: &str, request: &str, expected: Expect) {
    let request = ChatRequest::from_json(request).unwrap();
    expected.assert_eq(&with_config(config, model, |target| {
        told(exchange(&request, target))
    }));
}

#[track_caller]
fn check_with(config: &str, model: &str, fields: &str, expected: Expect) {
    check(config, model, &format!("{{{USER},{fields}}}"), expected);
}

#[track_caller]
fn check_messages(config: &str, model: &str, messages: &str, expected: Expect) {
    check(
        config,
        model,
        &format!(r#"{{"messages":[{messages}]}}"#),
        expected,
    );
}

#[test]
fn a_server_gets_the_old_words_and_openai_the_new_ones() {
    let fields = r#""max_tokens":50,"user":"u1","temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":-1,"stop":["a","b","c","d","e"],"seed":7,"cache":{"ttl":"5m","key":"k"}"#;
    check_with(
        official(),
        "gpt-4o",
        fields,
        expect![[r#"
        {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":50,"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":-1,"stop":["a","b","c","d"],"seed":7,"prompt_cache_key":"k","safety_identifier":"u1","stream":false}
        ! stop: the API takes four texts; sent the first four"#]],
    );
    check_with(
        SERVER,
        "llama",
        fields,
        expect![[r#"
        {"model":"llama","messages":[{"role":"user","content":"hi"}],"max_tokens":50,"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":-1,"stop":["a","b","c","d","e"],"seed":7,"user":"u1","stream":false}
        ! cache.key: llama does not take `cache.key`; sent without"#]],
    );
}

#[test]
fn what_a_reasoning_model_does_not_take_is_dropped_and_told() {
    let fields = r#""max_tokens":50,"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":1,"stop":"x""#;
    check_with(
        official(),
        "o3",
        fields,
        expect![[r#"
        {"model":"o3","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":50,"stream":false}
        ! temperature: o3 does not take `temperature`; sent without
        ! top_p: o3 does not take `top_p`; sent without
        ! frequency_penalty: o3 does not take `frequency_penalty`; sent without
        ! presence_penalty: o3 does not take `presence_penalty`; sent without
        ! stop: o3 does not take `stop`; sent without"#]],
    );
    let off = r#""temperature":0.5,"thinking":{"effort":"none"}"#;
    check_with(
        official(),
        "gpt-5.1",
        off,
        expect![[
            r#"{"model":"gpt-5.1","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"reasoning_effort":"none","stream":false}"#
        ]],
    );
    check_with(
        official(),
        "gpt-5",
        off,
        expect![[r#"
        {"model":"gpt-5","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"minimal","stream":false}
        ! thinking: gpt-5 takes no effort `none` here; sent `minimal`
        ! temperature: gpt-5 does not take `temperature`; sent without"#]],
    );
}

#[test]
fn thinking_is_an_effort_the_endpoint_knows() {
    check_with(
        CHAT,
        "gpt-5.6",
        r#""thinking":{"effort":"max"}"#,
        expect![[r#"
            {"model":"gpt-5.6","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"xhigh","stream":false}
            ! thinking: gpt-5.6 takes no effort `max` here; sent `xhigh`"#]],
    );
    check_with(
        official(),
        "gpt-5.2",
        r#""thinking":{"budget_tokens":9000,"display":"summarized"}"#,
        expect![[r#"
            {"model":"gpt-5.2","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"medium","stream":false}
            ! thinking.display: Chat Completions shows no reasoning; sent without
            ! thinking.budget_tokens: gpt-5.2 takes levels of effort; sent `medium` for 9000"#]],
    );
    check_with(
        official(),
        "gpt-4o",
        r#""thinking_mode":true"#,
        expect![[r#"
            {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":false}
            ! thinking: gpt-4o does not reason; sent without"#]],
    );
    check_with(
        official(),
        "gpt-4x-unheard-of",
        r#""thinking_mode":true"#,
        expect![[r#"
            {"model":"gpt-4x-unheard-of","messages":[{"role":"user","content":"hi"}],"stream":false}
            ! thinking: gpt-4x-unheard-of does not reason; sent without"#]],
    );
    check_with(
        SERVER,
        "qwen",
        r#""thinking":{"effort":"max"}"#,
        expect![[
            r#"{"model":"qwen","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"max","stream":false}"#
        ]],
    );
    check_with(
        SERVER,
        "qwen",
        r#""thinking_mode":false"#,
        expect![[
            r#"{"model":"qwen","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"none","stream":false}"#
        ]],
    );
}

#[test]
fn tools_of_newer_models_forbid_an_effort() {
    let effort = |effort: &str| format!(r#"{TOOL},"thinking":{{"effort":"{effort}"}}"#);
    check_with(
        CHAT,
        "gpt-5.6",
        &effort("high"),
        expect![[r#"
        {"model":"gpt-5.6","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"reasoning_effort":"none","stream":false}
        ! thinking: gpt-5.6 takes tools on Chat Completions only without an effort; sent effort `none`"#]],
    );
    check_with(
        CHAT,
        "gpt-5.6",
        &effort("none"),
        expect![[
            r#"{"model":"gpt-5.6","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"reasoning_effort":"none","stream":false}"#
        ]],
    );
    check_with(
        CHAT,
        "gpt-5.6",
        TOOL,
        expect![[r#"
        {"model":"gpt-5.6","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"reasoning_effort":"none","stream":false}
        ! thinking: gpt-5.6 takes tools on Chat Completions only without an effort; sent effort `none`"#]],
    );
    check_with(
        CHAT,
        "gpt-5.5",
        &effort("high"),
        expect![[r#"
        {"model":"gpt-5.5","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"stream":false}
        ! thinking: gpt-5.5 takes tools on Chat Completions only without an effort; sent without"#]],
    );
    check_with(
        CHAT,
        "gpt-5.5",
        TOOL,
        expect![[
            r#"{"model":"gpt-5.5","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"stream":false}"#
        ]],
    );
    check_with(
        CHAT,
        "gpt-6-astra",
        TOOL,
        expect!["unsupported: tools: gpt-6-astra takes tools on the Responses API only"],
    );
    check_with(
        official(),
        "gpt-5.2",
        &effort("high"),
        expect![[
            r#"{"model":"gpt-5.2","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"reasoning_effort":"high","stream":false}"#
        ]],
    );
}

#[test]
fn tools_are_functions() {
    check_with(
        official(),
        "gpt-4o",
        r#""tools":[{"function":{"name":"now"}},{"function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"n":{"const":12345678901234567890}}},"strict":true}}],
           "tool_choice":{"type":"function","function":{"name":"add"}},"parallel_tool_calls":false"#,
        expect![[r#"
            {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}},{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"n":{"const":12345678901234567890}}},"strict":false}}],"tool_choice":{"type":"function","function":{"name":"add"}},"parallel_tool_calls":false,"stream":false}
            ! tools[1].function.strict: a schema with an object without `additionalProperties: false` cannot be enforced; sent `false`"#]],
    );
    check_with(
        official(),
        "gpt-4o",
        r#""tool_choice":"required","parallel_tool_calls":true"#,
        expect![[r#"
            {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":false}
            ! tool_choice: there are no tools to choose from; sent without"#]],
    );
    check_with(
        official(),
        "gpt-4-32k",
        TOOL,
        expect!["unsupported: tools: gpt-4-32k calls no functions"],
    );
}

#[test]
fn the_form_of_the_answer() {
    let schema = |strict: &str, extra: &str| {
        format!(
            r#""response_format":{{"type":"json_schema","json_schema":{{"name":"n","description":"d","schema":{{"type":"object","properties":{{}}{extra}}}{strict}}}}}"#
        )
    };
    let closed = r#","required":[],"additionalProperties":false"#;
    check_with(
        official(),
        "gpt-4o",
        &schema(r#","strict":true"#, closed),
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object","properties":{},"required":[],"additionalProperties":false},"strict":true}},"stream":false}"#
        ]],
    );
    check_with(
        official(),
        "gpt-4o",
        &schema(r#","strict":true"#, ""),
        expect![[r#"
            {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object","properties":{}},"strict":false}},"stream":false}
            ! response_format.json_schema.strict: a schema with an object without `additionalProperties: false` cannot be enforced; sent `false`"#]],
    );
    check_with(
        SERVER,
        "llama",
        &schema(r#","strict":true"#, ""),
        expect![[
            r#"{"model":"llama","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object","properties":{}},"strict":true}},"stream":false}"#
        ]],
    );
    check_with(
        official(),
        "gpt-4-turbo",
        &schema("", ""),
        expect!["unsupported: response_format: gpt-4-turbo follows no JSON Schema"],
    );
    let object = r#""response_format":{"type":"json_object"}"#;
    check_with(
        official(),
        "gpt-4o",
        object,
        expect![[r#"
        {"model":"gpt-4o","messages":[{"role":"system","content":"Answer with a JSON object."},{"role":"user","content":"hi"}],"response_format":{"type":"json_object"},"stream":false}
        ! response_format: the API wants the word JSON in a message; added `Answer with a JSON object.`"#]],
    );
    check_with(
        official(),
        "o3",
        object,
        expect![[r#"
        {"model":"o3","messages":[{"role":"developer","content":"Answer with a JSON object."},{"role":"user","content":"hi"}],"response_format":{"type":"json_object"},"stream":false}
        ! response_format: the API wants the word JSON in a message; added `Answer with a JSON object.`"#]],
    );
    check_with(
        SERVER,
        "llama",
        object,
        expect![[
            r#"{"model":"llama","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_object"},"stream":false}"#
        ]],
    );
    let says = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"As json, please."}]}],"response_format":{"type":"json_object"}}"#;
    check(
        official(),
        "gpt-4o",
        says,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"As json, please."}]}],"response_format":{"type":"json_object"},"stream":false}"#
        ]],
    );
}

#[test]
fn options_pass_through() {
    check_with(
        official(),
        "gpt-4o",
        r#""provider_options":{"openai":{"prediction":{"type":"content","content":"old"},"logprobs":true,"top_logprobs":2,"service_tier":"flex","stream":false},"claude":{"x":1}}"#,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":false,"prediction":{"type":"content","content":"old"},"logprobs":true,"top_logprobs":2,"service_tier":"flex"}"#
        ]],
    );
}

#[test]
fn a_model_of_the_callers_own_is_trusted_with_everything() {
    check_with(
        r#"{"base_url":"http://localhost:1234/v1","custom_models":{"mine":{"id":"mine","context_window":8192}}}"#,
        "mine",
        TOOL,
        expect![[
            r#"{"model":"mine","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}],"stream":false}"#
        ]],
    );
}

/// The provider's own tools stand only there.
#[test]
fn tools_of_the_options_can_be_chosen_from() {
    check_with(
        official(),
        "gpt-4o",
        r#""tool_choice":"required","provider_options":{"openai":{"tools":[{"type":"custom","custom":{"name":"sql"}}]}}"#,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"custom","custom":{"name":"sql"}}],"tool_choice":"required","stream":false}"#
        ]],
    );
    check_with(
        official(),
        "gpt-4o",
        r#""tool_choice":"auto""#,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":false}"#
        ]],
    );
}

#[test]
fn the_cache_is_steered_where_it_can_be() {
    let marked = r#"{"role":"system","content":"Long.","cache":{"ttl":"1h"}},{"role":"user","content":[{"type":"text","text":"a","cache":{}},{"type":"text","text":"b"}]}"#;
    check_messages(
        CHAT,
        "gpt-5.6",
        marked,
        expect![[
            r#"{"model":"gpt-5.6","messages":[{"role":"developer","content":[{"type":"text","text":"Long.","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}}]},{"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},{"type":"text","text":"b"}]}],"stream":false}"#
        ]],
    );
    check_messages(
        official(),
        "gpt-4o",
        marked,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"system","content":"Long."},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],"stream":false}"#
        ]],
    );
    check_with(
        CHAT,
        "gpt-5.6",
        r#""cache":{"ttl":"1h","key":"k"}"#,
        expect![[r#"
            {"model":"gpt-5.6","messages":[{"role":"user","content":"hi"}],"prompt_cache_key":"k","stream":false}
            ! cache: gpt-5.6 keeps prefixes as long as it sees fit; sent without"#]],
    );
    check_with(
        CHAT,
        "gpt-5.6",
        r#""cache":false"#,
        expect![[
            r#"{"model":"gpt-5.6","messages":[{"role":"user","content":"hi"}],"prompt_cache_options":{"mode":"explicit"},"stream":false}"#
        ]],
    );
    check_with(
        official(),
        "gpt-4o",
        r#""cache":false"#,
        expect![[r#"
        {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":false}
        ! cache: gpt-4o keeps prefixes as long as it sees fit; sent without"#]],
    );
    check_with(
        official(),
        "gpt-4o",
        r#""cache":"auto""#,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":false}"#
        ]],
    );
    check_with(
        SERVER,
        "llama",
        r#""cache":{"ttl":"1h"}"#,
        expect![[r#"
        {"model":"llama","messages":[{"role":"user","content":"hi"}],"stream":false}
        ! cache: llama keeps prefixes as long as it sees fit; sent without"#]],
    );
}
