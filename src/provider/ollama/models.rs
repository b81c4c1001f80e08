//! Which of the installed models can chat (wire reference, Ollama §6).

use crate::json::Raw;
use crate::provider::pick::{items, object, pick, string};
use crate::text;

/// The first model of a `/api/tags` answer that can chat, by its full name.
pub(super) fn first_chat_model(list: &str) -> Option<String> {
    let [models] = pick(list, ["models"]).ok()?;
    for tag in items(models).ok()? {
        let id = chat_model(tag);
        if id.is_some() {
            return id;
        }
    }
    None
}

/// The id of a model that can chat. Older servers tell no capabilities: then
/// all but embedding models can.
fn chat_model(tag: Raw<'_>) -> Option<String> {
    let [name, model, capabilities, details] =
        pick(object(tag), ["name", "model", "capabilities", "details"]).ok()?;
    let [family] = pick(object(details), ["family"]).ok()?;
    let mut id = string(model);
    if id.is_empty() {
        id = string(name);
    }
    let can_chat = match capabilities.get() {
        Some(list) if text::has(list, "\"") => text::has(list, "\"completion\""),
        _ => !text::has(&id, "embed") && !text::has(&string(family), "bert"),
    };
    (can_chat && !id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(models: &str, expected: Option<&str>) {
        let list = format!(r#"{{"models":[{models}]}}"#);
        assert_eq!(first_chat_model(&list).as_deref(), expected);
    }

    #[test]
    fn embedding_models_are_passed_over() {
        let minilm =
            r#"{"name":"all-minilm:latest","details":{"family":"bert","families":["bert"]}}"#;
        let embed = r#"{"name":"a","model":"a","capabilities":["embedding"]}"#;
        let qwen =
            r#"{"name":"qwen3:4b","model":"qwen3:4b","capabilities":["completion","tools"]}"#;
        let cloud = r#"{"model":"gpt-oss:120b","details":{"family":"","families":null},"capabilities":null}"#;
        check(&[minilm, embed, qwen].join(","), Some("qwen3:4b"));
        check(&[embed, cloud].join(","), Some("gpt-oss:120b"));
        check(r#"{"name":"qwen3-embedding:0.6b"}"#, None);
        check(r#"{"digest":"x"}"#, None);
        check("", None);
        assert_eq!(first_chat_model("Ollama is running"), None);
    }
}
