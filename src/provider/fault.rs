//! What all error bodies have in common, read leniently.
//!
//! Servers, proxies and gateways write errors in many shapes, and in any
//! dialect: `{"error":{…}}`, `{"error":"text"}`, `[{"error":{…}}]`,
//! `{"message":…}`, `{"detail":…}`, plain text, HTML. A provider classifies
//! what it finds here; nobody fails on a shape.

use crate::duration;
use crate::error::{Billed, Error, ErrorKind};
use crate::http::ResponseHead;
use crate::http_date;
use crate::json::{self, JsonError, Raw, Scalar, Text, fields, number};
use crate::text;

/// An error as the provider described it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fault {
    /// The HTTP status; `None` inside an answer.
    pub(crate) status: Option<u16>,
    /// `error.type` or `error.status`.
    pub(crate) kind: String,
    /// `error.code`, numbers as text.
    pub(crate) code: String,
    /// `error.message`, or the whole body when it has none.
    pub(crate) message: String,
    /// `error.details`, raw JSON.
    pub(crate) details: String,
    /// The id of the request from the body.
    pub(crate) request_id: Option<String>,
}

#[derive(Default)]
struct Envelope<'a> {
    error: Raw<'a>,
    message: Text<'a>,
    detail: Text<'a>,
    request_id: Text<'a>,
    code: Scalar<'a>,
}

#[derive(Default)]
struct Inner<'a> {
    r#type: Text<'a>,
    status: Text<'a>,
    code: Scalar<'a>,
    message: Text<'a>,
    details: Raw<'a>,
}

fields!(Envelope<'a> { error, message, detail, request_id, code });
fields!(Inner<'a> { r#type = "type", status, code, message, details });

impl Fault {
    /// Reads an error body of an answer with a status.
    pub(crate) fn of_response(head: &ResponseHead, body: &str) -> Self {
        let fault = Self::read(body);
        Self {
            status: Some(head.status),
            request_id: fault.request_id.or_else(|| request_id(head)),
            ..fault
        }
    }

    /// Reads an error object, envelope included, from inside an answer.
    pub(crate) fn read(body: &str) -> Self {
        let wrapped = body.trim_start().starts_with('[');
        let first = || json::from_str::<Vec<Raw<'_>>>(body).ok()?.first()?.get();
        let envelope = if wrapped {
            first().unwrap_or_default()
        } else {
            body
        };
        Self::envelope(envelope).unwrap_or_else(|_| Self::plain(body))
    }

    fn plain(body: &str) -> Self {
        Self {
            message: body.trim().to_string(),
            ..Self::default()
        }
    }

    fn envelope(text: &str) -> Result<Self, JsonError> {
        let envelope: Envelope<'_> = json::from_str(text)?;
        let mut fault = match envelope.error.get() {
            Some(error) if error.starts_with('"') => Self::plain(&json::from_str::<String>(error)?),
            Some(error) if error.starts_with('{') => Self::inner(json::from_str(error)?),
            _ => Self::plain(
                envelope
                    .message
                    .non_empty()
                    .unwrap_or_else(|| envelope.detail.or_empty()),
            ),
        };
        if fault.code.is_empty() {
            fault.code = code_text(&envelope.code);
        }
        if fault.message.is_empty() {
            fault.message = text.trim().to_string();
        }
        fault.request_id = envelope.request_id.non_empty().map(str::to_string);
        Ok(fault)
    }

    fn inner(inner: Inner<'_>) -> Self {
        Self {
            kind: inner
                .r#type
                .non_empty()
                .unwrap_or_else(|| inner.status.or_empty())
                .to_string(),
            code: code_text(&inner.code),
            message: inner.message.or_empty().to_string(),
            details: inner.details.get().unwrap_or_default().to_string(),
            ..Self::default()
        }
    }

    /// The most telling word: a code, or the type where the code only repeats the status.
    fn code_word(&self) -> Option<String> {
        let numeric = self.code.bytes().all(|byte| byte.is_ascii_digit());
        let text = if numeric && !self.kind.is_empty() {
            &self.kind
        } else {
            &self.code
        };
        (!text.is_empty()).then(|| word(text))
    }

    /// Whether the message holds one of these texts, whatever their case.
    pub(crate) fn says(&self, texts: &[&str]) -> bool {
        let message = self.message.to_ascii_lowercase();
        texts.iter().any(|text| text::has(&message, text))
    }

    /// The error, now that its kind is known. The message is cut to 500 characters.
    pub(crate) fn into_error(self, kind: ErrorKind) -> Error {
        let provider_message = text::first_chars(&self.message, 500).to_string();
        let status = self
            .status
            .map(|status| format!(" (HTTP {status})"))
            .unwrap_or_default();
        let mut error = Error::new(
            kind,
            format!("{}{status}: {provider_message}", summary(kind)),
        );
        error.code = self.code_word();
        error.status = self.status;
        error.retry_after_ms = kind
            .retryable()
            .then(|| wait_in_text(&self.message))
            .flatten();
        error.provider_message = Some(provider_message);
        error.request_id = self.request_id;
        // Inside an answer, output may have been produced and charged.
        error.billed(if self.status.is_some() {
            Billed::No
        } else {
            Billed::Unknown
        })
    }
}

/// The kind a status stands for when nothing more specific is known.
pub(crate) fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Authentication,
        402 => ErrorKind::QuotaExceeded,
        403 => ErrorKind::Permission,
        408 | 504 => ErrorKind::Timeout,
        409 | 425 | 500..=502 | 520..=528 => ErrorKind::ServerError,
        413 => ErrorKind::RequestTooLarge,
        429 => ErrorKind::RateLimit,
        499 => ErrorKind::Cancelled,
        503 | 529 => ErrorKind::Overloaded,
        400..=499 => ErrorKind::InvalidRequest,
        505..=599 => ErrorKind::ServerError,
        _ => ErrorKind::Unknown,
    }
}

