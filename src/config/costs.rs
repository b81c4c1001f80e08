//! `[costs]`: what may be spent, per day and month, in all and by provider or tag.
//!
//! ```text
//! daily_limit, monthly_budget, [costs.limits], [costs.tags] -> one list of rules { scope, period, limit, alert }
//! ```
//! Money is read from its decimal text, never through a float.

use crate::error::{Error, Result};
use crate::json::{fields, meant, number};
use crate::ledger::keys::{TOTAL, provider_scope, tag_scope};
use crate::ledger::{Names, Period, Rule, Setup, Zone, ZoneNamed};
use crate::money::Dollars;
use crate::provider;
use crate::text::concat;

use super::check;

/// What may be spent, and how strictly.
///
/// ```
/// use aircher_llm::config::{Config, Host, Mode};
///
/// let text = r#"{"costs":{"daily_limit":"2.50","limits":{"openai_daily":1}}}"#;
/// let config = Config::from_json(text, &Host::default())?;
/// let limits = config.costs.rules.iter().map(|rule| (&*rule.scope, rule.limit));
/// assert_eq!(config.costs.mode, Mode::Hard);
/// assert_eq!(limits.collect::<Vec<_>>(), [("*", Some(2_500_000_000)), ("p:openai", Some(1_000_000_000))]);
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    /// How strictly the limits hold.
    pub mode: Mode,
    /// Every limit, with the amount from which on an alert is due, in nano-dollars.
    pub rules: Vec<Rule>,
    /// The part of a limit from which on an alert is due, in millionths. Default 800,000.
    pub alert_ppm: u64,
    /// Whether totals are kept by provider and model. Default true.
    pub by_provider: bool,
    /// The zone whose days and months are counted: `UTC`, `+02:00` or an IANA name. Default UTC.
    pub zone: String,
    /// Whether calls go on without books when the ledger fails. Default: no; never with `hard`.
    pub continue_without_ledger: bool,
}

/// How strictly limits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The most a call can cost is reserved before it is sent. Default where a limit is set.
    Hard,
    /// What a call will probably cost is reserved.
    Estimate,
    /// Nothing is refused; costs are counted and alerts given.
    Track,
}

impl Mode {
    /// The mode's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Estimate => "estimate",
            Self::Track => "track",
        }
    }
}

impl Costs {
    /// A ledger's setup for these limits; `names` makes unique names, `zones` finds zones by their IANA names.
    ///
    /// # Errors
    /// `invalid_config` for a time zone nobody knows.
    pub fn setup(&self, names: Names, zones: ZoneNamed) -> Result<Setup> {
        let zone = Zone::parse(&self.zone).or_else(|| zones(&self.zone));
        let zone = zone.ok_or_else(|| {
            let problem = format!(
                "`{}` is not `UTC`, an offset such as `+02:00` or a zone such as `Europe/Berlin`",
                self.zone
            );
            Error::invalid_config("costs.budget_timezone", problem)
        })?;
        Ok(Setup {
            names: Some(names),
            zone,
            zones: Some(zones),
            rules: self.rules.clone(),
            by_provider: self.by_provider,
        })
    }
}

/// The table as written.
#[derive(Debug, Default)]
pub(super) struct CostTable {
    monthly_budget: Option<Dollars>,
    daily_limit: Option<Dollars>,
    alert_threshold: Option<f64>,
    track_by_provider: Option<bool>,
    mode: Option<String>,
    budget_timezone: Option<String>,
    on_ledger_error: Option<String>,
    limits: Vec<(String, Dollars)>,
    tags: Vec<(String, TagTable)>,
}
fields!(strict CostTable [] {
    monthly_budget, daily_limit, alert_threshold, track_by_provider, mode, budget_timezone, on_ledger_error, limits,
    tags,
});

/// `[costs.tags."key:value"]`.
#[derive(Debug, Default)]
struct TagTable {
    daily: Option<Dollars>,
    monthly: Option<Dollars>,
}
fields!(strict TagTable [] { daily, monthly });

