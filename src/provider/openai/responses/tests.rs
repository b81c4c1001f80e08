//! What is sent for a request, and what answers become.

use expect_test::{Expect, expect};

use super::decode::ResponsesDecoder;
use super::exchange;
use crate::chat::{ChatRequest, ChatResponse, Events};
use crate::framing::Frame;
use crate::provider::openai::tests::{official, with_config};
use crate::provider::{Decoder, Progress, Target};

/// The body, then a line for each warning; or the error.
fn sent(target: &Target<'_>, request: &str) -> String {
    match exchange(&ChatRequest::from_json(request).unwrap(), target) {
        Err(error) => format!("{error}"),
        Ok(exchange) => {
            let mut text = String::from_utf8(exchange.request.body.unwrap_or_default()).unwrap();
            for warning in exchange.warnings {
                text += &format!(
                    "\n! {}: {}",
                    warning.field.unwrap_or_default(),
                    warning.message
                );
            }
            text
        }
    }
}

#[track_caller]
fn check(model: &str, request: &str, expected: Expect) {
    expected.assert_eq(&with_config(official(), model, |target| {
        sent(target, request)
    }));
}

const USER: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

#[track_caller]
fn check_with(model: &str, fields: &str, expected: Expect) {
    check(model, &format!("{{{USER},{fields}}}"), expected);
}

