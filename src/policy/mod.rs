//! Pure rules: what should happen, with time and chance as arguments.

pub mod budget;
pub mod pricing;
mod route;
pub mod tokens;
mod watch;

pub use route::{Route, route};
pub use watch::{Deadline, Phase, Watch};
