//! Naming OpenAI's errors (wire reference, OpenAI §7 with its corrections).

use crate::error::{Billed, Error, ErrorKind};
use crate::http::ResponseHead;
use crate::provider::fault::{Fault, kind_of_status, with_headers};
use crate::text;

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    let fault = Fault::of_response(head, body);
    with_headers(named_by(fault), head)
}

/// The error reported inside an answer with status 200.
pub(super) fn inside_answer(body: &str) -> Error {
    named_by(Fault::read(body))
}

/// The error of an answer whose finish reason says that it failed.
pub(super) fn finished_with(reason: &str) -> Error {
    let problem = format!("the provider failed: the answer ended with `{reason}`");
    Error::new(ErrorKind::ServerError, problem)
        .code(reason)
        .billed(Billed::Unknown)
}

fn named_by(fault: Fault) -> Error {
    let kind = classify(&fault);
    let hint = hint(kind, &fault);
    let mut error = fault.into_error(kind);
    error.hint = hint.map(Into::into);
    error
}

/// In this order: a request that can never fit, the code, a telling type, known texts, the status.
fn classify(fault: &Fault) -> ErrorKind {
    if never_fits(&fault.message) {
        return ErrorKind::RequestTooLarge;
    }
    of_code(fault)
        .or_else(|| named(TYPES, &fault.kind))
        .or_else(|| of_text(fault))
        .or_else(|| fault.status.map(kind_of_status))
        .or_else(|| named(GENERIC_TYPES, &fault.kind))
        .unwrap_or(ErrorKind::ServerError)
}

/// `Request too large … Limit X, Requested Y` with Y above X.
fn never_fits(message: &str) -> bool {
    message.starts_with("Request too large")
        && number_after(message, "Requested ") > number_after(message, "Limit ")
}