/// The kind a code stands for whoever sends it: a server that speaks one dialect may answer with another one's errors.
pub(crate) fn kind_of_code(code: &str) -> Option<ErrorKind> {
    CODES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, kind)| *kind)
}

/// Codes that no status tells (wire/openai.md §7).
static CODES: [(&str, ErrorKind); 2] = [
    ("model_not_found", ErrorKind::ModelNotFound),
    ("insufficient_quota", ErrorKind::QuotaExceeded),
];

/// Fills in what the headers say: wait, whether to come again, request id. Read only on
/// errors, since one provider sends `retry-after` with good answers as well.
pub(crate) fn with_headers(mut error: Error, head: &ResponseHead) -> Error {
    match head.header("x-should-retry") {
        // Credit that is used up does not come back.
        Some("true") if error.kind != ErrorKind::QuotaExceeded => error.retryable = true,
        Some("false") => error.retryable = false,
        _ => {}
    }
    if error.retryable {
        error.retry_after_ms = wait_in_headers(head)
            .or(error.retry_after_ms)
            .or_else(|| used_up(head, &RATE_HEADERS));
    }
    if error.request_id.is_none() {
        error.request_id = request_id(head);
    }
    error
}

/// The provider's id of a request, under any of the names they use.
pub(crate) fn request_id(head: &ResponseHead) -> Option<String> {
    ["x-request-id", "request-id", "cf-ray"]
        .iter()
        .find_map(|name| head.header(name))
        .map(str::to_string)
}

/// `retry-after-ms`, or `retry-after` in seconds or as a date.
fn wait_in_headers(head: &ResponseHead) -> Option<u64> {
    let wait = |name, scale: f64| {
        let value = number::parse(head.header(name)?.trim())?;
        // However long it is, it was asked for.
        (value >= 0.0).then(|| (value * scale).ceil().min(MOST_MS) as u64)
    };
    wait("retry-after-ms", 1.0)
        .or_else(|| wait("retry-after", 1000.0))
        .or_else(|| wait_until(head.header("retry-after")?, head))
}

/// What a number in JavaScript still counts exactly.
const MOST_MS: f64 = 9e15;

/// By the server's own clock where it tells it: ours may be wrong.
fn wait_until(date: &str, head: &ResponseHead) -> Option<u64> {
    let now_ms = head.header("date").and_then(http_date::parse);
    let until_ms = http_date::parse(date)?;
    Some(until_ms.saturating_sub(now_ms.unwrap_or(head.received_ms)))
}

/// The headers of each limit: what is left, and when it is there again (wire/openai.md §8).
pub(crate) static RATE_HEADERS: [(&str, &str); 2] = [
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
];

/// When what is used up is there again, the last of it: `6m0s`, or a date.
pub(crate) fn used_up(head: &ResponseHead, limits: &[(&str, &str)]) -> Option<u64> {
    let mut last = None;
    for (remaining, reset) in limits {
        if head.header(remaining).map(str::trim) == Some("0") {
            let reset = head.header(reset).unwrap_or_default().trim();
            last = last.max(duration::parse(reset).or_else(|| wait_until(reset, head)));
        }
    }
    last
}

/// The wait named in a text: `try again in 6m0s`, `Please retry in 36.4s`.
fn wait_in_text(message: &str) -> Option<u64> {
    let at = ["try again in ", "retry in "]
        .iter()
        .find_map(|lead| text::find(message, lead).map(|at| at + lead.len()))?;
    let tail = message.get(at..)?;
    let end = tail
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .unwrap_or(tail.len());
    duration::parse(tail.get(..end)?.trim_end_matches('.'))
}

