//! One error type for everything that can go wrong, with a closed set of kinds.
//!
//! The kind decides what the caller (and later the retry and failover rules)
//! may do: [`ErrorKind::retryable`] and [`ErrorKind::may_fail_over`] are two
//! different questions. The message is ours and says what failed and what to do
//! next; the provider's own words stand in `provider_message`.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::chat::{Attempt, ChatResponse};
use crate::http::Secret;
use crate::json::{Json, Write, Writer};
use crate::money::{Dollars, NanoUsd};
use crate::text::concat;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, from a closed set (wire reference, README §5). More kinds may come.
///
/// ```
/// use aircher_llm::error::ErrorKind;
///
/// assert!(ErrorKind::Overloaded.retryable());
/// // Another provider may have another key; the same one will not take this key later.
/// assert!(!ErrorKind::Permission.retryable() && ErrorKind::Permission.may_fail_over());
/// assert_eq!(ErrorKind::RateLimit.as_str(), "rate_limit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The key is missing, malformed, wrong or expired.
    Authentication,
    /// Too many requests or tokens for now.
    RateLimit,
    /// The account's quota, credit or spend limit is used up.
    QuotaExceeded,
    /// The request is wrong and would be refused again.
    InvalidRequest,
    /// The provider failed.
    ServerError,
    /// The request or the answer did not get through.
    NetworkError,
    /// A time limit passed; `code` says which (`connect`, `first_byte`, `idle`, `total`).
    Timeout,
    /// Anything that fits nowhere else.
    Unknown,
    /// The key is good but not for this.
    Permission,
    /// No such model, or not for this account.
    ModelNotFound,
    /// The conversation does not fit the model's window.
    ContextLengthExceeded,
    /// The request body is larger than the provider takes.
    RequestTooLarge,
    /// Asked for something the provider or model cannot do.
    Unsupported,
    /// A safety filter refused the prompt or the answer.
    ContentFilter,
    /// The provider has no capacity at the moment.
    Overloaded,
    /// The answer was not what the protocol says.
    InvalidResponse,
    /// The answer passed one of our size limits.
    ResponseTooLarge,
    /// The stream ended before the provider said it was finished.
    StreamInterrupted,
    /// The server answered with a redirect, which is never followed.
    RedirectBlocked,
    /// The provider was out a moment ago and is left alone for a while.
    CircuitOpen,
    /// The configuration is wrong.
    InvalidConfig,
    /// A limit of the budget stands in the way; `budget` says which.
    BudgetExceeded,
    /// The ledger cannot be read or written; under a hard budget nothing is sent.
    LedgerUnavailable,
    /// The caller ended the call.
    Cancelled,
}

