//! Every recorded stream, ended by its reader after every event: what is booked
//! lies between what had been made and what was set aside.
//!
//! `cargo test --profile walk --test aborts -- --nocapture` prints the table of
//! `docs/tokens.md`. See `tests/cassettes.rs` for where the recordings are.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the tests read files and the environment, and index what they made"
)]

mod recorded;
mod support;

use std::pin::pin;
use std::rc::Rc;

use aircher_llm::chat::{ChatRequest, ChatResponse, TokenUsage};
use aircher_llm::error::Error;
use aircher_llm::ledger::Entry;
use aircher_llm::policy::pricing::Tariff;
use aircher_llm::policy::tokens::upper_bound;
use aircher_llm::provider::of_kind;
use aircher_llm::run::{Call, CallOptions, Client};
use futures_util::future::{Either, select};
use recorded::{Exchange, Stream};
use support::{Answer, FakeEnv, Step, config};

/// Kinds of provider that cost something, in the order of the table.
const KINDS: [&str; 3] = ["openai", "claude", "gemini"];

/// A recorded stream that can be played under limits.
struct Played<'a> {
    exchange: &'a Exchange,
    stream: &'a Stream,
    request: ChatRequest,
    config: Rc<Client>,
    /// The whole answer, where the provider counted it.
    whole: ChatResponse,
}

/// One stream ended early.
struct Cut {
    booked: u64,
    reserved: u64,
    /// What was made until then, by the provider's own count.
    made: u64,
}

impl<'a> Played<'a> {
    fn new(exchange: &'a Exchange, mode: &str) -> Option<Self> {
        let stream = exchange.stream.as_ref()?;
        let mut request = exchange.request.clone();
        request.provider = Some(exchange.kind.to_string());
        request.model = Some(exchange.model.clone());
        let config = priced(exchange, stream, mode);
        let mut played = Self {
            exchange,
            stream,
            request,
            config,
            whole: ChatResponse::new("", ""),
        };
        played.whole = played.run(stream.pieces.len()).ok()?.1;
        let usage = played.whole.usage;
        (usage.prompt_tokens > 0 && usage.completion_tokens > 0).then_some(played)
    }

    /// Plays some of the pieces, then lets go; what was booked, and what had come.
    fn run(&self, pieces: usize) -> Result<(Entry, ChatResponse), Error> {
        let head = self.stream.head.clone();
        let bytes = self.stream.pieces[..pieces].iter().cloned();
        let mut steps: Vec<_> = bytes.map(Step::Bytes).collect();
        // All of it ends like a body, a part of it is still open.
        steps.extend((pieces < self.stream.pieces.len()).then_some(Step::Stall));
        let answer = Answer {
            head_after_ms: 0,
            head,
            steps,
        };
        let env = FakeEnv::new([answer]).limited(&self.config);
        let options = CallOptions {
            stream: true,
            ..CallOptions::default()
        };
        let (config, request) = (Rc::clone(&self.config), self.request.clone());
        let mut call = Call::new(env.clone(), config, request, options);
        while wait(&env, &mut call)? {}
        // With the usage the provider told, before ours takes its place.
        let response = call.response().clone();
        call.cancel();
        let id = response.metadata.id.as_deref().unwrap();
        let entry = env.store().entry(&format!("{id}#1"));
        Ok((entry.unwrap(), response))
    }

    fn cut(&self, pieces: usize) -> Option<Cut> {
        let (entry, response) = self.run(pieces).ok()?;
        Some(Cut {
            booked: entry.actual.unwrap(),
            reserved: entry.amount,
            made: self.cost(self.made(&response)),
        })
    }

    /// All of the input, and the share of the output that had come.
    fn made(&self, part: &ChatResponse) -> TokenUsage {
        let whole = &self.whole.usage;
        let thought = whole.reasoning_tokens;
        let answer = whole.completion_tokens - thought;
        let share = |tokens: u64, (part, whole): (usize, usize)| {
            tokens * part as u64 / (whole as u64).max(1)
        };
        let (said, thinking) = (length(part), part.message.thinking.as_deref());
        let all_thinking = self.whole.message.thinking.as_deref().unwrap_or_default();
        let shown = (thinking.unwrap_or_default().len(), all_thinking.len());
        let mut usage = *whole;
        usage.completion_tokens = if thought == 0 {
            // Thinking is in the count of the answer.
            share(answer, (said + shown.0, length(&self.whole) + shown.1))
        } else {
            // Whoever speaks has thought.
            let until_now = match said {
                0 => share(thought, shown),
                _ => thought,
            };
            share(answer, (said, length(&self.whole))) + until_now
        };
        let told = part.usage.completion_tokens;
        usage.completion_tokens = usage.completion_tokens.max(told);
        usage
    }

