//! The npm package:
//!
//! ```text
//! cargo build --release  ->  wasm-bindgen  ->  wasm-opt  ->  pack.mjs  ->  npm pack
//! ```

use crate::exec::{Exec, timed};
use crate::world::{World, variable};
use crate::{Result, npm, setup, size};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn command(world: &World) -> Result {
    setup::to_build(world)?;
    package(world)?;
    size::check(world)?;
    println!("{}", world.tarball()?.display());
    Ok(())
}

/// Builds `pkg/` and the tarball.
pub(crate) fn package(world: &World) -> Result {
    let glue = world.target.join("glue");
    // A build that fails must not leave yesterday's package to be tested.
    for path in [world.root.join("pkg"), world.target.join("pack")] {
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    timed("cargo build for wasm", || compile(world))?;
    timed("wasm-bindgen", || bind(world, &glue))?;
    timed("wasm-opt -Oz", || shrink(world, &glue))?;
    timed("minify and pack", || pack(world, &glue))
}

/// What has to be in the repository before there is anything to package.
pub(crate) fn missing(world: &World) -> Option<String> {
    [
        "js/entry-default.js",
        "js/entry-node.js",
        "src/wasm/types.d.ts",
    ]
    .into_iter()
    .find(|file| !world.has(file))
    .map(|file| format!("{file} is not written yet"))
}

fn compile(world: &World) -> Result {
    let cargo = Exec::new(world, "cargo").words(
        "build --release --lib --package aircher-llm --features js --target wasm32-unknown-unknown",
    );
    let flags = quoted(&hidden_paths(world));
    let setting = format!("target.wasm32-unknown-unknown.rustflags=[{flags}]");
    cargo.arg("--config").arg(setting).run()
}

/// Panic messages carry source paths: those of this machine are cut, so that
/// the same sources give the same bytes everywhere.
fn hidden_paths(world: &World) -> Vec<String> {
    let home = variable("HOME").unwrap_or_default();
    let cargo = variable("CARGO_HOME").unwrap_or_else(|| format!("{home}/.cargo"));
    let registries = fs::read_dir(Path::new(&cargo).join("registry/src"));
    let sources = registries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    [PathBuf::from(&cargo)]
        .into_iter()
        .chain(sources)
        .map(|path| format!("--remap-path-prefix={}=crates", path.display()))
        .chain([format!("--remap-path-prefix={}/=", world.root.display())])
        .collect()
}

fn quoted(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    quoted.join(",")
}

fn bind(world: &World, glue: &Path) -> Result {
    if glue.exists() {
        fs::remove_dir_all(glue).map_err(|e| e.to_string())?;
    }
    let wasm = "wasm32-unknown-unknown/release/aircher_llm.wasm";
    Exec::new(world, setup::WASM_BINDGEN.path(world))
        .words("--target web --omit-default-module-path --no-typescript --out-name aircher_glue")
        .arg("--out-dir")
        .arg(glue)
        .arg(world.target.join(wasm))
        .run()
}

/// Optimises for size.
fn shrink(world: &World, glue: &Path) -> Result {
    optimise(world, &glue.join("aircher_bg.wasm"), &[])
}

/// The features the crate's target and wasm-bindgen use; every supported
/// runtime has them.
fn optimise(world: &World, out: &Path, more: &[&str]) -> Result {
    npm::script(world, "binaryen/bin/wasm-opt")
        .words("-Oz --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext")
        .words("--enable-mutable-globals --enable-reference-types --enable-multivalue")
        .args(more)
        .arg(world.target.join("glue/aircher_glue_bg.wasm"))
        .arg("-o")
        .arg(out)
        .run()
}

/// The wasm of the last build as it is published, but with names.
pub(crate) fn with_names(world: &World) -> Result<PathBuf> {
    let out = world.target.join("named.wasm");
    optimise(world, &out, &["-g"])?;
    Ok(out)
}

fn pack(world: &World, glue: &Path) -> Result {
    let out = world.target.join("pack");
    fs::create_dir_all(&out).map_err(|e| e.to_string())?;
    Exec::new(world, "node")
        .arg("xtask/pack.mjs")
        .arg(glue)
        .arg(world.version()?)
        .run()?;
    Exec::new(world, "npm")
        .words("pack ./pkg --loglevel=error --pack-destination")
        .arg(&out)
        .read()
        .map(drop)
}
