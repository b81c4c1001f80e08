//! What happens after a failure: `[retry]`, `[failover]` and `providers.fallback_order`.

use std::mem::take;

use super::check::{self, Millis};
use crate::error::{Error, ErrorKind, Result};
use crate::json::fields;
use crate::text;

/// What may be tried again at all: the same request may succeed later (`ErrorKind::retryable`).
const RETRYABLE: [ErrorKind; 5] = [
    ErrorKind::RateLimit,
    ErrorKind::Overloaded,
    ErrorKind::ServerError,
    ErrorKind::NetworkError,
    ErrorKind::Timeout,
];

/// When and how often a failed request is sent again.
///
/// ```
/// use aircher_llm::config::{Config, Host};
///
/// let config = Config::from_json(r#"{"retry":{"max_retries":5,"max_delay":"1m"}}"#, &Host::default())?;
/// assert_eq!((config.retry.max_retries, config.retry.max_delay_ms), (5, 60_000));
/// assert_eq!(config.retry.initial_delay_ms, 500);
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Extra attempts of the whole request, whoever answers. Default 2.
    pub max_retries: u64,
    /// Our own wait before the first of them. Default 500 ms.
    pub initial_delay_ms: u64,
    /// The longest of our own waits; a provider's hint may be longer. Default 20 s.
    pub max_delay_ms: u64,
    /// How much longer each wait is than the one before. Default 2.
    pub backoff_factor: f64,
    /// The errors after which it is worth it. Default: every retryable one.
    pub retryable: Vec<ErrorKind>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_retries: 2,
            initial_delay_ms: 500,
            max_delay_ms: 20_000,
            backoff_factor: 2.0,
            retryable: RETRYABLE.to_vec(),
        }
    }
}

/// Who answers when a provider cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failover {
    /// Ids of configured providers, in order. Empty (default): nobody else is asked.
    pub order: Vec<String>,
    /// The model of a provider that takes over, by id; else the one it is configured with.
    pub models: Vec<(String, String)>,
    /// Whether somebody else is asked after a content filter refused. Default false.
    pub on_content_filter: bool,
}

/// `[retry]` as written.
#[derive(Debug, Default)]
pub(super) struct RetryTable {
    max_retries: Option<u64>,
    initial_delay: Option<Millis>,
    max_delay: Option<Millis>,
    backoff_factor: Option<f64>,
    retryable_errors: Option<Vec<String>>,
}
fields!(strict RetryTable [] { max_retries, initial_delay, max_delay, backoff_factor, retryable_errors });

impl RetryTable {
    /// Puts what is written into the defaults.
    pub(super) fn resolve(&self, retry: &mut Retry) -> Result<()> {
        if let Some(count) = self.max_retries {
            retry.max_retries = count;
        }
        if let Some(delay) = self.max_delay {
            retry.max_delay_ms = delay.0;
        }
        if let Some(delay) = self.initial_delay {
            retry.initial_delay_ms = delay.0;
            if delay.0 > retry.max_delay_ms {
                let [initial, most] = [delay.0, retry.max_delay_ms].map(|ms| ms.to_string());
                let problem = [&*initial, " ms is longer than `max_delay` (", &most, " ms)"];
                return Err(Error::invalid_config(
                    "retry.initial_delay",
                    text::concat(&problem),
                ));
            }
        }
        if let Some(factor) = self.backoff_factor {
            check::within(["retry", "backoff_factor"], Some(factor), 1.0, 100.0)?;
            retry.backoff_factor = factor;
        }
        if let Some(names) = &self.retryable_errors {
            retry.retryable.clear();
            let mut known = [""; RETRYABLE.len()];
            for (name, kind) in known.iter_mut().zip(RETRYABLE) {
                *name = kind.as_str();
            }
            for name in names {
                let place = check::word(["retry", "retryable_errors"], Some(name), &known)?;
                retry.retryable.extend(RETRYABLE.get(place));
            }
        }
        Ok(())
    }
}