    /// What some of it costs by our prices, or in proportion by the provider's own.
    fn cost(&self, usage: TokenUsage) -> u64 {
        let by_prices = |usage| u128::from(self.by_prices(usage));
        let cost = match self.whole.metadata.reported_cost {
            Some(whole) => {
                u128::from(whole.nanos()) * by_prices(usage) / by_prices(self.whole.usage)
            }
            None => by_prices(usage),
        };
        cost as u64
    }

    fn by_prices(&self, usage: TokenUsage) -> u64 {
        let profile = of_kind(self.exchange.kind).unwrap().profile();
        let provider = &self.config.config.providers[0];
        let known = |model| self.config.known(provider, model);
        let model = known(&self.whole.model).or_else(|| known(&self.exchange.model));
        let tariff = Tariff::of(profile, model.as_ref(), &self.whole.metadata.pricing);
        tariff.unwrap().cost(&usage).unwrap().nanos()
    }

    /// Nothing but text, functions and answers: what else there is to count is
    /// cut out of the recordings, or happens on the other side.
    fn is_plain(&self) -> bool {
        let bound = upper_bound(&self.exchange.request, self.exchange.family());
        self.exchange.attachments() == 0 && bound.open.is_none()
    }

    fn cuts(&self) -> Vec<Cut> {
        let pieces = 0..self.stream.pieces.len();
        pieces.filter_map(|pieces| self.cut(pieces)).collect()
    }
}

/// Waits for the next events while there are any; whether there may be more.
fn wait(env: &FakeEnv, call: &mut Call<FakeEnv>) -> Result<bool, Error> {
    let next = pin!(call.next());
    match env.run(select(next, aircher_llm::env::Env::sleep(env, 1))) {
        Either::Left((result, _)) => Ok(result?.is_some()),
        Either::Right(_) => Ok(false),
    }
}

/// Bytes of an answer that a reader sees.
fn length(response: &ChatResponse) -> usize {
    let message = &response.message;
    let calls = message.tool_calls.iter().map(|call| &call.function);
    let calls: usize = calls
        .map(|function| function.name.len() + function.arguments.len())
        .sum();
    message.content.joined("").len() + message.refusal.as_deref().map_or(0, str::len) + calls
}

/// A configuration with a limit. A model the table has no prices for gets some.
fn priced(exchange: &Exchange, stream: &Stream, mode: &str) -> Rc<Client> {
    let costs = format!(r#""costs":{{"mode":"{mode}","daily_limit":"1000000"}}"#);
    let of = |more: &str| {
        let kind = exchange.kind;
        let api = match (kind, stream.is_chat) {
            ("openai", true) => r#","api":"chat""#,
            ("openai", false) => r#","api":"responses""#,
            _ => "",
        };
        config(&format!(
            r#"{{"providers":{{"{kind}":{{"base_url":"http://localhost","api_key":null{api}{more}}}}},{costs}}}"#
        ))
    };
    let known = of("");
    let has_prices = |model| {
        let row = known.known(&known.config.providers[0], model);
        row.is_some_and(|row| row.prices().is_some())
    };
    if has_prices(&exchange.model) {
        return known;
    }
    let row = r#"{"context_window":128000,"max_output_tokens":16384,"prices":{"in":2.5,"out":10}}"#;
    of(&format!(
        r#","custom_models":{{"{}":{row}}}"#,
        exchange.model
    ))
}

fn exchanges() -> Option<Vec<Exchange>> {
    let folder =
        std::env::var("AIRCHER_CASSETTES").unwrap_or_else(|_| "../shared/cassettes/open".into());
    let found = Exchange::read_all(&folder);
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "recordings missing: {folder}");
        println!("skipped: no recordings in {folder}");
    }
    found
}

/// The streams of a kind that limits let pass, and how many they do not.
fn played<'a>(exchanges: &'a [Exchange], kind: &str, mode: &str) -> (Vec<Played<'a>>, usize) {
    let streams = exchanges
        .iter()
        .filter(|exchange| exchange.kind == kind && exchange.stream.is_some());
    let all: Vec<_> = streams
        .map(|exchange| Played::new(exchange, mode))
        .collect();
    let count = all.len();
    let played: Vec<_> = all.into_iter().flatten().collect();
    let refused = count - played.len();
    (played, refused)
}

