//! Naming Claude's errors (wire reference, Anthropic §5 with its corrections).

use super::wire::non_empty;
use crate::error::{Error, ErrorKind};
use crate::http::ResponseHead;
use crate::provider::fault::{Fault, kind_of_code, kind_of_status, used_up, with_headers};

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    let mut error = with_headers(named(Fault::of_response(head, body)), head);
    if error.retryable && error.retry_after_ms.is_none() {
        error.retry_after_ms = used_up(head, &LIMITS);
    }
    error
}

/// The headers of each limit: what is left, and when all is there again (wire/anthropic.md §5 "Rate headers").
pub(super) static LIMITS: [(&str, &str); 4] = [
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
];

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
    if let Some(kind) = kind_of_code(&fault.code) {
        return kind;
    }
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

/// Signatures are bound to everything before them.
const SIGNATURE: &str = "send the messages before a reasoning turn unchanged, or remove `provider_state` from the assistant messages";

/// What helps in particular, by a text or code of the error.
static REMEDIES: &[(&str, &str)] = &[
    (
        "cors requests are not allowed",
        "this organisation's settings forbid calls from browsers; call through a proxy of your own",
    ),
    (
        "cors requests must set",
        "something on the way removes the header `anthropic-dangerous-direct-browser-access`; let it through",
    ),
    ("invalid signature in thinking", SIGNATURE),
    ("signature` in `thinking", SIGNATURE),
    (
        "image_dimensions_too_large",
        "scale the images down: 8000 pixels a side, 2000 where there are more than 20",
    ),
];

/// What a person can do about it.
fn hint(fault: &Fault, kind: ErrorKind) -> Option<&'static str> {
    let mut remedies = REMEDIES.iter();
    let remedy = remedies.find(|(word, _)| *word == fault.code || fault.says(&[word]));
    if let Some((_, hint)) = remedy {
        return Some(hint);
    }
    Some(match kind {
        ErrorKind::QuotaExceeded => {
            "add credit or raise the spend limit in the provider's console; waiting does not help"
        }
        ErrorKind::ModelNotFound => "check the model's id; older models are retired",
        ErrorKind::Authentication => "check the key; it begins with `sk-ant-`",
        ErrorKind::Permission => {
            "the key's workspace may not use this model or feature; see the provider's console"
        }
        ErrorKind::ContextLengthExceeded => {
            "shorten the conversation, lower max_tokens, or choose a model with a larger window"
        }
        ErrorKind::RequestTooLarge => "send smaller images or files; a request may have 32 MB",
        _ => return None,
    })
}
