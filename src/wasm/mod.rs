//! The shell: fetch, timers and random numbers for [`crate::run`], and the JavaScript exports.
//!
//! Nothing is decided here. A Rust app hands [`WebEnv::new`] to
//! [`crate::run::Call`]; the npm package is built with the feature `js`, which
//! adds the exports (an app that depends on the crate does not inherit them).

mod fetch;
mod signal;
mod timer;

#[cfg(feature = "js")]
mod convert;
#[cfg(feature = "js")]
mod exports;
#[cfg(feature = "js")]
mod host;

pub use fetch::{WebBody, WebEnv};
pub use timer::Sleep;
