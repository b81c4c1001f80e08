//! Naming Gemini's errors (wire reference, Gemini §5 with its corrections).

use crate::duration;
use crate::error::{Billed, Error, ErrorKind};
use crate::http::ResponseHead;
use crate::provider::fault::{Fault, kind_of_code, kind_of_status, with_headers};
use crate::provider::pick::{items, list, object, pick, string, text};
use crate::text::{concat, first_chars, has, split_once};

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    with_headers(named(Fault::of_response(head, body)), head)
}

/// The error reported inside an answer with status 200: the inner object.
pub(super) fn inside_answer(error: &str) -> Error {
    named(Fault::read(&format!("{{\"error\":{error}}}")))
}

/// Whether an address of the request could not be fetched (wire reference, Gemini §2 "Images").
pub(super) fn unreached(error: &Error) -> bool {
    let message = error.provider_message.as_deref().unwrap_or_default();
    error.kind == ErrorKind::InvalidRequest && has(message, UNREACHED)
}

/// What the API says of an address it could not fetch.
const UNREACHED: &str = "Cannot fetch content";

/// An answer that ended because the model's own output could not be read.
pub(super) fn failed_answer(reason: &str, message: &str) -> Error {
    let mut error = Error::new(
        ErrorKind::ServerError,
        format!("the model broke off its answer with {reason}: {message}"),
    );
    error.provider_message = Some(first_chars(message, 500).to_string());
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
        error.retry_after_ms = details.wait_ms(error.retry_after_ms);
    }
    error.hint = hint.map(str::to_string);
    error
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

impl Details {
    fn read(&mut self, details: &str) {
        for detail in list(details).unwrap_or_default() {
            let keys = ["reason", "retryDelay", "violations"];
            let [reason, delay, violations] = pick(object(detail), keys).unwrap_or_default();
            let (reason, delay) = (string(reason), text(delay));
            if !reason.is_empty() {
                self.reason = reason;
            }
            self.retry_delay_ms = duration::parse(&delay).or(self.retry_delay_ms);
            for violation in items(violations).unwrap_or_default() {
                self.violation(object(violation));
            }
        }
    }

    fn violation(&mut self, violation: &str) {
        let [id, value] = pick(violation, ["quotaId", "quotaValue"]).unwrap_or_default();
        let id = text(id);
        self.violated = true;
        self.spent |= has(&id, "PerDay") || text(value) == "0";
        self.per_minute |= has(&id, "PerMinute");
    }

    /// The delay is cut to whole seconds, of which the text knows the fractions.
    fn wait_ms(&self, in_text: Option<u64>) -> Option<u64> {
        let delay = self.retry_delay_ms.map(|delay| match in_text {
            Some(told) => delay.max(told),
            None if delay % 1_000 == 0 => delay + 1_000,
            None => delay,
        });
        delay.or(in_text)
    }
}

// ---- kinds ----------------------------------------------------------------

fn classify(fault: &Fault, details: &Details) -> ErrorKind {
    if let Some(kind) = kind_of_code(&fault.code) {
        return kind;
    }
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
            if fault.says(&[text]) || has(&details, text) {
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
    while let Some((_, tail)) = split_once(rest, "limit: 0") {
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

/// What a person can do, by kind and by what the reason or the message say; the first counts.
static HINTS: &[(ErrorKind, &str, &str)] = &[
    (
        ErrorKind::Authentication,
        "oauth 2",
        "check the service account, or what `access_token` gives",
    ),
    (
        ErrorKind::Authentication,
        "",
        "check the key: create or renew it at https://aistudio.google.com/apikey",
    ),
    (
        ErrorKind::Permission,
        "service_disabled",
        "enable the API in the key's project, then wait a few minutes",
    ),
    (
        ErrorKind::Permission,
        "api_key_",
        "the key is restricted: allow this API and this site in the key's settings",
    ),
    (
        ErrorKind::Permission,
        "leaked",
        "create another key at https://aistudio.google.com/apikey and delete this one",
    ),
    (
        ErrorKind::Permission,
        "location",
        "the API is not offered where the request comes from; ask another provider, or Vertex AI",
    ),
    (
        ErrorKind::Permission,
        "iam_permission_denied",
        "give the account a role that may use the model, such as Vertex AI User",
    ),
    (
        ErrorKind::QuotaExceeded,
        "",
        "the quota of the day or the credit is used up; raise it or wait for its reset",
    ),
    (
        ErrorKind::ModelNotFound,
        "",
        "check the model's id, and whether this version of the API serves it",
    ),
    (
        ErrorKind::ContextLengthExceeded,
        "",
        "shorten the conversation, or choose a model with a larger window",
    ),
    (
        ErrorKind::InvalidRequest,
        "thought_signature",
        "push the assistant's message back as it was returned, with its provider_state",
    ),
    (
        ErrorKind::InvalidRequest,
        "cannot fetch content",
        "the provider could not load the address; send the file as a data URL",
    ),
    (
        ErrorKind::InvalidRequest,
        "<html",
        "the address has no such API; check base_url, api_version and location",
    ),
];

fn hint(kind: ErrorKind, fault: &Fault, details: &Details) -> Option<&'static str> {
    // Of a failed precondition the details tell more than the message.
    let said = concat(&[&details.reason, " ", &fault.message, " ", &fault.details]);
    let said = said.to_ascii_lowercase();
    let fits =
        |wanted: ErrorKind, word: &str| wanted == kind && (word.is_empty() || has(&said, word));
    let found = HINTS.iter().find(|(kind, word, _)| fits(*kind, word));
    found.map(|(.., hint)| *hint)
}

#[cfg(test)]
mod tests;
