//! The list of models (wire reference, Gemini §1).

use crate::error::Result;
use crate::provider::listing::{Listed, Page, Told, said};
use crate::provider::pick::{count, items, object, pick, picks, string};
use crate::text;

picks!(
    /// A model, as the list has it.
    Entry {
        name = "name",
        display_name = "displayName",
        input = "inputTokenLimit",
        output = "outputTokenLimit",
        methods = "supportedGenerationMethods",
        thinking = "thinking",
    }
);

pub(super) fn page(list: &str) -> Result<Page> {
    let keys = ["models", "publisherModels", "nextPageToken"];
    let [models, published, next] = pick(list, keys)?;
    let mut listed = Vec::new();
    for entry in items(models)? {
        listed.push(self::listed(&Entry::read(object(entry))?));
    }
    for entry in items(published)? {
        listed.push(published_by_google(&Entry::read(object(entry))?));
    }
    Ok(Page {
        models: listed,
        next: said(string(next)),
    })
}

fn listed(entry: &Entry<'_>) -> Listed {
    let input = count(entry.input);
    let told = Told {
        context_window: input,
        max_input_tokens: input,
        max_output_tokens: count(entry.output),
        // Only said of those that reason.
        thinking: (entry.thinking.get() == Some("true")).then_some(true),
        ..Told::default()
    };
    let name = string(entry.name);
    // A `tunedModels/…` is asked for by its whole path.
    let id = name.strip_prefix("models/").unwrap_or(&name).to_string();
    let methods = entry.methods.get().unwrap_or_default();
    Listed {
        chats: text::has(methods, "\"generateContent\"") && !makes_media(&id),
        embeds: text::has(methods, "\"embedContent\""),
        display_name: said(string(entry.display_name)),
        row: told.row(),
        id,
    }
}

/// On Vertex AI the list has nothing but names (wire reference, Gemini §8).
fn published_by_google(entry: &Entry<'_>) -> Listed {
    let name = string(entry.name);
    let id = text::after_last(&name, b'/').to_string();
    let embeds = text::has(&id, "embedding");
    Listed {
        chats: id.starts_with("gemini-") && !embeds && !makes_media(&id),
        embeds,
        display_name: None,
        row: Told::default().row(),
        id,
    }
}

/// Speech and pictures come from `generateContent` as well.
fn makes_media(id: &str) -> bool {
    let words = ["-tts", "-image"];
    words.iter().any(|word| text::has(id, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_generates_content_chats() {
        let list = r#"{"models":[
            {"name":"models/gemini-9","displayName":"Gemini 9","inputTokenLimit":1048576,"outputTokenLimit":65536,
             "supportedGenerationMethods":["generateContent","countTokens"],"thinking":true},
            {"name":"models/gemini-embedding-001","inputTokenLimit":2048,"supportedGenerationMethods":["embedContent"]},
            {"name":"models/gemini-9-tts","supportedGenerationMethods":["generateContent"]}],"nextPageToken":"p2"}"#;
        let page = page(list).unwrap();
        let chats: Vec<_> = page
            .models
            .iter()
            .map(|model| (&*model.id, model.chats))
            .collect();
        assert_eq!(
            chats,
            [
                ("gemini-9", true),
                ("gemini-embedding-001", false),
                ("gemini-9-tts", false)
            ]
        );
        assert_eq!(
            page.models[0].row,
            r#"{"context_window":1048576,"max_input_tokens":1048576,"max_output_tokens":65536,"thinking":true}"#
        );
        assert_eq!(page.next.as_deref(), Some("p2"));
    }

    #[test]
    fn what_google_publishes_has_names_alone() {
        let list = r#"{"publisherModels":[{"name":"publishers/google/models/gemini-9","versionId":"001"},
            {"name":"publishers/google/models/imagen-5"},{"name":"publishers/google/models/gemini-embedding-001"}]}"#;
        let page = page(list).unwrap();
        let models = page.models.iter().map(|model| (&*model.id, model.chats));
        assert_eq!(
            models.collect::<Vec<_>>(),
            [
                ("gemini-9", true),
                ("imagen-5", false),
                ("gemini-embedding-001", false)
            ]
        );
        assert_eq!(page.next, None);
    }
}
