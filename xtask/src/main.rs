//! Sets up, builds, tests and shows the package: `cargo xtask <command>`.
//!
//! ```text
//! setup   everything the other commands need, made once per machine
//! build   crate -> wasm -> glue -> pkg/ -> target/pack/aircher-llm-<v>.tgz
//! test    every check, in order, and a table at the end
//! proof   what is promised of the ledger, tried in real browsers at full length
//! demo    a chat with each provider in the terminal, then the page
//! ```
//!
//! Only the standard library is used, so that a fresh machine compiles this in
//! seconds. What JavaScript does better (minify, compress) is a small script
//! beside `src/`.

#![allow(
    clippy::disallowed_methods,
    reason = "the ban on clocks and the environment is for the core; this is a build tool"
)]

mod browsers;
mod build;
mod demo;
mod exec;
mod npm;
mod proof;
mod setup;
mod size;
mod standin;
mod test;
mod world;

use std::process::ExitCode;
use world::World;

/// What went wrong, as a sentence for the person at the terminal.
type Result<T = ()> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match World::find().and_then(|world| dispatch(&world, &args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(world: &World, args: &[String]) -> Result {
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", args),
    };
    match command {
        "setup" => setup::everything(world),
        "build" => build::command(world),
        "size" => size::command(world, rest),
        "test" => test::command(world, rest),
        "proof" => proof::command(world, rest),
        "demo" => demo::command(world, rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("unknown command `{other}`\n\n{HELP}")),
    }
}

const HELP: &str = "\
cargo xtask setup                 install what the other commands need (they do it themselves)
cargo xtask build                 build and pack the npm package, print its sizes
cargo xtask size                  sizes of the last build against size-budget.json
cargo xtask size --modules        whose bytes the wasm is made of
cargo xtask test                  every check; a missing runtime is skipped, with CI set it fails
cargo xtask test --list           the steps
cargo xtask test --only a,b       some steps
cargo xtask proof <name>          race, kills, orphans, alerts, faults, workers or all, at full length
cargo xtask demo                  a chat with each provider, then the page on a local port
cargo xtask demo --once           only the terminal part

AIRCHER_TOOLS     where tools are kept        (~/.cache/aircher)
AIRCHER_CASSETTES recorded exchanges          (../shared/cassettes/open)
CHROME, CHROMEDRIVER, FIREFOX, GECKODRIVER    browsers and drivers that are not on PATH";
