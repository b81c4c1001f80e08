//! Naming Gemini's errors (wire reference, Gemini §5 with its corrections).

use crate::duration;
use crate::error::{Billed, Error, ErrorKind};
use crate::http::ResponseHead;
use crate::json::{self, Raw, Text, fields};
use crate::provider::fault::{Fault, kind_of_status, with_headers};
use crate::text;

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    with_headers(named(Fault::of_response(head, body)), head)
}

/// The error reported inside an answer with status 200: the inner object.
pub(super) fn inside_answer(error: &str) -> Error {
    named(Fault::read(&format!("{{\"error\":{error}}}")))
}

/// An answer that ended because the model's own output could not be read.
pub(super) fn failed_answer(reason: &str, message: &str) -> Error {
    let mut error = Error::new(
        ErrorKind::ServerError,
        format!("the model broke off its answer with {reason}: {message}"),
    );
    error.provider_message = Some(text::first_chars(message, 500).to_string());
    error
        .code(reason)
        .hint("ask again, or simplify the tools and their schemas")
        .billed(Billed::Unknown)
}

fn named(fault: Fault) -> Error {
    let mut details = Details::default();
    details.read(&fault.details);
    let kind = classify(&fault, &details);
    let hint = hint(kind, &fault, &details);
    let mut error = fault.into_error(kind);
    if error.retryable {
        error.retry_after_ms = details.retry_delay_ms.or(error.retry_after_ms);
    }
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

// ---- google.rpc details ---------------------------------------------------

/// What the typed details of an error say, of all of them.
#[derive(Debug, Default)]
struct Details {
    /// `ErrorInfo.reason`.
    reason: String,
    /// `RetryInfo.retryDelay`.
    retry_delay_ms: Option<u64>,
    /// Some quota is per day, or nothing at all.
    spent: bool,
    /// Some quota is per minute.
    per_minute: bool,
    /// There is a violation of any quota.
    violated: bool,
}

/// A detail, or a violation inside one.
#[derive(Default)]
struct Detail<'a> {
    reason: Text<'a>,
    retry_delay: Text<'a>,
    violations: Raw<'a>,
    quota_id: Text<'a>,
    quota_value: Text<'a>,
}

fields!(Detail<'a> {
    reason,
    retry_delay = "retryDelay",
    violations,
    quota_id = "quotaId",
    quota_value = "quotaValue",
});

impl Details {
    fn read(&mut self, details: &str) {
        for detail in list(details) {
            let detail = Detail::of(detail);
            if let Some(reason) = detail.reason.non_empty() {
                self.reason = reason.to_string();
            }
            let delay = detail.retry_delay.non_empty().and_then(duration::parse);
            self.retry_delay_ms = delay.or(self.retry_delay_ms);
            for violation in list(detail.violations.get().unwrap_or_default()) {
                self.violation(&Detail::of(violation));
            }
        }
    }

    fn violation(&mut self, violation: &Detail<'_>) {
        let id = violation.quota_id.or_empty();
        self.violated = true;
        self.spent |= text::has(id, "PerDay") || violation.quota_value.get() == Some("0");
        self.per_minute |= text::has(id, "PerMinute");
    }
}

/// The items of a list; nothing where it is none.
#[inline(never)]
fn list(text: &str) -> Vec<Raw<'_>> {
    json::from_str(text).unwrap_or_default()
}

impl<'a> Detail<'a> {
    #[inline(never)]
    fn of(raw: Raw<'a>) -> Self {
        json::from_str(raw.get().unwrap_or_default()).unwrap_or_default()
    }
}

// ---- kinds ----------------------------------------------------------------

fn classify(fault: &Fault, details: &Details) -> ErrorKind {
    match status(fault) {
        Some(400) => bad_request(fault, details),
        Some(403) if fault.says(&["unregistered callers"]) => ErrorKind::Authentication,
        Some(404) if fault.kind == "NOT_FOUND" && fault.says(&["model"]) => {
            ErrorKind::ModelNotFound
        }
        Some(429) => exhausted(fault, details),
        Some(status) => kind_of_status(status),
        None => ErrorKind::ServerError,
    }
}

/// What a bad request says, and what it is then.
static SAID: &[(&str, ErrorKind)] = &[
    ("api key not valid", ErrorKind::Authentication),
    ("api key expired", ErrorKind::Authentication),
    (
        "maximum number of tokens allowed",
        ErrorKind::ContextLengthExceeded,
    ),
    ("input token count", ErrorKind::ContextLengthExceeded),
    ("payload size exceeds", ErrorKind::RequestTooLarge),
];

