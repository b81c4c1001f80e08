//! Recorded counts of tokens, asked and read by our own codecs.

use aircher_llm::chat::ChatRequest;
use aircher_llm::config::CallTimeouts;
use aircher_llm::http::ResponseHead;
use aircher_llm::run::count_tokens;

use super::{Recording, compare_error, differ, hello};
use crate::support::{Answer, FakeEnv, Step, config};

/// The provider that counted, where this build has it.
fn provider(recording: &Recording) -> Option<&'static str> {
    let kind = match recording.provider.as_str() {
        "anthropic" => "claude",
        "gemini" | "vertex" => "gemini",
        "openai" => "openai",
        _ => return None,
    };
    let built = aircher_llm::provider::of_kind(kind).is_some();
    (built && recording.endpoint == "count_tokens").then_some(kind)
}

pub fn is_count(recording: &Recording) -> bool {
    provider(recording).is_some()
}

/// What differs between what was recorded and what we ask and read; `None` when nothing does.
pub fn compare(recording: &Recording) -> Option<Vec<String>> {
    let kind = provider(recording)?;
    let mut differences = Vec::new();
    let head = ResponseHead {
        status: recording.status,
        headers: recording.headers.clone(),
        ..ResponseHead::default()
    };
    let env = FakeEnv::new([Answer {
        head_after_ms: 0,
        head,
        steps: vec![Step::Bytes(recording.body.clone().into_bytes())],
    }]);
    let file = format!(r#"{{"providers":{{"{kind}":{{"api_key":"key-of-nobody-1"}}}}}}"#);
    let request = ChatRequest {
        model: Some(model(recording)),
        ..hello()
    };
    let work = count_tokens(
        env.clone(),
        config(&file),
        kind,
        request,
        CallTimeouts::default(),
    );
    let expect = &recording.expect;
    match env.run(work) {
        Ok(tokens) => differ(
            "tokens",
            &expect["tokens"].as_u64(),
            &Some(tokens),
            &mut differences,
        ),
        Err(error) if expect["kind"] == "error" => {
            compare_error(&error, expect, &mut differences);
        }
        Err(error) => differences.push(format!("error: {error}")),
    }
    if recording.provider != "vertex" {
        let asked = env.0.borrow().requests.first().map(path);
        let path = recording.path.replace("?beta=true", "");
        differ("path", &Some(path), &asked, &mut differences);
    }
    (!differences.is_empty()).then_some(differences)
}

/// The model of the body, or of the path.
fn model(recording: &Recording) -> String {
    let named = recording.path.rsplit_once("models/");
    let of_path = named.and_then(|(_, rest)| rest.strip_suffix(":countTokens"));
    of_path.unwrap_or(&recording.asked).to_string()
}

fn path(request: &aircher_llm::http::HttpRequest) -> String {
    let rest = request.url.split_once("://").map_or("", |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..]).to_string()
}
