//! What is sent for a request; what answers become has a file of its own.

mod answers;

use expect_test::{Expect, expect};

use super::exchange;
use crate::chat::ChatRequest;
use crate::provider::Target;
use crate::provider::openai::tests::{official, told, with_config};

fn sent(target: &Target<'_>, request: &str) -> String {
    told(exchange(&ChatRequest::from_json(request).unwrap(), target))
}

#[track_caller]
fn check(model: &str, request: &str, expected: Expect) {
    expected.assert_eq(&with_config(official(), model, |target| {
        sent(target, request)
    }));
}

const USER_ITEM: &str = r#"{"role":"user","content":"hi"}"#;
const USER: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

#[track_caller]
fn check_with(model: &str, fields: &str, expected: Expect) {
    check(model, &format!("{{{USER},{fields}}}"), expected);
}

#[test]
fn text_is_one_item_and_nothing_is_stored() {
    check(
        "gpt-6-luna",
        &format!("{{{USER}}}"),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check(
        "gpt-4o",
        &format!("{{{USER}}}"),
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn leading_system_messages_are_instructions_and_later_ones_stay_in_place() {
    check(
        "gpt-4o",
        r#"{"messages":[
            {"role":"system","content":"Be brief."},
            {"role":"system","content":[{"type":"text","text":"Be kind."}]},
            {"role":"user","content":"hi"},
            {"role":"assistant","content":"Hello."},
            {"role":"system","content":"Now in verse."},
            {"role":"user","content":"again"}
        ]}"#,
        expect![[
            r#"{"model":"gpt-4o","instructions":"Be brief.\n\nBe kind.","input":[{"role":"user","content":"hi"},{"role":"assistant","content":"Hello."},{"role":"developer","content":"Now in verse."},{"role":"user","content":"again"}],"store":false,"stream":false}"#
        ]],
    );
    check(
        "gpt-4o",
        r#"{"messages":[{"role":"system","content":"Greet."}]}"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"developer","content":"Greet."}],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn images_and_files_are_flat_parts() {
    check(
        "gpt-4o",
        r#"{"messages":[{"role":"user","content":[
            {"type":"text","text":"What is this?"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}},
            {"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}},
            {"type":"file","file":{"url":"https://example.com/a.pdf","citations":true}}
        ]}]}"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"user","content":[{"type":"input_text","text":"What is this?"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"},{"type":"input_image","image_url":"https://example.com/a.png","detail":"low"},{"type":"input_file","filename":"file.pdf","file_data":"data:application/pdf;base64,AAAA"},{"type":"input_file","file_url":"https://example.com/a.pdf"}]}],"store":false,"stream":false}
            ! messages[0].content[4].file.citations: the provider has no such field; sent without"#]],
    );
    check(
        "gpt-3.5-turbo",
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}"#,
        expect!["unsupported: messages[0].content[0]: gpt-3.5-turbo does not see images"],
    );
    check(
        "gpt-4o",
        r#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]}"#,
        expect!["unsupported: messages[0].content[0]: the Responses API takes no audio"],
    );
}

