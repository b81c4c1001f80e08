//! Naming Claude's errors (wire reference, Anthropic §5 with its corrections).

use super::wire::non_empty;
use crate::error::{Error, ErrorKind};
use crate::http::ResponseHead;
use crate::provider::fault::{Fault, kind_of_status, with_headers};

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    with_headers(named(Fault::of_response(head, body)), head)
}

/// The error reported inside an answer with status 200.
pub(super) fn inside_answer(body: &str) -> Error {
    named(Fault::read(body))
}

fn named(mut fault: Fault) -> Error {
    if let Some(code) = error_code(&fault.details) {
        fault.code = code;
    }
    let kind = classify(&fault);
    let hint = hint(&fault, kind);
    let error = fault.into_error(kind);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// `error.details.error_code`, the telling word where there is one.
fn error_code(details: &str) -> Option<String> {
    non_empty(details, "error_code")
}

static TYPES: &[(&str, ErrorKind)] = &[
    ("invalid_request_error", ErrorKind::InvalidRequest),
    ("authentication_error", ErrorKind::Authentication),
    ("billing_error", ErrorKind::QuotaExceeded),
    ("permission_error", ErrorKind::Permission),
    ("not_found_error", ErrorKind::InvalidRequest),
    ("request_too_large", ErrorKind::RequestTooLarge),
    ("rate_limit_error", ErrorKind::RateLimit),
    ("timeout_error", ErrorKind::Timeout),
    ("overloaded_error", ErrorKind::Overloaded),
    ("api_error", ErrorKind::ServerError),
    ("conflict_error", ErrorKind::ServerError),
];

/// What tells the generic types apart, in the message.
static TEXTS: &[(&str, ErrorKind)] = &[
    ("prompt is too long", ErrorKind::ContextLengthExceeded),
    ("exceed context limit", ErrorKind::ContextLengthExceeded),
    (
        "exceeds the context window",
        ErrorKind::ContextLengthExceeded,
    ),
    ("credit balance is too low", ErrorKind::QuotaExceeded),
    ("spend limit", ErrorKind::QuotaExceeded),
    ("specified api usage limits", ErrorKind::QuotaExceeded),
    (
        "specified workspace api usage limits",
        ErrorKind::QuotaExceeded,
    ),
    (
        "blocked by content filtering policy",
        ErrorKind::ContentFilter,
    ),
];

/// A 429 may be a limit that no waiting lifts.
static SPENT: [&str; 3] = [
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "linked_organization_spend_limit_reached",
];

/// By type first, then by status; texts tell the generic types apart.
fn classify(fault: &Fault) -> ErrorKind {
    let by_type = TYPES.iter().find(|(name, _)| *name == fault.kind);
    let by_text = || TEXTS.iter().find(|(text, _)| fault.says(&[text]));
    match (fault.kind.as_str(), by_type) {
        ("invalid_request_error" | "permission_error", Some((_, kind))) => {
            by_text().map_or(*kind, |(_, kind)| *kind)
        }
        ("not_found_error", _) if fault.message.starts_with("model") => ErrorKind::ModelNotFound,
        ("rate_limit_error", _) if SPENT.contains(&fault.code.as_str()) => ErrorKind::QuotaExceeded,
        (_, Some((_, kind))) => *kind,
        _ => fault.status.map_or(ErrorKind::ServerError, kind_of_status),
    }
}

/// What a person can do about it.
fn hint(fault: &Fault, kind: ErrorKind) -> Option<&'static str> {
    if fault.says(&["cors requests are not allowed"]) {
        return Some(
            "this organisation's settings forbid calls from browsers; call through a proxy of your own",
        );
    }
    if fault.says(&["signature` in `thinking", "invalid signature in thinking"]) {
        return Some(
            "send the messages before a reasoning turn unchanged, or remove `provider_state` from the assistant messages",
        );
    }
    Some(match kind {
        ErrorKind::QuotaExceeded => {
            "add credit or raise the spend limit in the provider's console; waiting does not help"
        }
        ErrorKind::ModelNotFound => "check the model's id; older models are retired",
        ErrorKind::Authentication => "check the key; it begins with `sk-ant-`",
        ErrorKind::ContextLengthExceeded => {
            "shorten the conversation, lower max_tokens, or choose a model with a larger window"
        }
        ErrorKind::RequestTooLarge => "send smaller images or files; a request may have 32 MB",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, r#type: &str, message: &str, expected: ErrorKind) {
        let head = ResponseHead {
            status,
            headers: Vec::new(),
        };
        let body = format!(
            r#"{{"type":"error","error":{{"type":"{type}","message":"{message}"}},"request_id":null}}"#
        );
        assert_eq!(of_response(&head, &body).kind, expected, "{body}");
    }

    #[test]
    fn the_type_decides_and_texts_tell_generic_types_apart() {
        use ErrorKind as Kind;
        let invalid = "invalid_request_error";
        check(
            400,
            invalid,
            "max_tokens: Field required",
            Kind::InvalidRequest,
        );
        check(
            400,
            invalid,
            "prompt is too long: 208310 tokens > 200000 maximum",
            Kind::ContextLengthExceeded,
        );
        check(
            400,
            invalid,
            "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
            Kind::ContextLengthExceeded,
        );
        check(
            400,
            invalid,
            "Your credit balance is too low to access the Anthropic API.",
            Kind::QuotaExceeded,
        );
        check(
            400,
            invalid,
            "You have reached your specified API usage limits.",
            Kind::QuotaExceeded,
        );
        check(
            400,
            invalid,
            "Output blocked by content filtering policy",
            Kind::ContentFilter,
        );
        check(
            401,
            "authentication_error",
            "invalid x-api-key",
            Kind::Authentication,
        );
        check(402, "billing_error", "x", Kind::QuotaExceeded);
        check(403, "permission_error", "x", Kind::Permission);
        check(
            404,
            "not_found_error",
            "model: claude-x",
            Kind::ModelNotFound,
        );
        check(404, "not_found_error", "Not found", Kind::InvalidRequest);
        check(409, "conflict_error", "x", Kind::ServerError);
        check(
            413,
            "request_too_large",
            "Request exceeds the maximum size",
            Kind::RequestTooLarge,
        );
        check(429, "rate_limit_error", "x", Kind::RateLimit);
        check(500, "api_error", "Internal server error", Kind::ServerError);
        check(504, "timeout_error", "x", Kind::Timeout);
        check(529, "overloaded_error", "Overloaded", Kind::Overloaded);
        check(503, "new_error", "x", Kind::Overloaded);
    }

    #[test]
    fn a_spend_limit_is_no_rate_limit() {
        let head = ResponseHead {
            status: 429,
            headers: vec![("request-id".into(), "req_1".into())],
        };
        let error = of_response(
            &head,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
        );
        assert_eq!(error.kind, ErrorKind::QuotaExceeded);
        assert_eq!(error.code.as_deref(), Some("enforced_spend_limit_reached"));
        assert_eq!(error.request_id.as_deref(), Some("req_1"));
        assert!(!error.retryable);
    }

    #[test]
    fn waits_are_read_and_gateway_pages_survive() {
        let head = ResponseHead {
            status: 529,
            headers: vec![("retry-after".into(), "7".into())],
        };
        let error = of_response(&head, "<html>overloaded</html>");
        assert_eq!(
            (error.kind, error.retry_after_ms),
            (ErrorKind::Overloaded, Some(7_000))
        );
    }

    #[test]
    fn inside_an_answer_the_type_decides() {
        let error = inside_answer(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_2"}"#,
        );
        assert_eq!(error.kind, ErrorKind::Overloaded);
        assert_eq!(error.request_id.as_deref(), Some("req_2"));
    }
}
