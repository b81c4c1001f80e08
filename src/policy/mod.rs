//! Pure rules: what should happen, with time and chance as arguments.

mod route;
mod watch;

pub use route::{Route, route};
pub use watch::{Deadline, Phase, Watch};