#[test]
fn tools_are_flat_and_say_whether_they_are_strict() {
    check_with(
        "gpt-4o",
        r#""tools":[
            {"function":{"name":"now"}},
            {"function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"n":{"const":12345678901234567890}}},"strict":true}}
        ],"tool_choice":{"type":"function","function":{"name":"add"}},"parallel_tool_calls":false"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"tools":[{"type":"function","name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false},"strict":false},{"type":"function","name":"add","description":"Adds.","parameters":{"type":"object","properties":{"n":{"const":12345678901234567890}}},"strict":false}],"tool_choice":{"type":"function","name":"add"},"parallel_tool_calls":false,"store":false,"stream":false}
            ! tools[1].function.strict: a schema with an object without `additionalProperties: false` cannot be enforced; sent `false`"#]],
    );
    check_with(
        "gpt-4o",
        r#""tool_choice":"required","parallel_tool_calls":true"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"store":false,"stream":false}
            ! tool_choice: there are no tools to choose from; sent without"#]],
    );
    check_with(
        "gpt-4o",
        r#""tools":[{"function":{"name":"now"}}],"tool_choice":"required""#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"tools":[{"type":"function","name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false},"strict":false}],"tool_choice":"required","store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn parallel_calls_and_their_results_are_items_of_their_own() {
    check(
        "gpt-4o",
        r#"{"messages":[
            {"role":"user","content":"Weather in Oslo and Rome?"},
            {"role":"assistant","content":"Looking.","tool_calls":[
                {"id":"call_1","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}},
                {"id":"call_2","function":{"name":"weather","arguments":""}}]},
            {"role":"tool","tool_call_id":"call_1","content":"rain"},
            {"role":"tool","tool_call_id":"call_2","content":[
                {"type":"text","text":"sun"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}
        ]}"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"Weather in Oslo and Rome?"},{"role":"assistant","content":"Looking."},{"type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Oslo\"}"},{"type":"function_call","call_id":"call_2","name":"weather","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"rain"},{"type":"function_call_output","call_id":"call_2","output":[{"type":"input_text","text":"sun"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"}]}],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn a_call_that_was_cut_off_is_not_sent_back() {
    check(
        "gpt-4o",
        r#"{"messages":[
            {"role":"user","content":"Add."},
            {"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"name":"add","arguments":"{\"x\":4"}}]},
            {"role":"tool","tool_call_id":"call_1","content":"?"},
            {"role":"user","content":"Again."}
        ]}"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"user","content":"Add."},{"role":"user","content":"Again."}],"store":false,"stream":false}
            ! messages[1].tool_calls: the call `call_1` of `add` was cut in the middle of its arguments; sent without it"#]],
    );
}

