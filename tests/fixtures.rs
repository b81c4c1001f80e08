//! Hand-written answers of every dialect, and the two laws they obey: any split
//! of the bytes gives the same events, and the streamed and the whole answer of
//! one exchange assemble to the same response.
//!
//! A fixture is `fixtures/<provider>/<scenario>.stream` and, where the same
//! exchange in whole form exists, `<scenario>.full`. They are compiled in, so
//! that the tests run in wasm as well. Scenarios named `responses…` are read by
//! OpenAI's second endpoint. `faults` says which of them shows which fault of the
//! wire reference, and reads `<provider>/errors/<name>.http`.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the tests read files, and fail by panicking"
)]

use aircher_llm::chat::{ChatRequest, ChatResponse, Events};
use aircher_llm::config::{Config, Host};
use aircher_llm::error::{Error, Result};
use aircher_llm::framing::{Frame, Framer, Limits};
use aircher_llm::provider::{self, Decoder, Exchange, Progress, Target};
use expect_test::{Expect, expect};

mod faults;
mod script;
mod support;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// One recorded exchange in one or two forms.
struct Fixture {
    provider: &'static str,
    scenario: &'static str,
    stream: &'static [u8],
    full: Option<&'static [u8]>,
}

macro_rules! fixtures {
    ($($provider:literal $scenario:literal $($full:ident)?;)*) => {
        &[$(Fixture {
            provider: $provider,
            scenario: $scenario,
            stream: include_bytes!(concat!("fixtures/", $provider, "/", $scenario, ".stream")),
            full: fixtures!(@full $provider $scenario $($full)?),
        }),*]
    };
    (@full $provider:literal $scenario:literal full) => {
        Some(include_bytes!(concat!("fixtures/", $provider, "/", $scenario, ".full")))
    };
    (@full $provider:literal $scenario:literal) => { None };
}

/// All fixtures; `full` where there is the whole form.
const FIXTURES: &[Fixture] = fixtures! {
    "claude" "bare_error_event";
    "claude" "call_in_start" full;
    "claude" "compaction" full;
    "claude" "cut_call";
    "claude" "duplicate_start" full;
    "claude" "empty" full;
    "claude" "gateway" full;
    "claude" "interleaved" full;
    "claude" "odd_json" full;
    "claude" "overloaded";
    "claude" "padding" full;
    "claude" "pause_turn" full;
    "claude" "pings" full;
    "claude" "refusal" full;
    "claude" "repeated_input_tokens" full;
    "claude" "server_tools" full;
    "claude" "spliced_start";
    "claude" "text" full;
    "claude" "thinking" full;
    "claude" "thinking_omitted" full;
    "claude" "tools" full;
    "claude" "unterminated" full;
    "gemini" "array" full;
    "gemini" "blocked" full;
    "gemini" "broken-off";
    "gemini" "checkpoint";
    "gemini" "code" full;
    "gemini" "continuation" full;
    "gemini" "counts" full;
    "gemini" "empty" full;
    "gemini" "error-event";
    "gemini" "lenient" full;
    "gemini" "no-content" full;
    "gemini" "parallel-without-id" full;
    "gemini" "refused";
    "gemini" "refused-array";
    "gemini" "several-finishes" full;
    "gemini" "text" full;
    "gemini" "thinking" full;
    "gemini" "tools" full;
    "ollama" "cached_prompt" full;
    "ollama" "failed";
    "ollama" "lenient" full;
    "ollama" "load" full;
    "ollama" "no_done_reason" full;
    "ollama" "overloaded";
    "ollama" "text" full;
    "ollama" "thinking" full;
    "ollama" "tools" full;
    "ollama" "whole_calls" full;
    "openai" "azure" full;
    "openai" "bare_error_event";
    "openai" "broken_off";
    "openai" "choices" full;
    "openai" "deepseek" full;
    "openai" "document" full;
    "openai" "error_document";
    "openai" "framing/after_done";
    "openai" "framing/bom";
    "openai" "framing/comments";
    "openai" "framing/cr";
    "openai" "framing/crlf";
    "openai" "framing/empty_data";
    "openai" "framing/event_without_data";
    "openai" "framing/lf" full;
    "openai" "framing/mixed_line_ends";
    "openai" "framing/multiline_data";
    "openai" "framing/no_done";
    "openai" "framing/no_space";
    "openai" "framing/padding";
    "openai" "framing/unterminated";
    "openai" "framing/unterminated_line";
    "openai" "groq" full;
    "openai" "groq_error";
    "openai" "interleaved" full;
    "openai" "llama_cpp" full;
    "openai" "logprobs" full;
    "openai" "mistral" full;
    "openai" "no_resources";
    "openai" "odd_json" full;
    "openai" "ollama_v1" full;
    "openai" "openrouter" full;
    "openai" "openrouter_late_error";
    "openai" "refusal" full;
    "openai" "responses/custom_tool" full;
    "openai" "responses/cut_call" full;
    "openai" "responses/error_event";
    "openai" "responses/failed";
    "openai" "responses/incomplete" full;
    "openai" "responses/logprobs" full;
    "openai" "responses/open_model" full;
    "openai" "responses/refusal" full;
    "openai" "responses/text" full;
    "openai" "responses/thinking" full;
    "openai" "responses/tools" full;
    "openai" "responses/unknown_items" full;
    "openai" "responses/web_search" full;
    "openai" "signed" full;
    "openai" "text" full;
    "openai" "thinking" full;
    "openai" "tools" full;
    "openai" "vllm" full;
};

