//! Which of the installed models can chat (wire reference, Ollama §6).

use crate::json;

use super::wire::{Tag, Tags};

/// The first model of a `/api/tags` answer that can chat, by its full name.
pub(super) fn first_chat_model(list: &str) -> Option<String> {
    let tags: Tags<'_> = json::from_str(list).ok()?;
    let first = tags.models.iter().find(|tag| tag.can_chat())?;
    first.id().map(str::to_string)
}

impl Tag<'_> {
    fn id(&self) -> Option<&str> {
        self.model.non_empty().or_else(|| self.name.non_empty())
    }

    /// Older servers tell no capabilities: then all but embedding models can.
    fn can_chat(&self) -> bool {
        let Some(id) = self.id() else {
            return false;
        };
        match &self.capabilities {
            Some(known) if !known.is_empty() => known
                .iter()
                .any(|capability| capability.or_empty() == "completion"),
            _ => !id.contains("embed") && !self.details.family.or_empty().contains("bert"),
        }
    }
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