impl CostTable {
    /// Checks it; `known` are the names of providers.
    pub(super) fn resolve(&self, known: &[&str]) -> Result<Costs> {
        let alert_ppm = self.alert_ppm()?;
        let rules = self.rules(known, alert_ppm)?;
        let mode = self.mode(!rules.is_empty())?;
        let by_provider = self.track_by_provider.unwrap_or(true);
        if !by_provider && !self.limits.is_empty() {
            return Err(Error::invalid_config(
                "costs.track_by_provider",
                "false, but [costs.limits] needs totals by provider",
            ));
        }
        Ok(Costs {
            mode,
            rules,
            alert_ppm,
            by_provider,
            zone: self.budget_timezone.clone().unwrap_or_else(|| "UTC".into()),
            continue_without_ledger: self.without_ledger(mode)?,
        })
    }

    fn rules(&self, known: &[&str], alert_ppm: u64) -> Result<Vec<Rule>> {
        let mut rules = Vec::new();
        let mut add = |scope: String, period, limit: Option<Dollars>| {
            let limit = limit.map(|limit| limit.0.nanos());
            if let Some(limit) = limit {
                rules.push(Rule {
                    scope,
                    period,
                    limit: Some(limit),
                    // Nothing spent is no alarm, however low the limit.
                    alert: Some(share(limit, alert_ppm).max(1)),
                });
            }
        };
        add(TOTAL.into(), Period::Day, self.daily_limit);
        add(TOTAL.into(), Period::Month, self.monthly_budget);
        for (key, limit) in &self.limits {
            let (id, period) = provider_limit(key, known)?;
            add(provider_scope(usual_id(id)), period, Some(*limit));
        }
        for (tag, table) in &self.tags {
            let (key, value) = tag.split_once(':').ok_or_else(|| unknown_tag(tag))?;
            let scope = tag_scope(key.trim(), value.trim());
            add(scope.clone(), Period::Day, table.daily);
            add(scope, Period::Month, table.monthly);
        }
        Ok(rules)
    }

    fn mode(&self, has_limits: bool) -> Result<Mode> {
        let words = ["hard", "estimate", "track"];
        Ok(
            match check::word(["costs", "mode"], self.mode.as_ref(), &words)? {
                0 if self.mode.is_some() || has_limits => Mode::Hard,
                1 => Mode::Estimate,
                _ => Mode::Track,
            },
        )
    }

    /// The threshold in millionths.
    fn alert_ppm(&self) -> Result<u64> {
        let part = self.alert_threshold.unwrap_or(0.8);
        if part > 0.0 && part <= 1.0 {
            return Ok((part * 1e6).round() as u64);
        }
        Err(Error::invalid_config(
            "costs.alert_threshold",
            format!("{} is not above 0 and at most 1", number::format(part)),
        ))
    }

    fn without_ledger(&self, mode: Mode) -> Result<bool> {
        let given = self.on_ledger_error.as_ref();
        let fails = check::word(["costs", "on_ledger_error"], given, &["continue", "fail"])? == 1;
        if given.is_some() && !fails && mode == Mode::Hard {
            return Err(Error::invalid_config(
                "costs.on_ledger_error",
                "`continue` cannot keep a hard limit; use mode = \"estimate\"",
            ));
        }
        Ok(!fails && mode != Mode::Hard)
    }
}

/// A part of an amount, in millionths.
fn share(amount: u64, ppm: u64) -> u64 {
    let (whole, rest) = (amount / 1_000_000, amount % 1_000_000);
    whole * ppm + rest * ppm / 1_000_000
}

fn provider_limit<'k>(key: &'k str, known: &[&str]) -> Result<(&'k str, Period)> {
    let day = key.strip_suffix("_daily").map(|id| (id, Period::Day));
    let limit = day.or_else(|| key.strip_suffix("_monthly").map(|id| (id, Period::Month)));
    let problem = match limit {
        Some((id, period)) if known.contains(&id) => return Ok((id, period)),
        Some((id, _)) => concat(&["no provider `", id, "` is known", &meant(id, known)]),
        None => "expected `<provider id>_daily` or `<provider id>_monthly`".into(),
    };
    Err(Error::invalid_config(
        &concat(&["costs.limits.", key]),
        problem,
    ))
}

/// An alias of a kind means the kind's own id, as everywhere.
fn usual_id(id: &str) -> &str {
    provider::of_kind(id).map_or(id, |kind| kind.profile().id)
}

fn unknown_tag(tag: &str) -> Error {
    Error::invalid_config(
        &format!("costs.tags.{tag}"),
        "expected a tag as `key:value`",
    )
}
