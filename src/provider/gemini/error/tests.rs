//! Every body and code of the wire reference, Gemini §4 and §5.

use super::*;

/// What an error is: kind, code, whether another try is worth it, wait, id of the request, and
/// the first words of the hint.
fn told(error: &Error) -> String {
    let hint = error.hint.as_deref().unwrap_or("-");
    let words: Vec<_> = hint.split(' ').take(2).collect();
    let wait = error.retry_after_ms.map(|wait| format!(" wait {wait}"));
    let id = error.request_id.as_deref().map(|id| format!(" id {id}"));
    format!(
        "{} {}{}{}{}: {}",
        error.kind,
        error.code.as_deref().unwrap_or("-"),
        if error.retryable { " retry" } else { "" },
        wait.unwrap_or_default(),
        id.unwrap_or_default(),
        words.join(" ")
    )
}

/// The error of a status and a body.
#[track_caller]
fn check(status: u16, body: &str, expected: &str) {
    let head = ResponseHead {
        status,
        headers: Vec::new(),
        ..ResponseHead::default()
    };
    assert_eq!(told(&of_response(&head, body)), expected);
}

/// The errors of a status by its number and its name, each of a message and details.
#[track_caller]
fn check_all(status: u16, name: &str, cases: &[(&str, &str, &str)]) {
    for (message, details, expected) in cases {
        let head = ResponseHead {
            status,
            ..ResponseHead::default()
        };
        let error = of_response(&head, &body(name, message, details));
        assert_eq!(error.code.as_deref(), Some(name));
        let told = told(&error).replacen(&format!(" {name}"), "", 1);
        assert_eq!(told, *expected, "{message} {details}");
    }
}

/// A body with a gRPC status, a message and details.
fn body(status: &str, message: &str, details: &str) -> String {
    format!(
        r#"{{"error":{{"code":1,"message":"{message}","status":"{status}","details":[{details}]}}}}"#
    )
}

/// A detail with the reason of an error.
fn info(reason: &str) -> String {
    format!(
        r#"{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{reason}","domain":"googleapis.com","metadata":{{}}}}"#
    )
}

/// Details with a violated quota.
fn quota(id: &str, value: &str) -> String {
    format!(
        r#"{{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{{"quotaId":"{id}","quotaValue":"{value}"}}]}}"#
    )
}

/// Details with a wait.
fn wait(delay: &str) -> String {
    format!(r#"{{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{delay}"}}"#)
}

const PLAN: &str = "You exceeded your current quota, please check your plan and billing details.";

#[test]
fn a_bad_request_may_be_a_bad_key_a_long_prompt_or_a_place() {
    check_all(
        400,
        "INVALID_ARGUMENT",
        &[
            ("x", &info("API_KEY_INVALID"), "authentication: check the"),
            (
                "API key not valid. Please pass a valid API key.",
                "",
                "authentication: check the",
            ),
            (
                "API key expired. Please renew the API key.",
                "",
                "authentication: check the",
            ),
            (
                "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
                "",
                "context_length_exceeded: shorten the",
            ),
            (
                "The input token count exceeds the limit.",
                "",
                "context_length_exceeded: shorten the",
            ),
            (
                "Request payload size exceeds the limit: 20971520 bytes.",
                "",
                "request_too_large: -",
            ),
            (
                "Invalid JSON payload received. Unknown name",
                "",
                "invalid_request: -",
            ),
            (
                "Function call is missing a thought_signature in functionCall parts.",
                "",
                "invalid_request: push the",
            ),
            (
                "Cannot fetch content from the provided URL. Status: URL_ROBOTED",
                "",
                "invalid_request: the provider",
            ),
        ],
    );
    let place = "User location is not supported for the API use.";
    check_all(
        400,
        "FAILED_PRECONDITION",
        &[
            (place, "", "permission: the API"),
            (
                "$grpcMessage",
                &format!(r#"{{"detail":"generic: {place}"}}"#),
                "permission: the API",
            ),
            (
                "Please enable billing on your project.",
                "",
                "quota_exceeded: the quota",
            ),
        ],
    );
}

#[test]
fn a_key_may_be_missing_restricted_or_spent() {
    check(
        401,
        &body(
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
            "",
        ),
        "authentication UNAUTHENTICATED: check the",
    );
    check(
        402,
        &body("", "Your prepayment credits are depleted.", ""),
        "quota_exceeded 1: the quota",
    );
    check_all(
        403,
        "PERMISSION_DENIED",
        &[
            (
                "Method doesn't allow unregistered callers",
                "",
                "authentication: check the",
            ),
            (
                "x",
                &info("API_KEY_HTTP_REFERRER_BLOCKED"),
                "permission: the key",
            ),
            ("x", &info("API_KEY_SERVICE_BLOCKED"), "permission: the key"),
            ("x", &info("SERVICE_DISABLED"), "permission: enable the"),
            ("x", &info("CONSUMER_SUSPENDED"), "permission: -"),
            ("x", &info("IAM_PERMISSION_DENIED"), "permission: give the"),
            (
                "Your API key was reported as leaked. Please use another API key.",
                "",
                "permission: create another",
            ),
        ],
    );
}

#[test]
fn what_is_not_there_is_a_model_or_an_address() {
    check_all(
        404,
        "NOT_FOUND",
        &[
            (
                "models/x is not found for API version v1beta, or is not supported for generateContent.",
                "",
                "model_not_found: check the",
            ),
            (
                "Publisher Model `projects/p/locations/l/publishers/google/models/x` not found.",
                "",
                "model_not_found: check the",
            ),
            (
                "Not found: cache content metadata 1.",
                "",
                "invalid_request: -",
            ),
        ],
    );
    check(
        404,
        r#"{"error":{"message":"The model x does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
        "model_not_found model_not_found: check the",
    );
    check(
        404,
        "<!DOCTYPE html>\n<html lang=en><title>Error 404 (Not Found)!!1</title>",
        "invalid_request -: the address",
    );
    check(413, "", "request_too_large -: -");
}

#[test]
fn a_spent_day_is_no_rate_limit() {
    let minute = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "10");
    let day = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "250");
    let slow = format!("{PLAN}\\nPlease retry in 48.939935699s.");
    // (1) a day or nothing at all
    check_all(
        429,
        "RESOURCE_EXHAUSTED",
        &[
            (
                PLAN,
                &format!("{day},{}", wait("36s")),
                "quota_exceeded: the quota",
            ),
            (
                PLAN,
                &format!("{minute},{day}"),
                "quota_exceeded: the quota",
            ),
            (
                PLAN,
                &quota("GenerateRequestsPerMinute", "0"),
                "quota_exceeded: the quota",
            ),
            (
                "Quota exceeded, limit: 0\\nPlease retry in 3s.",
                "",
                "quota_exceeded: the quota",
            ),
            // (2) a minute, or a wait: the longer one of detail and text
            (PLAN, &minute, "rate_limit retry: -"),
            (
                &slow,
                &format!("{minute},{}", wait("48s")),
                "rate_limit retry wait 48940: -",
            ),
            ("x", &wait("48s"), "rate_limit retry wait 49000: -"),
            ("x", &wait("36.473s"), "rate_limit retry wait 36473: -"),
            (
                "Quota exceeded, limit: 05. Please retry in 36.4s.",
                "",
                "rate_limit retry wait 36400: -",
            ),
            // (3) credit
            (
                PLAN,
                r#"{"@type":"type.googleapis.com/google.rpc.Help","links":[]}"#,
                "quota_exceeded: the quota",
            ),
            (
                "Your prepayment credits are depleted.",
                "",
                "quota_exceeded: the quota",
            ),
            (
                "The project has exceeded its monthly spend cap.",
                "",
                "quota_exceeded: the quota",
            ),
            // (4) anything else, also wrapped in a list
            (
                "Resource exhausted. Please try again later.",
                "",
                "rate_limit retry: -",
            ),
        ],
    );
    let busy = body("RESOURCE_EXHAUSTED", "Resource exhausted.", "");
    check(
        429,
        &format!("[{busy}]"),
        "rate_limit RESOURCE_EXHAUSTED retry: -",
    );
    check(
        429,
        r#"{"error":{"code":429,"message":"x","errors":[{"reason":"rateLimitExceeded"}]}}"#,
        "rate_limit 429 retry: -",
    );
}

