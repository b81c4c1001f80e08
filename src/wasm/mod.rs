//! The shell: fetch, timers and random numbers for [`crate::run`], and the JavaScript exports.
//!
//! Nothing is decided here. A Rust app hands [`WebEnv::new`] to
//! [`crate::run::Call`]; the npm package is built with the feature `js`, which
//! adds the exports (an app that depends on the crate does not inherit them).

mod arrivals;
mod fetch;
#[cfg(feature = "vertex")]
mod sign;
mod signal;
mod store;
mod timer;
#[cfg(feature = "js-tokenizer")]
pub mod tokenizer;
#[cfg(feature = "js-toml")]
pub mod toml;

#[cfg(feature = "js")]
mod books;
#[cfg(feature = "js")]
mod convert;
#[cfg(feature = "js")]
mod count;
#[cfg(feature = "js")]
mod embed;
#[cfg(feature = "js")]
mod exports;
#[cfg(feature = "js")]
mod health;
#[cfg(feature = "js")]
mod held;
#[cfg(feature = "js")]
mod host;
#[cfg(feature = "js")]
mod models;
#[cfg(feature = "js")]
mod ollama;
#[cfg(feature = "js")]
mod steps;
#[cfg(feature = "js")]
mod work;

/// The memory of the npm package: half the size of the standard library's
/// allocator, and faster. An app that uses the crate brings its own.
#[cfg(any(feature = "js", feature = "js-toml", feature = "js-tokenizer"))]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub use fetch::{WebBody, WebEnv};
pub use store::{LedgerStore, ObjectStore, WebStore};
pub use timer::Sleep;
