//! The steps Cargo does alone.

use super::{Outcome, whole};
use crate::Result;
use crate::exec::Exec;
use crate::world::World;

const RUST_APP: &str = "tests/rust-app/Cargo.toml";

pub(super) fn fmt(world: &World) -> Result<Outcome> {
    let all = cargo(world, "fmt --all --check").tee()?;
    if !all.ok {
        return Ok(whole(&all));
    }
    let app = cargo(world, "fmt --check --manifest-path").arg(RUST_APP);
    Ok(whole(&app.tee()?))
}

pub(super) fn clippy(world: &World) -> Result<Outcome> {
    let lints = cargo(
        world,
        "clippy --workspace --all-targets --features aircher-llm/config-toml,aircher-llm/tokenizer -- -D warnings",
    );
    let all = lints.tee()?;
    if !all.ok {
        return Ok(whole(&all));
    }
    // Which are no tests of Cargo's, and none of all its targets.
    let walks = cargo(world, "clippy --package aircher-llm");
    let walks = walks.args(WALKS.map(|name| format!("--test={name}")));
    Ok(whole(&walks.words("-- -D warnings").tee()?))
}

pub(super) fn clippy_wasm(world: &World) -> Result<Outcome> {
    let lints = cargo(world, "clippy --package aircher-llm --all-targets");
    let lints = lints.words("--target wasm32-unknown-unknown --features js -- -D warnings");
    Ok(whole(&lints.tee()?))
}

/// Features are additive: none of them may lean on another.
pub(super) fn features(world: &World) -> Result<Outcome> {
    for feature in ["openai", "claude", "gemini", "ollama"] {
        let lints = cargo(world, "clippy --package aircher-llm --no-default-features");
        let lints = lints.args(["--features", feature, "--", "-D", "warnings"]);
        let done = lints.tee()?;
        if !done.ok {
            return Ok(whole(&done));
        }
    }
    let wasm = "clippy --package aircher-llm --target wasm32-unknown-unknown";
    let mut done = cargo(world, wasm).words("-- -D warnings").tee()?;
    for feature in ["js-toml", "js-tokenizer"] {
        if !done.ok {
            break;
        }
        let alone = cargo(world, wasm).words("--no-default-features --features");
        done = alone.arg(feature).words("-- -D warnings").tee()?;
    }
    Ok(whole(&done))
}

/// Unit, integration and documentation tests. The recordings have a step of
/// their own: without optimisation they would take minutes.
pub(super) fn host(world: &World) -> Result<Outcome> {
    let tests = cargo(
        world,
        "test --workspace --features aircher-llm/config-toml,aircher-llm/tokenizer --tests",
    );
    let tests = tests.tee()?;
    if !tests.ok {
        return Ok(Outcome::of(&tests));
    }
    let docs = cargo(
        world,
        "test --package aircher-llm --features config-toml,tokenizer --doc",
    )
    .tee()?;
    Ok(match (Outcome::of(&tests), Outcome::of(&docs)) {
        (Outcome::Done(tests), Outcome::Done(docs)) => Outcome::Done(tests.plus(docs)),
        (_, failed) => failed,
    })
}

/// What walks over the recorded exchanges: `test = false` in Cargo.toml.
const WALKS: [&str; 3] = ["cassettes", "reencode", "aborts"];

pub(super) fn cassettes(world: &World) -> Result<Outcome> {
    let Some(folder) = world.cassettes() else {
        let why = "no recordings: set AIRCHER_CASSETTES";
        return Ok(Outcome::Missing(why.to_owned()));
    };
    // `--nocapture`: the figures it prints are its point.
    let walk = cargo(world, "test --profile walk --package aircher-llm");
    let walk = walk.args(WALKS.map(|name| format!("--test={name}")));
    let walk = walk
        .words("-- --nocapture")
        .env("AIRCHER_CASSETTES", folder);
    Ok(Outcome::of(&walk.tee()?))
}

/// The public documentation of both targets: `wasm` exists only in one.
pub(super) fn doc(world: &World) -> Result<Outcome> {
    let doc = |more: &str| {
        cargo(world, "doc --no-deps --package aircher-llm")
            .words(more)
            .env("RUSTDOCFLAGS", "-D warnings")
            .tee()
    };
    let host = doc("--features config-toml,tokenizer")?;
    if !host.ok {
        return Ok(whole(&host));
    }
    Ok(whole(&doc("--target wasm32-unknown-unknown")?))
}

fn cargo(world: &World, words: &str) -> Exec {
    Exec::new(world, "cargo").words(words)
}
