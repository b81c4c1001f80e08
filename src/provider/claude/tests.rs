//! What is written and read, as examples.

mod conversations;
mod errors;
mod requests;

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::chat::{ChatRequest, ChatResponse, Events};
use crate::config::{Config, Host};
use crate::framing::{Framer, Limits};
use crate::model;
use crate::provider::Progress;

fn config(more: &str) -> Config {
    let host = Host::default();
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

/// Reads an answer, streamed or whole.
fn answer(body: &str, stream: bool) -> ChatResponse {
    answer_of(
        exchange("claude-haiku-5-5", &hello(""), stream).unwrap(),
        body,
    )
}

fn answer_of(mut exchange: Exchange, body: &str) -> ChatResponse {
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

/// A block of no type is none, and is not sent back.
#[test]
fn odd_blocks_leave_no_state() {
    let odd = answer(fixture!("odd_json.stream"), true).message;
    assert_eq!((odd.provider_state, odd.tool_calls.len()), (None, 1));
}

/// Signed, encrypted and unknown blocks go back exactly as a whole answer would have had them.
#[test]
fn state_is_the_content_as_it_came() {
    let fixtures = [
        (fixture!("thinking.stream"), fixture!("thinking.full")),
        (
            fixture!("thinking_omitted.stream"),
            fixture!("thinking_omitted.full"),
        ),
        (
            fixture!("server_tools.stream"),
            fixture!("server_tools.full"),
        ),
        (fixture!("compaction.stream"), fixture!("compaction.full")),
        (fixture!("pause_turn.stream"), fixture!("pause_turn.full")),
    ];
    for (stream, full) in fixtures {
        let state = answer(stream, true).message.provider_state.unwrap();
        let blocks = crate::json::to_string(&state.blocks);
        let blocks: serde_json::Value = serde_json::from_str(&blocks).unwrap();
        let full: serde_json::Value = serde_json::from_str(full).unwrap();
        assert_eq!(blocks, full["content"]);
    }
}

#[test]
fn an_error_inside_a_stream_is_named_until_the_answer_is_complete() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let mut decoder = decode::MessageDecoder::new(1, false);
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