// ---- what is sent ---------------------------------------------------------

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
            r#"{"model":"gpt-4o","instructions":"Be brief.\n\nBe kind.","input":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"output_text","text":"Hello."}]},{"role":"developer","content":"Now in verse."},{"role":"user","content":"again"}],"store":false,"stream":false}"#
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
            {"type":"file","file":{"url":"https://example.com/a.pdf"}}
        ]}]}"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":[{"type":"input_text","text":"What is this?"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"},{"type":"input_image","image_url":"https://example.com/a.png","detail":"low"},{"type":"input_file","filename":"file.pdf","file_data":"data:application/pdf;base64,AAAA"},{"type":"input_file","file_url":"https://example.com/a.pdf"}]}],"store":false,"stream":false}"#
        ]],
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
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"tools":[{"type":"function","name":"now","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false},"strict":false},{"type":"function","name":"add","description":"Adds.","parameters":{"type":"object","properties":{"n":{"const":12345678901234567890}}},"strict":true}],"tool_choice":{"type":"function","name":"add"},"parallel_tool_calls":false,"store":false,"stream":false}"#
        ]],
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
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"Weather in Oslo and Rome?"},{"role":"assistant","content":[{"type":"output_text","text":"Looking."}]},{"type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Oslo\"}"},{"type":"function_call","call_id":"call_2","name":"weather","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"rain"},{"type":"function_call_output","call_id":"call_2","output":[{"type":"input_text","text":"sun"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"}]}],"store":false,"stream":false}"#
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
            ! : a tool call whose arguments were cut off was not sent back, nor was its result"#]],
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
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"Add."},{"type":"reasoning","id":"rs_1","encrypted_content":"gAAA","summary":[], "status":null},{"role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"Let me see. "}]},{"type":"function_call","call_id":"call_1","name":"add","namespace":"maths","arguments":"{}"},{"type":"web_search_call","id":"ws_1","action":{"type":"search"}},{"type":"reasoning","id":"rs_2","encrypted_content":"gBBB","summary":[]},{"type":"function_call","call_id":"call_2","name":"add","arguments":"{}"},{"role":"assistant","phase":"final_answer","content":[{"type":"output_text","text":"Done."}]},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":"2"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    // Of another model: only what the message itself says.
    check(
        "gpt-6-luna",
        &history("gpt-6-sol", blocks),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"Add."},{"role":"assistant","content":[{"type":"output_text","text":"Let me see. Done."}]},{"type":"function_call","call_id":"call_1","name":"add","arguments":"{}"},{"type":"function_call","call_id":"call_2","name":"add","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":"2"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
        ]],
    );
    // A text changed since is not taken apart, and reasoning without its state is useless.
    let other = r#"
        {"type":"reasoning","id":"rs_1","summary":[]},
        {"type":"message","bytes":3,"phase":"commentary"},
        {"type":"message","bytes":3,"phase":"final_answer"}"#;
    check(
        "gpt-6-luna",
        &history("gpt-6-luna", other),
        expect![[
            r#"{"model":"gpt-6-luna","input":[{"role":"user","content":"Add."},{"role":"assistant","phase":"final_answer","content":[{"type":"output_text","text":"Let me see. Done."}]},{"type":"function_call","call_id":"call_1","name":"add","arguments":"{}"},{"type":"function_call","call_id":"call_2","name":"add","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":"2"}],"include":["reasoning.encrypted_content"],"store":false,"stream":false}"#
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
        ! thinking: gpt-6-astra takes no effort `none`; sent `low`"#]],
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
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"text":{"format":{"type":"json_object"}},"store":false,"stream":false}"#
        ]],
    );
    check_with(
        "gpt-4o",
        r#""response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}}"#,
        expect![[
            r#"{"model":"gpt-4o","input":[{"role":"user","content":"hi"}],"text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object"},"strict":true}},"store":false,"stream":false}"#
        ]],
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
fn a_compatible_server_gets_the_plain_words() {
    let server = r#"{"base_url":"http://localhost:1234/v1","api":"responses"}"#;
    let request = r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}],"user":"u1","temperature":0.5}"#;
    with_config(server, "gpt-oss-20b", |target| {
        expect![[r#"{"model":"gpt-oss-20b","input":[{"role":"user","content":"a"},{"role":"system","content":"b"}],"temperature":0.5,"user":"u1","store":false,"stream":false}"#]].assert_eq(&sent(target, request));
    });
}

// ---- what answers become --------------------------------------------------

/// The answer of some frames, streamed or one document.
fn answer(frames: &[&str], whole: bool) -> Result<ChatResponse, String> {
    let mut decoder = ResponsesDecoder::new(7);
    let mut events = Events::new();
    for frame in frames {
        let frame = if whole {
            Frame::Document(frame)
        } else {
            Frame::Event {
                name: "message",
                data: frame,
            }
        };
        decoder
            .frame(frame, &mut events)
            .map_err(|error| error.to_string())?;
    }
    assert_eq!(decoder.progress(), Progress::Closed);
    let mut response = ChatResponse::new("openai", "asked");
    response.extend(&events);
    response.close();
    Ok(response)
}

#[track_caller]
fn check_answer(frames: &[&str], whole: bool, expected: Expect) {
    let text = answer(frames, whole).map(|response| {
        let metadata = &response.metadata;
        let state = response.message.provider_state.as_ref();
        let mut text = format!(
            "{} {:?} {:?}",
            response.model, response.stream.finish_reason, metadata.raw_finish_reason
        );
        text += &format!("\ntext {:?}", response.message.content.joined(""));
        text += &format!("\nthinking {:?}", response.message.thinking);
        for call in &response.message.tool_calls {
            text += &format!(
                "\ncall {} {}({})",
                call.id, call.function.name, call.function.arguments
            );
        }
        for block in state.iter().flat_map(|state| &state.blocks) {
            text += &format!("\nstate {block:?}");
        }
        let usage = response.usage;
        text += &format!(
            "\nusage {} + {} estimated {}",
            usage.prompt_tokens, usage.completion_tokens, usage.estimated
        );
        for warning in &metadata.warnings {
            text += &format!("\n! {}", warning.code);
        }
        for (key, value) in &metadata.extra {
            text += &format!("\nextra {key} {value:?}");
        }
        text
    });
    expected.assert_eq(&text.unwrap_or_else(|error| error));
}

/// The whole form of an answer, and a stream of which only the last event came through.
#[track_caller]
fn check_whole(document: &str, expected: Expect) {
    let last = format!(r#"{{"type":"response.completed","response":{document}}}"#);
    let streamed = answer(&[&last], false);
    assert_eq!(streamed, answer(&[document], true));
    check_answer(&[document], true, expected);
}

#[test]
fn items_become_text_thinking_calls_and_state() {
    check_whole(
        r#"{"id":"resp_1","model":"gpt-6-luna-2026-11-01","status":"completed","error":null,"output":[
            {"type":"reasoning","id":"rs_1","encrypted_content":"gAAA","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}]},
            {"type":"message","id":"msg_1","phase":"commentary","content":[{"type":"output_text","text":"Look:","annotations":[{"type":"url_citation","url":"https://example.com"}],"logprobs":[]}]},
            {"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}","status":"completed"},
            {"type":"reasoning","id":"rs_2","summary":[],"content":[{"type":"reasoning_text","text":"Three."}]},
            {"type":"function_call","call_id":"call_2","name":"g","arguments":"","namespace":"maths"}],
           "usage":{"input_tokens":41,"output_tokens":15},"service_tier":"default"}"#,
        expect![[r#"
            gpt-6-luna-2026-11-01 Some(ToolCalls) Some("completed")
            text "Look:"
            thinking Some("One.\n\nTwo.\n\nThree.")
            call call_1 f({"a":1})
            call call_2 g({})
            state {"type":"reasoning","id":"rs_1","encrypted_content":"gAAA","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}]}
            state {"type":"message","bytes":5,"phase":"commentary"}
            state {"type":"function_call","call_id":"call_1"}
            state {"type":"reasoning","id":"rs_2","summary":[],"content":[{"type":"reasoning_text","text":"Three."}]}
            state {"type":"function_call","call_id":"call_2","namespace":"maths"}
            usage 41 + 15 estimated false
            extra annotations [{"type":"url_citation","url":"https://example.com"}]"#]],
    );
}

#[test]
fn a_plain_answer_carries_no_state() {
    check_whole(
        r#"{"id":"resp_1","model":"gpt-4o","status":"completed","output":[
            {"type":"message","content":[{"type":"output_text","text":"Hi","annotations":[]}]},
            {"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}],
           "usage":{"input_tokens":4,"output_tokens":1}}"#,
        expect![[r#"
            gpt-4o Some(ToolCalls) Some("completed")
            text "Hi"
            thinking None
            call call_1 f({})
            usage 4 + 1 estimated false"#]],
    );
}

#[test]
fn false_usage_is_estimated() {
    check_whole(
        r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"max_output_tokens":64,
            "output":[{"type":"message","content":[{"type":"output_text","text":"Hello there"}]}],
            "usage":{"input_tokens":0,"output_tokens":0}}"#,
        expect![[r#"
            asked Some(Length) Some("max_output_tokens")
            text "Hello there"
            thinking None
            usage 0 + 64 estimated true"#]],
    );
    check_whole(
        r#"{"status":"incomplete","incomplete_details":{"reason":"content_filter"},
            "output":[{"type":"function_call","call_id":"c","name":"f","status":"incomplete","arguments":"{\"a"}],
            "usage":{"input_tokens":9,"output_tokens":0}}"#,
        expect![[r#"
            asked Some(ContentFilter) Some("content_filter")
            text ""
            thinking None
            call c f({"a)
            usage 9 + 2 estimated true
            ! tool_call_incomplete"#]],
    );
}

#[test]
fn items_of_the_providers_own_tools_are_kept_and_their_price_is_told() {
    check_whole(
        r#"{"status":"completed","output":[
            {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search"}},
            {"type":"message","content":[{"type":"output_text","text":"Found."}]},
            {"type":"custom_tool_call","call_id":"call_1","name":"sql","input":"SELECT 1"}],
           "usage":{"input_tokens":9,"output_tokens":9},"tool_usage":{"web_search":{"num_requests":1}}}"#,
        expect![[r#"
            asked Some(Stop) Some("completed")
            text "Found."
            thinking None
            state {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search"}}
            state {"type":"message","bytes":6}
            usage 9 + 9 estimated false
            ! custom_tool_call
            ! cost_incomplete
            extra custom_tool_call {"type":"custom_tool_call","call_id":"call_1","name":"sql","input":"SELECT 1"}"#]],
    );
}

#[test]
fn an_answer_that_failed_is_an_error() {
    check_answer(
        &[
            r#"{"status":"failed","error":{"code":"rate_limit_exceeded","message":"Please try again in 2s."},"output":[]}"#,
        ],
        true,
        expect!["rate_limit: too many requests or tokens for now: Please try again in 2s."],
    );
    check_answer(
        &[
            r#"{"type":"response.created","response":{"id":"r"}}"#,
            r#"{"type":"response.failed","response":{"status":"failed","error":null}}"#,
        ],
        false,
        expect!["server_error: the provider failed: the answer failed without a reason"],
    );
    check_answer(
        &[r#"{"type":"error","code":"server_is_overloaded","message":"busy","param":null}"#],
        false,
        expect!["overloaded: the provider is overloaded: busy"],
    );
}

#[test]
fn deltas_and_whole_items_are_not_counted_twice() {
    check_answer(
        &[
            r#"{"type":"response.created","response":{"id":"resp_1","model":"m-1"}}"#,
            r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","summary":[],"encrypted_content":"early"}}"#,
            r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"One."}"#,
            r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"Two"}"#,
            r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"."}"#,
            r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","summary":[{"text":"One."},{"text":"Two."}],"encrypted_content":"final"}}"#,
            r#"{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","call_id":"call_1","name":"f","arguments":""}}"#,
            r#"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"call_2","name":"g","arguments":""}}"#,
            r#"{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"a\""}"#,
            r#"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{}"}"#,
            r#"{"type":"response.function_call_arguments.delta","output_index":1,"delta":":1}"}"#,
            r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}"}}"#,
            r#"{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"call_2","name":"g","arguments":"{}"}}"#,
            r#"{"type":"response.output_item.added","output_index":3,"item":{"type":"message","content":[]}}"#,
            r#"{"type":"response.output_text.delta","output_index":3,"content_index":0,"delta":"Hal"}"#,
            r#"{"type":"response.output_text.delta","output_index":3,"content_index":0,"delta":"lo \ud83d"}"#,
            r#"{"type":"response.output_item.done","output_index":3,"item":{"type":"message","content":[{"type":"output_text","text":"Hallo \ud83d"}]}}"#,
            r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"reasoning"},{"type":"function_call"},{"type":"function_call"},{"type":"message","content":[{"text":"Hallo"}]}],"usage":{"input_tokens":9,"output_tokens":9}}}"#,
        ],
        false,
        expect![[r#"
            m-1 Some(ToolCalls) Some("completed")
            text "Hallo �"
            thinking Some("One.\n\nTwo.")
            call call_1 f({"a":1})
            call call_2 g({})
            state {"type":"reasoning","summary":[{"text":"One."},{"text":"Two."}],"encrypted_content":"final"}
            state {"type":"function_call","call_id":"call_1"}
            state {"type":"function_call","call_id":"call_2"}
            state {"type":"message","bytes":9}
            usage 9 + 9 estimated false"#]],
    );
}

#[test]
fn a_stream_and_its_whole_form_assemble_to_the_same_answer() {
    macro_rules! check_fixture {
        ($name:literal) => {
            let stream = include_str!(concat!(
                "../../../../tests/fixtures/openai/responses/",
                $name,
                ".stream"
            ));
            let full = include_str!(concat!(
                "../../../../tests/fixtures/openai/responses/",
                $name,
                ".full"
            ));
            let frames: Vec<_> = stream
                .lines()
                .filter_map(|line| line.strip_prefix("data: "))
                .collect();
            let streamed = answer(&frames, false).unwrap();
            assert_eq!(streamed, answer(&[full], true).unwrap(), "{}", $name);
        };
    }
    check_fixture!("text");
    check_fixture!("tools");
    check_fixture!("thinking");
    check_fixture!("refusal");
    check_fixture!("cut_call");
    check_fixture!("web_search");
}
