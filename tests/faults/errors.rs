//! Answers that are errors, through the whole call: status, headers and body
//! as a server sends them, and what the caller is told.
//!
//! A file is `fixtures/<provider>/errors/<name>.http`: the status line, headers,
//! a blank line, the body.

use aircher_llm::error::Error;
use aircher_llm::http::ResponseHead;
use aircher_llm::provider;
use expect_test::{Expect, expect};

use super::scene;
use crate::support::{Answer, Step};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// One error of a provider.
pub struct Refusal {
    provider: &'static str,
    name: &'static str,
    text: &'static str,
}

macro_rules! refusals {
    ($($provider:literal: $($name:literal)*;)*) => {
        &[$($(Refusal {
            provider: $provider,
            name: $name,
            text: include_str!(concat!("../fixtures/", $provider, "/errors/", $name, ".http")),
        },)*)*]
    };
}

/// All of them.
pub const ERRORS: &[Refusal] = refusals! {
    "claude":
        "retry_after_on_200"
        "should_not_retry_400" "should_not_retry_401" "should_not_retry_404" "should_not_retry_500"
        "should_retry_409";
    "gemini":
        "event_stream_type_400" "html_404" "quota_without_retry_info_429" "retry_info_429"
        "retry_info_alone_429" "wrapped_429";
    "ollama":
        "bare_string_404" "cut_last_line_200" "object_404" "plain_error_200";
    "openai":
        "bare_string" "code_null" "code_number" "code_string" "cut_last_event_200" "html_502"
        "ollama_v1_object" "plain_error_200" "quota_429" "schema_param" "too_large_429"
        "wrapped_array";
};

impl Refusal {
    /// Its name in the table of faults.
    pub fn name(&self) -> String {
        format!("{}/errors/{}", self.provider, self.name)
    }

    fn answer(&self) -> Answer {
        let (head, body) = self.text.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Answer {
            head_after_ms: 0,
            head: ResponseHead {
                status: status.parse().unwrap(),
                headers: headers
                    .map(|(key, value)| (key.into(), value.into()))
                    .collect(),
                ..ResponseHead::default()
            },
            steps: vec![Step::Bytes(body.into())],
        }
    }

    /// What the call ends with.
    #[track_caller]
    fn error(&self, stream: bool) -> Error {
        let scene = scene(self.provider, self.answer());
        let scene = if stream { scene } else { scene.full() };
        let mut call = scene.call();
        loop {
            match scene.env.run(call.next()) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{} was taken for an answer", self.name()),
                Err(error) => return error,
            }
        }
    }
}

/// Kind, code, status, wait, request id and hint; the message is the provider's.
fn told(error: &Error) -> String {
    let mut told = error.kind.to_string();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            told += &format!(", {name} {value}");
        }
    };
    add("code", error.code.clone());
    add("status", error.status.map(|status| status.to_string()));
    add("retryable", error.retryable.then(|| "yes".into()));
    add("wait", error.retry_after_ms.map(|ms| format!("{ms} ms")));
    add("id", error.request_id.clone());
    add("hint", error.hint.clone());
    told
}

#[track_caller]
fn check(provider: &str, expected: Expect) {
    if provider::of_kind(provider).is_none() {
        return;
    }
    let mut lines = String::new();
    for refusal in ERRORS.iter().filter(|error| error.provider == provider) {
        let error = told(&refusal.error(true));
        if refusal.answer().head.status >= 400 {
            let whole = told(&refusal.error(false));
            assert_eq!(whole, error, "{} when not streamed", refusal.name());
        }
        lines += &format!("{}: {error}\n", refusal.name);
    }
    expected.assert_eq(&lines);
}

#[test]
fn claude() {
    check(
        "claude",
        expect![[r#"
        retry_after_on_200: overloaded, code overloaded_error, retryable yes, id req_c200
        should_not_retry_400: invalid_request, code invalid_request_error, status 400, id req_c400
        should_not_retry_401: authentication, code authentication_error, status 401, id req_c401, hint check the key; it begins with `sk-ant-`
        should_not_retry_404: model_not_found, code not_found_error, status 404, id req_c404, hint check the model's id; older models are retired
        should_not_retry_500: server_error, code api_error, status 500, id req_c500
        should_retry_409: server_error, code conflict_error, status 409, retryable yes, wait 250 ms
    "#]],
    );
}

#[test]
fn gemini() {
    check(
        "gemini",
        expect![[r#"
        event_stream_type_400: authentication, code INVALID_ARGUMENT, status 400, hint check the key: create or renew it at https://aistudio.google.com/apikey
        html_404: invalid_request, status 404, hint the address has no such API; check base_url, api_version and location
        quota_without_retry_info_429: quota_exceeded, code RESOURCE_EXHAUSTED, status 429, hint the quota of the day or the credit is used up; raise it or wait for its reset
        retry_info_429: rate_limit, code RESOURCE_EXHAUSTED, status 429, retryable yes, wait 48940 ms
        retry_info_alone_429: rate_limit, code RESOURCE_EXHAUSTED, status 429, retryable yes, wait 49000 ms
        wrapped_429: rate_limit, code RESOURCE_EXHAUSTED, status 429, retryable yes
    "#]],
    );
}

#[test]
fn ollama() {
    check(
        "ollama",
        expect![[r#"
        bare_string_404: model_not_found, status 404, hint get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag
        cut_last_line_200: stream_interrupted
        object_404: model_not_found, code api_error, status 404, hint get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag
        plain_error_200: server_error, retryable yes
    "#]],
    );
}

#[test]
fn openai() {
    check(
        "openai",
        expect![[r#"
        bare_string: context_length_exceeded, status 400, hint shorten the conversation, or choose a model with a larger window
        code_null: invalid_request, code invalid_request_error, status 400, id req_o1
        code_number: overloaded, code unavailable_error, status 503, retryable yes
        code_string: rate_limit, code rate_limit_exceeded, status 429, retryable yes, wait 800 ms, id req_o2
        cut_last_event_200: stream_interrupted
        html_502: server_error, status 502, retryable yes, id 8f-ZRH
        ollama_v1_object: model_not_found, code api_error, status 404, hint check the model's id, and whether this account and this endpoint serve it
        plain_error_200: server_error, code server_error, retryable yes
        quota_429: quota_exceeded, code insufficient_quota, status 429, hint add credit or raise the limit in the provider's billing settings; waiting does not help
        schema_param: invalid_request, code invalid_function_parameters, status 400
        too_large_429: request_too_large, code rate_limit_exceeded, status 429, hint send less at once; as it is the request never fits
        wrapped_array: rate_limit, code RESOURCE_EXHAUSTED, status 429, retryable yes
    "#]],
    );
}
