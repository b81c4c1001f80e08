//! What can go wrong around an answer, in the words a caller reads.

use crate::chat::{ChatRequest, Warning};
use crate::config::ProviderConfig;
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::framing::TooLarge;
use crate::http::ResponseHead;
use crate::provider::{Provider, Target};
use crate::text::concat;

pub(super) fn refused(kind: &dyn Provider, head: &ResponseHead, body: &str) -> Error {
    let mut error = kind.error(head, body);
    error.status = Some(head.status);
    error
}

pub(super) fn redirected() -> Error {
    Error::new(ErrorKind::RedirectBlocked, "the server answered with a redirect, which is never followed: it would carry the key elsewhere")
        .hint("set base_url to the final address")
}

/// Something that passes with time, and that others need not wait for.
/// Where others are `asked` for it anyway that needs no hint.
pub(super) fn not_now(kind: ErrorKind, problem: String, wait_ms: u64, asked: bool) -> Error {
    let mut error = Error::new(kind, problem);
    if !asked {
        error = error.hint("others of `providers.fallback_order` would answer meanwhile");
    }
    error.retry_after_ms = Some(wait_ms);
    error
}

/// An answer that is none by what its head calls it.
pub(super) fn no_answer(kind: &str) -> Error {
    let kind = if kind.is_empty() { "nothing" } else { kind };
    let problem = [
        "the server sent no answer of a model: its content-type is ",
        kind,
    ];
    Error::invalid_response(concat(&problem))
        .code("content_type")
        .hint("check that base_url is the address of an API")
}

pub(super) fn missing_key(provider: &str, variable: &str) -> Error {
    Error::new(
        ErrorKind::Authentication,
        format!("providers.{provider}: the environment variable {variable} is not set"),
    )
    .code("missing_key")
    .hint(format!(
        "set {variable}, pass it in `env`, or give `api_key`"
    ))
}

/// Who bills for its models has to be told which one.
pub(super) fn named(provider: &ProviderConfig, model: &str) -> Result<()> {
    if !(model.is_empty() && provider.needs_model()) {
        return Ok(());
    }
    let id = &provider.id;
    let problem = [
        id,
        ": no model is named, and each has its price; name one as `model` of the request, or, for chats, as `providers.",
        id,
        ".model`",
    ];
    Err(Error::new(ErrorKind::ModelNotFound, concat(&problem)))
}

/// A default that is none of the configured order's doing.
pub(super) fn key_missing(provider: &str, variable: &str) -> Warning {
    let message = [
        provider,
        " is first in `providers.fallback_order`, but ",
        variable,
        " is not set: somebody else was asked first",
    ];
    Warning::new("key_missing", concat(&message))
}

/// A model the table does not know is sent as it is.
pub(super) fn unknown_model(request: &ChatRequest, target: &Target<'_>) -> Option<Warning> {
    let expected = target.known.is_none()
        && !target.config.custom_base_url
        && !target.config.kind.profile().tagged_models;
    let message = || {
        format!(
            "`{}` is not in the model table: its limits, capabilities and prices are unknown",
            target.model
        )
    };
    (expected && request.model.is_some()).then(|| Warning::new("unknown_model", message()))
}

impl From<TooLarge> for Error {
    fn from(limit: TooLarge) -> Self {
        Self::new(
            ErrorKind::ResponseTooLarge,
            format!(
                "the answer passed limits.{} ({} bytes)",
                limit.what, limit.limit
            ),
        )
        .code(limit.what)
        .billed(Billed::Yes)
    }
}
