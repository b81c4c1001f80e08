//! The npm package:
//!
//! ```text
//! cargo build --release  ->  wasm-bindgen  ->  wasm-opt  ->  order.mjs  ->  wasm-opt  ->  pack.mjs  ->  npm pack
//! ```

use crate::exec::{Exec, timed};
use crate::world::{World, variable};
use crate::{Result, npm, setup, size};
use std::fs;
use std::path::{Path, PathBuf};

/// What is built by itself and packed beside the rest.
const BESIDE: &[(&str, &[&str])] = &[
    ("toml", &["aircher_toml.wasm"]),
    (
        "tokenizer",
        &[
            "aircher_tokenizer.wasm",
            "cl100k_base.wasm",
            "o200k_base.wasm",
        ],
    ),
];

const TARGET: &str = "wasm32-unknown-unknown";

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
    timed("the TOML reader", || reader(world))?;
    timed("the tokenizer", || tokenizer(world))?;
    timed("cargo build for wasm", || compile(world, "--features js"))?;
    timed("wasm-bindgen", || bind(world, &glue))?;
    timed("wasm-opt -Oz", || shrink(world, &glue))?;
    timed("minify and pack", || pack(world, &glue))
}

/// Builds with a standard library of our own making, in which a panic stops at
/// once: the text and formatting of panics nobody could read cost 8 % of the
/// download (ARCHITECTURE.md has the figures). That needs options the toolchain
/// still calls unstable, so this build alone, and no other, asks for them; the
/// crate itself is plain stable Rust.
fn compile(world: &World, features: &str) -> Result {
    let cargo = Exec::new(world, "cargo")
        .env("RUSTC_BOOTSTRAP", "1")
        .words("build --release --lib --package aircher-llm")
        .words(features)
        .words("-Z build-std=std,panic_abort -Z build-std-features=optimize_for_size")
        .words("--target")
        .arg(TARGET)
        .arg("--target-dir")
        .arg(world.target.join("package"));
    let abort =
        "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";
    // Reducing loops trades bytes for registers that wasm does not have; the newer
    // value numbering finds more that is equal.
    let small = "-Cllvm-args=-disable-lsr -Cllvm-args=-enable-newgvn";
    let flags = [abort, small].join(" ");
    let flags = flags.split(' ').map(str::to_string);
    let flags: Vec<String> = flags.chain(hidden_paths(world)).collect();
    let setting = format!("target.{TARGET}.rustflags=[{}]", quoted(&flags));
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

/// The TOML reader: the same crate with little of it exported, a wasm of its
/// own for those who give TOML text. Made first, since both builds leave their
/// wasm in the same place.
fn reader(world: &World) -> Result {
    let out = world.target.join("toml");
    compile(world, "--no-default-features --features js-toml")?;
    bound(world, &out, "toml")?;
    let bare = out.join("bare.wasm");
    Exec::new(world, "node")
        .arg("xtask/bare.mjs")
        .args([&out.join("toml_bg.wasm"), &bare])
        .words("push pull read line")
        .run()?;
    let (named, ordered) = (out.join("named.wasm"), out.join("ordered.wasm"));
    optimise(world, &bare, &named, &["-g"])?;
    order(world, &named, &bare, &ordered)?;
    optimise(world, &ordered, &out.join("aircher_toml.wasm"), &[])
}

/// The tokenizer, likewise a wasm of its own, but built for speed; and its vocabularies, which
/// come from the npm package `tiktoken`.
fn tokenizer(world: &World) -> Result {
    let out = world.target.join("tokenizer");
    let features = "--no-default-features --features js-tokenizer";
    let fast = "--config profile.release.opt-level=3";
    compile(world, &[features, fast].join(" "))?;
    bound(world, &out, "tokenizer")?;
    let bare = out.join("bare.wasm");
    Exec::new(world, "node")
        .arg("xtask/bare.mjs")
        .args([&out.join("tokenizer_bg.wasm"), &bare])
        .words("memory reserve place learn count encode decode")
        .run()?;
    wasm_opt(world)
        .words("-O3 --low-memory-unused --strip-debug")
        .arg(&bare)
        .arg("-o")
        .arg(out.join("aircher_tokenizer.wasm"))
        .run()?;
    Exec::new(world, "node")
        .arg("xtask/vocabulary.mjs")
        .arg(out)
        .run()
}

/// Like functions side by side: by the optimised wasm, for the one that is about to be.
fn order(world: &World, named: &Path, plain: &Path, ordered: &Path) -> Result {
    Exec::new(world, "node")
        .arg("xtask/order.mjs")
        .args([named, plain, ordered])
        .run()
}

/// What wasm-bindgen makes of the wasm that was built last.
fn bound(world: &World, out: &Path, name: &str) -> Result {
    if out.exists() {
        fs::remove_dir_all(out).map_err(|e| e.to_string())?;
    }
    let wasm = format!("package/{TARGET}/release/aircher_llm.wasm");
    Exec::new(world, setup::WASM_BINDGEN.path(world))
        .words("--target web --omit-default-module-path --no-typescript --out-name")
        .arg(name)
        .arg("--out-dir")
        .arg(out)
        .arg(world.target.join(wasm))
        .run()
}

fn bind(world: &World, glue: &Path) -> Result {
    bound(world, glue, "aircher_glue")?;
    for (folder, names) in BESIDE {
        for name in *names {
            let from = world.target.join(folder).join(name);
            fs::copy(from, glue.join(name)).map_err(|e| format!("{name}: {e}"))?;
        }
    }
    callable(&glue.join("aircher_glue_bg.wasm"))?;
    Exec::new(world, "node")
        .arg("xtask/borders.mjs")
        .args(["aircher_glue.js", "aircher_glue_bg.wasm"].map(|file| glue.join(file)))
        .run()?;
    Exec::new(world, "node")
        .arg("xtask/glue.mjs")
        .arg(glue.join("aircher_glue.js"))
        .run()
}

/// Where caller and callee disagree about a function's type, the linker warns
/// and puts a trap in its place: a call then never ends. So a function that
/// returned 128 bits in two values (the ABI `experimental-mv`) broke every
/// multiplication of amounts.
fn callable(wasm: &Path) -> Result {
    const TRAP: &[u8] = b"signature_mismatch:";
    let bytes = fs::read(wasm).map_err(|e| format!("{}: {e}", wasm.display()))?;
    match bytes.windows(TRAP.len()).any(|window| window == TRAP) {
        true => Err(
            "a function is called with another type than it has: see the linker's warnings"
                .to_owned(),
        ),
        false => Ok(()),
    }
}

/// Optimises for size: once to see the functions as they will be, and again
/// with like ones side by side.
fn shrink(world: &World, glue: &Path) -> Result {
    let plain = glue.join("aircher_glue_bg.wasm");
    let ordered = glue.join("ordered.wasm");
    order(world, &with_names(world)?, &plain, &ordered)?;
    optimise(world, &ordered, &glue.join("aircher_bg.wasm"), &[])?;
    split(world, glue, &plain, &ordered)
}

/// What a browser downloads comes in parts: the second with the first call, the third for what only some need.
fn split(world: &World, glue: &Path, plain: &Path, ordered: &Path) -> Result {
    let named = glue.join("named.wasm");
    optimise(world, ordered, &named, &["-g"])?;
    let parts = ["aircher_core", "aircher_call", "aircher_more"];
    let raw = parts.map(|part| glue.join(format!("{part}.raw")));
    Exec::new(world, "node")
        .arg("xtask/split.mjs")
        .args([&named, plain])
        .args(&raw)
        .run()?;
    for (part, raw) in parts.iter().zip(&raw) {
        // Optimised it is already; this writes it as compactly as before.
        wasm_opt(world)
            .words("--strip-debug --optimize-level=2 --shrink-level=2")
            .arg(raw)
            .arg("-o")
            .arg(glue.join(format!("{part}.wasm")))
            .run()?;
    }
    Ok(())
}

fn optimise(world: &World, from: &Path, to: &Path, more: &[&str]) -> Result {
    wasm_opt(world)
        // Inlining what is called once repeats nothing, but hides likeness where it is long.
        .words("--one-caller-inline-max-function-size 20 --dae-optimizing")
        .words("--flatten --rereloop -Oz --gufa -Oz")
        .words("--reorder-functions-by-name --low-memory-unused")
        .args(more)
        .arg(from)
        .arg("-o")
        .arg(to)
        .run()
}

/// `wasm-opt` with the features the crate's target and wasm-bindgen use; every
/// supported runtime has them.
fn wasm_opt(world: &World) -> Exec {
    npm::script(world, "binaryen/bin/wasm-opt")
        .words("--enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext")
        .words("--enable-mutable-globals --enable-reference-types --enable-multivalue")
}

/// The wasm of the last build as it is published, but with names.
pub(crate) fn with_names(world: &World) -> Result<PathBuf> {
    let plain = world.target.join("glue/aircher_glue_bg.wasm");
    let out = world.target.join("named.wasm");
    optimise(world, &plain, &out, &["-g"])?;
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
