//! What callers hand to a ledger, and what they get back.

use std::fmt;
use std::rc::Rc;

use super::documents::State;
use super::op::{Alert, Budget};
use super::period::{Period, Zone};
use crate::error::BudgetExceeded;

/// What a ledger has to know of its process.
#[derive(Clone, Default)]
pub struct Setup {
    /// Makes a name nobody else has: no `/`. Asked with the first operation, since
    /// some hosts have no random numbers before. Once for the process, which the
    /// host's list of the living must know by it, and once for the ledger, should
    /// it have to be created.
    pub names: Option<Names>,
    /// The time zone of days and months.
    pub zone: Zone,
    /// The host's zones by name, for the time after the zone was changed.
    pub zones: Option<ZoneNamed>,
    /// Limits and alert lines.
    pub rules: Vec<Rule>,
    /// Keep sums by provider and model, not only totals.
    pub by_provider: bool,
}

/// The host's function that makes unique names, for an `owner` or an `epoch`.
pub type Names = Rc<dyn Fn(&str) -> String>;

/// Names that are known beforehand.
pub fn fixed_names(owner: &str, epoch: &str) -> Names {
    let (owner, epoch) = (owner.to_string(), epoch.to_string());
    Rc::new(move |of| match of {
        "owner" => owner.clone(),
        _ => epoch.clone(),
    })
}

/// The host's function that finds a time zone by its name.
pub type ZoneNamed = Rc<dyn Fn(&str) -> Option<Zone>>;

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.zone.name())
    }
}

/// A limit or an alert line of one scope. Amounts in nano-dollars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The scope, as [`super::keys`] write it.
    pub scope: String,
    /// How long it counts.
    pub period: Period,
    /// What may be spent; `None`: an alert line alone.
    pub limit: Option<u64>,
    /// When to sound the alert.
    pub alert: Option<u64>,
}

/// A wish to spend. Amounts in nano-dollars.
#[derive(Clone, Debug, Default)]
pub struct Reservation {
    /// `<request id>#<attempt>`.
    pub id: String,
    /// The most it can cost.
    pub amount: u64,
    /// The least amount that is worth having: less than `amount` where the
    /// caller can make do with less.
    pub at_least: u64,
    /// Whether limits are held (`mode = "hard"`).
    pub enforce: bool,
    /// When it may be taken for abandoned, in milliseconds since 1970.
    pub deadline: u64,
    /// The configured provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Which attempt of the request it is.
    pub attempt: u64,
    /// The request's tags.
    pub tags: Vec<(String, String)>,
}

/// The answer to a wish to spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Go ahead, within the amount.
    Granted(Granted),
    /// No: [`crate::error::Error::budget_exceeded`] makes an error of it.
    Refused(Box<BudgetExceeded>),
}

/// An amount that is set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// The reservation.
    pub id: String,
    /// How much may be spent, in nano-dollars.
    pub amount: u64,
    /// Its buckets: [`super::Settle`] and [`super::Ledger::void`] want them back.
    pub buckets: Vec<Budget>,
    /// The clock went back so far that the budgets of two times are charged.
    pub clock_skew: bool,
}

/// How a reservation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// In the ledger; the state may be an earlier one that stays.
    Closed(State),
    /// The ledger knows no such reservation: it is long gone, or the ledger was lost.
    Missing,
    /// The store failed three times. It is kept in memory and tried again with
    /// the next operation; at worst it expires, charged in full.
    Kept,
}

/// Something that callers want to hear of and that no result tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An alert line was crossed, and nobody else was told.
    Alert(Alert),
    /// Something went wrong that nothing else reports: `ledger_reset`, `ledger_unavailable`.
    Warning {
        /// What.
        code: &'static str,
        /// In words.
        message: String,
    },
}
