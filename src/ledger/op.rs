//! What can be done to a ledger, and what can come of it.

use super::documents::{META, Meta, State};
use super::keys::{entry_key, open_key};
use super::transfer;
use crate::chat::TokenUsage;
use crate::json::Json;

/// A bucket as an operation names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The bucket's key.
    pub key: String,
    /// What may be spent in it, in nano-dollars.
    pub limit: Option<u64>,
    /// The amount at which to sound the alert, likewise.
    pub alert: Option<u64>,
}

/// Something to be done to the ledger.
#[derive(Clone, Debug)]
pub enum Op {
    /// Creates the ledger, or checks that this code understands it.
    Open {
        /// The identity of the ledger if it is new.
        epoch: String,
        /// The time zone of its periods.
        zone: String,
    },
    /// Sets an amount aside.
    Reserve(Reserve),
    /// Charges what a request cost.
    Settle(Settle),
    /// Gives back what was set aside: the request was not charged.
    Void {
        /// The reservation.
        id: String,
        /// Its buckets, as far as they are known.
        buckets: Vec<String>,
    },
    /// Charges the reservation of a dead owner in full.
    Expire(Expire),
    /// Puts off the time at which a reservation may be taken for abandoned.
    Renew {
        /// The reservation.
        id: String,
        /// The new deadline.
        deadline: u64,
    },
    /// Empties buckets and deletes closed reservations.
    Reset {
        /// The documents.
        keys: Vec<String>,
    },
    /// Takes over the documents of an export.
    Import {
        /// The epoch of the ledger they come from.
        epoch: String,
        /// Keys and documents.
        docs: Vec<(String, Json)>,
    },
    /// Deletes what is too old to matter.
    Compact {
        /// The documents.
        keys: Vec<String>,
    },
}

/// What [`Op::Reserve`] needs. Amounts in nano-dollars, times in milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct Reserve {
    /// The reservation: `<request id>#<attempt>`.
    pub id: String,
    /// The process that makes it.
    pub owner: String,
    /// The amount to set aside.
    pub amount: u64,
    /// The least amount that is worth having.
    pub at_least: u64,
    /// Whether limits are held.
    pub enforce: bool,
    /// The buckets of every scope the request belongs to.
    pub buckets: Vec<Budget>,
    /// When the reservation may be taken for abandoned.
    pub deadline: u64,
    /// The configured provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Which attempt of the request it is.
    pub attempt: u64,
    /// The request's tags.
    pub tags: Vec<(String, String)>,
    /// The buckets are right until here.
    pub until: u64,
    /// The buckets of two times are named: of `now`, and of the later time the
    /// ledger has seen.
    pub skew: bool,
}

/// What [`Op::Settle`] needs.
#[derive(Clone, Debug, Default)]
pub struct Settle {
    /// The reservation.
    pub id: String,
    /// Its buckets, with limits and alerts where there are any.
    pub buckets: Vec<Budget>,
    /// What it cost, in nano-dollars.
    pub actual: u64,
    /// Whether nobody knows the price: `actual` is 0 then, and means nothing.
    pub unpriced: bool,
    /// Whether that is an estimate.
    pub estimated: bool,
    /// The tokens.
    pub usage: TokenUsage,
}

/// What [`Op::Expire`] needs.
#[derive(Clone, Debug, Default)]
pub struct Expire {
    /// The reservation.
    pub id: String,
    /// Its owner.
    pub owner: String,
    /// Its buckets, as far as they are known, with limits and alerts.
    pub buckets: Vec<Budget>,
    /// The owner is known to be dead, so the deadline need not have passed.
    pub is_orphan: bool,
}

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The amount is set aside.
    Pending {
        /// How much of it.
        amount: u64,
    },
    /// The reservation has come to an end, now or earlier.
    Closed {
        /// Which end.
        state: State,
        /// What it cost; what was set aside where nothing else is known.
        amount: u64,
        /// Alerts that nobody else has heard of.
        alerts: Vec<Alert>,
    },
    /// A limit stands in the way.
    Refused(Refusal),
    /// The same id was used for something else.
    Conflict,
    /// No such reservation.
    Missing,
    /// The ledger is open.
    Opened(Meta),
    /// Done: renewed, reset, imported, compacted.
    Done,
    /// Nothing was done: these documents must be read too.
    Again(Vec<String>),
    /// Nothing was done: the ledger has seen this later time, which asks for other buckets.
    Clock {
        /// The latest time the ledger has seen.
        hw_ms: u64,
    },
    /// Nothing was done: the ledger does not exist, or no longer.
    NotOpen,
    /// Nothing was done: a newer version of this code has taken over.
    NewerSchema,
    /// Nothing was done: this document is not what it should be.
    Corrupt {
        /// Its key.
        key: String,
    },
}

/// Which limit stood in the way. Amounts in nano-dollars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The bucket.
    pub key: String,
    /// Its limit.
    pub limit: u64,
    /// What is spent.
    pub settled: u64,
    /// What is set aside for others.
    pub reserved: u64,
    /// What was asked for at least.
    pub requested: u64,
}

/// An alert line was crossed. Amounts in nano-dollars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// The bucket.
    pub key: String,
    /// Its limit.
    pub limit: u64,
    /// The line.
    pub alert: u64,
    /// What is spent now.
    pub settled: u64,
}

impl Op {
    /// The keys that must be read for it. More may turn out to be needed: [`Outcome::Again`].
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys = vec![META.to_string()];
        let (id, more) = match self {
            Self::Open { .. } => ("", Vec::new()),
            Self::Reserve(op) => {
                keys.push(open_key(&op.owner, &op.id));
                (op.id.as_str(), named(&op.buckets))
            }
            Self::Settle(Settle { id, buckets, .. }) | Self::Expire(Expire { id, buckets, .. }) => {
                (id.as_str(), named(buckets))
            }
            Self::Void { id, buckets } => (id.as_str(), buckets.clone()),
            Self::Renew { id, .. } => (id.as_str(), Vec::new()),
            Self::Reset { keys } | Self::Compact { keys } => ("", keys.clone()),
            Self::Import { epoch, docs } => ("", transfer::keys(epoch, docs)),
        };
        if !id.is_empty() {
            keys.push(entry_key(id));
        }
        keys.extend(more);
        keys
    }
}

/// The keys of buckets.
pub(super) fn named(buckets: &[Budget]) -> Vec<String> {
    let mut keys = Vec::new();
    for budget in buckets {
        keys.push(budget.key.clone());
    }
    keys
}
