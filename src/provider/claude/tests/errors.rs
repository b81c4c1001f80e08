//! Every error body and code of the wire reference (Anthropic §5), by what becomes of it.

use super::*;
use crate::error::ErrorKind;

/// An answer that is not 2xx: status, headers in lines, body.
type Failure<'a> = (u16, &'a str, String);

/// A body with a type and a message, or with `code:` an `error_code` in its details.
fn body(r#type: &str, message: &str) -> String {
    let error = match message.strip_prefix("code: ") {
        Some(code) => format!(r#""message":"x","details":{{"error_code":"{code}"}}"#),
        None => format!(r#""message":"{message}""#),
    };
    format!(r#"{{"type":"error","error":{{"type":"{type}",{error}}},"request_id":"req_1"}}"#)
}

/// Checks kind, code, wait, id of the request, whether to try again, and the hint.
#[track_caller]
fn check(failures: &[Failure<'_>], expected: Expect) {
    let told: Vec<_> = failures.iter().map(told).collect();
    expected.assert_eq(&told.join("\n"));
}

fn told((status, headers, body): &Failure<'_>) -> String {
    let mut head = ResponseHead {
        status: *status,
        ..ResponseHead::default()
    };
    for line in headers.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        head.headers.push((name.to_string(), value.to_string()));
    }
    let error = Claude.error(&head, body);
    let mut told = format!(
        "{status} {:?} {}",
        error.kind,
        error.code.clone().unwrap_or_default()
    );
    if let Some(wait) = error.retry_after_ms {
        write!(told, " after {wait} ms").unwrap();
    }
    write!(told, " [{}]", error.request_id.clone().unwrap_or_default()).unwrap();
    if error.retryable {
        told += " again";
    }
    if let Some(hint) = &error.hint {
        write!(told, "\n    {hint}").unwrap();
    }
    told
}

/// The rows of the table of statuses and types.
#[test]
fn every_status_and_type() {
    let rows = [
        (400, "invalid_request_error", "max_tokens: Field required"),
        (401, "authentication_error", "API key is invalid."),
        (402, "billing_error", "x"),
        (403, "permission_error", "x"),
        (404, "not_found_error", "model: claude-x"),
        (404, "not_found_error", "Not found"),
        (409, "conflict_error", "x"),
        (413, "request_too_large", "Request exceeds the maximum size"),
        (429, "rate_limit_error", "Rate limited"),
        (500, "api_error", "Internal server error"),
        (502, "api_error", "x"),
        (504, "timeout_error", "x"),
        (529, "overloaded_error", "Overloaded"),
        (503, "new_error", "x"),
        (400, "overloaded_error", "x"),
    ];
    let rows = rows.map(|(status, r#type, message)| (status, "", body(r#type, message)));
    check(
        &rows,
        expect![[r#"
        400 InvalidRequest invalid_request_error [req_1]
        401 Authentication authentication_error [req_1]
            check the key; it begins with `sk-ant-`
        402 QuotaExceeded billing_error [req_1]
            add credit or raise the spend limit in the provider's console; waiting does not help
        403 Permission permission_error [req_1]
            the key's workspace may not use this model or feature; see the provider's console
        404 ModelNotFound not_found_error [req_1]
            check the model's id; older models are retired
        404 InvalidRequest not_found_error [req_1]
        409 ServerError conflict_error [req_1] again
        413 RequestTooLarge request_too_large [req_1]
            send smaller images or files; a request may have 32 MB
        429 RateLimit rate_limit_error [req_1] again
        500 ServerError api_error [req_1] again
        502 ServerError api_error [req_1] again
        504 Timeout timeout_error [req_1] again
        529 Overloaded overloaded_error [req_1] again
        503 Overloaded new_error [req_1] again
        400 Overloaded overloaded_error [req_1] again"#]],
    );
}

#[test]
fn texts_tell_the_generic_type_apart() {
    let rows = [
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
        "Your credit balance is too low to access the Anthropic API.",
        "You have reached your specified API usage limits.",
        "Your organization has reached its spend limit.",
        "Output blocked by content filtering policy",
        "messages.1: Invalid signature in thinking block. The block is bound to a different conversation",
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "This model does not support assistant message prefill.",
        "This model does not support effort level 'xhigh'.",
        "temperature: Extra inputs are not permitted",
        "code: image_dimensions_too_large",
    ];
    let rows = rows.map(|message| (400, "", body("invalid_request_error", message)));
    check(
        &rows,
        expect![[r#"
            400 ContextLengthExceeded invalid_request_error [req_1]
                shorten the conversation, lower max_tokens, or choose a model with a larger window
            400 ContextLengthExceeded invalid_request_error [req_1]
                shorten the conversation, lower max_tokens, or choose a model with a larger window
            400 QuotaExceeded invalid_request_error [req_1]
                add credit or raise the spend limit in the provider's console; waiting does not help
            400 QuotaExceeded invalid_request_error [req_1]
                add credit or raise the spend limit in the provider's console; waiting does not help
            400 QuotaExceeded invalid_request_error [req_1]
                add credit or raise the spend limit in the provider's console; waiting does not help
            400 ContentFilter invalid_request_error [req_1]
            400 InvalidRequest invalid_request_error [req_1]
                send the messages before a reasoning turn unchanged, or remove `provider_state` from the assistant messages
            400 InvalidRequest invalid_request_error [req_1]
                send the messages before a reasoning turn unchanged, or remove `provider_state` from the assistant messages
            400 InvalidRequest invalid_request_error [req_1]
            400 InvalidRequest invalid_request_error [req_1]
            400 InvalidRequest invalid_request_error [req_1]
            400 InvalidRequest image_dimensions_too_large [req_1]
                scale the images down: 8000 pixels a side, 2000 where there are more than 20"#]],
    );
}

#[test]
fn codes_and_pages_tell_limits_and_browsers_apart() {
    let rows = [
        (
            429,
            "rate_limit_error",
            "code: enforced_spend_limit_reached",
        ),
        (
            429,
            "rate_limit_error",
            "code: contract_spend_limit_reached",
        ),
        (429, "rate_limit_error", "code: ramp_limit_exceeded"),
        (
            402,
            "billing_error",
            "code: linked_organization_spend_limit_reached",
        ),
        (
            401,
            "authentication_error",
            "CORS requests are not allowed for this Organization because of its settings",
        ),
        (
            401,
            "authentication_error",
            "CORS requests must set 'anthropic-dangerous-direct-browser-access' header",
        ),
    ];
    let rows = rows.map(|(status, r#type, message)| (status, "", body(r#type, message)));
    check(
        &rows,
        expect![[r#"
        429 QuotaExceeded enforced_spend_limit_reached [req_1]
            add credit or raise the spend limit in the provider's console; waiting does not help
        429 QuotaExceeded contract_spend_limit_reached [req_1]
            add credit or raise the spend limit in the provider's console; waiting does not help
        429 RateLimit ramp_limit_exceeded [req_1] again
        402 QuotaExceeded linked_organization_spend_limit_reached [req_1]
            add credit or raise the spend limit in the provider's console; waiting does not help
        401 Authentication authentication_error [req_1]
            this organisation's settings forbid calls from browsers; call through a proxy of your own
        401 Authentication authentication_error [req_1]
            something on the way removes the header `anthropic-dangerous-direct-browser-access`; let it through"#]],
    );
}

/// Of two limits that are used up the later reset counts, by the server's clock.
const RESETS: &str = "date: Sun, 22 Nov 2026 18:46:27 GMT
anthropic-ratelimit-requests-remaining: 0
anthropic-ratelimit-requests-reset: 2026-11-22T18:46:30Z
anthropic-ratelimit-output-tokens-remaining: 0
anthropic-ratelimit-output-tokens-reset: 2026-11-22T18:47:27Z
anthropic-ratelimit-tokens-remaining: 500
anthropic-ratelimit-tokens-reset: 2026-11-22T18:50:00Z";

/// Waits, ids and advice are in headers as well, and edges answer in HTML.
#[test]
fn headers_and_what_the_edge_says() {
    let limited = body("rate_limit_error", "x").replace("\"req_1\"", "null");
    let rows = [
        (429, "retry-after: 7\nrequest-id: req_h", limited.clone()),
        (429, "x-should-retry: false", limited.clone()),
        (429, RESETS, limited),
        (
            529,
            "retry-after-ms: 250.5\nx-should-retry: true",
            "<html>overloaded</html>".into(),
        ),
        (400, "retry-after: 9", body("invalid_request_error", "x")),
        (408, "", String::new()),
        (499, "", "client closed".into()),
        (503, "cf-ray: 8f-FRA", "upstream connect error".into()),
        (520, "", "<html>".into()),
        (404, "", "<html>not found</html>".into()),
    ];
    check(
        &rows,
        expect![[r#"
            429 RateLimit rate_limit_error after 7000 ms [req_h] again
            429 RateLimit rate_limit_error []
            429 RateLimit rate_limit_error after 60000 ms [] again
            529 Overloaded  after 251 ms [] again
            400 InvalidRequest invalid_request_error [req_1]
            408 Timeout  [] again
            499 Cancelled  []
            503 Overloaded  [8f-FRA] again
            520 ServerError  [] again
            404 InvalidRequest  []"#]],
    );
}

#[test]
fn inside_an_answer_the_type_decides() {
    let rows = [
        "overloaded_error",
        "rate_limit_error",
        "api_error",
        "invalid_request_error",
    ];
    let kinds = rows.map(|r#type| error::inside_answer(&body(r#type, "x")).kind);
    use ErrorKind as Kind;
    let expected = [
        Kind::Overloaded,
        Kind::RateLimit,
        Kind::ServerError,
        Kind::InvalidRequest,
    ];
    assert_eq!(kinds, expected);
}

/// Servers that speak this dialect too may answer with another one's errors.
#[test]
fn a_code_of_another_dialect_tells() {
    let of = |r#type: &str, code: &str| {
        format!(
            r#"{{"error":{{"message":"x","type":"{type}","param":null,"code":"{code}"}}}}"#,
            r#type = r#type
        )
    };
    check(
        &[
            (404, "", of("invalid_request_error", "model_not_found")),
            (429, "", of("insufficient_quota", "insufficient_quota")),
        ],
        expect![[r#"
        404 ModelNotFound model_not_found []
            check the model's id; older models are retired
        429 QuotaExceeded insufficient_quota []
            add credit or raise the spend limit in the provider's console; waiting does not help"#]],
    );
}
