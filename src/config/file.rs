//! The configuration as it is written: names and types, no meaning yet.

use super::check::{self, Millis, Patience, Positive};
use super::costs::CostTable;
use super::recovery::{FailoverTable, RetryTable};
use super::table::ProviderTable;
use super::{Health, ResponseCache, Timeouts};
use crate::chat::path_of;
use crate::error::{Error, Result};
use crate::framing::Limits;
use crate::json::{self, JsonError, Read, Reader, fields, unknown};
use crate::policy::cache::Room;
use crate::provider;
use crate::text;

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) providers: Providers,
    pub(super) timeouts: TimeoutTable,
    pub(super) limits: LimitTable,
    pub(super) costs: CostTable,
    pub(super) retry: RetryTable,
    pub(super) failover: FailoverTable,
    pub(super) response_cache: CacheTable,
}

impl File {
    /// Reads JSON text; blank text is an empty file.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        json::from_str(text).map_err(|error| misread(text, &error))
    }
}
fields!(strict File [] { providers, timeouts, limits, costs, retry, failover, response_cache });

/// An error with its key, and the value unless the problem quotes it or it could be a secret.
fn misread(text: &str, error: &JsonError) -> Error {
    let key = path_of(text, error, "config");
    let mut problem = error.problem.to_string();
    let value = Reader::within(text.get(error.at..).unwrap_or_default()).raw();
    let value = value.unwrap_or_default();
    let is_quoted = text::has(&problem, "`") || error.is_eof;
    let may_be_secret = problem.starts_with("expected an object")
        || text::has(&key, "api_key")
        || text::has(&key, "service_account")
        || text::has(&key, "access_token")
        || text::has(&key, ".headers");
    if !is_quoted && !may_be_secret {
        let value = text::first_chars(value, 40);
        problem = text::concat(&[&problem, ": `", value, "`"]);
    }
    let error = Error::invalid_config(&key, &problem);
    match text::has(&problem, "`, expected one") && !text::has(&key, ".") {
        true => error.hint("what a provider needs stands in its table: `providers.<id>.api_key`"),
        false => error,
    }
}

/// `[providers]`: a default, and one table for each provider in the order written.
#[derive(Debug, Default)]
pub(super) struct Providers {
    pub(super) default: Option<String>,
    pub(super) fallback_order: Vec<String>,
    health_check_interval: Option<Millis>,
    health_check_timeout: Option<Millis>,
    pub(super) tables: Vec<(String, ProviderTable)>,
}

/// What stands in `[providers]` beside the tables.
const SETTINGS: [&str; 4] = [
    "default",
    "fallback_order",
    "health_check_interval",
    "health_check_timeout",
];

impl<'a> Read<'a> for Providers {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut providers = Self::default();
        reader.object(&mut |key, reader| providers.field(key, reader))?;
        Ok(providers)
    }
}

impl Providers {
    fn field(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let at = reader.position();
        match key {
            "default" => self.default = Read::read(reader)?,
            "fallback_order" => self.fallback_order = Read::read(reader)?,
            "health_check_interval" => {
                self.health_check_interval = Read::read(reader)?;
                if self.health_check_interval.is_some_and(is_no_interval) {
                    let accepted = "expected 0s (no checks), or from 10ms to 20d";
                    return Err(JsonError::new(at, accepted));
                }
            }
            "health_check_timeout" => {
                self.health_check_timeout = Read::read(reader)?;
                if self.health_check_timeout == Some(Millis(0)) {
                    return Err(JsonError::new(at, "nothing answers that fast"));
                }
            }
            _ if !is_id(key) => {
                let problem = "` is no provider id: use letters, digits, `-` and `_`";
                return Err(JsonError::new(at, text::concat(&["`", key, problem])));
            }
            _ if reader.peek() != Some(b'{') && provider::of_kind(key).is_none() => {
                return Err(JsonError::new(at, unknown(key, &SETTINGS)));
            }
            _ => {
                let table = ProviderTable::read(reader)?;
                self.tables.push((key.to_string(), table));
            }
        }
        Ok(())
    }