/// The fixtures of the providers in this build.
fn built() -> impl Iterator<Item = &'static Fixture> {
    FIXTURES
        .iter()
        .filter(|fixture| provider::of_kind(fixture.provider).is_some())
}

impl Fixture {
    /// The exchange that reads the streamed or the whole form.
    fn exchange(&self, stream: bool) -> Exchange {
        let api = match (self.provider, self.scenario.starts_with("responses")) {
            ("openai", true) => r#","api":"responses""#,
            ("openai", false) => r#","api":"chat""#,
            _ => "",
        };
        let config = format!(
            r#"{{"providers":{{"{}":{{"base_url":"http://localhost","api_key":null{api}}}}}}}"#,
            self.provider
        );
        let host = Host::default();
        let config = Config::from_json(&config, &host).unwrap();
        let target = Target {
            config: &config.providers[0],
            model: "m",
            known: None,
            key: None,
            stream,
            seed: 1,
        };
        let hello = r#"{"messages":[{"role":"user","content":"hello"}]}"#;
        let request = ChatRequest::from_json(hello).unwrap();
        target.config.kind.encode(&request, &target).unwrap()
    }

    fn streamed(&self) -> Reading {
        Reading::of(self.exchange(true), &[self.stream])
    }

    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.scenario)
    }
}

/// What became of an answer.
#[derive(Debug, PartialEq)]
struct Reading {
    events: Events,
    progress: Progress,
    failure: Option<String>,
}

impl Reading {
    fn of(exchange: Exchange, chunks: &[&[u8]]) -> Self {
        let mut decoder = exchange.decoder;
        let mut framer = Framer::new(exchange.framing, Limits::default());
        let mut events = Events::new();
        let mut take = |frame: Frame<'_>| taken(frame, &mut *decoder, &mut events);
        let read = chunks
            .iter()
            .try_for_each(|chunk| framer.feed(chunk, &mut take))
            .and_then(|()| framer.finish(&mut take));
        if decoder.progress() != Progress::Open {
            decoder.end(&mut events);
        }
        Self {
            events,
            progress: decoder.progress(),
            failure: read.err().map(|error: Error| error.to_string()),
        }
    }

    /// The answer without what differs from call to call.
    fn answer(&self) -> ChatResponse {
        let mut answer = ChatResponse::new("", "");
        answer.extend(&self.events);
        answer.close();
        answer.metadata.response_id = None;
        answer
    }
}

/// As the call does: nothing is read behind the end.
fn taken(frame: Frame<'_>, decoder: &mut dyn Decoder, events: &mut Events) -> Result<()> {
    match decoder.progress() {
        Progress::Closed => Ok(()),
        _ => decoder.frame(frame, events),
    }
}

// ---- the laws -------------------------------------------------------------

#[test]
fn any_split_gives_the_same_events() {
    for fixture in built() {
        let whole = fixture.streamed();
        let check = |chunks: &[&[u8]], place: &str| {
            let split = Reading::of(fixture.exchange(true), chunks);
            assert_eq!(split, whole, "{} {place}", fixture.name());
        };
        let bytes: Vec<_> = fixture.stream.chunks(1).collect();
        check(&bytes, "byte by byte");
        let empty_between: Vec<_> = bytes.iter().flat_map(|byte| [b"", *byte]).collect();
        check(&empty_between, "with empty chunks");
        for at in 0..=fixture.stream.len() {
            let (head, tail) = fixture.stream.split_at(at);
            check(&[head, tail], &format!("split at {at}"));
        }
    }
}

