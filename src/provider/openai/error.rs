//! Naming OpenAI's errors (wire reference, OpenAI §7 with its corrections).

use crate::error::{Error, ErrorKind};
use crate::http::ResponseHead;
use crate::provider::fault::{Fault, kind_of_status, with_headers};

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    let fault = Fault::of_response(head, body);
    let kind = classify(&fault);
    with_headers(hinted(fault.into_error(kind)), head)
}

/// The error reported inside an answer with status 200.
pub(super) fn inside_answer(body: &str) -> Error {
    let fault = Fault::read(body);
    let kind = classify(&fault);
    hinted(fault.into_error(kind))
}

/// In this order: a request that can never fit, the code, a telling type, known texts, the status.
fn classify(fault: &Fault) -> ErrorKind {
    if never_fits(&fault.message) {
        return ErrorKind::RequestTooLarge;
    }
    of_code(fault)
        .or_else(|| of_type(&fault.kind))
        .or_else(|| of_text(fault))
        .or_else(|| fault.status.map(kind_of_status))
        .unwrap_or_else(|| of_generic_type(&fault.kind))
}

/// `Request too large … Limit X, Requested Y` with Y above X.
fn never_fits(message: &str) -> bool {
    let number_after = |lead: &str| -> Option<u64> {
        let at = message.find(lead)? + lead.len();
        let digits: String = message
            .get(at..)?
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    };
    message.starts_with("Request too large") && number_after("Requested ") > number_after("Limit ")
}

fn of_code(fault: &Fault) -> Option<ErrorKind> {
    Some(match fault.code.as_str() {
        "context_length_exceeded" | "string_above_max_length" => ErrorKind::ContextLengthExceeded,
        "content_policy_violation"
        | "content_filter"
        | "invalid_prompt"
        | "bio_policy"
        | "misalignment_policy_violation"
        | "image_content_policy_violation" => ErrorKind::ContentFilter,
        "invalid_api_key" | "invalid_organization" => ErrorKind::Authentication,
        "unsupported_country_region_territory" => ErrorKind::Permission,
        "model_not_found" => ErrorKind::ModelNotFound,
        "insufficient_quota"
        | "credit_balance_exhausted"
        | "organization_spend_limit_exceeded"
        | "project_spend_limit_exceeded"
        | "organization_usage_limit_exceeded"
        | "billing_hard_limit_reached" => ErrorKind::QuotaExceeded,
        "rate_limit_exceeded" | "slow_down" => ErrorKind::RateLimit,
        "server_is_overloaded" => ErrorKind::Overloaded,
        "server_error" | "insufficient_system_resource" if fault.status.is_none() => {
            ErrorKind::ServerError
        }
        "data_residency_mismatch" if fault.status.is_none() => ErrorKind::InvalidRequest,
        // The many codes of a bad image come inside an answer as well.
        code if fault.status.is_none() && is_bad_input(code) => ErrorKind::InvalidRequest,
        // Some compatible servers put the status into the code of a 200 stream.
        code if fault.status.is_none() => {
            kind_of_status(code.parse().ok().filter(|status| *status >= 400)?)
        }
        _ => return None,
    })
}

fn is_bad_input(code: &str) -> bool {
    ["invalid_", "unsupported_", "missing_"]
        .iter()
        .any(|start| code.starts_with(start))
        || code.contains("image")
}

fn of_type(kind: &str) -> Option<ErrorKind> {
    Some(match kind {
        "insufficient_quota" => ErrorKind::QuotaExceeded,
        "tokens" | "requests" | "rate_limit_error" | "rate_limit_exceeded" => ErrorKind::RateLimit,
        "service_unavailable_error" | "overloaded_error" => ErrorKind::Overloaded,
        _ => return None,
    })
}

fn of_text(fault: &Fault) -> Option<ErrorKind> {
    const CONTEXT: [&str; 5] = [
        "maximum context length",
        "context window",
        "max context length",
        "prompt too long",
        "exceeds the available context size",
    ];
    const MODEL: [&str; 3] = [
        "does not exist or you do not have access",
        "this is not a chat model",
        "the requested model '",
    ];
    if fault.says(&CONTEXT) {
        Some(ErrorKind::ContextLengthExceeded)
    } else if fault.says(&MODEL)
        || (fault.says(&["model"]) && fault.says(&["not found", "does not exist"]))
    {
        Some(ErrorKind::ModelNotFound)
    } else if fault.says(&["insufficient balance"]) {
        Some(ErrorKind::QuotaExceeded)
    } else {
        None
    }
}

/// Types that say nothing beside a status decide only where there is none.
fn of_generic_type(kind: &str) -> ErrorKind {
    match kind {
        "invalid_request_error" => ErrorKind::InvalidRequest,
        "authentication_error" => ErrorKind::Authentication,
        "permission_error" => ErrorKind::Permission,
        _ => ErrorKind::ServerError,
    }
}

fn hinted(error: Error) -> Error {
    match error.kind {
        ErrorKind::QuotaExceeded => error.hint("add credit or raise the limit in the provider's billing settings; waiting does not help"),
        ErrorKind::ModelNotFound => error.hint("check the model's id, and whether this account and this endpoint serve it"),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: ErrorKind) {
        let head = ResponseHead {
            status,
            headers: Vec::new(),
        };
        assert_eq!(of_response(&head, body).kind, expected, "{body}");
    }

    #[test]
    fn the_code_stands_before_the_status_and_generic_types_after_it() {
        check(
            400,
            r#"{"error":{"message":"x","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            ErrorKind::ContextLengthExceeded,
        );
        check(
            401,
            r#"{"error":{"message":"x","type":"invalid_request_error","code":null}}"#,
            ErrorKind::Authentication,
        );
        check(
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            ErrorKind::QuotaExceeded,
        );
        check(
            429,
            r#"{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}"#,
            ErrorKind::RateLimit,
        );
        check(
            429,
            r#"{"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 49000.","type":"tokens","code":"rate_limit_exceeded"}}"#,
            ErrorKind::RequestTooLarge,
        );
        check(
            503,
            r#"{"error":{"message":"That model is currently overloaded with other requests","type":"server_error","code":null}}"#,
            ErrorKind::Overloaded,
        );
        check(
            404,
            r#"{"error":{"message":"The model `x` does not exist or you do not have access to it.","code":"model_not_found"}}"#,
            ErrorKind::ModelNotFound,
        );
        check(404, r#"{"detail":"Not Found"}"#, ErrorKind::InvalidRequest);
        check(502, "<html>bad gateway</html>", ErrorKind::ServerError);
    }

    #[test]
    fn inside_an_answer_the_type_decides() {
        assert_eq!(
            inside_answer(r#"{"error":{"message":"x","type":"server_error","code":null}}"#).kind,
            ErrorKind::ServerError
        );
        assert_eq!(
            inside_answer(r#"{"error":{"message":"Token limit reached","code":400}}"#).kind,
            ErrorKind::InvalidRequest
        );
        assert_eq!(
            inside_answer(r#"{"error":{"code":"failed_to_download_image","message":"x"}}"#).kind,
            ErrorKind::InvalidRequest
        );
        assert_eq!(
            inside_answer(
                r#"{"type":"error","code":"rate_limit_exceeded","message":"slow","param":null}"#
            )
            .kind,
            ErrorKind::RateLimit
        );
    }
}