/// `[failover]` as written.
#[derive(Debug, Default)]
pub(super) struct FailoverTable {
    models: Vec<(String, String)>,
    on_content_filter: bool,
}
fields!(strict FailoverTable [] { models, on_content_filter });

impl FailoverTable {
    /// Checks it together with the order; `id_of` finds a configured provider by its id or alias.
    pub(super) fn resolve(
        &mut self,
        order: &[String],
        id_of: &dyn Fn(&str, &str) -> Result<String>,
        failover: &mut Failover,
    ) -> Result<()> {
        failover.on_content_filter = self.on_content_filter;
        for id in order {
            let id = id_of("providers.fallback_order", id)?;
            if failover.order.contains(&id) {
                let problem = text::concat(&["`", &id, "` stands there twice"]);
                return Err(Error::invalid_config("providers.fallback_order", problem));
            }
            failover.order.push(id);
        }
        failover.models = take(&mut self.models);
        for (id, _) in &mut failover.models {
            let key = text::concat(&["failover.models.", id]);
            *id = id_of(&key, id)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Host};

    fn config(tables: &str) -> Result<Config> {
        let host = Host::default();
        Config::from_json(&format!("{{{tables}}}"), &host)
    }

    #[test]
    fn without_a_word_there_are_two_more_attempts_and_nobody_else() {
        let config = config("").unwrap();
        assert_eq!(
            config.retry,
            Retry {
                max_retries: 2,
                initial_delay_ms: 500,
                max_delay_ms: 20_000,
                backoff_factor: 2.0,
                retryable: RETRYABLE.to_vec(),
            }
        );
        assert_eq!(config.failover, Failover::default());
    }

    #[test]
    fn an_order_names_providers_by_id_or_alias() {
        let config = config(
            r#""providers":{"fallback_order":["anthropic","ollama"],"claude":{},"ollama":{}},
               "failover":{"models":{"anthropic":"claude-haiku-5-5"},"on_content_filter":true},
               "retry":{"max_retries":0,"initial_delay":"1s","retryable_errors":["timeout"]}"#,
        );
        let config = config.unwrap();
        assert_eq!(config.failover.order, ["claude", "ollama"]);
        assert_eq!(
            config.failover.models,
            [("claude".to_string(), "claude-haiku-5-5".to_string())]
        );
        assert!(config.failover.on_content_filter);
        assert_eq!(config.retry.retryable, [ErrorKind::Timeout]);
    }

    #[test]
    fn what_can_be_retried_is_what_errors_call_retryable() {
        assert!(RETRYABLE.iter().all(|kind| kind.retryable()));
    }

    #[track_caller]
    fn refused(tables: &str, expected: &str) {
        assert_eq!(config(tables).unwrap_err().message, expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused(
            r#""providers":{"fallback_order":["openai"],"ollama":{}}"#,
            "providers.fallback_order: no provider `openai` is configured, expected one of `ollama`",
        );
        refused(
            r#""providers":{"fallback_order":["ollama","ollama"]}"#,
            "providers.fallback_order: `ollama` stands there twice",
        );
        refused(
            r#""failover":{"models":{"gemini":"x"}}"#,
            "failover.models.gemini: no provider `gemini` is configured, expected one of `ollama`",
        );
        refused(
            r#""retry":{"backoff_factor":0.5}"#,
            "retry.backoff_factor: expected a number from 1 to 100: `0.5`",
        );
        refused(
            r#""retry":{"retryable_errors":["unknown"]}"#,
            "retry.retryable_errors: unknown value `unknown`, expected one of `rate_limit`, `overloaded`, `server_error`, `network_error`, `timeout`",
        );
        refused(
            r#""retry":{"initial_delay":"30s"}"#,
            "retry.initial_delay: 30000 ms is longer than `max_delay` (20000 ms)",
        );
        refused(
            r#""retry":{"max_delay":"soon"}"#,
            "retry.max_delay: `soon` is not a duration such as `15s`, `250ms` or `10m`",
        );
    }
}