#[test]
fn streamed_and_whole_answers_are_the_same() {
    // Streams that fail have no whole form.
    for fixture in built() {
        if let Some(full) = fixture.full {
            let streamed = fixture.streamed();
            assert_eq!(streamed.failure, None, "{}", fixture.name());
            assert_ne!(streamed.progress, Progress::Open, "{}", fixture.name());
            let whole = Reading::of(fixture.exchange(false), &[full]);
            assert_eq!(whole.failure, None, "{}", fixture.name());
            let seen = |reading: &Reading| aircher_llm::json::to_string(&reading.answer());
            assert_eq!(seen(&whole), seen(&streamed), "{}", fixture.name());
        }
    }
}

/// Where it stops it has said that it is done: nobody can tell a cut from the end.
const DONE_IN_EVERY_CHUNK: &str = "gemini/several-finishes";

#[test]
fn a_cut_stream_is_no_finished_answer() {
    for fixture in built() {
        let whole = fixture.streamed().answer();
        if fixture.name() == DONE_IN_EVERY_CHUNK {
            continue;
        }
        for at in 0..fixture.stream.len() {
            let cut = Reading::of(fixture.exchange(true), &[&fixture.stream[..at]]);
            let answer = cut.answer();
            let complete = (&answer.message, answer.stream.finish_reason)
                == (&whole.message, whole.stream.finish_reason);
            assert!(
                complete || cut.progress == Progress::Open,
                "{} cut at {at} is said to be complete",
                fixture.name()
            );
        }
    }
}

/// The list above is written by hand: nothing may be forgotten.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_is_in_the_list() {
    let listed = FIXTURES.iter().flat_map(|fixture| {
        let stream = format!("{}.stream", fixture.name());
        let full = fixture.full.map(|_| format!("{}.full", fixture.name()));
        std::iter::once(stream).chain(full)
    });
    let errors = faults::error_names().map(|name| format!("{name}.http"));
    let mut listed: Vec<_> = listed.chain(errors).collect();
    let mut files = Vec::new();
    files_below("tests/fixtures", "", &mut files);
    listed.sort();
    files.sort();
    assert_eq!(listed, files);
}

#[cfg(not(target_arch = "wasm32"))]
fn files_below(root: &str, folder: &str, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };
        match entry.file_type().unwrap().is_dir() {
            true => files_below(root, &path, files),
            false => files.push(path),
        }
    }
}

// ---- what they say --------------------------------------------------------

/// The answer of a fixture in short.
#[track_caller]
fn check(provider: &str, scenario: &str, expected: Expect) {
    let fixture =
        built().find(|fixture| (fixture.provider, fixture.scenario) == (provider, scenario));
    let Some(fixture) = fixture else { return };
    expected.assert_eq(&told(&fixture.streamed().answer()));
}

fn told(answer: &ChatResponse) -> String {
    let message = &answer.message;
    let mut lines = vec![format!("text {:?}", message.content.joined(""))];
    lines.extend(
        message
            .thinking
            .iter()
            .map(|text| format!("thinking {text:?}")),
    );
    lines.extend(message.tool_calls.iter().map(|call| {
        let function = &call.function;
        format!("call {} {} {}", call.id, function.name, function.arguments)
    }));
    lines.push(format!(
        "{:?} ({:?}) by {}, {} + {} tokens",
        answer.stream.finish_reason.unwrap(),
        answer.metadata.raw_finish_reason,
        answer.model,
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens
    ));
    lines.join("\n")
}

/// The error of a fixture that has one.
#[track_caller]
fn check_failure(provider: &str, scenario: &str, expected: Expect) {
    let fixture =
        built().find(|fixture| (fixture.provider, fixture.scenario) == (provider, scenario));
    let Some(fixture) = fixture else { return };
    expected.assert_eq(&fixture.streamed().failure.unwrap_or_default());
}