fn code_text(code: &Scalar<'_>) -> String {
    match code {
        Scalar::Text(text) => text.to_string(),
        Scalar::Number(number) => (*number).to_string(),
        Scalar::Bool(_) | Scalar::Absent => String::new(),
    }
}

/// A code is a word: at most 64 of `A-Za-z0-9_.-`.
fn word(code: &str) -> String {
    let mut word = String::new();
    for byte in code.bytes() {
        if word.len() < 64 && (byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) {
            word.push(char::from(byte));
        }
    }
    word
}

fn summary(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication => "the key was not accepted",
        ErrorKind::Permission => "the key may not do this",
        ErrorKind::RateLimit => "too many requests or tokens for now",
        ErrorKind::QuotaExceeded => "the account's quota or credit is used up",
        ErrorKind::ModelNotFound => "the model was not found",
        ErrorKind::ContextLengthExceeded => "the conversation does not fit the model's window",
        ErrorKind::RequestTooLarge => "the request is too large",
        ErrorKind::ContentFilter => "a content filter refused it",
        ErrorKind::Overloaded => "the provider is overloaded",
        ErrorKind::ServerError => "the provider failed",
        ErrorKind::Timeout => "the provider ran out of time",
        ErrorKind::Cancelled => "the provider saw the call cancelled",
        ErrorKind::InvalidRequest => "the provider refused the request",
        _ => "the provider reported an error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, kind: &str, code: &str, message: &str) {
        let fault = Fault::read(body);
        assert_eq!(
            (&*fault.kind, &*fault.code, &*fault.message),
            (kind, code, message),
            "{body}"
        );
    }

    #[test]
    fn every_shape_of_error_body_is_read() {
        check(
            r#"{"error":{"message":"m","type":"t","code":"c","param":null}}"#,
            "t",
            "c",
            "m",
        );
        check(
            r#"{"error":{"message":"m","code":429,"status":"RESOURCE_EXHAUSTED"}}"#,
            "RESOURCE_EXHAUSTED",
            "429",
            "m",
        );
        check(r#"[{"error":{"message":"m","code":null}}]"#, "", "", "m");
        check(
            r#"{"error":"model 'x' not found"}"#,
            "",
            "",
            "model 'x' not found",
        );
        check(r#"{"detail":"Not Found"}"#, "", "", "Not Found");
        check(r#"{"message":"nope","code":7}"#, "", "7", "nope");
        check("upstream connect error", "", "", "upstream connect error");
        check("{\"error\":\"half \\ud83d\"}", "", "", "half \u{FFFD}");
    }

    #[test]
    fn a_server_may_say_whether_to_come_again() {
        let told = |word: &str, kind| {
            let headers = vec![("x-should-retry".to_string(), word.to_string())];
            let head = ResponseHead {
                headers,
                ..ResponseHead::default()
            };
            with_headers(Error::new(kind, ""), &head).retryable
        };
        assert!(!told("false", ErrorKind::ServerError));
        assert!(told("true", ErrorKind::InvalidRequest));
        assert!(told("perhaps", ErrorKind::ServerError));
    }

    #[test]
    fn waits_are_found_in_headers_and_text() {
        let head = |pairs: &[(&str, &str)]| ResponseHead {
            status: 429,
            headers: pairs
                .iter()
                .map(|(a, b)| (a.to_string(), b.to_string()))
                .collect(),
            received_ms: 784_111_770_000,
        };
        assert_eq!(
            wait_in_headers(&head(&[("retry-after", "2"), ("retry-after-ms", "150.5")])),
            Some(151)
        );
        assert_eq!(wait_in_headers(&head(&[("retry-after", "-5")])), None);
        let long = [("retry-after-ms", "1300000000"), ("retry-after", "1e99")];
        let waits = long.map(|header| wait_in_headers(&head(&[header])));
        assert_eq!(waits, [Some(1_300_000_000), Some(9_000_000_000_000_000)]);
        let date = ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait_in_headers(&head(&[date])), Some(7_000));
        let clock = ("date", "Sun, 06 Nov 1994 08:49:07 GMT");
        assert_eq!(wait_in_headers(&head(&[date, clock])), Some(30_000));
        let past = ("date", "Sun, 06 Nov 1994 08:50:00 GMT");
        assert_eq!(wait_in_headers(&head(&[date, past])), Some(0));
        let headers = [
            ("x-ratelimit-remaining-requests", "7"),
            ("x-ratelimit-reset-requests", "17ms"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "8.64s"),
        ];
        assert_eq!(used_up(&head(&headers), &RATE_HEADERS), Some(8_640));
        assert_eq!(
            wait_in_text("Rate limit. Please try again in 6m0s. Visit …"),
            Some(360_000)
        );
        assert_eq!(wait_in_text("Please retry in 36.473s."), Some(36_473));
        assert_eq!(wait_in_text("try again later"), None);
    }
}
