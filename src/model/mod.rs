//! What is known of each model: limits, capabilities, rules and prices.
//!
//! The knowledge is one text table, `table.tsv`, compiled in and searched on
//! demand; `xtask/models.mjs` regenerates it. Prices stay the decimal text of
//! their source. A model that is not in the table is usable all the same.

mod info;

pub use info::{Capabilities, CostPer1k, ModelInfo, PriceStep, Prices};

use crate::chat::Effort;

/// Tab-separated, one model a line, the column names in the first line.
static TABLE: &str = include_str!("table.tsv");

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    row: &'static str,
}

/// The columns, in the order of the table's first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Column {
    Kind,
    Id,
    AliasOf,
    Status,
    Ends,
    Context,
    MaxIn,
    MaxOut,
    Flags,
    Thinking,
    Efforts,
    ThinkingTypes,
    Budget,
    Sampling,
    CacheMin,
    In,
    Out,
    CacheRead,
    CacheWrite,
    CacheWriteLong,
    InAudio,
    Tiers,
    PriceChanges,
    FastX,
    UsX,
}

/// All models of the table, by kind of provider and then by id.
pub fn all() -> impl Iterator<Item = Model> {
    TABLE.lines().skip(1).map(|row| Model { row })
}

/// Finds a model of one kind of provider by id, alias or dated form.
///
/// A date suffix (`-2026-11-01`, `-20261101`), an Ollama tag (`:7b`), a version
/// (`@20240229`) and a path prefix (`models/`) are dropped one by one.
#[must_use]
pub fn find(kind: &str, name: &str) -> Option<Model> {
    let name = name.rsplit('/').next().unwrap_or(name);
    forms(name).find_map(|form| {
        all().find(|model| model.kind() == kind && model.id().eq_ignore_ascii_case(form))
    })
}

/// Finds a model of any kind of provider.
#[must_use]
pub fn find_any(name: &str) -> Option<Model> {
    forms(name).find_map(|form| all().find(|model| model.id().eq_ignore_ascii_case(form)))
}

/// The name itself, then without tag or version, then without date.
fn forms(name: &str) -> impl Iterator<Item = &str> {
    let untagged = name.split([':', '@']).next().unwrap_or(name);
    [name, untagged, without_date(untagged)].into_iter()
}

fn without_date(name: &str) -> &str {
    let compact = name
        .len()
        .checked_sub(9)
        .and_then(|at| name.split_at_checked(at));
    let dashed = name
        .len()
        .checked_sub(11)
        .and_then(|at| name.split_at_checked(at));
    let is_date =
        |tail: &str| tail.starts_with('-') && tail.bytes().filter(u8::is_ascii_digit).count() == 8;
    match (dashed, compact) {
        (Some((head, tail)), _) if is_date(tail) => head,
        (_, Some((head, tail))) if is_date(tail) => head,
        _ => name,
    }
}

