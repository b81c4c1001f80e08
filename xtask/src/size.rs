//! Sizes of the last build against `size-budget.json`; see `xtask/size.mjs`.

use crate::Result;
use crate::build;
use crate::exec::Exec;
use crate::world::World;

pub(crate) fn command(world: &World, args: &[String]) -> Result {
    if !world.has("pkg/dist") {
        return Err("nothing is built yet: cargo xtask build".to_owned());
    }
    match args {
        [] => check(world),
        [flag] if flag == "--modules" => modules(world),
        _ => Err("size takes --modules or nothing".to_owned()),
    }
}

/// Whose bytes the wasm is made of.
fn modules(world: &World) -> Result {
    Exec::new(world, "node")
        .arg("xtask/modules.mjs")
        .arg(build::with_names(world)?)
        .run()
}

/// Fails when a file or the total is over its line.
pub(crate) fn check(world: &World) -> Result {
    Exec::new(world, "node")
        .words("xtask/size.mjs pkg/dist")
        .run()
        .map_err(|_| "the package is over size-budget.json".to_owned())
}
