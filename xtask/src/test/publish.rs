//! What `cargo publish` and `npm publish` would send: nothing but the crate's
//! sources and the built package. A fixture, tool or recording there is a fault.

use super::Outcome;
use super::counts::Counts;
use crate::Result;
use crate::exec::Exec;
use crate::world::World;

/// Files and folders the crate may hold.
const CRATE: &[&str] = &[
    ".cargo_vcs_info.json",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "NOTICE",
    "README.md",
    "src/",
];

/// Files and folders the npm package may hold.
const NPM: &[&str] = &[
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "NOTICE",
    "README.md",
    "dist/",
    "package.json",
];

pub(super) fn lists(world: &World) -> Result<Outcome> {
    let dry = "publish --dry-run --allow-dirty --package aircher-llm";
    Exec::new(world, "cargo").words(dry).run()?;
    let list = "package --list --allow-dirty --package aircher-llm";
    let files = Exec::new(world, "cargo").words(list).read()?;
    only(&files, CRATE)?;
    let files = Exec::new(world, "npm")
        .words("publish ./pkg --dry-run --ignore-scripts --json --loglevel=error")
        .read()?;
    only(&paths(&files).join("\n"), NPM)?;
    Ok(Outcome::Done(Counts::default()))
}

/// The values of `"path": "…"` in npm's answer.
fn paths(json: &str) -> Vec<&str> {
    let parts = json.split("\"path\":").skip(1);
    parts.filter_map(|part| part.split('"').nth(1)).collect()
}

fn only(files: &str, allowed: &[&str]) -> Result {
    let listed = |file: &str| {
        allowed.iter().any(|entry| match entry.ends_with('/') {
            true => file.starts_with(entry),
            false => file == *entry,
        })
    };
    let strays: Vec<&str> = files.lines().filter(|file| !listed(file)).collect();
    println!("    {} files", files.lines().count());
    match (files.is_empty(), strays.is_empty()) {
        (true, _) => Err("the list of files is empty".to_owned()),
        (_, true) => Ok(()),
        _ => Err(format!(
            "would be published by mistake: {}",
            strays.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{only, paths};

    #[test]
    fn strays_are_named() {
        assert_eq!(
            only("README.md\nsrc/lib.rs", &["README.md", "src/"]),
            Ok(())
        );
        let stray = only("src/lib.rs\ntests/a.json", &["src/"]);
        assert_eq!(
            stray,
            Err("would be published by mistake: tests/a.json".to_owned())
        );
        assert!(only("", &["src/"]).is_err());
    }

    #[test]
    fn npm_lists_paths() {
        let json = r#"{"files": [{"path": "dist/a.js", "size": 1}, {"path": "package.json"}]}"#;
        assert_eq!(paths(json), ["dist/a.js", "package.json"]);
    }
}