#[test]
fn what_failed_may_work_again() {
    check(
        499,
        &body("CANCELLED", "The operation was cancelled.", ""),
        "cancelled CANCELLED: -",
    );
    check(
        500,
        &body("INTERNAL", "Internal error encountered.", ""),
        "server_error INTERNAL retry: -",
    );
    check(
        500,
        &body("UNKNOWN", "x", ""),
        "server_error UNKNOWN retry: -",
    );
    check(502, "<html>Bad Gateway</html>", "server_error - retry: -");
    check(
        503,
        &body(
            "UNAVAILABLE",
            "The model is overloaded. Please try again later.",
            "",
        ),
        "overloaded UNAVAILABLE retry: -",
    );
    check(
        504,
        &body("DEADLINE_EXCEEDED", "x", ""),
        "timeout DEADLINE_EXCEEDED retry: -",
    );
    let head = ResponseHead {
        status: 503,
        headers: [("retry-after", "7"), ("x-request-id", "r1")]
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .to_vec(),
        ..ResponseHead::default()
    };
    let error = of_response(&head, "");
    assert_eq!(told(&error), "overloaded - retry wait 7000 id r1: -");
}

/// Inside an answer the code, or the name of the status, stands for the status.
#[track_caller]
fn check_inside(error: &str, expected: &str) {
    assert_eq!(told(&inside_answer(error)), expected);
}

#[test]
fn errors_inside_answers() {
    check_inside(
        r#"{"code":503,"message":"x","status":"UNAVAILABLE"}"#,
        "overloaded UNAVAILABLE retry: -",
    );
    check_inside(
        r#"{"code":0,"message":"API key expired","status":"INVALID_ARGUMENT"}"#,
        "authentication INVALID_ARGUMENT: check the",
    );
    for name in [
        "CANCELLED",
        "OUT_OF_RANGE",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "ABORTED",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        "RESOURCE_EXHAUSTED",
        "UNIMPLEMENTED",
        "UNKNOWN",
        "INTERNAL",
        "DATA_LOSS",
        "UNAVAILABLE",
        "NEW_ONE",
    ] {
        let error = inside_answer(&format!(r#"{{"status":"{name}"}}"#));
        let expected = GRPC.iter().find(|(known, _)| *known == name);
        assert_eq!(
            error.kind,
            expected.map_or(ErrorKind::ServerError, |it| it.1),
            "{name}"
        );
    }
}

/// Names that come without a number, and what they are. All others are the provider's fault.
const GRPC: &[(&str, ErrorKind)] = &[
    ("CANCELLED", ErrorKind::Cancelled),
    ("OUT_OF_RANGE", ErrorKind::InvalidRequest),
    ("DEADLINE_EXCEEDED", ErrorKind::Timeout),
    ("NOT_FOUND", ErrorKind::InvalidRequest),
    ("PERMISSION_DENIED", ErrorKind::Permission),
    ("UNAUTHENTICATED", ErrorKind::Authentication),
    ("RESOURCE_EXHAUSTED", ErrorKind::RateLimit),
    ("UNAVAILABLE", ErrorKind::Overloaded),
];
