//! Naming Ollama's errors (wire reference, Ollama §5 with its corrections).

use crate::error::{Error, ErrorKind};
use crate::http::ResponseHead;
use crate::provider::fault::{Fault, kind_of_code, kind_of_status, with_headers};
use crate::provider::pick::{count, pick, string};

/// The error of an answer that is not 2xx.
pub(super) fn of_response(head: &ResponseHead, body: &str) -> Error {
    with_headers(named(Fault::of_response(head, body), body), head)
}

/// The error reported inside an answer with status 200.
pub(super) fn inside_answer(body: &str) -> Error {
    named(Fault::read(body), body)
}

fn named(fault: Fault, body: &str) -> Error {
    // What the cloud says beside its message (wire reference, Ollama §4 and §5):
    // its status, handed through by a local server, and where to sign in.
    let keys = ["StatusCode", "status_code", "signin_url"];
    let [status, other_status, url] = pick(body, keys).unwrap_or_default();
    let told = count(status).or_else(|| count(other_status));
    let told = told.and_then(|status| status.try_into().ok());
    let status = fault.status.or(told);
    let kind = of_text(&fault, status)
        .or_else(|| kind_of_code(&fault.code))
        .or_else(|| status.map(kind_of_status))
        .unwrap_or(ErrorKind::ServerError);
    let no_memory = fault.says(&["requires more system memory"]);
    let origin = refuses_origin(&fault);
    let hint = hint(kind, &fault, &string(url));
    let mut error = fault.into_error(kind);
    error.hint = hint;
    if origin {
        error.message = "the server refused this origin or host without a word".into();
    }
    // The same model will need the same memory again.
    error.retryable &= !no_memory;
    error
}

/// An origin or host the server does not allow gets 403 and nothing else.
fn refuses_origin(fault: &Fault) -> bool {
    fault.status == Some(403) && fault.message.is_empty()
}

/// The server has no codes: its texts tell, then the status.
fn of_text(fault: &Fault, status: Option<u16>) -> Option<ErrorKind> {
    const CONTEXT: [&str; 5] = [
        "exceeds the context length",
        "longer than the context length",
        "prompt too long",
        "exceeded max context length",
        "exceeds the available context size",
    ];
    const MODEL: [&str; 2] = ["try pulling it first", NOWHERE];
    Some(match status {
        _ if fault.says(&CONTEXT) => ErrorKind::ContextLengthExceeded,
        _ if fault.says(&MODEL) || (fault.says(&["model"]) && fault.says(&["not found"])) => {
            ErrorKind::ModelNotFound
        }
        None | Some(403) if fault.says(&["unauthorized"]) => ErrorKind::Authentication,
        _ if refuses_origin(fault) => ErrorKind::Authentication,
        Some(429) if fault.says(&["usage limit"]) => ErrorKind::QuotaExceeded,
        // The local server could not reach the cloud.
        Some(502) => ErrorKind::NetworkError,
        _ => return None,
    })
}

/// What a pull says of a model nobody has.
const NOWHERE: &str = "file does not exist";

/// What a person can do about it.
fn hint(kind: ErrorKind, fault: &Fault, signin: &str) -> Option<String> {
    let text = match kind {
        ErrorKind::Authentication => return Some(sign_in(fault, signin)),
        // A pull has just looked for it.
        ErrorKind::ModelNotFound if fault.says(&[NOWHERE]) => "check its name and tag",
        ErrorKind::ModelNotFound => {
            "get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag"
        }
        ErrorKind::ContextLengthExceeded => {
            "shorten the conversation, or raise `context_window` (`num_ctx`)"
        }
        ErrorKind::QuotaExceeded => "wait for the next period or upgrade the plan of the account",
        _ if fault.says(&["requires more system memory"]) => {
            "choose a smaller model, or lower `context_window` (`num_ctx`)"
        }
        _ if fault.says(&["does not support"]) => {
            "choose a model with this capability; `ollama show` lists what a model can do"
        }
        _ if fault.says(&["page not found"]) => {
            "check base_url, or update the server: old ones have no `/api/chat`"
        }
        _ => return None,
    };
    Some(text.to_string())
}

