//! The list of what is installed (wire reference, Ollama §6). Newer servers say what each can do.

use crate::error::Result;
use crate::json::Raw;
use crate::provider::listing::{Listed, Page, Told};
use crate::provider::pick::{count, items, object, pick, picks, string};
use crate::text;

picks!(
    /// A model of `/api/tags`.
    Tag {
        name = "name",
        model = "model",
        capabilities = "capabilities",
        details = "details",
    }
);

/// A `/api/tags` answer: everything in one page.
pub(super) fn page(list: &str) -> Result<Page> {
    let [tags] = pick(list, ["models"])?;
    let mut models = Vec::new();
    for tag in items(tags)? {
        let listed = listed(&Tag::read(object(tag))?)?;
        if !listed.id.is_empty() {
            models.push(listed);
        }
    }
    Ok(Page { models, next: None })
}

fn listed(tag: &Tag<'_>) -> Result<Listed> {
    let [family, window] = pick(object(tag.details), ["family", "context_length"])?;
    let mut id = string(tag.model);
    if id.is_empty() {
        id = string(tag.name);
    }
    let able = Able::of(tag.capabilities);
    let told = Told {
        context_window: count(window),
        functions: able.told("tools"),
        images: able.told("vision"),
        thinking: able.told("thinking"),
        ..Told::default()
    };
    // Older servers tell no capabilities: then all but embedding models can chat.
    let embeds = text::has(&id, "embed") || text::has(&string(family), "bert");
    Ok(Listed {
        chats: able.told("completion").unwrap_or(!embeds),
        embeds: able.told("embedding").unwrap_or(embeds),
        display_name: None,
        row: told.row(),
        id,
    })
}

/// A list of capabilities, where there is one.
struct Able<'a>(Option<&'a str>);

impl<'a> Able<'a> {
    fn of(list: Raw<'a>) -> Self {
        Self(list.get().filter(|list| text::has(list, "\"")))
    }

    fn told(&self, name: &str) -> Option<bool> {
        let quoted = text::concat(&["\"", name, "\""]);
        Some(text::has(self.0?, &quoted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(models: &str, expected: Option<&str>) {
        let list = format!(r#"{{"models":[{models}]}}"#);
        let page = page(&list).unwrap();
        let first = page.models.into_iter().find(|model| model.chats);
        assert_eq!(first.map(|model| model.id).as_deref(), expected);
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
    }

    #[test]
    fn newer_servers_say_what_a_model_can_do() {
        let list = r#"{"models":[{"model":"a:1b","details":{"context_length":8192},"capabilities":["completion","vision"]}]}"#;
        assert_eq!(
            page(list).unwrap().models[0].row,
            r#"{"context_window":8192,"functions":false,"images":true,"thinking":false}"#
        );
        assert!(page("Ollama is running").is_err());
    }
}