/// One line of the table: what was booked, in parts of what had been made.
struct Line {
    title: String,
    streams: usize,
    parts: Vec<f64>,
}

impl Line {
    fn new(title: &str, played: &[&Played<'_>]) -> Self {
        let cuts = played.iter().flat_map(|played| played.cuts());
        let part = |cut: Cut| {
            assert!(
                cut.booked <= cut.reserved,
                "{title}: {} of {}",
                cut.booked,
                cut.reserved
            );
            cut.booked as f64 / cut.made.max(1) as f64
        };
        let mut parts: Vec<_> = cuts.map(part).collect();
        parts.sort_by(f64::total_cmp);
        Self {
            title: title.to_string(),
            streams: played.len(),
            parts,
        }
    }

    fn percent(&self, fits: impl Fn(f64) -> bool) -> f64 {
        let fitting = self.parts.iter().filter(|part| fits(**part)).count();
        (fitting * 1000 / self.parts.len()) as f64 / 10.0
    }

    /// Ends that were charged with no less than was made.
    fn enough(&self) -> f64 {
        self.percent(|part| part >= 1.0)
    }

    /// Ends that were charged with half more at most.
    fn near(&self) -> f64 {
        self.percent(|part| part <= 1.5)
    }

    fn text(&self) -> String {
        let at = |percentile: usize| self.parts[(self.parts.len() - 1) * percentile / 100];
        format!(
            "| {} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2} |\n",
            self.title,
            self.streams,
            self.parts.len(),
            self.enough(),
            self.near(),
            at(5),
            at(50),
            at(95)
        )
    }
}

const HEAD: &str = "\n| what | streams | ends | no less than made, % | at most 1.5 times, % | p5 | p50 | p95 |\n|---|---|---|---|---|---|---|---|\n";

#[test]
fn a_hard_limit_charges_no_less_than_was_made_and_no_more_than_was_set_aside() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    // In one piece: the tests print side by side.
    let mut table = HEAD.to_string();
    for kind in KINDS {
        let (played, refused) = played(&exchanges, kind, "hard");
        for played in &played {
            let (entry, _) = played.run(played.stream.pieces.len()).unwrap();
            let whole = entry.actual.unwrap();
            assert!(whole <= entry.amount, "{}", played.exchange.id);
            for (at, cut) in played.cuts().iter().enumerate() {
                let id = &played.exchange.id;
                assert!(
                    cut.booked >= cut.made,
                    "{id} at {at}: {} < {}",
                    cut.booked,
                    cut.made
                );
                assert!(cut.booked <= cut.reserved, "{id} at {at}");
            }
        }
        let all: Vec<_> = played.iter().collect();
        let title = format!("hard, {kind} ({refused} refused)");
        table += &Line::new(&title, &all).text();
        assert!(!played.is_empty());
    }
    println!("{table}");
}

#[test]
fn an_estimate_charges_about_what_was_made() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    // In one piece: the tests print side by side.
    let mut table = HEAD.to_string();
    let kinds = KINDS.map(|kind| (kind, played(&exchanges, kind, "estimate").0));
    let all: Vec<_> = kinds.iter().flat_map(|(_, played)| played).collect();
    let (plain, others): (Vec<&Played<'_>>, Vec<_>) =
        all.iter().partition(|played| played.is_plain());
    for (kind, _) in &kinds {
        let its = plain.iter().filter(|played| played.exchange.kind == *kind);
        let line = Line::new(
            &format!("estimate, {kind}"),
            &its.copied().collect::<Vec<_>>(),
        );
        table += &line.text();
        assert!(line.near() >= 90.0, "{kind}: {} %", line.near());
    }
    let line = Line::new("estimate, all", &plain);
    table += &line.text();
    assert!(line.near() >= 95.0 && line.enough() >= 70.0);
    let title = "estimate, attachments and the provider's own tools";
    println!("{table}{}", Line::new(title, &others).text());
}

#[test]
fn what_runs_at_home_costs_nothing_at_any_time() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    let (played, _) = played(&exchanges, "ollama", "hard");
    let cuts: Vec<_> = played.iter().flat_map(Played::cuts).collect();
    println!("\nollama: {} streams, {} ends", played.len(), cuts.len());
    assert!(cuts.len() > 1_000 && cuts.iter().all(|cut| cut.booked + cut.reserved == 0));
}
