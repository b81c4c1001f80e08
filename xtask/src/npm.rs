//! The JavaScript tools and runtimes: one locked list in `tests/runtimes`,
//! installed once per content of the lock file and linked as `node_modules` at
//! the repository's root, where every script finds it.
//!
//! No install script is run (`--ignore-scripts`): everything used here ships
//! its program inside a registry package, and nothing else is downloaded.

use crate::Result;
use crate::exec::{Exec, timed};
use crate::world::World;
use std::fs;
use std::path::{Path, PathBuf};

const HOME: &str = "tests/runtimes";
const LINK: &str = "node_modules";
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Installs the list if need be and links it.
pub(crate) fn install(world: &World) -> Result {
    let lock = world.read("tests/runtimes/package-lock.json")?;
    let store = world.tools.join(format!("npm-{:016x}", fnv(&lock)));
    if !store.join("complete").exists() {
        timed("npm ci (once per lock file)", || fill(world, &store))?;
    }
    link(&store.join("node_modules"), &world.root.join(LINK))
}

/// A file of an installed package.
pub(crate) fn file(world: &World, path: &str) -> PathBuf {
    world.root.join(LINK).join(path)
}

/// A program written in JavaScript, run by this machine's Node.
pub(crate) fn script(world: &World, path: &str) -> Exec {
    Exec::new(world, "node").arg(file(world, path))
}

fn fill(world: &World, store: &Path) -> Result {
    fs::create_dir_all(store).map_err(|e| e.to_string())?;
    for name in FILES {
        let from = world.root.join(HOME).join(name);
        fs::copy(&from, store.join(name)).map_err(|e| format!("{}: {e}", from.display()))?;
    }
    // `--loglevel=error`: miniflare asks for Node 22 and is run by the Node 24 of
    // this very list, so npm's warning would only puzzle.
    Exec::new(world, "npm")
        .words("ci --ignore-scripts --no-audit --no-fund --loglevel=error")
        .dir(store)
        .run()?;
    // Written last: an interrupted install is done again.
    fs::write(store.join("complete"), "").map_err(|e| e.to_string())
}

fn link(to: &Path, at: &Path) -> Result {
    if fs::read_link(at).is_ok_and(|now| now == to) {
        return Ok(());
    }
    if at.is_symlink() {
        fs::remove_file(at).map_err(|e| e.to_string())?;
    }
    std::os::unix::fs::symlink(to, at).map_err(|e| format!("{}: {e}", at.display()))
}

/// FNV-1a: the same on every machine and version, which `DefaultHasher` does
/// not promise.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::fnv;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
