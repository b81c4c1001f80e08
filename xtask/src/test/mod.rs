//! `cargo xtask test`: the steps in order, then a table and one closing line.
//!
//! A step that lacks something of the machine (a browser, the recordings) is
//! skipped by name; with CI set that is a failure, because there nothing may go
//! unnoticed. A run of tests in which there were none has failed.

mod counts;
mod js;
mod publish;
mod rust;
mod wasm;

pub(crate) use js::{matrix_proof, store_races};

use crate::exec::Finished;
use crate::world::World;
use crate::{Result, setup};
use counts::Counts;
use std::time::Instant;

/// One line of the table.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&World) -> Result<Outcome>,
}

/// How a step ended.
enum Outcome {
    Done(Counts),
    Failed(Counts, String),
    /// The machine lacks something.
    Missing(String),
}

const STEPS: &[Step] = &[
    step("fmt", "rustfmt --check", rust::fmt),
    step("clippy", "lints, host", rust::clippy),
    step("clippy-wasm", "lints, wasm32 with js", rust::clippy_wasm),
    step("features", "each provider alone compiles", rust::features),
    step("host", "tests on this machine", rust::host),
    step("cassettes", "the recorded exchanges", rust::cassettes),
    step("judge", "bodies, by the official packages", js::judge),
    step("doc", "cargo doc without warnings", rust::doc),
    step("wasm-node", "wasm tests in Node", wasm::node),
    step("wasm-chrome", "wasm tests in Chromium", wasm::chrome),
    step("wasm-firefox", "wasm tests in Firefox", wasm::firefox),
    step("build", "the package and its size", js::build),
    step("tokenizer", "tokens, by the other two", js::tokenizer),
    step("standin", "the stand-in's own tests", js::standin),
    step("stores", "the ledger's stores everywhere", js::stores),
    step("runtimes", "the packed package everywhere", js::runtimes),
    step("matrix", "every fault, in every runtime", js::matrix),
    step("proofs", "docs/proofs.md, smaller", js::proofs),
    step("packaging", "publint, attw, tsc --strict", js::packaging),
    step("rust-app", "a Rust app using the crate", wasm::rust_app),
    step("publish", "what both registries would get", publish::lists),
];

const fn step(name: &'static str, about: &'static str, run: fn(&World) -> Result<Outcome>) -> Step {
    Step { name, about, run }
}

/// One line of the table, filled.
struct Row {
    name: &'static str,
    outcome: Outcome,
    seconds: f64,
}

pub(crate) fn command(world: &World, args: &[String]) -> Result {
    if args.iter().any(|arg| arg == "--list") {
        return list();
    }
    let steps = chosen(args)?;
    setup::everything(world)?;
    let rows: Vec<Row> = steps.into_iter().map(|step| perform(world, step)).collect();
    report(world, &rows)
}

fn list() -> Result {
    for step in STEPS {
        println!("{:14} {}", step.name, step.about);
    }
    Ok(())
}

fn chosen(args: &[String]) -> Result<Vec<&'static Step>> {
    let names = match args {
        [] => return Ok(STEPS.iter().collect()),
        [flag, names] if flag == "--only" => names,
        _ => return Err("test takes --list or --only step,step".to_owned()),
    };
    names.split(',').map(named).collect()
}

fn named(name: &str) -> Result<&'static Step> {
    STEPS
        .iter()
        .find(|step| step.name == name)
        .ok_or_else(|| format!("no step is called `{name}`: cargo xtask test --list"))
}

fn perform(world: &World, step: &Step) -> Row {
    println!("\n━━ {}: {}", step.name, step.about);
    let started = Instant::now();
    let outcome = (step.run)(world).unwrap_or_else(|why| Outcome::Failed(Counts::default(), why));
    Row {
        name: step.name,
        outcome,
        seconds: started.elapsed().as_secs_f64(),
    }
}

fn report(world: &World, rows: &[Row]) -> Result {
    println!(
        "\n{:14} {:8} {:>6} {:>8}",
        "step", "result", "tests", "seconds"
    );
    let mut total = Counts::default();
    for row in rows {
        let (word, counts, note) = row.outcome.told(world.ci);
        println!(
            "{:14} {word:8} {:>6} {:>8.1}  {note}",
            row.name, counts.passed, row.seconds
        );
        total = total.plus(counts);
    }
    println!();
    println!("{total}");
    match total.failed {
        0 => Ok(()),
        _ => Err("some checks failed".to_owned()),
    }
}

impl Outcome {
    /// Reads the counts from what a test runner printed; one that found nothing to run has failed.
    fn of(finished: &Finished) -> Self {
        let counts = Counts::read(&finished.text);
        let why = match finished.ok && counts.failed == 0 {
            true if counts.passed > 0 => return Self::Done(counts),
            true => "no test ran",
            false => "see above",
        };
        Self::Failed(counts, why.to_owned())
    }

    /// Word, counts and note for the table.
    fn told(&self, ci: bool) -> (&'static str, Counts, &str) {
        match self {
            Self::Done(counts) => ("ok", counts.or(Counts::PASSED), ""),
            Self::Failed(counts, why) => ("FAILED", counts.with_a_failure(), why),
            Self::Missing(why) if ci => ("FAILED", Counts::FAILED, why),
            Self::Missing(why) => ("skipped", Counts::SKIPPED, why),
        }
    }
}

/// A step without tests of its own, which is the one test: it passes or it does not.
fn whole(finished: &Finished) -> Outcome {
    match finished.ok {
        true => Outcome::Done(Counts::default()),
        false => Outcome::Failed(Counts::default(), "see above".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;
    use crate::exec::Finished;

    #[track_caller]
    fn check(ok: bool, text: &str, word: &str, note: &str) {
        let text = text.to_owned();
        let outcome = Outcome::of(&Finished { ok, text });
        let (told, _, why) = outcome.told(false);
        assert_eq!((told, why), (word, note));
    }

    #[test]
    fn a_run_without_a_test_has_failed() {
        check(true, "test result: ok. 1 passed; 0 failed", "ok", "");
        check(true, "", "FAILED", "no test ran");
        check(
            true,
            "test result: ok. 0 passed; 0 failed; 2 ignored",
            "FAILED",
            "no test ran",
        );
        check(true, "ℹ pass 3\nℹ fail 1", "FAILED", "see above");
        check(
            false,
            "test result: ok. 1 passed; 0 failed",
            "FAILED",
            "see above",
        );
    }
}