impl ErrorKind {
    /// The name of the kind as it stands in JSON, such as `rate_limit`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::RateLimit => "rate_limit",
            Self::QuotaExceeded => "quota_exceeded",
            Self::InvalidRequest => "invalid_request",
            Self::ServerError => "server_error",
            Self::NetworkError => "network_error",
            Self::Timeout => "timeout",
            Self::Unknown => "unknown",
            Self::Permission => "permission",
            Self::ModelNotFound => "model_not_found",
            Self::ContextLengthExceeded => "context_length_exceeded",
            Self::RequestTooLarge => "request_too_large",
            Self::Unsupported => "unsupported",
            Self::ContentFilter => "content_filter",
            Self::Overloaded => "overloaded",
            Self::InvalidResponse => "invalid_response",
            Self::ResponseTooLarge => "response_too_large",
            Self::StreamInterrupted => "stream_interrupted",
            Self::RedirectBlocked => "redirect_blocked",
            Self::CircuitOpen => "circuit_open",
            Self::InvalidConfig => "invalid_config",
            Self::BudgetExceeded => "budget_exceeded",
            Self::LedgerUnavailable => "ledger_unavailable",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the same request to the same provider may succeed later: `rate_limit`, `overloaded`,
    /// `server_error`, `network_error` and `timeout`. A call of ours has tried again already
    /// ([`Retry`](crate::config::Retry)).
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimit
                | Self::Overloaded
                | Self::ServerError
                | Self::NetworkError
                | Self::Timeout
        )
    }

    /// Whether another provider may succeed where this one failed, whatever was asked. Some of the
    /// other kinds depend on who is next: a larger window, say.
    #[must_use]
    pub fn may_fail_over(self) -> bool {
        self.retryable()
            || matches!(
                self,
                Self::InvalidResponse
                    | Self::Authentication
                    | Self::Permission
                    | Self::QuotaExceeded
                    | Self::ModelNotFound
                    | Self::RedirectBlocked
                    | Self::CircuitOpen
            )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the provider has probably charged for a failed call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Billed {
    /// Certainly not: nothing was sent, or it was refused.
    #[default]
    No,
    /// It cannot be known from here.
    Unknown,
    /// Output was produced.
    Yes,
}

/// An error with everything a caller can act on. Its fields are those of [`ErrorFields`].
///
/// ```
/// use aircher_llm::error::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::RateLimit, "openai: too many requests").code("tokens").hint("ask for less");
/// assert!(error.retryable && error.retry_after_ms.is_none());
/// assert_eq!(error.to_string(), "rate_limit: openai: too many requests");
/// ```
#[derive(Debug)]
pub struct Error(Box<ErrorFields>);

/// The fields of an [`Error`]; their JSON names are those of `AircherError.toJSON()`.
///
/// ```
/// use aircher_llm::error::Error;
/// use aircher_llm::json;
///
/// let error = Error::invalid_request("top_p", "7 is not between 0 and 1");
/// let text = r#"{"type":"invalid_request","message":"top_p: 7 is not between 0 and 1","retryable":false,"billed":"no"}"#;
/// assert_eq!(json::to_string(&error), text);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ErrorFields {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What failed, to whom, and what to do next.
    pub message: String,
    /// The provider's own code, or ours where `kind` needs a detail: which time limit, say.
    pub code: Option<String>,
    /// The HTTP status, when there was one.
    pub status: Option<u16>,
    /// Whether the same request may succeed later: [`ErrorKind::retryable`], unless the provider said otherwise.
    pub retryable: bool,
    /// The configured id of the provider.
    pub provider: Option<String>,
    /// The model that was asked.
    pub model: Option<String>,
    /// The provider's own text, redacted, at most 500 characters.
    pub provider_message: Option<String>,
    /// How long the provider asked to wait, in milliseconds (wire reference, README §5: in headers or in words).
    pub retry_after_ms: Option<u64>,
    /// The provider's id of the request, for its support.
    pub request_id: Option<String>,
    /// What a person can do about it.
    pub hint: Option<String>,
    /// What had arrived of the answer, where a call had begun.
    pub partial: Option<ChatResponse>,
    /// Every attempt of the request, in order.
    pub attempts: Vec<Attempt>,
    /// Whether the provider has probably charged for it.
    pub billed: Billed,
    /// The limit of the budget that stood in the way; `None` where a hard limit met a model without prices
    /// (code `price_unknown`).
    pub budget: Option<Box<BudgetExceeded>>,
    /// What went over the wire, where that was asked for, as JSON.
    pub raw: Option<Json>,
}

/// The limit that stood in the way of a request. Amounts in nano-dollars; in
/// JSON they are US dollars and stand among the fields of the error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// Whose limit: `*` for the total, `p:<provider>`, `k:<tag>:<value>`, or `request` for its own `cost_limit`.
    pub scope: String,
    /// `d:2026-11-22` or `m:2026-11`; empty for a request's own limit.
    pub period: String,
    /// The limit.
    pub limit: u64,
    /// What is spent.
    pub settled: u64,
    /// What is set aside for requests under way.
    pub reserved: u64,
    /// What this request needed at least.
    pub requested: u64,
    /// When the period ends, RFC 3339; a request's limit has no such time.
    pub resets_at: Option<String>,
}

impl BudgetExceeded {
    fn write(&self, writer: &mut Writer) {
        let dollars = |nanos| Dollars(NanoUsd::at_most(nanos));
        writer.field("scope", &self.scope);
        writer.field_unless_empty("period", &self.period);
        writer.field("limit", &dollars(self.limit));
        writer.field("settled", &dollars(self.settled));
        writer.field("reserved", &dollars(self.reserved));
        writer.field("requested", &dollars(self.requested));
        writer.field("resets_at", &self.resets_at);
    }
}

