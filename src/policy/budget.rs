//! What a call may cost: how much to reserve, how many tokens that buys, and
//! what to book when it ends early.
//!
//! ```text
//! Terms (mode, prices, limits) + Size (tokens in and out) -> Plan { at_least, amount }
//! plan -> the ledger grants an amount -> affordable(granted) -> the answer's token limit
//! ```
//! `hard` counts with what cannot be passed: bytes for tokens, the dearest rate,
//! the whole token limit. `estimate` and `track` count with what is likely.

use crate::config::Mode;
use crate::error::{BudgetExceeded, Error, ErrorKind, Result};
use crate::money::NanoUsd;
use crate::policy::pricing::Tariff;

/// Fewest tokens an answer is worth asking for.
const FEWEST_TOKENS: u64 = 16;
/// What an answer will hardly pass when nobody limits it.
pub const LIKELY_TOKENS: u64 = 4_096;

/// What a call is held to.
#[derive(Debug)]
pub struct Terms {
    /// How strictly limits hold.
    pub mode: Mode,
    /// Whether any limit of the ledger concerns this call.
    pub limited: bool,
    /// What is left of the request's own `cost_limit`.
    pub cost_limit: Option<NanoUsd>,
    /// The prices, where they are known.
    pub tariff: Option<Tariff>,
    /// The longest answer of the model.
    pub max_output: Option<u64>,
}

/// How large a call is, in tokens.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The input: a bound in hard mode, else an estimate.
    pub input: u64,
    /// The token limit the caller gave.
    pub output: Option<u64>,
    /// How many answers are asked for.
    pub candidates: u64,
}

/// What to reserve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Without so much the call is not worth sending.
    pub at_least: NanoUsd,
    /// What to reserve: what it may cost, or what its own limit leaves of that.
    pub amount: NanoUsd,
    /// What an answer of `output` tokens may cost.
    pub full: NanoUsd,
    /// The tokens of one answer.
    pub output: u64,
}

impl Terms {
    /// Whether a limit refuses calls.
    #[must_use]
    pub fn enforced(&self) -> bool {
        (self.limited && self.mode != Mode::Track) || self.cost_limit.is_some()
    }

    /// Whether the worst case counts: a limit holds, and nobody asked for less.
    #[must_use]
    pub fn strict(&self) -> bool {
        self.enforced() && (self.mode == Mode::Hard || (!self.limited && self.mode == Mode::Track))
    }

    /// Whether the answer's token limit is ours to set.
    #[must_use]
    pub fn sets_tokens(&self, size: Size) -> bool {
        self.enforced() && size.output.is_none()
    }

    /// How much to reserve.
    ///
    /// # Errors
    /// `budget_exceeded` when the request's own limit is too small, or when a
    /// hard limit meets a model without prices (code `price_unknown`).
    pub fn plan(&self, size: Size) -> Result<Plan> {
        let output = size.output.unwrap_or_else(|| self.usual_output());
        let fewest = output.min(FEWEST_TOKENS);
        let (Some(full), Some(least)) = (self.cost(size, output), self.cost(size, fewest)) else {
            return if self.strict() {
                Err(price_unknown())
            } else {
                Ok(Plan::default())
            };
        };
        let may_shrink = self.sets_tokens(size) || !self.strict();
        let at_least = if may_shrink { least } else { full };
        match self.cost_limit {
            Some(limit) if at_least > limit => Err(above(limit, at_least)),
            limit => Ok(Plan {
                at_least,
                amount: limit.map_or(full, |limit| full.min(limit)),
                full,
                output,
            }),
        }
    }

    /// The tokens of one answer an amount pays for.
    #[must_use]
    pub fn affordable(&self, size: Size, amount: NanoUsd) -> Option<u64> {
        let output = self.tariff.as_ref()?.affordable_output(size.input, amount);
        Some(output / size.candidates.max(1))
    }

    fn cost(&self, size: Size, output: u64) -> Option<NanoUsd> {
        let output = output.saturating_mul(size.candidates);
        self.tariff.as_ref()?.bound(size.input, output)
    }

    fn usual_output(&self) -> u64 {
        let most = self.max_output.unwrap_or(LIKELY_TOKENS);
        if self.strict() {
            most
        } else {
            most.min(LIKELY_TOKENS)
        }
    }
}

/// The request's own limit is too small for it, or would be passed by more.
#[must_use]
pub fn above(limit: NanoUsd, requested: NanoUsd) -> Error {
    Error::budget_exceeded(BudgetExceeded {
        scope: "request".into(),
        limit: limit.nanos(),
        requested: requested.nanos(),
        ..BudgetExceeded::default()
    })
}

fn price_unknown() -> Error {
    let message =
        "the price of the model is unknown, and a hard limit cannot count what it does not know";
    Error::new(ErrorKind::BudgetExceeded, message)
        .code("price_unknown")
        .hint("give its prices with `llm.registry.merge` or in `custom_models`, or set costs.mode to \"estimate\" or \"track\"")
}