fn number_after(message: &str, lead: &str) -> u64 {
    let (_, rest) = text::split_once(message, lead).unwrap_or_default();
    rest.bytes()
        .take_while(u8::is_ascii_digit)
        .fold(0, |sum: u64, digit| {
            sum.saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
}

type Table = [(&'static str, ErrorKind)];

static CODES: &Table = &[
    ("context_length_exceeded", ErrorKind::ContextLengthExceeded),
    ("string_above_max_length", ErrorKind::ContextLengthExceeded),
    ("content_policy_violation", ErrorKind::ContentFilter),
    ("content_filter", ErrorKind::ContentFilter),
    ("invalid_prompt", ErrorKind::ContentFilter),
    ("bio_policy", ErrorKind::ContentFilter),
    ("misalignment_policy_violation", ErrorKind::ContentFilter),
    ("image_content_policy_violation", ErrorKind::ContentFilter),
    ("invalid_api_key", ErrorKind::Authentication),
    ("invalid_organization", ErrorKind::Authentication),
    (
        "unsupported_country_region_territory",
        ErrorKind::Permission,
    ),
    ("model_not_found", ErrorKind::ModelNotFound),
    ("insufficient_quota", ErrorKind::QuotaExceeded),
    ("credit_balance_exhausted", ErrorKind::QuotaExceeded),
    (
        "organization_spend_limit_exceeded",
        ErrorKind::QuotaExceeded,
    ),
    ("project_spend_limit_exceeded", ErrorKind::QuotaExceeded),
    (
        "organization_usage_limit_exceeded",
        ErrorKind::QuotaExceeded,
    ),
    ("billing_hard_limit_reached", ErrorKind::QuotaExceeded),
    ("rate_limit_exceeded", ErrorKind::RateLimit),
    ("slow_down", ErrorKind::RateLimit),
    ("server_is_overloaded", ErrorKind::Overloaded),
];

/// Codes that a status would tell more about.
static CODES_INSIDE: &Table = &[
    ("server_error", ErrorKind::ServerError),
    ("insufficient_system_resource", ErrorKind::ServerError),
    ("data_residency_mismatch", ErrorKind::InvalidRequest),
];

static TYPES: &Table = &[
    ("insufficient_quota", ErrorKind::QuotaExceeded),
    ("tokens", ErrorKind::RateLimit),
    ("requests", ErrorKind::RateLimit),
    ("rate_limit_error", ErrorKind::RateLimit),
    ("rate_limit_exceeded", ErrorKind::RateLimit),
    ("service_unavailable_error", ErrorKind::Overloaded),
    ("overloaded_error", ErrorKind::Overloaded),
];

/// Types that say nothing beside a status decide only where there is none.
static GENERIC_TYPES: &Table = &[
    ("invalid_request_error", ErrorKind::InvalidRequest),
    ("authentication_error", ErrorKind::Authentication),
    ("permission_error", ErrorKind::Permission),
];

static TEXTS: &Table = &[
    ("maximum context length", ErrorKind::ContextLengthExceeded),
    ("context window", ErrorKind::ContextLengthExceeded),
    ("max context length", ErrorKind::ContextLengthExceeded),
    ("prompt too long", ErrorKind::ContextLengthExceeded),
    (
        "exceeds the available context size",
        ErrorKind::ContextLengthExceeded,
    ),
    (
        "does not exist or you do not have access",
        ErrorKind::ModelNotFound,
    ),
    ("this is not a chat model", ErrorKind::ModelNotFound),
    ("the requested model '", ErrorKind::ModelNotFound),
];

fn named(table: &Table, word: &str) -> Option<ErrorKind> {
    let entry = table.iter().find(|(name, _)| *name == word)?;
    Some(entry.1)
}

fn of_code(fault: &Fault) -> Option<ErrorKind> {
    let code = fault.code.as_str();
    let known = named(CODES, code);
    if known.is_some() || fault.status.is_some() {
        return known;
    }
    if let Some(kind) = named(CODES_INSIDE, code) {
        return Some(kind);
    }
    // The many codes of a bad image come inside an answer as well.
    if is_bad_input(code) {
        return Some(ErrorKind::InvalidRequest);
    }
    // Some compatible servers put the status into the code of a 200 stream.
    let status = code.parse().ok().filter(|status| *status >= 400)?;
    Some(kind_of_status(status))
}

fn is_bad_input(code: &str) -> bool {
    ["invalid_", "unsupported_", "missing_"]
        .iter()
        .any(|start| code.starts_with(start))
        || text::has(code, "image")
}

fn of_text(fault: &Fault) -> Option<ErrorKind> {
    if let Some((_, kind)) = TEXTS.iter().find(|(text, _)| fault.says(&[text])) {
        return Some(*kind);
    }
    if fault.says(&["model"]) && fault.says(&["not found", "does not exist"]) {
        return Some(ErrorKind::ModelNotFound);
    }
    fault
        .says(&["insufficient balance"])
        .then_some(ErrorKind::QuotaExceeded)
}

/// What a person can do about it: where the text tells, then by kind.
fn hint(kind: ErrorKind, fault: &Fault) -> Option<&'static str> {
    let told = ADVICE.iter().find(|(text, _)| fault.says(&[text]));
    told.map(|(_, hint)| *hint).or(match kind {
        ErrorKind::Authentication => Some("check the key of this provider, and that it belongs to this address"),
        ErrorKind::Permission => Some("give the key the permission it lacks, or use another project or region"),
        ErrorKind::QuotaExceeded => Some("add credit or raise the limit in the provider's billing settings; waiting does not help"),
        ErrorKind::ModelNotFound => Some("check the model's id, and whether this account and this endpoint serve it"),
        ErrorKind::ContextLengthExceeded => Some("shorten the conversation, or choose a model with a larger window"),
        ErrorKind::RequestTooLarge => Some("send less at once; as it is the request never fits"),
        _ => None,
    })
}

/// Texts with a remedy of their own.
static ADVICE: &[(&str, &str)] = &[
    (
        "not a chat model",
        "this endpoint does not serve the model: choose another, or set `api`",
    ),
    (
        "in /v1/chat/completions",
        "leave `api` out of the configuration, or set it to \"responses\"",
    ),
    (
        "reasoning.summary",
        "leave out `thinking.display`, or verify the organisation",
    ),
    (
        "stream_options",
        "leave it out of `provider_options`, or set `stream_usage = false`",
    ),
    (
        "without its required following item",
        "send assistant messages back unchanged, or without their `provider_state`",
    ),
];

#[cfg(test)]
mod tests;
