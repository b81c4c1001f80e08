//! The crate's tests as wasm: in Node, in browsers, and inside another app.

use super::Outcome;
use crate::exec::Exec;
use crate::standin::Standin;
use crate::world::World;
use crate::{Result, browsers, setup};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn node(world: &World) -> Result<Outcome> {
    pack(world, |exec| exec.arg("--node"))
}

pub(super) fn chrome(world: &World) -> Result<Outcome> {
    let (Some(browser), Some(driver)) = (browsers::chromium(), browsers::chromedriver()) else {
        return Ok(missing("Chromium or chromedriver"));
    };
    let settings = webdriver(world, "/usr/bin/chromium", &browser)?;
    pack(world, |exec| {
        let exec = exec.words("--headless --chrome --chromedriver").arg(driver);
        in_browser(exec, &settings)
    })
}

pub(super) fn firefox(world: &World) -> Result<Outcome> {
    let (Some(browser), Some(driver)) = (browsers::firefox(), browsers::geckodriver(world)) else {
        return Ok(missing("Firefox or geckodriver"));
    };
    let settings = webdriver(world, "/usr/bin/firefox-esr", &browser)?;
    pack(world, |exec| {
        let exec = exec.words("--headless --firefox --geckodriver").arg(driver);
        in_browser(exec, &settings)
    })
}

/// The repository's webdriver.json with the browser of this machine.
fn webdriver(world: &World, usual: &str, found: &Path) -> Result<PathBuf> {
    let text = world.read("webdriver.json")?;
    let path = world.target.join("webdriver.json");
    let text = text.replace(usual, &found.to_string_lossy());
    fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// Tests that do not say where they run go to the browser, too.
fn in_browser(exec: Exec, settings: &Path) -> Exec {
    exec.env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings)
}

/// `wasm-pack test` with the place chosen by `place`. `--mode no-install`: it
/// uses the tools on PATH and downloads nothing.
fn pack(world: &World, place: impl FnOnce(Exec) -> Exec) -> Result<Outcome> {
    let exec = Exec::new(world, setup::WASM_PACK.path(world)).words("test --mode no-install");
    let finished = place(exec).minutes(15).tee()?;
    Ok(Outcome::of(&finished))
}

fn missing(what: &str) -> Outcome {
    Outcome::Missing(format!("no {what} on this machine"))
}

const APP: &str = "tests/rust-app";

/// A crate outside the workspace: it streams through ours, and what it exports
/// is its own.
pub(super) fn rust_app(world: &World) -> Result<Outcome> {
    let standin = Standin::start(world)?;
    let runner = setup::WASM_BINDGEN.path(world);
    let runner = runner.with_file_name("wasm-bindgen-test-runner");
    let tests = app(world, "test")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("AIRCHER_STANDIN", &standin.url)
        .tee()?;
    if !tests.ok {
        return Ok(Outcome::of(&tests));
    }
    app(world, "build --release").run()?;
    let wasm = "rust-app/wasm32-unknown-unknown/release/rust_app.wasm";
    let ours = foreign_exports(world, &world.target.join(wasm))?;
    match ours.is_empty() {
        true => Ok(Outcome::of(&tests)),
        false => Err(format!("the app exports names of ours: {ours}")),
    }
}

fn app(world: &World, command: &str) -> Exec {
    Exec::new(world, "cargo")
        .words(command)
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(world.target.join("rust-app"))
        .dir(world.root.join(APP))
}

/// Exported names of the app that are not the app's own (`app_…`) and not
/// wasm-bindgen's or the linker's.
fn foreign_exports(world: &World, wasm: &Path) -> Result<String> {
    Exec::new(world, "node")
        .arg("tests/rust-app/exports.mjs")
        .arg(wasm)
        .read()
}
