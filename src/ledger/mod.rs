//! Who may spend how much, and who has spent what: budgets that cannot be overspent.
//!
//! Before a request is sent, the most it can cost is **reserved**; when it is
//! over, what it did cost is **settled**. Each is one atomic update of a store
//! that all tabs or servers share, decided by the pure function [`step()`].
//!
//! ```text
//! Ledger  ---- Op --->  step(docs, op, now)  --- writes, outcome --->
//!    \_______ Store::update(keys, work) _______/
//! ```
//!
//! What may be relied on: a limit that is enforced is never passed by what is
//! reserved and settled together, except by what a provider charges beyond a
//! reservation; nothing is counted twice, however often it is asked for; and a
//! process that dies is charged in full for what it had reserved.

mod client;
pub mod documents;
mod driver;
mod journal;
pub mod keys;
pub mod memory;
pub mod native;
pub mod op;
mod overview;
pub mod period;
mod recover;
mod step;
pub mod store;
mod transfer;

pub use client::{
    Admission, Closing, Event, Granted, Names, Reservation, Rule, Setup, ZoneNamed, fixed_names,
};
pub use documents::{Bucket, Entry, Meta, State};
pub use driver::Ledger;
pub use memory::Memory;
pub use op::{Alert, Budget, Op, Outcome, Refusal, Settle};
pub use overview::Overview;
pub use period::{Period, Zone};
pub use step::{GRACE_MS, MAX_BEHIND_MS, Step, step};
pub use store::{Caps, Docs, Shared, Store, Work, Writes};
