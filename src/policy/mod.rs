//! Pure rules: what should happen, with time and chance as arguments.

pub mod budget;
pub mod cache;
pub mod health;
pub mod limiter;
pub mod metrics;
pub mod pricing;
pub mod reach;
pub mod recovery;
mod route;
pub mod seat;
pub mod standing;
pub mod tokens;
mod watch;

pub use route::{Candidate, Route, candidates, passed_over, route};
pub use watch::{Deadline, Phase, Watch};
