//! `cargo xtask proof <name>`: what is promised, of money most of all, tried at length.
//!
//! In real browsers, two in Node: `tests/proofs/<name>.test.mjs`. Over the stores of servers:
//! `tests/stores`. In every runtime: `tests/matrix`. In the core: tests that take their count from the
//! environment. `cargo xtask test` runs them all with smaller counts.

use crate::exec::{Exec, Finished};
use crate::world::World;
use crate::{Result, browsers, build, setup, test};
use std::path::Path;

/// In the order of `docs/proofs.md`.
pub(crate) const NAMES: &[&str] = &[
    "race", "kills", "orphans", "alerts", "faults", "workers", "latency", "abort", "soak",
];

/// A proof that is a test of the core.
struct Core {
    name: &'static str,
    test: &'static str,
    /// The variable it takes its count from, where it takes one, and the count.
    count: Option<(&'static str, &'static str)>,
}

const CORE: &[Core] = &[
    Core {
        name: "schedules",
        test: "simulation",
        count: Some(("AIRCHER_SCHEDULES", "1000000")),
    },
    Core {
        name: "money",
        test: "money",
        count: Some(("AIRCHER_CASES", "10000000")),
    },
    Core {
        name: "aborts",
        test: "aborts",
        count: None,
    },
];

/// Every fault in every runtime, beside the official packages (docs/resilience.md).
const MATRIX: &str = "matrix";

/// Four processes or instances on one store, for every store of servers.
const SERVERS: &str = "servers";
const SERVER_CALLS: &str = "960";

/// How large a proof is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// The figures of `docs/proofs.md`.
    Full,
    /// A minute or two, for every change.
    Small,
}

pub(crate) fn command(world: &World, args: &[String]) -> Result {
    let names = chosen(args)?;
    let (pages, others): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| NAMES.contains(name));
    for name in others {
        proved(&other(world, name)?)?;
    }
    if pages.is_empty() {
        return Ok(());
    }
    setup::to_build(world)?;
    browsers::install(world);
    let chromium = browsers::chromium().ok_or("no Chromium on this machine")?;
    build::package(world)?;
    proved(&run(world, &pages, Size::Full, &chromium)?)
}

fn proved(finished: &Finished) -> Result {
    match finished.ok {
        true => Ok(()),
        false => Err("not proved: see above".to_owned()),
    }
}

fn chosen(args: &[String]) -> Result<Vec<&'static str>> {
    let core = CORE.iter().map(|core| core.name);
    let names = NAMES.iter().copied().chain(core);
    let all: Vec<&str> = names.chain([SERVERS, MATRIX]).collect();
    let usage = || format!("proof takes one of: {}, all", all.join(", "));
    let [name] = args else { return Err(usage()) };
    if name == "all" {
        return Ok(all);
    }
    let known = all.iter().find(|known| *known == name);
    known.map(|name| vec![*name]).ok_or_else(usage)
}

/// A proof without a page.
fn other(world: &World, name: &str) -> Result<Finished> {
    match CORE.iter().find(|core| core.name == name) {
        Some(core) => {
            let proof = Exec::new(world, "cargo")
                .words("test --profile walk --package aircher-llm --test")
                .arg(core.test)
                .words("-- --nocapture")
                .minutes(120);
            match core.count {
                Some((variable, count)) => proof.env(variable, count).tee(),
                None => proof.tee(),
            }
        }
        None if name == MATRIX => {
            setup::everything(world)?;
            build::package(world)?;
            test::matrix_proof(world)
        }
        None => {
            setup::everything(world)?;
            test::store_races(world, SERVER_CALLS)
        }
    }
}

/// Runs proofs one after the other over the package in `pkg/`.
pub(crate) fn run(world: &World, names: &[&str], size: Size, chromium: &Path) -> Result<Finished> {
    let files = names
        .iter()
        .map(|name| world.root.join(format!("tests/proofs/{name}.test.mjs")));
    let proofs = Exec::new(world, "node")
        .words("--test --test-reporter=spec --test-concurrency=1 --test-timeout=3600000")
        .args(files)
        .env("CHROME", chromium)
        .minutes(if size == Size::Full { 120 } else { 10 });
    match size {
        Size::Full => proofs.env("AIRCHER_PROOF", "full").tee(),
        Size::Small => proofs.tee(),
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    fn check(args: &[&str], expected: Option<&[&str]>) {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        assert_eq!(chosen(&args).ok().as_deref(), expected);
    }

    #[test]
    fn a_proof_is_chosen_by_name() {
        check(&["race"], Some(&["race"]));
        assert_eq!(chosen(&["all".to_owned()]).map(|all| all.len()), Ok(14));
        check(&["schedules"], Some(&["schedules"]));
        check(&["rac"], None);
        check(&[], None);
        check(&["race", "kills"], None);
    }
}