/// The same where a precondition failed; the details may say it as well.
static PRECONDITIONS: &[(&str, ErrorKind)] = &[
    ("user location is not supported", ErrorKind::Permission),
    ("billing", ErrorKind::QuotaExceeded),
];

fn bad_request(fault: &Fault, details: &Details) -> ErrorKind {
    if matches!(&*details.reason, "API_KEY_INVALID" | "API_KEY_EXPIRED") {
        return ErrorKind::Authentication;
    }
    for (text, kind) in SAID {
        if fault.says(&[text]) {
            return *kind;
        }
    }
    if fault.kind == "FAILED_PRECONDITION" {
        let details = fault.details.to_ascii_lowercase();
        for (text, kind) in PRECONDITIONS {
            if fault.says(&[text]) || text::has(&details, text) {
                return *kind;
            }
        }
    }
    ErrorKind::InvalidRequest
}

/// Waiting helps against a limit per minute, not against a spent day or credit.
/// The word "billing" says nothing: it stands in both.
fn exhausted(fault: &Fault, details: &Details) -> ErrorKind {
    const CREDIT: [&str; 3] = ["you exceeded your current quota", "prepayment", "spend cap"];
    if details.spent || limit_is_zero(&fault.message) {
        ErrorKind::QuotaExceeded
    } else if details.per_minute || details.retry_delay_ms.is_some() {
        ErrorKind::RateLimit
    } else if !details.violated && fault.says(&CREDIT) {
        ErrorKind::QuotaExceeded
    } else {
        ErrorKind::RateLimit
    }
}

/// `limit: 0`, but not `limit: 05` or `limit: 0.5`.
fn limit_is_zero(message: &str) -> bool {
    let mut rest = message;
    while let Some((_, tail)) = text::split_once(rest, "limit: 0") {
        let behind = tail.strip_prefix('.').unwrap_or(tail);
        if !behind.starts_with(|c: char| c.is_ascii_digit()) {
            return true;
        }
        rest = tail;
    }
    false
}

/// gRPC names as statuses (wire reference, Gemini §4).
static STATUSES: &[(&str, u16)] = &[
    ("INVALID_ARGUMENT", 400),
    ("FAILED_PRECONDITION", 400),
    ("OUT_OF_RANGE", 400),
    ("UNAUTHENTICATED", 401),
    ("PERMISSION_DENIED", 403),
    ("NOT_FOUND", 404),
    ("ALREADY_EXISTS", 409),
    ("ABORTED", 409),
    ("RESOURCE_EXHAUSTED", 429),
    ("CANCELLED", 499),
    ("UNIMPLEMENTED", 501),
    ("UNAVAILABLE", 503),
    ("DEADLINE_EXCEEDED", 504),
];

/// The status of the answer, of its body, or of its gRPC name.
fn status(fault: &Fault) -> Option<u16> {
    let code = || fault.code.parse().ok().filter(|code| *code >= 400);
    let by_name = || STATUSES.iter().find(|(name, _)| *name == fault.kind);
    let status = fault.status.or_else(code);
    status.or_else(|| by_name().map(|(_, status)| *status))
}

