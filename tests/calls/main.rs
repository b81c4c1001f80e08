//! Calls against a scripted server in virtual time: what is sent, what is awaited
//! for how long, what is booked, and what the caller gets. Nothing sleeps.
//!
//! A snapshot is the log of a world (`script`, `support`), or a part of it: the
//! time in milliseconds, then what happened. `->` is a batch the caller reads, `=`
//! the answer, `!` an error.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[cfg(feature = "openai")]
mod booking;
mod counting;
mod embed;
mod health;
#[cfg(all(feature = "openai", feature = "claude"))]
mod limits;
mod models;
mod presets;
#[cfg(all(feature = "openai", feature = "claude", feature = "ollama"))]
mod recovery;
mod response_cache;
#[cfg(feature = "openai")]
mod run;
#[path = "../script/mod.rs"]
mod script;
#[path = "../support/mod.rs"]
mod support;
#[cfg(feature = "ollama")]
mod tasks;
#[cfg(feature = "vertex")]
mod tokens;
#[cfg(all(feature = "openai", feature = "claude"))]
mod verdicts;
mod watching;

/// The same tests on the host and in wasm: the modules use this `test`.
#[cfg(not(target_arch = "wasm32"))]
use std::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
