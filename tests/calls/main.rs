//! Calls against a scripted server in virtual time: nothing sleeps, and the same
//! tests run on the host and in wasm. A module for each thing they are about.

mod booking;
mod counting;
mod embed;
mod health;
mod limits;
mod models;
mod presets;
mod recovery;
mod response_cache;
mod run;
#[path = "../script/mod.rs"]
mod script;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod tokens;
mod verdicts;
mod watching;
