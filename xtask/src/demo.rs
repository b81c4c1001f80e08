//! `cargo xtask demo`: a chat with each provider in the terminal, what they cost
//! and a call no budget allows, then the page.
//!
//! Everything runs against the stand-in unless a key is in the environment or an
//! Ollama answers on this machine; `www/demo.mjs` decides that.

use crate::exec::Exec;
use crate::standin::Standin;
use crate::world::World;
use crate::{Result, build, setup};

const TERMINAL: &str = "www/demo.mjs";
const SERVER: &str = "www/serve.mjs";

pub(crate) fn command(world: &World, args: &[String]) -> Result {
    let once = match args {
        [] => false,
        [flag] if flag == "--once" => true,
        _ => return Err("demo takes --once or nothing".to_owned()),
    };
    setup::to_build(world)?;
    build::package(world)?;
    let standin = Standin::start(world)?;
    node(world, TERMINAL, &standin).run()?;
    match once {
        true => Ok(()),
        false => node(world, SERVER, &standin)
            .arg("--with-stdin")
            .held()
            .minutes(24 * 60)
            .run(),
    }
}

fn node(world: &World, script: &str, standin: &Standin) -> Exec {
    Exec::new(world, "node").args([script, &standin.url])
}