fn hint(kind: ErrorKind, fault: &Fault, details: &Details) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Authentication => {
            "check the key: create or renew it at https://aistudio.google.com/apikey"
        }
        ErrorKind::Permission if details.reason == "SERVICE_DISABLED" => {
            "enable the API in the key's project, then wait a few minutes"
        }
        ErrorKind::Permission if details.reason.starts_with("API_KEY_") => {
            "the key is restricted: allow this API and this site in the key's settings"
        }
        ErrorKind::QuotaExceeded => {
            "the quota of the day or the credit is used up; raise it or wait for its reset"
        }
        ErrorKind::ModelNotFound => {
            "check the model's id, and whether this version of the API serves it"
        }
        ErrorKind::InvalidRequest if fault.says(&["thought_signature"]) => {
            "push the assistant's message back as it was returned, with its provider_state"
        }
        ErrorKind::InvalidRequest if fault.says(&["cannot fetch content"]) => {
            "the provider could not load the address; send the file as a data URL"
        }
        ErrorKind::InvalidRequest if fault.message.starts_with('<') => {
            "the address has no such API; check base_url, api_version and location"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> Error {
        let head = ResponseHead {
            status,
            headers: Vec::new(),
        };
        of_response(&head, body)
    }

    /// The body of an error, with its details.
    fn body(status: &str, message: &str, details: &str) -> String {
        format!(
            r#"{{"error":{{"code":1,"message":"{message}","status":"{status}","details":[{details}]}}}}"#
        )
    }

    #[track_caller]
    fn check(status: u16, body: &str, expected: ErrorKind) {
        assert_eq!(error(status, body).kind, expected, "{body}");
    }

    #[test]
    fn a_bad_request_may_be_a_bad_key_or_a_long_prompt() {
        let invalid = |message, details| body("INVALID_ARGUMENT", message, details);
        check(
            400,
            &invalid("x", r#"{"reason":"API_KEY_INVALID"}"#),
            ErrorKind::Authentication,
        );
        check(
            400,
            &invalid("API key expired. Please renew the API key.", ""),
            ErrorKind::Authentication,
        );
        check(
            400,
            &invalid(
                "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
                "",
            ),
            ErrorKind::ContextLengthExceeded,
        );
        check(
            400,
            &invalid(
                "Request payload size exceeds the limit: 20971520 bytes.",
                "",
            ),
            ErrorKind::RequestTooLarge,
        );
        check(400, &invalid("x", ""), ErrorKind::InvalidRequest);
        let location = "User location is not supported for the API use.";
        check(
            400,
            &body("FAILED_PRECONDITION", location, ""),
            ErrorKind::Permission,
        );
    }

    #[test]
    fn a_spent_day_is_no_rate_limit() {
        let minute = r#"{"violations":[{"quotaId":"RequestsPerMinute-FreeTier","quotaValue":"10"}]},{"retryDelay":"36.5s"}"#;
        let day =
            r#"{"violations":[{"quotaId":"RequestsPerDay-FreeTier"}]},{"retryDelay":"36.5s"}"#;
        let zero = r#"{"violations":[{"quotaId":"RequestsPerMinute","quotaValue":"0"}]}"#;
        let plan = "You exceeded your current quota, please check your plan and billing details.";
        let exhausted = |message, details| body("RESOURCE_EXHAUSTED", message, details);
        check(429, &exhausted(plan, minute), ErrorKind::RateLimit);
        check(429, &exhausted(plan, day), ErrorKind::QuotaExceeded);
        check(429, &exhausted(plan, zero), ErrorKind::QuotaExceeded);
        check(
            429,
            &exhausted(plan, r#"{"links":[]}"#),
            ErrorKind::QuotaExceeded,
        );
        check(
            429,
            &exhausted("Quota exceeded, limit: 0\\nPlease retry in 3s.", ""),
            ErrorKind::QuotaExceeded,
        );
        check(
            429,
            &exhausted("Quota exceeded, limit: 05", ""),
            ErrorKind::RateLimit,
        );
        check(
            429,
            &format!(
                "[{}]",
                exhausted("Resource exhausted. Please try again later.", "")
            ),
            ErrorKind::RateLimit,
        );
        let waits = error(429, &exhausted(plan, minute));
        assert_eq!(waits.retry_after_ms, Some(36_500));
        let spent = error(429, &exhausted(plan, day));
        assert_eq!(spent.retry_after_ms, None);
        assert!(spent.hint.is_some());
    }

    #[test]
    fn other_statuses() {
        check(
            403,
            &body(
                "PERMISSION_DENIED",
                "Method doesn't allow unregistered callers",
                "",
            ),
            ErrorKind::Authentication,
        );
        check(
            403,
            &body("PERMISSION_DENIED", "x", r#"{"reason":"SERVICE_DISABLED"}"#),
            ErrorKind::Permission,
        );
        check(
            404,
            &body(
                "NOT_FOUND",
                "models/x is not found for API version v1beta",
                "",
            ),
            ErrorKind::ModelNotFound,
        );
        check(404, "<!DOCTYPE html>", ErrorKind::InvalidRequest);
        check(503, &body("UNAVAILABLE", "x", ""), ErrorKind::Overloaded);
        check(504, "", ErrorKind::Timeout);
    }

    #[test]
    fn inside_an_answer_the_code_or_the_name_stands_for_the_status() {
        let kind = |error| inside_answer(error).kind;
        assert_eq!(
            kind(r#"{"code":503,"message":"x","status":"UNAVAILABLE"}"#),
            ErrorKind::Overloaded
        );
        assert_eq!(
            kind(r#"{"status":"RESOURCE_EXHAUSTED"}"#),
            ErrorKind::RateLimit
        );
        assert_eq!(kind(r#"{"status":"INTERNAL"}"#), ErrorKind::ServerError);
    }
}