fn sign_in(fault: &Fault, url: &str) -> String {
    if url.starts_with("https://") && url.len() <= 500 {
        format!("run `ollama signin`, or open {url}")
    } else if refuses_origin(fault) {
        "add this page's origin to OLLAMA_ORIGINS and restart the server; a tunnel must send `Host: localhost`".to_string()
    } else {
        "run `ollama signin`, or set OLLAMA_API_KEY".to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(status: u16, body: &str, expected: Expect) {
        let head = ResponseHead {
            status,
            headers: Vec::new(),
            ..ResponseHead::default()
        };
        expected.assert_eq(&summary(&of_response(&head, body)));
    }

    /// What an error is: the server has no codes, and sends no wait unless the cloud does.
    fn summary(error: &Error) -> String {
        let retry = if error.retryable { " (retry)" } else { "" };
        let hint = error.hint.as_deref().unwrap_or("-");
        format!("{}{retry}; {hint}", error.kind)
    }

    #[test]
    fn the_text_decides_and_then_the_status() {
        check(
            400,
            r#"{"error":"\"llama3\" does not support thinking"}"#,
            expect![
                "invalid_request; choose a model with this capability; `ollama show` lists what a model can do"
            ],
        );
        check(
            400,
            r#"{"error":"registry.ollama.ai/library/phi:latest does not support tools"}"#,
            expect![
                "invalid_request; choose a model with this capability; `ollama show` lists what a model can do"
            ],
        );
        check(
            400,
            r#"{"error":"invalid options: num_ctx"}"#,
            expect!["invalid_request; -"],
        );
        check(
            400,
            r#"{"error":"the input length exceeds the context length"}"#,
            expect![
                "context_length_exceeded; shorten the conversation, or raise `context_window` (`num_ctx`)"
            ],
        );
        check(
            400,
            r#"{"error":"prompt too long; exceeded max context length by 5 tokens (ref: 0)"}"#,
            expect![
                "context_length_exceeded; shorten the conversation, or raise `context_window` (`num_ctx`)"
            ],
        );
        check(
            401,
            r#"{"error":"unauthorized","signin_url":"https://ollama.com/connect?name=x"}"#,
            expect![
                "authentication; run `ollama signin`, or open https://ollama.com/connect?name=x"
            ],
        );
        check(
            403,
            "",
            expect![
                "authentication; add this page's origin to OLLAMA_ORIGINS and restart the server; a tunnel must send `Host: localhost`"
            ],
        );
        check(
            401,
            "",
            expect!["authentication; run `ollama signin`, or set OLLAMA_API_KEY"],
        );
        check(
            403,
            r#"{"error":"this model requires a subscription"}"#,
            expect!["permission; -"],
        );
        check(
            404,
            r#"{"error":"model 'x' not found"}"#,
            expect![
                "model_not_found; get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag"
            ],
        );
        check(
            404,
            r#"{"error":"model \"x\" not found, try pulling it first"}"#,
            expect![
                "model_not_found; get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag"
            ],
        );
        check(
            404,
            "404 page not found",
            expect![
                "invalid_request; check base_url, or update the server: old ones have no `/api/chat`"
            ],
        );
        check(
            400,
            r#"{"error":"invalid model name"}"#,
            expect!["invalid_request; -"],
        );
        check(
            400,
            r#"{"error":"missing request body"}"#,
            expect!["invalid_request; -"],
        );
        check(
            400,
            r#"{"error":"the prompt is longer than the context length currently available to the model"}"#,
            expect![
                "context_length_exceeded; shorten the conversation, or raise `context_window` (`num_ctx`)"
            ],
        );
        check(
            499,
            r#"{"error":"request canceled"}"#,
            expect!["cancelled; -"],
        );
        check(
            503,
            r#"{"error":"Server overloaded, please retry shortly (ref: 0)"}"#,
            expect!["overloaded (retry); -"],
        );
        check(503, "", expect!["overloaded (retry); -"]);
        check(
            404,
            r#"{"error":{"message":"model 'x' not found","type":"api_error","code":null}}"#,
            expect![
                "model_not_found; get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag"
            ],
        );
        check(
            404,
            r#"{"error":{"message":"The model x does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            expect![
                "model_not_found; get it with `llm.ollama.pull(name)` or `auto_pull`, or check its name and tag"
            ],
        );
        check(
            429,
            r#"{"StatusCode":429,"Status":"429 Too Many Requests","error":"too many concurrent requests"}"#,
            expect!["rate_limit (retry); -"],
        );
        check(
            429,
            r#"{"error":"you've reached your weekly usage limit"}"#,
            expect!["quota_exceeded; wait for the next period or upgrade the plan of the account"],
        );
        check(
            500,
            r#"{"error":"llama runner process has terminated: exit status 2"}"#,
            expect!["server_error (retry); -"],
        );
        check(
            500,
            r#"{"error":"model requires more system memory (2.7 GiB) than is available (2.3 GiB)"}"#,
            expect!["server_error; choose a smaller model, or lower `context_window` (`num_ctx`)"],
        );
        check(
            502,
            r#"{"error":"could not connect to ollama.com"}"#,
            expect!["network_error (retry); -"],
        );
        check(
            503,
            r#"{"error":"server busy, please try again. maximum pending requests exceeded"}"#,
            expect!["overloaded (retry); -"],
        );
    }

    #[test]
    fn the_cloud_names_a_wait_and_the_request() {
        let head = ResponseHead {
            status: 429,
            headers: [("retry-after", "3"), ("x-request-id", "r1")]
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .to_vec(),
            ..ResponseHead::default()
        };
        let error = of_response(&head, r#"{"error":"too many requests"}"#);
        assert_eq!(error.retry_after_ms, Some(3_000));
        assert_eq!(error.request_id.as_deref(), Some("r1"));
        assert_eq!(error.code, None);
    }

    #[test]
    fn inside_an_answer_the_cloud_may_name_a_status() {
        let kind = |body: &str| inside_answer(body).kind;
        assert_eq!(
            kind(r#"{"error":"an error was encountered while running the model"}"#),
            ErrorKind::ServerError
        );
        assert_eq!(
            kind(
                r#"{"StatusCode":503,"Status":"503","error":"Server overloaded, please retry shortly (ref: x)"}"#
            ),
            ErrorKind::Overloaded
        );
        assert_eq!(
            kind(r#"{"error":"unauthorized","signin_url":"https://ollama.com"}"#),
            ErrorKind::Authentication
        );
    }
}
