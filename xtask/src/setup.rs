//! What the other commands need, installed once per machine: present things are
//! left alone, so every command may call this first.
//!
//! Tools go to `AIRCHER_TOOLS`, one folder per name and version: a new version
//! never overwrites one that another checkout still uses.

use crate::exec::{Exec, timed};
use crate::world::World;
use crate::{Result, browsers, npm};
use std::ffi::OsString;
use std::path::PathBuf;

/// A program that Cargo builds from the registry.
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    locked: bool,
}

/// Makes the JavaScript side of the wasm. It has to be of the very version of
/// the `wasm-bindgen` crate in Cargo.toml. Its own lock file names crates the
/// registry has withdrawn, hence not `--locked`.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    program: "wasm-bindgen",
    locked: false,
};

/// Runs the wasm tests in Node and browsers.
pub(crate) const WASM_PACK: Tool = Tool {
    package: "wasm-pack",
    version: "0.15.1",
    program: "wasm-pack",
    locked: true,
};

/// Drives Firefox.
pub(crate) const GECKODRIVER: Tool = Tool {
    package: "geckodriver",
    version: "0.37.1",
    program: "geckodriver",
    locked: true,
};

impl Tool {
    /// Where its programs are. The folder is named after the program, because
    /// that is what one looks for.
    fn folder(&self, world: &World) -> PathBuf {
        let name = format!("{}-{}", self.program, self.version);
        world.tools.join(name)
    }

    pub(crate) fn path(&self, world: &World) -> PathBuf {
        self.folder(world).join("bin").join(self.program)
    }

    fn install(&self, world: &World) -> Result {
        if self.path(world).is_file() {
            return Ok(());
        }
        timed(
            &format!("build {} {} (once)", self.package, self.version),
            || {
                // A shared build folder would mix its artefacts with the crate's.
                let build = self.folder(world).join("build");
                let result = Exec::new(world, "cargo")
                    .words("install --quiet")
                    .args(self.locked.then_some("--locked"))
                    .arg(format!("{}@{}", self.package, self.version))
                    .arg("--root")
                    .arg(self.folder(world))
                    .env("CARGO_TARGET_DIR", &build)
                    // The repository's settings are not the tool's.
                    .dir(std::env::temp_dir())
                    .run();
                std::fs::remove_dir_all(&build).map_err(|e| e.to_string())?;
                result
            },
        )
    }
}

/// PATH with the tools in front.
pub(crate) fn path(world: &World) -> OsString {
    let ours = [WASM_BINDGEN, WASM_PACK, GECKODRIVER]
        .map(|tool| tool.folder(world).join("bin"))
        .to_vec();
    let before = std::env::var_os("PATH").unwrap_or_default();
    let all = ours.into_iter().chain(std::env::split_paths(&before));
    std::env::join_paths(all).unwrap_or(before)
}

/// For `build` and `demo`.
pub(crate) fn to_build(world: &World) -> Result {
    std::fs::create_dir_all(&world.tools).map_err(|e| format!("{}: {e}", world.tools.display()))?;
    rustup(world, "target", "wasm32-unknown-unknown")?;
    WASM_BINDGEN.install(world)?;
    npm::install(world)
}

/// For `test`.
pub(crate) fn everything(world: &World) -> Result {
    to_build(world)?;
    rustup(world, "component", "rustfmt")?;
    rustup(world, "component", "clippy")?;
    WASM_PACK.install(world)?;
    browsers::install(world);
    // Firefox is one browser of several: what is missing shows in its step.
    if browsers::firefox().is_some()
        && browsers::geckodriver_given().is_none()
        && let Err(why) = GECKODRIVER.install(world)
    {
        println!("! {why}: the Firefox step will be skipped");
    }
    Ok(())
}

/// Adds a target or component to the toolchain, where rustup manages it.
fn rustup(world: &World, kind: &str, name: &str) -> Result {
    let list = Exec::new(world, "rustup").args([kind, "list", "--installed"]);
    let Ok(installed) = list.read() else {
        println!("! no rustup here: {kind} {name} is taken as given");
        return Ok(());
    };
    if installed.lines().any(|line| line.starts_with(name)) {
        return Ok(());
    }
    timed(&format!("rustup {kind} add {name}"), || {
        Exec::new(world, "rustup").args([kind, "add", name]).run()
    })
}