    pub(super) fn health(&self) -> Health {
        let millis = |given: Option<Millis>, default| given.map_or(default, |given| given.0);
        let interval = millis(self.health_check_interval, 300_000);
        Health {
            interval_ms: (interval > 0).then_some(interval),
            periodic: interval > 0 && self.health_check_interval.is_some(),
            timeout_ms: millis(self.health_check_timeout, 5_000),
        }
    }
}

/// Whether checks cannot come that often, as hosts fire no timer sooner; or that seldom: they take
/// none of 25 days, and a fifth may be added by chance.
fn is_no_interval(Millis(millis): Millis) -> bool {
    millis != 0 && !(10..=20 * 86_400_000).contains(&millis)
}

fn is_id(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 64
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// `[timeouts]`: durations as text, or `"none"`.
#[derive(Debug, Default)]
pub(super) struct TimeoutTable {
    connect: Option<Patience>,
    first_byte: Option<Patience>,
    idle: Option<Patience>,
    total: Option<Patience>,
}

fields!(strict TimeoutTable [] { connect, first_byte, idle, total });

impl TimeoutTable {
    pub(super) fn resolve(&self) -> Timeouts {
        let mut timeouts = Timeouts::default();
        for (given, timeout) in [
            (self.connect, &mut timeouts.connect_ms),
            (self.first_byte, &mut timeouts.first_byte_ms),
            (self.idle, &mut timeouts.idle_ms),
            (self.total, &mut timeouts.total_ms),
        ] {
            if let Some(Patience(millis)) = given {
                *timeout = (millis > 0).then_some(millis);
            }
        }
        timeouts
    }
}

/// `[limits]` in bytes.
#[derive(Debug, Default)]
pub(super) struct LimitTable {
    line_bytes: Option<Positive>,
    event_bytes: Option<Positive>,
    tool_arguments_bytes: Option<Positive>,
    response_bytes: Option<Positive>,
    error_body_bytes: Option<Positive>,
}

fields!(strict LimitTable [] { line_bytes, event_bytes, tool_arguments_bytes, response_bytes, error_body_bytes });

impl LimitTable {
    pub(super) fn resolve(&self) -> Limits {
        let mut limits = Limits::default();
        for (given, limit) in [
            (self.line_bytes, &mut limits.line_bytes),
            (self.event_bytes, &mut limits.event_bytes),
            (self.tool_arguments_bytes, &mut limits.tool_arguments_bytes),
            (self.response_bytes, &mut limits.response_bytes),
            (self.error_body_bytes, &mut limits.error_body_bytes),
        ] {
            if let Some(Positive(bytes)) = given {
                *limit = usize::try_from(bytes).unwrap_or(usize::MAX);
            }
        }
        limits
    }
}

/// `[response_cache]` as written.
#[derive(Debug, Default)]
pub(super) struct CacheTable {
    enabled: bool,
    ttl: Option<Millis>,
    max_bytes: Option<Positive>,
    store: Option<String>,
}

fields!(strict CacheTable [] { enabled, ttl, max_bytes, store });

impl CacheTable {
    pub(super) fn resolve(&self) -> ResponseCache {
        ResponseCache {
            enabled: self.enabled,
            room: Room {
                ttl_ms: self.ttl.map_or(3_600_000, |ttl| ttl.0),
                max_bytes: self.max_bytes.map_or(16 << 20, |bytes| bytes.0),
            },
            store: "",
        }
    }

    pub(super) fn store(&self) -> Result<&'static str> {
        let store = self.store.as_ref();
        let place = check::word(["response_cache", "store"], store, &CACHE_STORES)?;
        Ok(CACHE_STORES.get(place).copied().unwrap_or_default())
    }
}

/// Where answers can be kept.
const CACHE_STORES: [&str; 3] = ["auto", "memory", "indexeddb"];
