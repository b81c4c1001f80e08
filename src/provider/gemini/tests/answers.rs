//! That an answer goes back as it came, goes on where it was cut, and how answers end.

use expect_test::{Expect, expect};

use super::*;
use crate::chat::{ChatResponse, Events};
use crate::framing::Frame;
use crate::provider::Decoder;

// ---- there and back -------------------------------------------------------

/// The answer to some chunks, as the call would hand it to the caller.
fn answered(model: &str, chunks: &[&str]) -> ChatResponse {
    let mut decoder = decode::GeminiDecoder::new(7, String::new());
    let mut events = Events::new();
    for data in chunks {
        let name = "message";
        Decoder::frame(&mut decoder, Frame::Event { name, data }, &mut events).unwrap();
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

#[test]
fn a_call_whose_id_was_used_before_keeps_its_signature() {
    let call = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"id":"0","name":"f"},"thoughtSignature":"S"}]},"finishReason":"STOP"}]}"#;
    let mut request = ChatRequest::from_json(&format!("{{{HI}}}")).unwrap();
    for _ in 0..2 {
        request.messages.push(answered(FLASH, &[call]).message);
        let result = r#"{"role":"tool","tool_call_id":"0","content":"ok"}"#;
        request
            .messages
            .push(crate::json::from_str(result).unwrap());
    }
    let written = written(FLASH, &request);
    assert_eq!(
        written.matches(r#""thoughtSignature":"S""#).count(),
        2,
        "{written}"
    );
    assert!(!written.contains("skip"), "{written}");
}

// ---- answers that go on ---------------------------------------------------

/// A conversation that ends with answers to these chunks, and what is written of it.
#[track_caller]
fn check_on(answers: &[&[&str]], then: &str, expected: Expect) {
    let mut request = ChatRequest::from_json(&format!("{{{HI}}}")).unwrap();
    for chunks in answers {
        let message = answered(FLASH, chunks).message;
        request.messages.push(message);
    }
    if !then.is_empty() {
        request.messages.push(crate::json::from_str(then).unwrap());
    }
    expected.assert_eq(&written(FLASH, &request));
}

/// A chunk with a text, a token and a reason to finish.
fn hop(text: &str, token: &str, reason: &str) -> String {
    let reason = if reason.is_empty() {
        String::new()
    } else {
        format!(r#","finishReason":"{reason}""#)
    };
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{text}"}}]}},"continuationToken":"{token}"{reason}}}]}}"#
    )
}

#[test]
fn a_cut_answer_goes_on_with_the_same_body_and_its_token() {
    let first = [hop("Once ", "T0", ""), hop("upon ", "T1", "CONTINUATION")];
    let first = [&*first[0], &*first[1]];
    let answer = answered(FLASH, &first);
    assert_eq!(
        answer.stream.finish_reason,
        Some(crate::chat::FinishReason::Length)
    );
    let blocks = answer.message.provider_state.unwrap().blocks;
    expect![[r#"[{"continuationToken":"T0"}, {"continuationToken":"T1"}]"#]]
        .assert_eq(&format!("{blocks:?}"));
    let second = hop("a ", "T2", "CONTINUATION");
    check_on(
        &[&first],
        "",
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"continuationToken":"T1"}"#
        ]],
    );
    check_on(
        &[&first, &[&second]],
        "",
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"continuationToken":"T2"}"#
        ]],
    );
    // Who talks on does not want the rest; a cut stream goes on from its last checkpoint.
    check_on(
        &[&first, &[&second]],
        r#"{"role":"user","content":"Stop"}"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"Once upon "},{"text":"a "}]},{"role":"user","parts":[{"text":"Stop"}]}]}"#
        ]],
    );
    check_on(
        &[&first[..1]],
        "",
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"continuationToken":"T0"}"#
        ]],
    );
    // Any other end takes the token back.
    let end = hop("a time.", "", "STOP");
    check_on(
        &[&[first[0], &end]],
        "",
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"Once a time."}]}]}"#
        ]],
    );
}

#[test]
fn the_token_an_answer_began_with_leads_nowhere() {
    for last in [hop("a ", "T1", "CONTINUATION"), hop("a time.", "", "STOP")] {
        assert_eq!(state_from("T1", &last), None);
    }
    assert!(state_from("T1", &hop("a ", "T2", "CONTINUATION")).is_some());
}

/// What an answer that goes on from a token leaves for the next request.
fn state_from(token: &str, chunk: &str) -> Option<crate::chat::ProviderState> {
    let mut decoder = decode::GeminiDecoder::new(7, token.to_string());
    let mut events = Events::new();
    Decoder::frame(&mut decoder, Frame::Document(chunk), &mut events).unwrap();
    let mut response = ChatResponse::new("gemini", FLASH);
    response.extend(&events);
    response.message.provider_state
}

// ---- ends -----------------------------------------------------------------

/// What a whole answer becomes: finish reason, its raw word, warnings, or the error.
#[track_caller]
fn check_end(body: &str, expected: Expect) {
    let mut decoder = decode::GeminiDecoder::new(7, String::new());
    let mut events = Events::new();
    let read = Decoder::frame(&mut decoder, Frame::Document(body), &mut events);
    let mut response = ChatResponse::new("gemini", FLASH);
    response.extend(&events);
    response.close();
    let told = match read {
        Ok(()) => format!(
            "{:?} {:?} {} {:?}",
            response.stream.finish_reason,
            response.metadata.raw_finish_reason,
            response.metadata.warnings.len(),
            Decoder::progress(&decoder),
        ),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&told);
}

#[test]
fn why_an_answer_was_blocked_is_kept() {
    let explained = |reason: &str| {
        let message = r#""finishMessage":"because""#;
        let chunk = format!(r#"{{"candidates":[{{"finishReason":"{reason}",{message}}}]}}"#);
        let extra = answered(FLASH, &[&chunk]).metadata.extra;
        let found = extra.iter().find(|(key, _)| key == "finishMessage");
        found.map(|(_, value)| value.text().to_string())
    };
    let because = Some(r#""because""#.to_string());
    assert_eq!(explained("SAFETY"), because);
    assert_eq!(explained("OTHER"), because);
    assert_eq!(explained("BRAND_NEW"), because);
    // Beside these it says nothing new, and for a failed call a warning or an error says it.
    assert_eq!(explained("STOP"), None);
    assert_eq!(explained("MAX_TOKENS"), None);
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
        r#"{"promptFeedback":{"blockReason":{}},"candidates":[{"finishReason":null}]}"#,
        expect!["Some(Unknown) None 0 Open"],
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
        expect!["overloaded: the provider is overloaded: busy"],
    );
    check_end(r#"{"candidates":[]}"#, expect!["Some(Unknown) None 0 Open"]);
    check_end(
        "<html>",
        expect![
            "invalid_response: the provider sent what is no valid JSON of its protocol (expected a value): <html>"
        ],
    );
}
