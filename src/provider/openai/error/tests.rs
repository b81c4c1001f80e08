//! Every body and code of the wire reference (OpenAI §7 and §10), and what becomes of it.

use expect_test::expect;

use super::*;

type Row<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

/// Status and what an error says, in a line; the hint's first words behind `->`.
fn told(error: &Error) -> String {
    let code = error.code.as_deref().unwrap_or("-");
    let wait = error.retry_after_ms.map(|ms| format!(", in {ms} ms"));
    let again = if error.retryable { ", again" } else { "" };
    let id = error.request_id.as_deref().map(|id| format!(", {id}"));
    let hint = error.hint.as_deref().unwrap_or_default();
    let words: Vec<_> = hint.split(' ').take(4).collect();
    let hint = if hint.is_empty() {
        String::new()
    } else {
        format!(" -> {}", words.join(" "))
    };
    format!(
        "{} {code}{again}{}{}{hint}",
        error.kind.as_str(),
        wait.unwrap_or_default(),
        id.unwrap_or_default()
    )
}

#[test]
fn answers_that_are_errors() {
    let mut lines = String::new();
    for (status, headers, body) in ROWS {
        let head = ResponseHead {
            status: *status,
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            received_ms: 0,
        };
        let error = of_response(&head, body);
        assert_eq!(error.status, Some(*status), "{body}");
        lines += &format!("{status} {}\n", told(&error));
    }
    expect![[r#"
        400 context_length_exceeded context_length_exceeded -> shorten the conversation, or
        400 context_length_exceeded string_above_max_length -> shorten the conversation, or
        400 context_length_exceeded invalid_request_error -> shorten the conversation, or
        400 context_length_exceeded invalid_request_error -> shorten the conversation, or
        400 content_filter content_policy_violation
        400 content_filter content_filter
        400 content_filter invalid_prompt
        400 invalid_request unsupported_parameter, req_1
        400 invalid_request unsupported_value
        400 invalid_request invalid_value
        400 invalid_request missing_required_parameter
        400 invalid_request invalid_json_schema
        400 invalid_request invalid_function_parameters
        400 invalid_request invalid_image_url
        400 invalid_request invalid_request_error -> leave `api` out of
        400 invalid_request unsupported_value -> leave out `thinking.display`, or
        400 invalid_request invalid_request_error -> send assistant messages back
        400 model_not_found model_not_found -> check the model's id,
        400 invalid_request tool_use_failed
        401 authentication invalid_api_key -> check the key of
        401 authentication invalid_organization -> check the key of
        401 authentication invalid_request_error -> check the key of
        401 authentication api_error -> check the key of
        402 quota_exceeded invalid_request_error -> add credit or raise
        403 permission unsupported_country_region_territory -> give the key the
        403 permission invalid_request_error -> give the key the
        404 model_not_found model_not_found -> check the model's id,
        404 model_not_found invalid_request_error -> this endpoint does not
        404 model_not_found api_error -> check the model's id,
        404 invalid_request -
        408 timeout timeout, again
        409 server_error invalid_request_error, again
        413 request_too_large - -> send less at once;
        422 invalid_request - -> leave it out of
        429 rate_limit rate_limit_exceeded, again, in 1500 ms, req_2
        429 rate_limit rate_limit_exceeded, again, in 360000 ms
        429 rate_limit tokens, again, in 120 ms
        429 rate_limit tokens, again, in 8640 ms
        429 request_too_large rate_limit_exceeded -> send less at once;
        429 rate_limit slow_down, again, in 30000 ms
        429 quota_exceeded insufficient_quota -> add credit or raise
        429 quota_exceeded credit_balance_exhausted -> add credit or raise
        429 quota_exceeded organization_spend_limit_exceeded -> add credit or raise
        429 quota_exceeded project_spend_limit_exceeded -> add credit or raise
        429 quota_exceeded organization_usage_limit_exceeded -> add credit or raise
        429 quota_exceeded billing_hard_limit_reached -> add credit or raise
        429 rate_limit 429, again
        500 server_error server_error, again, req_3
        500 server_error -, again
        502 server_error -, again
        504 timeout -, again
        520 server_error -, again
        503 overloaded server_error, again
        503 overloaded server_is_overloaded
        503 overloaded unavailable_error, again
        400 invalid_request INVALID_ARGUMENT
        400 invalid_request -, abc
    "#]]
    .assert_eq(&lines);
}

#[test]
fn errors_inside_an_answer() {
    let mut lines = String::new();
    for body in INSIDE {
        let error = inside_answer(body);
        assert_eq!(
            (error.status, error.billed),
            (None, Billed::Unknown),
            "{body}"
        );
        lines += &format!("{}\n", told(&error));
    }
    lines += &format!("{}\n", told(&finished_with("insufficient_system_resource")));
    expect![[r#"
        server_error server_error, again
        authentication authentication_error -> check the key of
        invalid_request 400
        quota_exceeded 402 -> add credit or raise
        invalid_request tool_use_failed
        rate_limit rate_limit_exceeded, again, in 3723500 ms
        request_too_large rate_limit_exceeded -> send less at once;
        overloaded server_is_overloaded, again
        server_error -, again
        server_error server_error, again
        rate_limit rate_limit_exceeded, again
        content_filter invalid_prompt
        invalid_request data_residency_mismatch
        content_filter bio_policy
        content_filter misalignment_policy_violation
        server_error vector_store_timeout, again
        invalid_request invalid_image
        invalid_request invalid_image_format
        invalid_request invalid_base64_image
        invalid_request invalid_image_url
        invalid_request image_too_large
        invalid_request image_too_small
        invalid_request image_parse_error
        content_filter image_content_policy_violation
        invalid_request invalid_image_mode
        invalid_request image_file_too_large
        invalid_request unsupported_image_media_type
        invalid_request empty_image_file
        invalid_request failed_to_download_image
        invalid_request image_file_not_found
        server_error insufficient_system_resource, again
    "#]]
    .assert_eq(&lines);
}

const ROWS: &[Row<'_>] = &[
    (
        400,
        &[],
        r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Invalid 'input': string too long.","type":"invalid_request_error","param":null,"code":"string_above_max_length"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Your input exceeds the context window of this model.","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"prompt too long; exceeded max context length by 12 tokens (ref: 1-2)","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Your request was rejected by the safety system.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"The response was filtered.","type":null,"param":null,"code":"content_filter"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Invalid prompt: flagged as potentially violating our usage policy.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#,
    ),
    (
        400,
        &[("x-should-retry", "false"), ("x-request-id", "req_1")],
        r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.5 with this model.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Invalid 'messages[3]'. Content blocks are expected to be either text or image_url type.","type":"invalid_request_error","param":"messages[3]","code":"invalid_value"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Missing required parameter: 'tools[0].name'.","type":"invalid_request_error","param":null,"code":"missing_required_parameter"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Invalid schema for response_format 'n'.","type":"invalid_request_error","param":null,"code":"invalid_json_schema"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Invalid schema for function 'f'.","type":"invalid_request_error","param":"tools[0].parameters","code":"invalid_function_parameters"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Failed to download image.","type":"invalid_request_error","param":null,"code":"invalid_image_url"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Function tools with reasoning_effort are not supported for gpt-5.6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Your organization must be verified to use reasoning.summary.","type":"invalid_request_error","param":"reasoning.summary","code":"unsupported_value"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Item 'rs_1' of type 'reasoning' was provided without its required following item.","type":"invalid_request_error","param":"input","code":null}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"The requested model 'gpt-5.2-proo' does not exist.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#,
    ),
    (
        400,
        &[],
        r#"{"error":{"message":"Tool call validation failed","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"maybe"}}"#,
    ),
    (
        401,
        &[],
        r#"{"error":{"message":"Incorrect API key provided: sk-***.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    ),
    (
        401,
        &[],
        r#"{"error":{"message":"No such organization: org-x.","type":"invalid_request_error","param":null,"code":"invalid_organization"}}"#,
    ),
    (
        401,
        &[],
        r#"{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: model.request.","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    (
        401,
        &[],
        r#"{"error":{"message":"Something went wrong","type":"api_error","param":null,"code":null}}"#,
    ),
    (
        402,
        &[],
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
    ),
    (
        403,
        &[],
        r#"{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}}"#,
    ),
    (
        403,
        &[],
        r#"{"error":{"message":"You are not allowed to sample from this model","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    (
        404,
        &[],
        r#"{"error":{"message":"The model `nonexistent` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
    ),
    (
        404,
        &[],
        r#"{"error":{"message":"This is not a chat model and thus not supported in the v1/chat/completions endpoint.","type":"invalid_request_error","param":"model","code":null}}"#,
    ),
    (
        404,
        &[],
        r#"{"error":{"message":"model \"qwen3\" not found, try pulling it first","type":"api_error","param":null,"code":null}}"#,
    ),
    (404, &[], r#"{"detail":"Not Found"}"#),
    (
        408,
        &[],
        r#"{"error":{"message":"Request timed out.","type":"timeout","param":null,"code":null}}"#,
    ),
    (
        409,
        &[],
        r#"{"error":{"message":"Conflict","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    (413, &[], r#"Payload Too Large"#),
    (
        422,
        &[],
        r#"{"detail":"Extra inputs are not permitted: stream_options"}"#,
    ),
    (
        429,
        &[
            ("x-request-id", "req_2"),
            ("retry-after-ms", "1500"),
            ("retry-after", "2"),
        ],
        r#"{"error":{"message":"Rate limit reached for gpt-4o on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 6m0s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Rate limit reached. Please try again in 120ms.","type":"tokens","param":null,"code":null}}"#,
    ),
    (
        429,
        &[
            ("x-ratelimit-remaining-requests", "59"),
            ("x-ratelimit-reset-requests", "1h0m2.5s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "8.64s"),
        ],
        r#"{"error":{"message":"Rate limit reached.","type":"tokens","param":null,"code":null}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 49000.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    (
        429,
        &[("retry-after", "30")],
        r#"{"error":{"message":"Please slow down.","type":"rate_limit_error","param":null,"code":"slow_down"}}"#,
    ),
    (
        429,
        &[("x-should-retry", "true")],
        r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Stop.","type":"invalid_request_error","param":null,"code":"credit_balance_exhausted"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Stop.","type":"invalid_request_error","param":null,"code":"organization_spend_limit_exceeded"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Stop.","type":"invalid_request_error","param":null,"code":"project_spend_limit_exceeded"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Stop.","type":"invalid_request_error","param":null,"code":"organization_usage_limit_exceeded"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Stop.","type":"invalid_request_error","param":null,"code":"billing_hard_limit_reached"}}"#,
    ),
    (
        429,
        &[],
        r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"provider_name":"Google"}},"user_id":"u"}"#,
    ),
    (
        500,
        &[("x-request-id", "req_3")],
        r#"{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}"#,
    ),
    (
        500,
        &[],
        r#"{"error":"llama runner process has terminated"}"#,
    ),
    (502, &[], r#"<html>bad gateway</html>"#),
    (504, &[], r#"upstream request timeout"#),
    (520, &[], r#""#),
    (
        503,
        &[],
        r#"{"error":{"message":"That model is currently overloaded with other requests.","type":"server_error","param":null,"code":null}}"#,
    ),
    (
        503,
        &[("x-should-retry", "false")],
        r#"{"error":{"message":"Slow down","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}"#,
    ),
    (
        503,
        &[],
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
    ),
    (
        400,
        &[],
        r#"[{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}]"#,
    ),
    (
        400,
        &[],
        r#"{"message":"temperature is out of range","request_id":"abc"}"#,
    ),
];

const INSIDE: &[&str] = &[
    r#"{"error":{"message":"x","type":"server_error","code":null}}"#,
    r#"{"error":{"message":"x","type":"authentication_error","code":null}}"#,
    r#"{"error":{"message":"Token limit reached","code":400}}"#,
    r#"{"error":{"message":"No credit","code":402}}"#,
    r#"{"error":{"message":"Tool choice is required","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}"#,
    r#"{"type":"error","code":"rate_limit_exceeded","message":"Please try again in 1h2m3.5s.","param":null,"sequence_number":3}"#,
    r#"{"type":"error","error":{"type":"tokens","code":"rate_limit_exceeded","message":"Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 49000.","param":null}}"#,
    r#"{"code":"server_is_overloaded","message":"busy"}"#,
    r#"{"error":"out of memory"}"#,
    r#"{"error":{"code":"server_error","message":"x"}}"#,
    r#"{"error":{"code":"rate_limit_exceeded","message":"x"}}"#,
    r#"{"error":{"code":"invalid_prompt","message":"x"}}"#,
    r#"{"error":{"code":"data_residency_mismatch","message":"x"}}"#,
    r#"{"error":{"code":"bio_policy","message":"x"}}"#,
    r#"{"error":{"code":"misalignment_policy_violation","message":"x"}}"#,
    r#"{"error":{"code":"vector_store_timeout","message":"x"}}"#,
    r#"{"error":{"code":"invalid_image","message":"x"}}"#,
    r#"{"error":{"code":"invalid_image_format","message":"x"}}"#,
    r#"{"error":{"code":"invalid_base64_image","message":"x"}}"#,
    r#"{"error":{"code":"invalid_image_url","message":"x"}}"#,
    r#"{"error":{"code":"image_too_large","message":"x"}}"#,
    r#"{"error":{"code":"image_too_small","message":"x"}}"#,
    r#"{"error":{"code":"image_parse_error","message":"x"}}"#,
    r#"{"error":{"code":"image_content_policy_violation","message":"x"}}"#,
    r#"{"error":{"code":"invalid_image_mode","message":"x"}}"#,
    r#"{"error":{"code":"image_file_too_large","message":"x"}}"#,
    r#"{"error":{"code":"unsupported_image_media_type","message":"x"}}"#,
    r#"{"error":{"code":"empty_image_file","message":"x"}}"#,
    r#"{"error":{"code":"failed_to_download_image","message":"x"}}"#,
    r#"{"error":{"code":"image_file_not_found","message":"x"}}"#,
];