impl Error {
    /// An error of a kind with our message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorFields {
            kind,
            message: message.into(),
            code: None,
            status: None,
            retryable: kind.retryable(),
            provider: None,
            model: None,
            provider_message: None,
            retry_after_ms: None,
            request_id: None,
            hint: None,
            partial: None,
            attempts: Vec::new(),
            billed: Billed::No,
            budget: None,
            raw: None,
        }))
    }

    /// A request that a budget does not allow.
    ///
    /// ```
    /// use aircher_llm::error::{BudgetExceeded, Error};
    ///
    /// let budget = BudgetExceeded { scope: "*".into(), period: "d:2026-11-22".into(), limit: 5_000_000_000,
    ///     settled: 4_990_000_000, requested: 20_000_000, ..BudgetExceeded::default() };
    /// let error = Error::budget_exceeded(budget);
    /// assert!(error.message.starts_with("the limit of 5 US dollars (* d:2026-11-22) does not leave the 0.02"));
    /// ```
    #[must_use]
    pub fn budget_exceeded(budget: BudgetExceeded) -> Self {
        let dollars = |nanos| NanoUsd::at_most(nanos).decimal();
        let message = format!(
            "the limit of {} US dollars ({}) does not leave the {} this request may cost: {} spent, {} set aside",
            dollars(budget.limit),
            concat(&[&budget.scope, " ", &budget.period]).trim_end(),
            dollars(budget.requested),
            dollars(budget.settled),
            dollars(budget.reserved),
        );
        let mut error = Self::new(ErrorKind::BudgetExceeded, message);
        error.budget = Some(Box::new(budget));
        error
    }

    /// A ledger that cannot be used; `code` says why.
    #[must_use]
    pub fn ledger(code: &str, problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::LedgerUnavailable, problem).code(code)
    }

    /// A request that cannot be sent as it is: `field` names the culprit.
    pub fn invalid_request(field: &str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidRequest, format!("{field}: {problem}"))
    }

    /// A configuration that cannot be used: `key` names the culprit.
    pub fn invalid_config(key: &str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidConfig, format!("{key}: {problem}"))
    }

    /// An answer that breaks the protocol. Something was produced, so it may have been charged.
    pub fn invalid_response(problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidResponse, problem).billed(Billed::Unknown)
    }

    /// Adds a code, in the place of another one.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds a hint for a person.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Takes a key out of every text that might quote it. What is kept as `raw` has lost it before.
    ///
    /// ```
    /// use aircher_llm::error::{Error, ErrorKind};
    /// use aircher_llm::http::Secret;
    ///
    /// let key = Secret::new("sk-live-0123456789").unwrap();
    /// let mut error = Error::new(ErrorKind::Authentication, "no such key: sk-live-0123456789");
    /// error.redact(&key);
    /// assert_eq!(error.message, "no such key: ***");
    /// ```
    pub fn redact(&mut self, key: &Secret) {
        let fields = &mut *self.0;
        let texts = [
            &mut fields.code,
            &mut fields.provider_message,
            &mut fields.request_id,
            &mut fields.hint,
        ];
        for text in texts.into_iter().flatten().chain([&mut fields.message]) {
            *text = key.redact(text).into_owned();
        }
    }

    /// Says whether it was probably charged.
    #[must_use]
    pub fn billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }
}

impl Deref for Error {
    type Target = ErrorFields;
    fn deref(&self) -> &ErrorFields {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut ErrorFields {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Error {}

impl Write for Error {
    fn write(&self, writer: &mut Writer) {
        let fields = &*self.0;
        writer.object(&mut |writer| {
            writer.field("type", &fields.kind.as_str());
            writer.field("message", &fields.message);
            writer.field("code", &fields.code);
            writer.field("status_code", &fields.status);
            writer.field("retryable", &fields.retryable);
            writer.field("provider", &fields.provider);
            writer.field("model", &fields.model);
            writer.field("provider_message", &fields.provider_message);
            writer.field("retry_after_ms", &fields.retry_after_ms);
            writer.field("request_id", &fields.request_id);
            writer.field("hint", &fields.hint);
            writer.field("partial", &fields.partial);
            writer.field_unless_empty("attempts", &fields.attempts);
            writer.field("billed", &fields.billed.as_str());
            if let Some(budget) = &fields.budget {
                budget.write(writer);
            }
            writer.field("raw", &fields.raw);
        });
    }
}

impl Billed {
    /// The name of it in JSON: `no`, `unknown` or `yes`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Yes => "yes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_written_with_the_names_of_the_contract() {
        let error = Error::new(ErrorKind::RateLimit, "slow down").code("tokens");
        let expected = r#"{"type":"rate_limit","message":"slow down","code":"tokens","retryable":true,"billed":"no"}"#;
        assert_eq!(crate::json::to_string(&error), expected);
    }

    #[test]
    fn a_refusal_names_its_limit_in_dollars() {
        let error = Error::budget_exceeded(BudgetExceeded {
            scope: "p:openai".to_string(),
            period: "d:2026-11-22".into(),
            limit: 5_000_000_000,
            settled: 4_200_000_001,
            reserved: 0,
            requested: 900_000_000,
            resets_at: Some("2026-11-23T00:00:00Z".to_string()),
        });
        let expected = r#"{"type":"budget_exceeded","message":"the limit of 5 US dollars (p:openai d:2026-11-22) does not leave the 0.9 this request may cost: 4.200000001 spent, 0 set aside","retryable":false,"billed":"no","scope":"p:openai","period":"d:2026-11-22","limit":5,"settled":4.200000001,"reserved":0,"requested":0.9,"resets_at":"2026-11-23T00:00:00Z"}"#;
        assert_eq!(crate::json::to_string(&error), expected);
        assert!(!error.kind.may_fail_over());
    }

    #[test]
    fn retry_and_failover_are_different_questions() {
        assert!(ErrorKind::Timeout.retryable() && ErrorKind::Timeout.may_fail_over());
        assert!(
            !ErrorKind::Authentication.retryable() && ErrorKind::Authentication.may_fail_over()
        );
        assert!(
            !ErrorKind::InvalidRequest.retryable() && !ErrorKind::InvalidRequest.may_fail_over()
        );
    }
}
