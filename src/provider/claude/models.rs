//! The list of models (wire reference, Anthropic §1), whose newer form says what each can do.

use crate::error::Result;
use crate::json::Raw;
use crate::provider::listing::{Listed, Page, Told, said};
use crate::provider::pick::{count, items, object, pick, picks, string};

/// The largest page there is.
pub(super) const PATH: &str = "/v1/models?limit=1000";

picks!(
    /// A model, as the list has it.
    Entry {
        id = "id",
        display_name = "display_name",
        max_input_tokens = "max_input_tokens",
        max_tokens = "max_tokens",
        capabilities = "capabilities",
    }
);

/// The levels and kinds that are told one by one.
const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];
const TYPES: [&str; 4] = ["adaptive", "between_tools", "disabled", "enabled"];

pub(super) fn page(list: &str) -> Result<Page> {
    let [data, more, last] = pick(list, ["data", "has_more", "last_id"])?;
    let mut models = Vec::new();
    for entry in items(data)? {
        models.push(listed(&Entry::read(object(entry))?)?);
    }
    let next = said(string(last)).filter(|_| more.get() == Some("true"));
    Ok(Page { models, next })
}

fn listed(entry: &Entry<'_>) -> Result<Listed> {
    let [effort, images, schemas, thinking] = pick(
        object(entry.capabilities),
        ["effort", "image_input", "structured_outputs", "thinking"],
    )?;
    let [types] = pick(object(thinking), ["types"])?;
    let lists = [
        ("efforts", supported_of(effort, EFFORTS)?),
        ("thinking_types", supported_of(types, TYPES)?),
    ];
    let input = count(entry.max_input_tokens);
    let told = Told {
        context_window: input,
        max_input_tokens: input,
        max_output_tokens: count(entry.max_tokens),
        images: supported(images),
        json_schema: supported(schemas),
        thinking: supported(thinking),
        lists: &lists,
        ..Told::default()
    };
    Ok(Listed {
        id: string(entry.id),
        display_name: said(string(entry.display_name)),
        chats: true,
        embeds: false,
        row: told.row(),
    })
}

/// `{"supported": bool}`
fn supported(leaf: Raw<'_>) -> Option<bool> {
    let [supported] = pick(leaf.get()?, ["supported"]).ok()?;
    match supported.get()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn supported_of<const N: usize>(group: Raw<'_>, names: [&'static str; N]) -> Result<Vec<String>> {
    let leaves = pick(object(group), names)?;
    let mut found = Vec::new();
    for (name, leaf) in names.iter().zip(leaves) {
        if supported(leaf) == Some(true) {
            found.push((*name).to_string());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_the_provider_says_is_a_row_of_the_registry() {
        let list = r#"{"data":[{"type":"model","id":"claude-x-1","display_name":"Claude X","created_at":"2026-01-01T00:00:00Z",
            "max_input_tokens":1000000,"max_tokens":64000,"capabilities":{"batch":{"supported":true},"image_input":{"supported":true},
            "structured_outputs":{"supported":false},"effort":{"supported":true,"low":{"supported":true},"xhigh":null,"max":{"supported":true}},
            "thinking":{"supported":true,"types":{"adaptive":{"supported":true},"enabled":{"supported":false}}}}},
            {"type":"model","id":"claude-old","display_name":"Old"}],"has_more":true,"first_id":"claude-x-1","last_id":"claude-old"}"#;
        let page = page(list).unwrap();
        expect![[r#"{"context_window":1000000,"max_input_tokens":1000000,"max_output_tokens":64000,"images":true,"json_schema":false,"thinking":true,"efforts":["low","max"],"thinking_types":["adaptive"]}"#]]
            .assert_eq(&page.models[0].row);
        assert_eq!(page.models[1].row, "{}");
        assert_eq!(page.models[1].display_name.as_deref(), Some("Old"));
        assert_eq!(page.next.as_deref(), Some("claude-old"));
    }

    #[test]
    fn the_last_page_has_no_next() {
        let list = r#"{"data":[],"has_more":false,"first_id":null,"last_id":"x"}"#;
        assert_eq!(page(list).unwrap(), Page::default());
    }
}
