//! Hand-written answers of every dialect, and the two laws they obey: any split
//! of the bytes gives the same events, and the streamed and the whole answer of
//! one exchange assemble to the same response.
//!
//! A fixture is `fixtures/<provider>/<scenario>.stream` and, where the same
//! exchange in whole form exists, `<scenario>.full`. They are compiled in, so
//! that the tests run in wasm as well. Scenarios named `responses…` are read by
//! OpenAI's second endpoint.
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
    "claude" "cut_call";
    "claude" "server_tools" full;
    "claude" "text" full;
    "claude" "thinking" full;
    "claude" "tools" full;
    "gemini" "array" full;
    "gemini" "blocked" full;
    "gemini" "broken-off";
    "gemini" "code" full;
    "gemini" "text" full;
    "gemini" "thinking" full;
    "gemini" "tools" full;
    "ollama" "text" full;
    "ollama" "thinking" full;
    "ollama" "tools" full;
    "openai" "responses/cut_call" full;
    "openai" "responses/failed";
    "openai" "responses/refusal" full;
    "openai" "responses/text" full;
    "openai" "responses/thinking" full;
    "openai" "responses/tools" full;
    "openai" "responses/web_search" full;
    "openai" "text" full;
    "openai" "thinking" full;
    "openai" "tools" full;
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
        let host = Host {
            env: &|_| None,
            page: false,
            origin: None,
            dangerously_allow_browser: false,
        };
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

#[test]
fn a_cut_stream_is_no_finished_answer() {
    for fixture in built() {
        let whole = fixture.streamed().answer();
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
    let mut listed: Vec<_> = listed.collect();
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

#[test]
fn claude() {
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
        "tools",
        expect![[r#"
        text "Looking up both."
        call toolu_A get_rate {"from": "USD", "to": "EUR"}
        call toolu_B get_time {}
        ToolCalls (Some("tool_use")) by claude-haiku-5-5, 461 + 77 tokens"#]],
    );
}

#[test]
fn ollama() {
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
