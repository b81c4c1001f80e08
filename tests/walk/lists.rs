//! Recorded lists of models, through the whole request.

use aircher_llm::run::{Client, list_models};
use serde_json::Value;

use super::Recording;
use crate::support::{Answer, FakeEnv, config};

/// The kind of provider that sent it.
pub fn kind(recording: &Recording) -> Option<&'static str> {
    let kinds = [
        ("anthropic-", "claude"),
        ("gemini-", "gemini"),
        ("openai-", "openai"),
    ];
    match recording.endpoint.as_str() {
        "api.tags" => Some("ollama"),
        "models" => kinds
            .iter()
            .find(|(start, _)| recording.id.starts_with(start))
            .map(|it| it.1),
        _ => None,
    }
}

/// What differs between the reference and our list; `None` when nothing does.
pub fn compare(recording: &Recording) -> Option<String> {
    let kind = kind(recording).unwrap();
    let client = config(&format!(
        r#"{{"providers":{{"{kind}":{{"base_url":"http://localhost","api_key":null}}}},"retry":{{"max_retries":0}}}}"#
    ));
    let wanted = &recording.expect;
    let found = listed(recording, kind, &client);
    if wanted["kind"] == "error" {
        let error = found.err();
        let status = error.as_ref().and_then(|error| error.status);
        let matches = status.map(u64::from) == wanted["status"].as_u64()
            && error.is_some_and(|error| error.provider_message.is_some());
        return (!matches).then(|| "an error is not told".to_string());
    }
    let page = aircher_llm::provider::of_kind(kind)
        .unwrap()
        .listed(&recording.body)
        .unwrap();
    let ids: Vec<_> = page.models.iter().map(|model| plain(&model.id)).collect();
    let wanted_ids: Vec<_> = wanted["ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(wanted_id)
        .collect();
    // What chats is what the client shows: that much of the list, and nothing else.
    let chats = page.models.iter().filter(|model| model.chats).count();
    let shown = found.map(|infos| infos.len());
    if ids != wanted_ids || page.next.as_deref() != wanted["next"].as_str() {
        return Some(format!("{ids:?} {:?}", page.next));
    }
    (shown.as_ref().ok() != Some(&chats)).then(|| format!("{chats} chat: {shown:?}"))
}

fn listed(
    recording: &Recording,
    kind: &str,
    client: &std::rc::Rc<Client>,
) -> aircher_llm::error::Result<Vec<aircher_llm::model::ModelInfo>> {
    let body = recording.body.as_str();
    let answers = [
        Answer::new(recording.status, "application/json", body),
        Answer::new(200, "application/json", "{}"),
    ];
    let env = FakeEnv::new(answers).limited(client);
    env.run(list_models(env.clone(), client.clone(), kind))
}

fn wanted_id(id: &Value) -> String {
    plain(id.as_str().unwrap())
}

fn plain(id: &str) -> String {
    id.trim_start_matches("models/").to_string()
}