impl Model {
    fn cell(self, column: Column) -> &'static str {
        self.row
            .split('\t')
            .nth(column as usize)
            .unwrap_or_default()
    }

    fn number(self, column: Column) -> Option<u64> {
        self.cell(column).parse().ok()
    }

    fn flag(self, letter: char) -> bool {
        self.cell(Column::Flags).contains(letter)
    }

    /// The kind of provider that serves it.
    #[must_use]
    pub fn kind(self) -> &'static str {
        self.cell(Column::Kind)
    }

    /// Its id at the provider.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.cell(Column::Id)
    }

    /// Whole window in tokens.
    #[must_use]
    pub fn context_window(self) -> Option<u64> {
        self.number(Column::Context)
    }

    /// Longest answer in tokens.
    #[must_use]
    pub fn max_output_tokens(self) -> Option<u64> {
        self.number(Column::MaxOut)
    }

    /// Whether it takes functions.
    #[must_use]
    pub fn functions(self) -> bool {
        self.flag('T')
    }

    /// Whether it sees images.
    #[must_use]
    pub fn images(self) -> bool {
        self.flag('I')
    }

    /// Whether it can be held to a JSON Schema.
    #[must_use]
    pub fn json_schema(self) -> bool {
        self.flag('J')
    }

    /// How it is told to reason: `none`, `effort`, `adaptive`, `budget`, `level` or `bool`.
    #[must_use]
    pub fn thinking(self) -> &'static str {
        self.cell(Column::Thinking)
    }

    /// The levels of effort it takes, weakest first; empty when unknown.
    #[must_use]
    pub fn efforts(self) -> Vec<Effort> {
        self.cell(Column::Efforts)
            .split(',')
            .filter_map(Effort::parse)
            .collect()
    }

    /// Which of the provider's ways to reason it takes (`adaptive`, `enabled`, `disabled`, `between_tools`).
    #[must_use]
    pub fn has_thinking_type(self, name: &str) -> bool {
        self.cell(Column::ThinkingTypes)
            .split(',')
            .any(|known| known == name)
    }

    /// The smallest and largest reasoning budget in tokens.
    #[must_use]
    pub fn thinking_budget(self) -> Option<(u64, u64)> {
        let (low, high) = self.cell(Column::Budget).split_once(',')?;
        Some((low.parse().ok()?, high.parse().ok()?))
    }

    /// Whether sampling parameters are taken: `always`, `never`, `effort_none_only`, `api_2023-06-01_only`, `ignored`.
    #[must_use]
    pub fn sampling(self) -> &'static str {
        self.cell(Column::Sampling)
    }

    /// Whether the last message may be the assistant's; `None` when unknown.
    #[must_use]
    pub fn prefill(self) -> Option<bool> {
        self.either('P', 'p')
    }

    /// Whether a tool call can be forced; `None` when unknown.
    #[must_use]
    pub fn forced_tool_choice(self) -> Option<bool> {
        self.either('F', 'f')
    }

    fn either(self, yes: char, no: char) -> Option<bool> {
        self.flag(yes)
            .then_some(true)
            .or_else(|| self.flag(no).then_some(false))
    }

    /// Whether functions need the Responses endpoint unless the effort is `none`.
    #[must_use]
    pub fn chat_tools_need_effort_none(self) -> bool {
        self.flag('c')
    }

    /// Whether functions always need the Responses endpoint.
    #[must_use]
    pub fn no_chat_tools(self) -> bool {
        self.flag('C')
    }

    /// Whether only the Responses endpoint serves it.
    #[must_use]
    pub fn responses_only(self) -> bool {
        self.flag('R')
    }

    /// Whether it was served on Vertex AI when the table was made.
    #[must_use]
    pub fn on_vertex(self) -> bool {
        self.flag('V')
    }

    /// Smallest prefix in tokens the provider caches.
    #[must_use]
    pub fn cache_min_tokens(self) -> Option<u64> {
        self.number(Column::CacheMin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_every_column() {
        let columns = TABLE.lines().next().unwrap().split('\t').count();
        assert_eq!(columns, Column::UsX as usize + 1);
        for model in all() {
            assert_eq!(model.row.split('\t').count(), columns, "{}", model.id());
            assert!(!model.id().is_empty() && !model.kind().is_empty());
        }
        assert_eq!(all().count(), 207);
    }

    #[track_caller]
    fn check(kind: &str, name: &str, expected: Option<&str>) {
        assert_eq!(find(kind, name).map(Model::id), expected);
    }

    #[test]
    fn a_model_is_found_by_id_alias_and_dated_form() {
        check("openai", "gpt-4o", Some("gpt-4o"));
        check("openai", "gpt-4o-2024-05-13", Some("gpt-4o-2024-05-13"));
        check("openai", "gpt-6-luna-2026-11-01", Some("gpt-6-luna"));
        check(
            "claude",
            "claude-haiku-5-5-20261001",
            Some("claude-haiku-5-5"),
        );
        check(
            "gemini",
            "models/gemini-3.8-flash",
            Some("gemini-3.8-flash"),
        );
        check("ollama", "qwen3:0.6b", Some("qwen3"));
        check("ollama", "gpt-4o", None);
        check("openai", "nobody-knows", None);
    }
}
