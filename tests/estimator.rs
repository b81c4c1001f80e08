//! What we say a request costs against what providers counted, on the recorded
//! exchanges (see `tests/cassettes.rs` for where they are).
//!
//! `cargo test --test estimator -- --nocapture` prints the table of
//! `docs/tokens.md`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the tests read files and the environment, and index what they made"
)]

mod recorded;

use std::collections::BTreeMap;

use aircher_llm::model;
use aircher_llm::policy::tokens::{answer_tokens, answer_upper_bound, estimate, upper_bound};
use recorded::Exchange;

/// Kinds of provider, in the order of the table.
const KINDS: [&str; 4] = ["openai", "claude", "gemini", "ollama"];

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

/// Errors in percent, sorted by size.
struct Errors(Vec<i64>);

impl Errors {
    fn of(pairs: impl Iterator<Item = (u64, u64)>) -> Self {
        let percent =
            |(ours, theirs): (u64, u64)| (ours as i64 - theirs as i64) * 100 / theirs as i64;
        let mut errors: Vec<_> = pairs.map(percent).collect();
        errors.sort_unstable();
        Self(errors)
    }

    fn at(&self, percentile: usize) -> i64 {
        self.0[(self.0.len() - 1) * percentile / 100]
    }

    fn sizes(&self) -> Self {
        let mut sizes: Vec<_> = self.0.iter().map(|error| error.abs()).collect();
        sizes.sort_unstable();
        Self(sizes)
    }

    fn print(&self, title: &str) {
        let sizes = self.sizes();
        println!(
            "| {title} | {} | {:+} | {:+} | {:+} | {} | {} | {:+} | {:+} |",
            self.0.len(),
            self.at(5),
            self.at(50),
            self.at(95),
            sizes.at(50),
            sizes.at(95),
            self.at(0),
            self.at(100),
        );
    }
}

const HEAD: &str = "\n| what | n | p5 | p50 | p95 | size p50 | size p95 | lowest | highest |\n|---|---|---|---|---|---|---|---|---|";

#[test]
fn the_input_of_recorded_requests_is_estimated() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    let plain = |least: u64, kind: &'static str| {
        let fits = move |exchange: &&Exchange| {
            exchange.prompt_tokens >= least
                && (kind == "all" || exchange.kind == kind)
                && exchange.attachments() == 0
                && upper_bound(&exchange.request, exchange.family())
                    .open
                    .is_none()
        };
        let pair = |exchange: &Exchange| {
            let ours = estimate(&exchange.request, exchange.family());
            (ours, exchange.prompt_tokens)
        };
        Errors::of(exchanges.iter().filter(fits).map(pair))
    };
    println!("{HEAD}");
    for kind in KINDS {
        plain(1, kind).print(&format!("input, {kind}"));
    }
    for (least, title) in [(1, "input, all"), (50, "input of 50 and more, all")] {
        plain(least, "all").print(title);
    }
    by_family(&exchanges);
    let sizes = plain(1, "all").sizes();
    assert!(sizes.at(50) <= 10, "median {} %", sizes.at(50));
    let sizes = plain(50, "all").sizes();
    assert!(sizes.at(95) <= 40, "p95 {} %", sizes.at(95));
}

/// The same by how models count: what the beginning of their names decides.
fn by_family(exchanges: &[Exchange]) {
    let name = |exchange: &Exchange| {
        let provider = aircher_llm::provider::of_kind(exchange.kind).unwrap();
        let families = provider.profile().tokens;
        let family: *const _ = exchange.family();
        let mut names = families.by_name.iter();
        let named = names.find(|(_, known)| std::ptr::eq(*known, family));
        let name = named.map_or("all others", |(start, _)| start);
        format!("{}: {name}", exchange.kind)
    };
    let fits = |exchange: &&Exchange| {
        let bound = upper_bound(&exchange.request, exchange.family());
        exchange.prompt_tokens > 0 && exchange.attachments() == 0 && bound.open.is_none()
    };
    let mut families: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for exchange in exchanges.iter().filter(fits) {
        let ours = estimate(&exchange.request, exchange.family());
        let pairs = families.entry(name(exchange)).or_default();
        pairs.push((ours, exchange.prompt_tokens));
    }
    println!("{HEAD}");
    for (name, pairs) in families {
        Errors::of(pairs.into_iter()).print(&name);
    }
}

#[test]
fn recorded_answers_are_estimated() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    let whole = |least: u64, kind: &'static str| {
        let fits = move |exchange: &&Exchange| {
            exchange.answer_is_whole
                && exchange.answer_tokens >= least
                && (kind == "all" || exchange.kind == kind)
        };
        let pair = |exchange: &Exchange| {
            let ours = answer_tokens(&exchange.answer, exchange.family());
            (ours, exchange.answer_tokens)
        };
        Errors::of(exchanges.iter().filter(fits).map(pair))
    };
    println!("{HEAD}");
    for kind in KINDS {
        whole(1, kind).print(&format!("answer, {kind}"));
    }
    for (least, title) in [(1, "answer, all"), (50, "answer of 50 and more, all")] {
        whole(least, "all").print(title);
    }
    let sizes = whole(50, "all").sizes();
    assert!(sizes.at(50) <= 8, "median {} %", sizes.at(50));
    assert!(sizes.at(95) <= 40, "p95 {} %", sizes.at(95));
}

#[test]
fn no_provider_counted_more_than_the_bound() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    let (mut bounded, mut by_window, mut refused) = (Vec::new(), 0, 0);
    for exchange in exchanges
        .iter()
        .filter(|exchange| exchange.prompt_tokens > 0)
    {
        let bound = upper_bound(&exchange.request, exchange.family());
        let is_open = bound.open.is_some();
        let known = model::find(exchange.kind, &exchange.model);
        // Where the table does not know the model a window of usual size stands in.
        let window = known
            .and_then(|model| model.context_window())
            .unwrap_or(128_000);
        let Ok(most) = bound.within(Some(window)) else {
            refused += 1;
            continue;
        };
        let counted = exchange.prompt_tokens;
        assert!(most >= counted, "{}: {most} < {counted}", exchange.id);
        if is_open {
            by_window += 1;
        } else {
            bounded.push((most, counted));
        }
    }
    let mut times: Vec<_> = bounded
        .iter()
        .map(|(most, counted)| most / counted)
        .collect();
    times.sort_unstable();
    println!(
        "\n{} bounded (median {} times what was counted), {by_window} by the window, {refused} refused",
        bounded.len(),
        times[times.len() / 2],
    );
    assert!(bounded.len() > 100 && times[times.len() / 2] < 20);
}

#[test]
fn no_recorded_answer_was_more_than_its_bound() {
    let Some(exchanges) = exchanges() else {
        return;
    };
    let whole = exchanges.iter().filter(|exchange| exchange.answer_is_whole);
    let mut count = 0;
    for exchange in whole {
        let most = answer_upper_bound(&exchange.answer, exchange.family());
        let counted = exchange.answer_tokens;
        assert!(most >= counted, "{}: {most} < {counted}", exchange.id);
        count += 1;
    }
    println!("\n{count} answers within their bound");
    assert!(count > 100);
}
