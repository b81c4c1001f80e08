//! A provider's own list of its models, page by page.

use crate::json::{Write, Writer};

/// One page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The models, in the provider's order.
    pub models: Vec<Listed>,
    /// What the next page is asked for with; `None` behind the last one.
    pub next: Option<String>,
}

/// A model as its provider lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id that requests name.
    pub id: String,
    /// The name that people read, where the provider gives one.
    pub display_name: Option<String>,
    /// Whether it can chat, as far as its provider tells. Lists hold models for embeddings,
    /// sounds and images too.
    pub chats: bool,
    /// Whether it makes vectors of texts, likewise.
    pub embeds: bool,
    /// What the provider says of it, as a row that
    /// [`Registry::learn`](crate::model::Registry::learn) takes; `{}` when it says nothing.
    pub row: String,
}

/// What a provider says of a model, under the names of the registry.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    pub(super) context_window: Option<u64>,
    pub(super) max_input_tokens: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) functions: Option<bool>,
    pub(super) images: Option<bool>,
    pub(super) json_schema: Option<bool>,
    pub(super) thinking: Option<bool>,
    /// Lists of words, where they are told.
    pub(super) lists: &'a [(&'static str, Vec<String>)],
}

impl Told<'_> {
    pub(super) fn row(&self) -> String {
        crate::json::to_string(self)
    }
}

impl Write for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("context_window", &self.context_window);
            writer.field("max_input_tokens", &self.max_input_tokens);
            writer.field("max_output_tokens", &self.max_output_tokens);
            writer.field("functions", &self.functions);
            writer.field("images", &self.images);
            writer.field("json_schema", &self.json_schema);
            writer.field("thinking", &self.thinking);
            for (name, list) in self.lists {
                writer.field_unless_empty(name, list);
            }
        });
    }
}

/// A text that says something.
pub(super) fn said(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