#[test]
fn reasoning_goes_back_as_received_before_what_it_led_to() {
    let history = |model: &str, blocks: &str| {
        format!(
            r#"{{"messages":[
                {{"role":"user","content":"Add."}},
                {{"role":"assistant","content":"Let me see. Done.","refusal":null,
                  "provider_state":{{"provider":"openai","model":"{model}","blocks":[{blocks}]}},
                  "tool_calls":[
                    {{"id":"call_1","function":{{"name":"add","arguments":"{{}}"}}}},
                    {{"id":"call_2","function":{{"name":"add","arguments":"{{}}"}}}}]}},
                {{"role":"tool","tool_call_id":"call_1","content":"1"}},
                {{"role":"tool","tool_call_id":"call_2","content":"2"}}]}}"#
        )
    };
    let blocks = r#"
        {"type":"reasoning","id":"rs_1","encrypted_content":"gAAA","summary":[], "status":null},
        {"type":"message","bytes":12,"phase":"commentary"},
        {"type":"function_call","call_id":"call_1","namespace":"maths"},
        {"type":"web_search_call","id":"ws_1","action":{"type":"search"}},
        {"type":"reasoning","id":"rs_2","encrypted_content":"gBBB","summary":[]},
        {"type":"function_call","call_id":"call_2"},
        {"type":"message","bytes":5,"phase":"final_answer"},
        {"type":"reasoning","id":"rs_3","encrypted_content":"gCCC","summary":[]}"#;
    check(
        "gpt-6-luna",
        &history("gpt-6-luna", blocks),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"Add."},{"type":"reasoning","encrypted_content":"gAAA","summary":[],"status":null},{"role":"assistant","phase":"commentary","content":"Let me see. "},{"type":"function_call","call_id":"call_1","name":"add","namespace":"maths","arguments":"{}"},{"type":"web_search_call","id":"ws_1","action":{"type":"search"}},{"type":"reasoning","encrypted_content":"gBBB","summary":[]},{"type":"function_call","call_id":"call_2","name":"add","arguments":"{}"},{"role":"assistant","phase":"final_answer","content":"Done."},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":"2"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    // Of another model: only what the message itself says.
    check(
        "gpt-6-luna",
        &history("gpt-6-sol", blocks),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"Add."},{"role":"assistant","content":"Let me see. Done."},{"type":"function_call","call_id":"call_1","name":"add","arguments":"{}"},{"type":"function_call","call_id":"call_2","name":"add","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":"2"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    // A text changed since is not taken apart, and reasoning without its state is useless.
    let other = r#"
        {"type":"reasoning","id":"rs_1","summary":[]},
        {"thinking_key":"reasoning"},
        {"type":"message","bytes":3,"phase":"commentary"},
        {"type":"message","bytes":3,"phase":"final_answer"}"#;
    check(
        "gpt-6-luna",
        &history("gpt-6-luna", other),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"Add."},{"role":"assistant","phase":"final_answer","content":"Let me see. Done."},{"type":"function_call","call_id":"call_1","name":"add","arguments":"{}"},{"type":"function_call","call_id":"call_2","name":"add","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":"2"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn a_refusal_goes_back_as_one() {
    check(
        "gpt-4o",
        r#"{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"","refusal":"No."},{"role":"user","content":"y"}]}"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"role":"user","content":"y"}],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn thinking_is_an_effort_and_a_summary_only_when_wanted() {
    check_with(
        "gpt-6-luna",
        r#""thinking_mode":true"#,
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"reasoning":{"effort":"medium"},"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check_with(
        "gpt-6-astra",
        r#""thinking_mode":false"#,
        expect![[r#"
            {"model":"gpt-6-astra","input":[{"role":"user","content":"hi"}],"reasoning":{"effort":"low"},"include":["reasoning.encrypted_content"],"store":false,"stream":false}
            ! thinking: gpt-6-astra takes no effort `none` here; sent `low`"#]],
    );
    check_with(
        "gpt-6-luna",
        r#""thinking":{"effort":"max","display":"summarized"}"#,
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"reasoning":{"effort":"max","summary":"auto"},"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check_with(
        "gpt-4o",
        r#""thinking":{"budget_tokens":4096,"display":"summarized"}"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"store":false,"stream":false}
            ! thinking: gpt-4o does not reason; sent without"#]],
    );
}

#[test]
fn what_the_endpoint_or_the_model_does_not_take_is_dropped_and_told() {
    check_with(
        "gpt-6-luna",
        r#""temperature":0.5,"top_p":0.9,"stop":["x"],"seed":1,"frequency_penalty":1,"presence_penalty":1,"max_tokens":5"#,
        expect![[r#"
            {"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"max_output_tokens":16,"include":["reasoning.encrypted_content"],"store":false,"stream":false}
            ! temperature: gpt-6-luna does not take `temperature`; sent without
            ! top_p: gpt-6-luna does not take `top_p`; sent without
            ! max_tokens: gpt-6-luna takes at least 16; sent 16 instead of 5
            ! stop: the Responses API has no `stop`; sent without
            ! seed: the Responses API has no `seed`; sent without
            ! frequency_penalty: the Responses API has no `frequency_penalty`; sent without
            ! presence_penalty: the Responses API has no `presence_penalty`; sent without"#]],
    );
    check_with(
        "gpt-6-luna",
        r#""temperature":0.5,"thinking":{"effort":"none"},"max_tokens":500"#,
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"max_output_tokens":500,"temperature":0.5,"reasoning":{"effort":"none"},"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check_with(
        "gpt-4o",
        r#""temperature":0.5,"top_p":0.9"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"temperature":0.5,"top_p":0.9,"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn a_format_is_flat() {
    check_with(
        "gpt-4o",
        r#""response_format":{"type":"json_object"}"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"developer","content":"Answer with a JSON object."},{"role":"user","content":"hi"}],"text":{"format":{"type":"json_object"}},"store":false,"stream":false}
            ! response_format: the API wants the word JSON in a message; added `Answer with a JSON object.`"#]],
    );
    check_with(
        "gpt-4o",
        r#""response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}}"#,
        expect![[r#"
            {"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object"},"strict":false}},"store":false,"stream":false}
            ! response_format.json_schema.strict: a schema with an object without `additionalProperties: false` cannot be enforced; sent `false`"#]],
    );
}

#[test]
fn user_cache_key_and_options_are_passed_on() {
    check_with(
        "gpt-4o",
        r#""user":"u1","cache":{"ttl":"5m","key":"k"},"provider_options":{"openai":{"truncation":"auto","store":true}}"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"prompt_cache_key":"k","safety_identifier":"u1","store":true,"stream":false,"truncation":"auto"}"#
        ]],
    );
}

#[test]
fn what_else_shall_be_included_stands_beside_the_reasoning() {
    check_with(
        "gpt-6-luna",
        r#""provider_options":{"openai":{"include":["message.output_text.logprobs"]}}"#,
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content","message.output_text.logprobs"],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn the_cache_is_steered() {
    check_with(
        "gpt-6-luna",
        r#""cache":{"ttl":"1h","key":"k"}"#,
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"prompt_cache_key":"k","prompt_cache_options":{"ttl":"12h"},"store":false,"stream":false}"#
        ]],
    );
    check_with(
        "gpt-6-luna",
        r#""cache":false"#,
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"prompt_cache_options":{"mode":"explicit"},"store":false,"stream":false}"#
        ]],
    );
    check(
        "gpt-6-luna",
        r#"{"messages":[
            {"role":"system","content":"Short."},
            {"role":"system","content":"Long.","cache":{"ttl":"1h"}},
            {"role":"user","content":[{"type":"text","text":"a","cache":{}},{"type":"text","text":"b"}]}]}"#,
        expect![[
            r#"{"model":"gpt-6-luna","instructions":"Short.","input":[{"role":"developer","content":[{"type":"input_text","text":"Long.","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}}]},{"role":"user","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},{"type":"input_text","text":"b"}]}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check(
        "gpt-5.4",
        r#"{"messages":[{"role":"system","content":"Long.","cache":{"ttl":"1h"}},{"role":"user","content":"hi"}]}"#,
        expect![[
            r#"{"model":"gpt-5.4","instructions":"Long.","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
}

#[test]
fn the_word_json_stands_in_the_input() {
    check(
        "gpt-6-luna",
        r#"{"messages":[{"role":"system","content":"Answer in JSON."},{"role":"user","content":"hi"}],"response_format":{"type":"json_object"}}"#,
        expect![[r#"
            {"model":"gpt-6-luna","instructions":"Answer in JSON.","input":[{"role":"developer","content":"Answer with a JSON object."},{"role":"user","content":"hi"}],"text":{"format":{"type":"json_object"}},"include":["reasoning.encrypted_content"],"store":false,"stream":false}
            ! response_format: the API wants the word JSON in a message; added `Answer with a JSON object.`"#]],
    );
}

#[test]
fn what_others_take_is_refused_or_told() {
    let image = r#"{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"original"}}"#;
    let one = |role: &str, part: &str| {
        format!(r#"{{"messages":[{{"role":"{role}","content":[{part}]}},{USER_ITEM}]}}"#)
    };
    check(
        "gpt-6-luna",
        &one("system", image),
        expect!["unsupported: messages[0].content[0]: the system message takes text only"],
    );
    check(
        "gpt-6-luna",
        &one("assistant", image),
        expect!["unsupported: messages[0].content[0]: the assistant message takes text only"],
    );
    check(
        "gpt-6-luna",
        &one("user", image),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":[{"type":"input_image","image_url":"https://example.com/a.png","detail":"original"}]},{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check(
        "gpt-5.2",
        &one("user", image),
        expect![[r#"
        {"model":"gpt-5.2","input":[{"role":"user","content":[{"type":"input_image","image_url":"https://example.com/a.png","detail":"high"}]},{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}
        ! messages[0].content[0].image_url.detail: gpt-5.2 takes no `original`; sent `high`"#]],
    );
    check(
        "gpt-6-luna",
        r#"{"messages":[{"role":"user","content":"hi","name":"Ann"}]}"#,
        expect![[r#"
            {"model":"gpt-6-luna","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}
            ! messages[0].name: the Responses API has no names; sent without"#]],
    );
    check(
        "gpt-5.4-pro",
        &format!(
            r#"{{{USER},"response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{{}}}}}}}}"#
        ),
        expect!["unsupported: response_format: gpt-5.4-pro follows no JSON Schema"],
    );
    check_with(
        "gpt-5.4",
        r#""temperature":0.5"#,
        expect![[
            r#"{"model":"gpt-5.4","input":[{"role":"user","content":"hi"}],"temperature":0.5,"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    check_with(
        "gpt-5.5",
        r#""temperature":0.5"#,
        expect![[r#"
        {"model":"gpt-5.5","input":[{"role":"user","content":"hi"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}
        ! temperature: gpt-5.5 does not take `temperature`; sent without"#]],
    );
}

/// What other providers answered, cut answers and lost results.
#[test]
fn a_conversation_from_elsewhere_is_accepted() {
    check(
        "gpt-6-luna",
        r#"{"messages":[{"role":"user","content":"go"},
           {"role":"assistant","content":"","thinking":"Hm.","provider_state":{"provider":"claude","model":"claude-haiku-5-5","blocks":[{"type":"thinking","signature":"s"}]},
            "tool_calls":[{"id":"toolu_0123456789012345678901234567890123456789012345678901234567890123456789","function":{"name":"f","arguments":"{}"}},{"id":"cut","function":{"name":"f","arguments":"{\"a"}},{"id":"lost","function":{"name":"f","arguments":"{}"}}]},
           {"role":"tool","tool_call_id":"toolu_0123456789012345678901234567890123456789012345678901234567890123456789","content":"1"},
           {"role":"assistant","content":""},
           {"role":"assistant","content":"Well.","refusal":"No."}]}"#,
        expect![[r#"
            {"model":"gpt-6-luna","input":[{"role":"user","content":"go"},{"type":"function_call","call_id":"6789012345678901234567890123456789012345678901234567890123456789","name":"f","arguments":"{}"},{"type":"function_call","call_id":"lost","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"6789012345678901234567890123456789012345678901234567890123456789","output":"1"},{"type":"function_call_output","call_id":"lost","output":"no result was given"},{"role":"assistant","content":[{"type":"output_text","text":"Well."},{"type":"refusal","refusal":"No."}]}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}
            ! messages[1].tool_calls: the call `cut` of `f` was cut in the middle of its arguments; sent without it
            ! messages[1].tool_calls: the call `lost` of `f` has no result; sent one that says so
            ! messages[1].is_error: the API has no such field; sent the text alone"#]],
    );
    check(
        "gpt-6-luna",
        r#"{"messages":[{"role":"user","content":"go"},{"role":"tool","tool_call_id":"nobody","content":"1"}]}"#,
        expect![
            "invalid_request: messages[1].tool_call_id: no message before it calls a tool with the id `nobody` that is still unanswered"
        ],
    );
}

#[test]
fn a_compatible_server_gets_the_plain_words() {
    let server = r#"{"base_url":"http://localhost:1234/v1","api":"responses"}"#;
    let request = r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}],"user":"u1","temperature":0.5}"#;
    with_config(server, "gpt-oss-20b", |target| {
        expect![[r#"{"model":"gpt-oss-20b","input":[{"role":"user","content":"a"},{"role":"system","content":"b"}],"temperature":0.5,"user":"u1","store":false,"stream":false}"#]].assert_eq(&sent(target, request));
    });
}