#[test]
fn claude() {
    check(
        "claude",
        "call_in_start",
        expect![[r#"
        text ""
        call toolu_P roll {"player":"two"}
        ToolCalls (Some("tool_use")) by claude-sonnet-4-5-20250929, 0 + 0 tokens"#]],
    );
    check(
        "claude",
        "compaction",
        expect![[r#"
        text "Hello again."
        Stop (Some("end_turn")) by claude-opus-5, 99357 + 92 tokens"#]],
    );
    check(
        "claude",
        "cut_call",
        expect![[r#"
        text ""
        call toolu_C write {"text": "Once upon
        Length (Some("max_tokens")) by claude-haiku-5-5, 50 + 16 tokens"#]],
    );
    check(
        "claude",
        "duplicate_start",
        expect![[r#"
            text "One two"
            call toolu_I f {"n":1}
            ToolCalls (Some("tool_use")) by claude-haiku-5-5, 30 + 12 tokens"#]],
    );
    check(
        "claude",
        "empty",
        expect![[r#"
        text ""
        Stop (Some("end_turn")) by claude-haiku-5-5, 12 + 2 tokens"#]],
    );
    check(
        "claude",
        "gateway",
        expect![[r#"
        text "Padded"
        Stop (Some("end_turn")) by claude-haiku-5-5, 9 + 3 tokens"#]],
    );
    check(
        "claude",
        "odd_json",
        expect![[r#"
        text "half � "
        call toolu_O f {"n": 9007199254740993, "x": 1e400}
        Unknown (Some("new_reason")) by claude-haiku-5-5, 7 + 6 tokens"#]],
    );
    check(
        "claude",
        "pause_turn",
        expect![[r#"
        text "Searching."
        Stop (Some("pause_turn")) by claude-sonnet-4-6, 80 + 20 tokens"#]],
    );
    check(
        "claude",
        "refusal",
        expect![[r#"
        text "I will"
        ContentFilter (Some("refusal")) by claude-haiku-5-5, 21 + 4 tokens"#]],
    );
    check(
        "claude",
        "server_tools",
        expect![[r#"
        text "High tide is at five."
        Stop (Some("end_turn")) by claude-sonnet-4-6, 13520 + 60 tokens"#]],
    );
    check(
        "claude",
        "text",
        expect![[r#"
        text "Grüße aus \"Köln\" 👋\n"
        Stop (Some("end_turn")) by claude-haiku-5-5, 14 + 12 tokens"#]],
    );
    check(
        "claude",
        "thinking",
        expect![[r#"
        text "One moment."
        thinking "First, the rate.\n\nNow the call."
        call toolu_T get_rate {"from": "USD"}
        ToolCalls (Some("tool_use")) by claude-sonnet-4-6, 472 + 89 tokens"#]],
    );
    check(
        "claude",
        "thinking_omitted",
        expect![[r#"
        text "42"
        call toolu_Z f {}
        ToolCalls (Some("tool_use")) by claude-opus-5-5, 40 + 70 tokens"#]],
    );
    check(
        "claude",
        "tools",
        expect![[r#"
        text "Looking up both."
        call toolu_A get_rate {"from": "USD", "to": "EUR"}
        call toolu_B get_time {}
        ToolCalls (Some("tool_use")) by claude-haiku-5-5, 461 + 77 tokens"#]],
    );
}

#[test]
fn gemini() {
    check(
        "gemini",
        "array",
        expect![[r#"
        text "One two."
        Stop (Some("STOP")) by gemini-3.5-flash, 5 + 3 tokens"#]],
    );
    check(
        "gemini",
        "blocked",
        expect![[r#"
        text ""
        ContentFilter (Some("PROHIBITED_CONTENT")) by gemini-3.5-flash, 9 + 0 tokens"#]],
    );
    check(
        "gemini",
        "checkpoint",
        expect![[r#"
        text "Chapter one. "
        Unknown (None) by gemini-4-argon, 6 + 4 tokens"#]],
    );
    check(
        "gemini",
        "code",
        expect![[r#"
        text "I compute.It is 42."
        Stop (Some("STOP")) by gemini-3.5-flash, 50 + 25 tokens"#]],
    );
    check(
        "gemini",
        "continuation",
        expect![[r#"
        text "Chapter one. It was "
        Length (Some("CONTINUATION")) by gemini-4-argon, 6 + 7 tokens"#]],
    );
    check(
        "gemini",
        "counts",
        expect![[r#"
        text "Found it."
        Stop (Some("STOP")) by gemini-3.5-flash, 42 + 12 tokens"#]],
    );
    check(
        "gemini",
        "empty",
        expect![[r#"
        text ""
        Stop (Some("STOP")) by gemini-3.5-flash, 7 + 0 tokens"#]],
    );
    check(
        "gemini",
        "lenient",
        expect![[r#"
        text "half � of it"
        call call_000000000000000100 f {"big":12345678901234567890,"huge":1e400,"twice":1,"twice":2,"lone":"\udc00"}
        Unknown (Some("BRAND_NEW")) by gemini-9, 7 + 5 tokens"#]],
    );
    check(
        "gemini",
        "text",
        expect![[r#"
        text "Grüße aus \"Köln\" 🏰\nund Bonn."
        Stop (Some("STOP")) by gemini-3.5-flash, 7 + 9 tokens"#]],
    );
    check(
        "gemini",
        "thinking",
        expect![[r#"
        text "17 + 25 = 42"
        thinking "**Reading the question**\n\nA sum, nothing more.\n\n\n**Checking**\n\n17 + 25 is 42.\n"
        Stop (Some("STOP")) by gemini-2.5-pro, 12 + 65 tokens"#]],
    );
    check(
        "gemini",
        "tools",
        expect![[r#"
        text "Let me look."
        call w1 get_weather {"city":"Köln"}
        call w2 get_weather {"city":"Bonn"}
        call call_000000000000000102 get_time {}
        ToolCalls (Some("STOP")) by gemini-3.5-flash, 91 + 64 tokens"#]],
    );
}

#[test]
fn gemini_failures() {
    check(
        "gemini",
        "broken-off",
        expect![[r#"
        text "Half an "
        Unknown (None) by gemini-3.5-flash, 5 + 2 tokens"#]],
    );
    check_failure(
        "gemini",
        "broken-off",
        expect![
            "overloaded: the provider is overloaded: The model is overloaded. Please try again later."
        ],
    );
    check_failure(
        "gemini",
        "refused",
        expect![
            "rate_limit: too many requests or tokens for now: Resource exhausted. Please try again later."
        ],
    );
    check_failure(
        "gemini",
        "refused-array",
        expect![
            "rate_limit: too many requests or tokens for now: Resource exhausted. Please try again later."
        ],
    );
}

#[test]
fn ollama_failures() {
    check(
        "ollama",
        "failed",
        expect![[r#"
        text "Half an "
        Unknown (None) by llama3.1, 0 + 0 tokens"#]],
    );
    check_failure(
        "ollama",
        "failed",
        expect![
            "server_error: the provider failed: an error was encountered while running the model: unexpected EOF"
        ],
    );
    check_failure(
        "ollama",
        "overloaded",
        expect![
            "overloaded: the provider is overloaded: Server overloaded, please retry shortly (ref: 1b4e28ba)"
        ],
    );
}

#[test]
fn ollama() {
    check(
        "ollama",
        "lenient",
        expect![[r#"
        text "half � of it"
        call call_000000000000000100 f {"a":1}
        call call_000000000000000101 g {"big":12345678901234567890,"huge":1e400,"twice":1,"twice":2,"lone":"\udc00"}
        Unknown (Some("brand_new")) by old, 0 + 5 tokens"#]],
    );
    check(
        "ollama",
        "load",
        expect![[r#"
        text ""
        Stop (Some("load")) by llama3.1, 0 + 0 tokens"#]],
    );
    check(
        "ollama",
        "text",
        expect![[r#"
        text "Grüße 👋\n\u{2028}\"end\""
        Length (Some("length")) by llama3.1, 26 + 9 tokens"#]],
    );
    check(
        "ollama",
        "thinking",
        expect![[r#"
        text "42"
        thinking "Okay, so 6 × 7"
        Stop (None) by qwen3, 12 + 30 tokens"#]],
    );
    check(
        "ollama",
        "tools",
        expect![[r#"
        text "Looking."
        call call_a1 weather {"city":"Paris","days":9007199254740993}
        call call_000000000000000101 time {}
        call call_000000000000000102 time {}
        ToolCalls (Some("stop")) by qwen3, 0 + 40 tokens"#]],
    );
}

/// The same of several, with what else a caller sees of each.
#[track_caller]
fn check_all(provider: &str, scenarios: &[&str], expected: Expect) {
    let mut lines = String::new();
    for scenario in scenarios {
        let mut fixtures = built();
        let known =
            |fixture: &&Fixture| (fixture.provider, fixture.scenario) == (provider, scenario);
        let Some(fixture) = fixtures.find(known) else {
            return;
        };
        lines += &format!("-- {scenario}\n{}\n", told_with_rest(&fixture.streamed()));
    }
    expected.assert_eq(&lines);
}

fn told_with_rest(reading: &Reading) -> String {
    let answer = reading.answer();
    let (message, metadata) = (&answer.message, &answer.metadata);
    let mut lines = vec![told(&answer)];
    let refusal = message
        .refusal
        .iter()
        .map(|text| format!("refusal {text:?}"));
    lines.extend(refusal);
    let states = message
        .provider_state
        .iter()
        .flat_map(|state| &state.blocks);
    lines.extend(states.map(|block| format!("state {}", block.text())));
    let extras = metadata.extra.iter();
    lines.extend(extras.map(|(key, value)| format!("{key} {}", value.text())));
    let warnings = metadata.warnings.iter();
    lines.extend(warnings.map(|warning| format!("! {}", warning.code)));
    lines.extend(reading.failure.iter().cloned());
    lines.join("\n")
}

#[test]
fn openai_chat() {
    check(
        "openai",
        "text",
        expect![[r#"
        text "Grüße 👋"
        Stop (Some("stop")) by gpt-4o-2024-08-06, 20 + 5 tokens"#]],
    );
    check(
        "openai",
        "thinking",
        expect![[r#"
        text "42"
        thinking "Six times ≈ seven"
        Stop (Some("stop")) by deepseek-reasoner, 10 + 40 tokens"#]],
    );
    check(
        "openai",
        "tools",
        expect![[r#"
        text ""
        call call_a1 weather {"city":"Zürich"}
        call call_a2 time {}
        ToolCalls (Some("tool_calls")) by gpt-4o-2024-08-06, 61 + 33 tokens"#]],
    );
}

#[test]
fn openai_chat_in_every_shape() {
    let scenarios = [
        "interleaved",
        "refusal",
        "logprobs",
        "choices",
        "odd_json",
        "document",
        "broken_off",
        "error_document",
    ];
    check_all(
        "openai",
        &scenarios,
        expect![[r#"
        -- interleaved
        text ""
        call call_p0 rate {"to":"CHF"}
        call call_p1 rate {"to":"NOK"}
        ToolCalls (Some("tool_calls")) by gpt-4o-2024-08-06, 80 + 44 tokens
        -- refusal
        text ""
        ContentFilter (Some("stop")) by gpt-4o-2024-08-06, 30 + 9 tokens
        refusal "I can't help with that."
        -- logprobs
        text "Hi!"
        Stop (Some("stop")) by gpt-4o-2024-08-06, 9 + 2 tokens
        logprobs [{"token":"Hi","logprob":-0.01,"bytes":[72,105],"top_logprobs":[]},{"token":"!","logprob":-1e-07,"bytes":[33],"top_logprobs":[]}]
        -- choices
        text "Red"
        Stop (Some("stop")) by gpt-4o-2024-08-06, 9 + 6 tokens
        ! choices_dropped
        -- odd_json
        text "half � and more"
        Stop (Some("stop")) by odd, 10 + 9007199254740993 tokens
        -- document
        text "Hello."
        Stop (Some("stop")) by llama, 5 + 2 tokens
        -- broken_off
        text "Once"
        Unknown (None) by gpt-4o-2024-08-06, 0 + 0 tokens
        server_error: the provider failed: The server had an error while processing your request.
        -- error_document
        text ""
        Unknown (None) by , 0 + 0 tokens
        rate_limit: too many requests or tokens for now: Rate limit reached. Please try again in 2s.
    "#]],
    );
}

#[test]
fn servers_that_speak_openais_dialect() {
    let scenarios = [
        "azure",
        "openrouter",
        "openrouter_late_error",
        "groq",
        "groq_error",
        "llama_cpp",
        "vllm",
        "ollama_v1",
        "mistral",
        "signed",
        "deepseek",
        "no_resources",
    ];
    check_all(
        "openai",
        &scenarios,
        expect![[r#"
        -- azure
        text "Ja."
        Stop (Some("stop")) by gpt-4o-2024-08-06, 8 + 1 tokens
        -- openrouter
        text "Let me look."
        thinking "Rates change."
        call toolu_or rate {"to":"CHF"}
        ToolCalls (Some("tool_calls")) by anthropic/claude-x, 90 + 30 tokens
        state {"reasoning_details":[{"type":"reasoning.text","text":"Rates change.","signature":"c2ln","format":"anthropic-claude-v1","index":0}]}
        -- openrouter_late_error
        text "Once upon a"
        Length (Some("length")) by anthropic/claude-x, 9 + 4 tokens
        error {"code":400,"message":"Token limit reached"}
        -- groq
        text "Four."
        thinking "Easy."
        Stop (Some("stop")) by openai/gpt-oss-20b, 70 + 25 tokens
        -- groq_error
        text ""
        Unknown (None) by openai/gpt-oss-20b, 0 + 0 tokens
        invalid_request: the provider refused the request: Tool choice is required, but model did not call a tool
        -- llama_cpp
        text ""
        call AbC1 rate {}
        call AbC2 now {}
        ToolCalls (Some("stop")) by gguf, 0 + 0 tokens
        -- vllm
        text ""
        thinking "Look it up."
        call call_000000000000000100 rate {"to":"CHF"}
        ToolCalls (None) by qwen3, 0 + 0 tokens
        state {"thinking_key":"reasoning_content"}
        -- ollama_v1
        text ""
        thinking "Time?"
        call call_ol now {}
        ToolCalls (Some("tool_calls")) by qwen3, 40 + 30 tokens
        state {"thinking_key":"reasoning"}
        -- mistral
        text "Oui."
        thinking "Short."
        Stop (Some("stop")) by magistral, 40 + 30 tokens
        -- signed
        text ""
        call function-call-1 now {}
        ToolCalls (Some("stop")) by gemini-x, 40 + 30 tokens
        state {"call_id":"function-call-1","extra_content":{"google":{"thought_signature":"c2lnbmF0dXJl"}}}
        -- deepseek
        text "Ok"
        thinking "Hm"
        Stop (Some("stop")) by deepseek-reasoner, 100 + 3 tokens
        -- no_resources
        text "On"
        Unknown (None) by deepseek-reasoner, 100 + 3 tokens
        server_error: the provider failed: the answer ended with `insufficient_system_resource`
    "#]],
    );
}

#[test]
fn openai_responses_in_every_shape() {
    let scenarios = [
        "responses/incomplete",
        "responses/failed",
        "responses/unknown_items",
        "responses/custom_tool",
        "responses/open_model",
        "responses/logprobs",
    ];
    check_all(
        "openai",
        &scenarios,
        expect![[r#"
        -- responses/incomplete
        text ""
        Length (Some("max_output_tokens")) by gpt-6-luna-2026-10-15, 41 + 64 tokens
        state {"id":"rs_i","type":"reasoning","encrypted_content":"gAAAi","summary":[]}
        -- responses/failed
        text ""
        Unknown (None) by gpt-6-luna-2026-10-15, 0 + 0 tokens
        rate_limit: too many requests or tokens for now: Rate limit reached for gpt-6-luna. Please try again in 1.5s.
        -- responses/unknown_items
        text "Done."
        Stop (Some("completed")) by gpt-6-luna-2026-10-15, 41 + 15 tokens
        state {"id":"cmp_1","type":"compaction","encrypted_content":"gAAAc"}
        state {"type":"message","bytes":5}
        -- responses/custom_tool
        text ""
        Stop (Some("completed")) by gpt-6-luna-2026-10-15, 41 + 15 tokens
        custom_tool_calls [{"id":"ctc_1","type":"custom_tool_call","status":"completed","call_id":"call_c1","name":"sql","input":"SELECT 1"},{"id":"ctc_2","type":"custom_tool_call","status":"completed","call_id":"call_c2","name":"sql","input":"SELECT 2"}]
        ! custom_tool_call
        -- responses/open_model
        text "Open."
        thinking "Open thought."
        Stop (Some("completed")) by gpt-6-luna-2026-10-15, 41 + 15 tokens
        state {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Open thought."}]}
        state {"type":"message","bytes":5}
        -- responses/logprobs
        text "AB"
        Stop (Some("completed")) by gpt-6-luna-2026-10-15, 41 + 15 tokens
        state {"type":"message","bytes":1,"phase":"commentary"}
        state {"type":"message","bytes":1}
        logprobs [{"token":"A","logprob":-0.1,"bytes":[65],"top_logprobs":[]},{"token":"B","logprob":-0.2,"bytes":[66],"top_logprobs":[]}]
        annotations [{"type":"url_citation","url":"https://example.com"}]
    "#]],
    );
}
