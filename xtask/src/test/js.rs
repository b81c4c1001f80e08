//! The package as its users get it.

use super::counts::Counts;
use super::{Outcome, whole};
use crate::exec::{Exec, Finished};
use crate::world::World;
use crate::{Result, browsers, build as package, npm, proof, size};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn build(world: &World) -> Result<Outcome> {
    package::package(world)?;
    size::check(world)?;
    Ok(Outcome::Done(Counts::default()))
}

/// The tokenizer against others, token by token.
pub(super) fn tokenizer(world: &World) -> Result<Outcome> {
    if !world.has("pkg/dist/aircher_tokenizer.wasm") {
        return Err("there is no package to test: the step `build` has to pass first".to_owned());
    }
    let files = test_files(&world.root.join("tests/tokenizer"))?;
    Ok(Outcome::of(&node_test(world).args(files).tee()?))
}

pub(super) fn standin(world: &World) -> Result<Outcome> {
    let files = test_files(&world.root.join("tests/standin"))?;
    let mut tests = node_test(world).args(files);
    if let Some(folder) = world.cassettes() {
        tests = tests.env("AIRCHER_CASSETTES", folder);
    }
    Ok(Outcome::of(&tests.tee()?))
}

/// Requests of every kind, encoded and compiled against the official packages'
/// own types.
pub(super) fn judge(world: &World) -> Result<Outcome> {
    let written = Exec::new(world, "cargo")
        .words("test --package aircher-llm --test judge")
        .tee()?;
    if !written.ok {
        return Ok(Outcome::of(&written));
    }
    let judged = node_test(world)
        .arg("tests/judge/check.mjs")
        .env("AIRCHER_JUDGE", world.target.join("tmp/judge"))
        .tee()?;
    Ok(Outcome::of(&judged))
}

/// Installs the tarball like a user and streams through it in every runtime.
pub(super) fn runtimes(world: &World) -> Result<Outcome> {
    let Some(chromium) = browsers::chromium() else {
        return Ok(Outcome::Missing("no Chromium on this machine".to_owned()));
    };
    let files = test_files(&world.root.join("tests/runtimes"))?;
    let tests = node_test(world)
        .args(files)
        .env("AIRCHER_APP", install(world, "runtimes")?)
        .env("CHROME", chromium);
    Ok(Outcome::of(&tests.tee()?))
}

/// Every fault of `tests/matrix/cells.md` in every runtime.
pub(super) fn matrix(world: &World) -> Result<Outcome> {
    match browsers::chromium() {
        Some(chromium) => Ok(Outcome::of(&matrix_tests(world, &chromium)?.tee()?)),
        None => Ok(Outcome::Missing("no Chromium on this machine".to_owned())),
    }
}

/// The same with every cell everywhere, how soon stalls are told, and what the official
/// packages do.
pub(crate) fn matrix_proof(world: &World) -> Result<Finished> {
    let chromium = browsers::chromium().ok_or("no Chromium on this machine")?;
    matrix_tests(world, &chromium)?
        .env("AIRCHER_PROOF", "full")
        .minutes(60)
        .tee()
}

fn matrix_tests(world: &World, chromium: &Path) -> Result<Exec> {
    // One file, and longer than a test may take elsewhere.
    Ok(Exec::new(world, "node")
        .words("--test --test-reporter=spec --test-timeout=3600000")
        .args(test_files(&world.root.join("tests/matrix"))?)
        .env("AIRCHER_APP", install(world, "matrix")?)
        .env("CHROME", chromium)
        .minutes(15))
}

/// The ledger's stores, each in the runtime and over the server it is for.
pub(super) fn stores(world: &World) -> Result<Outcome> {
    match browsers::chromium() {
        Some(chromium) => Ok(Outcome::of(&store_tests(world, &chromium)?.tee()?)),
        None => Ok(Outcome::Missing("no Chromium on this machine".to_owned())),
    }
}

/// The same with so many calls in each race of four.
pub(crate) fn store_races(world: &World, calls: &str) -> Result<Finished> {
    let chromium = browsers::chromium().ok_or("no Chromium on this machine")?;
    store_tests(world, &chromium)?
        .env("AIRCHER_OPS", calls)
        .minutes(60)
        .tee()
}

fn store_tests(world: &World, chromium: &Path) -> Result<Exec> {
    let files = test_files(&world.root.join("tests/stores"))?;
    Ok(node_test(world).args(files).env("CHROME", chromium))
}

/// The promises of the ledger in real browsers, with smaller counts than `cargo xtask proof`.
pub(super) fn proofs(world: &World) -> Result<Outcome> {
    let Some(chromium) = browsers::chromium() else {
        return Ok(Outcome::Missing("no Chromium on this machine".to_owned()));
    };
    let finished = proof::run(world, proof::NAMES, proof::Size::Small, &chromium)?;
    Ok(Outcome::of(&finished))
}

/// The published files, their types, and a sample that uses every method.
pub(super) fn packaging(world: &World) -> Result<Outcome> {
    let tarball = world.tarball()?;
    let checks = [
        npm::script(world, "publint/src/cli.js").words("pkg --strict"),
        npm::script(world, "@arethetypeswrong/cli/dist/index.js")
            .arg(&tarball)
            .words("--profile esm-only --no-color"),
    ];
    for check in checks {
        let done = check.tee()?;
        if !done.ok {
            return Ok(whole(&done));
        }
    }
    Ok(whole(&sample(world)?))
}

/// The samples as a user of the installed package would compile it.
fn sample(world: &World) -> Result<Finished> {
    let app = install(world, "runtimes")?;
    npm::script(world, "typescript/bin/tsc")
        .words("--noEmit --strict --target es2022 --lib esnext,dom,dom.iterable")
        .words("--module nodenext --moduleResolution nodenext --types")
        .arg("")
        .args(["types.test.ts", "testing.test.ts", "required.test.cts"].map(|file| app.join(file)))
        .dir(&app)
        .tee()
}

/// A folder outside the clone's tree of packages where only ours is installed,
/// with the files of `tests/<name>/app` that run inside the runtimes.
fn install(world: &World, name: &str) -> Result<PathBuf> {
    let tarball = world.tarball()?;
    if !tarball.exists() {
        return Err("there is no package to test: the step `build` has to pass first".to_owned());
    }
    let app = world.target.join(name);
    if app.exists() {
        fs::remove_dir_all(&app).map_err(|e| e.to_string())?;
    }
    fs::create_dir_all(&app).map_err(|e| e.to_string())?;
    let from = world.root.join(format!("tests/{name}/app"));
    for entry in fs::read_dir(&from).map_err(|e| e.to_string())?.flatten() {
        let copy = fs::copy(entry.path(), app.join(entry.file_name()));
        copy.map_err(|e| format!("{}: {e}", entry.path().display()))?;
    }
    Exec::new(world, "npm")
        .words("install --ignore-scripts --no-audit --no-fund --offline --loglevel=error")
        .arg(&tarball)
        .dir(&app)
        .run()?;
    Ok(app)
}

fn node_test(world: &World) -> Exec {
    Exec::new(world, "node")
        .words("--test --test-reporter=spec --test-concurrency=1 --test-timeout=900000")
        .minutes(25)
}

/// `*.test.mjs` of a folder; `node --test <folder>` means different things to
/// different versions.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    Ok(files)
}
