//! Requests for an outside judge: the table, and the types of the official
//! packages that have to accept what it becomes.
//!
//! ```text
//! requests/*.json --cases--> ChatRequest --speakers--> body --script--> <target>/tmp/judge/*.ts
//!                                                                       check.mjs: tsc --strict
//! ```

#![allow(
    unreachable_pub,
    missing_docs,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a module of one test binary"
)]

pub mod across;
pub mod answers;
pub mod cases;
pub mod fields;
pub mod lost;
pub mod renamed;
pub mod script;
pub mod speakers;
pub mod spoiled;
