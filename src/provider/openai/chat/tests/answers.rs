//! What rarer answers become.

use expect_test::{Expect, expect};

use super::super::decode::ChatDecoder;
use crate::chat::Events;
use crate::framing::Frame;
use crate::provider::Decoder;
use crate::provider::openai::tests::{read, shown};

#[track_caller]
fn check_answer(frames: &[&str], whole: bool, expected: Expect) {
    let answer = read(&mut ChatDecoder::new(7), frames, whole);
    let text = answer.map(|answer| shown(&answer));
    expected.assert_eq(&text.unwrap_or_else(|error| error));
}

#[test]
fn a_call_that_was_cut_is_told() {
    let call = |arguments: &str| {
        format!(
            r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":0,"id":"a","function":{{"name":"f","arguments":"{{}}"}}}},{{"index":1,"id":"b","function":{{"name":"g","arguments":"{arguments}"}}}}]}}}}]}}"#
        )
    };
    let end =
        |reason: &str| format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#);
    check_answer(
        &[&call("{\\\"x\\\":"), &end("length")],
        false,
        expect![[r#"
            asked Some(Length) Some("length")
            text ""
            thinking None
            call a f({})
            call b g({"x":)
            usage 0 + 0 estimated false
            ! tool_call_incomplete"#]],
    );
    check_answer(
        &[&call(""), &end("content_filter")],
        false,
        expect![[r#"
        asked Some(ContentFilter) Some("content_filter")
        text ""
        thinking None
        call a f({})
        call b g({})
        usage 0 + 0 estimated false
        ! tool_call_incomplete"#]],
    );
    check_answer(
        &[&call("{}"), &end("length")],
        false,
        expect![[r#"
        asked Some(Length) Some("length")
        text ""
        thinking None
        call a f({})
        call b g({})
        usage 0 + 0 estimated false"#]],
    );
    check_answer(
        &[&call(""), &end("stop")],
        false,
        expect![[r#"
        asked Some(ToolCalls) Some("stop")
        text ""
        thinking None
        call a f({})
        call b g({})
        usage 0 + 0 estimated false"#]],
    );
}

#[test]
fn rarer_messages() {
    let message = |fields: &str, rest: &str| {
        format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant",{fields}}},"finish_reason":"stop"}}]{rest}}}"#
        )
    };
    // The form before tools.
    let old = message(
        r#""content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}"#,
        "",
    );
    check_answer(
        &[&old],
        true,
        expect![[r#"
        m Some(ToolCalls) Some("stop")
        text ""
        thinking None
        call call_000000000000000700 f({"a":1})
        usage 0 + 0 estimated false"#]],
    );
    // Its text is what was spoken.
    let spoken = message(
        r#""content":null,"audio":{"id":"audio_1","data":"AAAA","expires_at":1,"transcript":"Hello."}"#,
        "",
    );
    check_answer(
        &[&spoken],
        true,
        expect![[r#"
            m Some(Stop) Some("stop")
            text "Hello."
            thinking None
            usage 0 + 0 estimated false
            extra audio [{"id":"audio_1","data":"AAAA","expires_at":1,"transcript":"Hello."}]"#]],
    );
    let cited = message(
        r#""content":"See there.","annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com"}}]"#,
        "",
    );
    check_answer(
        &[&cited],
        true,
        expect![[r#"
        m Some(Stop) Some("stop")
        text "See there."
        thinking None
        usage 0 + 0 estimated false
        extra annotations [{"type":"url_citation","url_citation":{"url":"https://example.com"}}]"#]],
    );
    let custom = message(
        r#""content":null,"tool_calls":[{"id":"c","type":"custom","custom":{"name":"sql","input":"SELECT 1"}}]"#,
        "",
    );
    check_answer(
        &[&custom],
        true,
        expect![[r#"
        m Some(Stop) Some("stop")
        text ""
        thinking None
        usage 0 + 0 estimated false
        ! custom_tool_call
        extra custom_tool_calls [{"id":"c","type":"custom","custom":{"name":"sql","input":"SELECT 1"}}]"#]],
    );
    // xAI counts reasoning beside the completion.
    let usage = r#","usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}"#;
    check_answer(
        &[&message(r#""content":"4""#, usage)],
        true,
        expect![[r#"
        m Some(Stop) Some("stop")
        text "4"
        thinking None
        usage 32 + 103 estimated false"#]],
    );
    // A word nobody knows, and none at all.
    let odd = message(r#""content":"4""#, "").replace("\"stop\"", "\"eos\"");
    check_answer(
        &[&odd],
        true,
        expect![[r#"
        m Some(Unknown) Some("eos")
        text "4"
        thinking None
        usage 0 + 0 estimated false"#]],
    );
    check_answer(
        &[r#"{"choices":[{"delta":{"content":"4"}}]}"#, "[DONE]"],
        false,
        expect![[r#"
            asked Some(Unknown) None
            text "4"
            thinking None
            usage 0 + 0 estimated false"#]],
    );
}

#[test]
fn an_error_may_be_named_by_its_event_alone() {
    let mut decoder = ChatDecoder::new(7);
    let frame = Frame::Event {
        name: "error",
        data: r#"{"message":"out of memory"}"#,
    };
    let error = decoder.frame(frame, &mut Events::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "server_error: the provider failed: out of memory"
    );
}
