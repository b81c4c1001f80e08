//! What answers become.

use expect_test::{Expect, expect};

use super::super::decode::ResponsesDecoder;
use crate::chat::{ChatResponse, Events};
use crate::framing::Frame;
use crate::provider::Decoder;
use crate::provider::openai::tests::{read, shown};

/// The answer of some frames, streamed or one document.
fn answer(frames: &[&str], whole: bool) -> Result<ChatResponse, String> {
    read(&mut ResponsesDecoder::new(7), frames, whole)
}

#[track_caller]
fn check_answer(frames: &[&str], whole: bool, expected: Expect) {
    let text = answer(frames, whole).map(|response| shown(&response));
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
            extra custom_tool_calls [{"type":"custom_tool_call","call_id":"call_1","name":"sql","input":"SELECT 1"}]"#]],
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

/// What was made before it failed is charged.
#[test]
fn an_answer_that_failed_tells_its_usage() {
    let mut events = Events::new();
    let failed = r#"{"status":"failed","error":{"code":"server_error","message":"x"},"usage":{"input_tokens":9,"output_tokens":4}}"#;
    let taken = ResponsesDecoder::new(7).frame(Frame::Document(failed), &mut events);
    assert_eq!(taken.unwrap_err().kind.as_str(), "server_error");
    let mut response = ChatResponse::new("openai", "asked");
    response.extend(&events);
    assert_eq!(
        (
            response.usage.prompt_tokens,
            response.usage.completion_tokens
        ),
        (9, 4)
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
                "../../../../../tests/fixtures/openai/responses/",
                $name,
                ".stream"
            ));
            let full = include_str!(concat!(
                "../../../../../tests/fixtures/openai/responses/",
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
