//! Programs of the system: Chromium and Firefox with their drivers, a Redis. Named
//! by a variable, found on PATH, or, for root on a Debian-like machine, installed.

use crate::Result;
use crate::exec::{Exec, timed};
use crate::setup::GECKODRIVER;
use crate::world::{World, on_path, variable};
use std::path::PathBuf;

pub(crate) fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    find("CHROME", &names).or_else(|| {
        let app = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
        Some(PathBuf::from(app)).filter(|path| path.exists())
    })
}

pub(crate) fn chromedriver() -> Option<PathBuf> {
    find("CHROMEDRIVER", &["chromedriver"])
}

pub(crate) fn firefox() -> Option<PathBuf> {
    find("FIREFOX", &["firefox-esr", "firefox"]).or_else(|| {
        let app = "/Applications/Firefox.app/Contents/MacOS/firefox";
        Some(PathBuf::from(app)).filter(|path| path.exists())
    })
}

/// A server the ledger's Redis store is tested against.
fn redis() -> Option<PathBuf> {
    find("REDIS_SERVER", &["valkey-server", "redis-server"])
}

/// A geckodriver that did not have to be built.
pub(crate) fn geckodriver_given() -> Option<PathBuf> {
    find("GECKODRIVER", &["geckodriver"])
}

pub(crate) fn geckodriver(world: &World) -> Option<PathBuf> {
    let built = GECKODRIVER.path(world);
    geckodriver_given().or_else(|| Some(built).filter(|path| path.exists()))
}

/// Installs what is missing, if this may; what stays missing shows as a skipped
/// (in CI: failed) step.
pub(crate) fn install(world: &World) {
    let missing: Vec<&str> = [
        (chromium(), "chromium"),
        (chromedriver(), "chromium-driver"),
        (firefox(), "firefox-esr"),
        (redis(), "redis-server"),
    ]
    .into_iter()
    .filter_map(|(found, package)| found.is_none().then_some(package))
    .collect();
    if missing.is_empty() || on_path("apt-get").is_none() || !is_root(world) {
        return;
    }
    let what = format!("apt-get install {}", missing.join(" "));
    if let Err(why) = timed(&what, || apt(world, &missing)) {
        println!("! {why}: tests in them will not run");
    }
}

fn apt(world: &World, packages: &[&str]) -> Result {
    let apt = || Exec::new(world, "apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    apt().words("update -qq").run()?;
    apt()
        .words("install -y -qq --no-install-recommends")
        .args(packages)
        .run()
}

fn is_root(world: &World) -> bool {
    Exec::new(world, "id")
        .arg("-u")
        .read()
        .is_ok_and(|id| id == "0")
}

fn find(name: &str, programs: &[&str]) -> Option<PathBuf> {
    match variable(name) {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => programs.iter().find_map(|program| on_path(program)),
    }
}
