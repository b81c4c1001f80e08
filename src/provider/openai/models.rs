//! The list of models (wire reference, OpenAI §1): ids alone at OpenAI, more at servers that
//! speak its dialect. One page holds all.

use crate::error::Result;
use crate::json::Raw;
use crate::provider::listing::{Listed, Page, Told, said};
use crate::provider::pick::{count, items, object, pick, picks, string};
use crate::text;

/// Words in the names of models that do something else than chat.
const OTHERS: [&str; 14] = [
    "embed",
    "whisper",
    "tts",
    "dall-e",
    "davinci",
    "babbage",
    "moderation",
    "image",
    "sora",
    "realtime",
    "transcribe",
    "gpt-3.5-turbo-instruct",
    "rerank",
    "-ocr",
];

picks!(
    /// What servers say of a model, each under its own names.
    Entry {
        id = "id",
        name = "name",
        /// Groq.
        context_window = "context_window",
        /// OpenRouter, Together.
        context_length = "context_length",
        /// vLLM.
        max_model_len = "max_model_len",
        /// Mistral.
        max_context_length = "max_context_length",
        /// Groq.
        max_completion_tokens = "max_completion_tokens",
        /// Mistral.
        capabilities = "capabilities",
    }
);

pub(super) fn page(list: &str) -> Result<Page> {
    // Together's is the list itself (its API reference, `GET /models`).
    let data = match list.trim_start().starts_with('[') {
        true => Raw::new(list),
        false => pick(list, ["data"])?[0],
    };
    let mut models = Vec::new();
    for entry in items(data)? {
        let listed = listed(object(entry))?;
        if !listed.id.is_empty() {
            models.push(listed);
        }
    }
    Ok(Page { models, next: None })
}

fn listed(entry: &str) -> Result<Listed> {
    let entry = Entry::read(entry)?;
    let windows = [
        entry.context_window,
        entry.context_length,
        entry.max_model_len,
        entry.max_context_length,
    ];
    let [chats, functions, images] = pick(
        object(entry.capabilities),
        ["completion_chat", "function_calling", "vision"],
    )?;
    let told = Told {
        context_window: windows.into_iter().find_map(count),
        max_output_tokens: count(entry.max_completion_tokens),
        functions: truth(functions),
        images: truth(images),
        ..Told::default()
    };
    let id = string(entry.id);
    Ok(Listed {
        chats: truth(chats).unwrap_or_else(|| !OTHERS.iter().any(|word| text::has(&id, word))),
        embeds: text::has(&id, "embed"),
        display_name: said(string(entry.name)),
        row: told.row(),
        id,
    })
}

fn truth(raw: Raw<'_>) -> Option<bool> {
    match raw.get()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn servers_say_more_or_less_of_their_models() {
        let list = r#"{"object":"list","data":[
            {"id":"gpt-6-luna","object":"model","created":1,"owned_by":"openai"},
            {"id":"text-embedding-3-small"}, {"id":"gpt-3.5-turbo-instruct-0914"}, {"id":""}, 7,
            {"id":"gpt-3.5-turbo-instruct"}, {"id":"mistral-nemo-instruct-2407"},
            {"id":"qwen/qwen3","name":"Qwen 3","context_length":40960},
            {"id":"llama-4","context_window":131072,"max_completion_tokens":8192},
            {"id":"local","max_model_len":4096,"context_length":null},
            {"id":"mistral-large","max_context_length":262144,
             "capabilities":{"completion_chat":true,"function_calling":true,"vision":false}}]}"#;
        let told = page(list).unwrap().models.into_iter();
        let told: Vec<_> = told
            .map(|model| {
                format!(
                    "{} {} {:?} {}",
                    model.id, model.chats, model.display_name, model.row
                )
            })
            .collect();
        expect![[r#"
            gpt-6-luna true None {}
            text-embedding-3-small false None {}
            gpt-3.5-turbo-instruct-0914 false None {}
            gpt-3.5-turbo-instruct false None {}
            mistral-nemo-instruct-2407 true None {}
            qwen/qwen3 true Some("Qwen 3") {"context_window":40960}
            llama-4 true None {"context_window":131072,"max_output_tokens":8192}
            local true None {"context_window":4096}
            mistral-large true None {"context_window":262144,"functions":true,"images":false}"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn a_list_may_be_a_bare_array() {
        let list = r#" [{"id":"meta-llama/Llama-4","object":"model","context_length":131072}, {"id":"b"}]"#;
        let bare = page(list).unwrap();
        let wrapped = page(&format!(r#"{{"data":{list}}}"#)).unwrap();
        assert_eq!((bare.models.len(), &bare), (2, &wrapped));
    }

    #[test]
    fn what_is_no_list_is_an_error_or_empty() {
        assert!(page("<html>").is_err());
        assert_eq!(page("{}").unwrap(), Page::default());
    }
}
