//! What is known of each model: limits, capabilities, rules and prices.
//!
//! ```text
//! table.tsv (compiled in) + rows of a kind + rows of one provider -> Registry::find_at -> Model
//! ```
//! A row is a line of text that is searched on demand; `xtask/models.mjs`
//! regenerates the table. A merged row is a line of the same form. Prices stay
//! decimal text until they are needed. A model without a row is usable all the same.

mod info;
mod listings;
mod merge;
mod registry;

pub use info::{Capabilities, CostPer1k, ModelInfo, PriceList, PriceStep, Prices};
pub use listings::Listings;
pub use registry::{Registry, Whose, unknown};

use std::borrow::Cow;

use crate::chat::Effort;

/// The date of the data in its first line, the column names in the second, then
/// one model a line; tab-separated.
const TABLE: &str = include_str!("table.tsv");

/// The day the compiled-in data was made, as `YYYY-MM-DD`.
pub const DATE: &str = TABLE.split_at(10).0;

/// One row: of the table, or merged at run time. It holds its text, so that a
/// call keeps its prices whatever is merged meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    row: Cow<'static, str>,
    source: Source,
}

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The compiled-in table.
    Table,
    /// What the provider says of its models.
    Provider,
    /// The configuration, or what was merged.
    Config,
}

impl Source {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Provider => "provider",
            Self::Config => "config",
        }
    }
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
    OutAudio,
    Tiers,
    PriceChanges,
    FastX,
    UsX,
}

/// How many columns there are.
const COLUMNS: usize = Column::UsX as usize + 1;

/// Finds a model of one kind of provider in the compiled-in table, by any name that
/// [`Registry::find`] understands. What a configuration adds is in its own [`Registry`].
///
/// ```
/// use aircher_llm::model;
///
/// let dated = model::find("claude", "claude-haiku-5-5-20261101").unwrap();
/// assert_eq!((dated.id(), dated.max_output_tokens()), ("claude-haiku-5-5", Some(128_000)));
/// assert!(model::find("openai", "claude-haiku-5-5").is_none());
/// ```
#[must_use]
pub fn find(kind: &str, name: &str) -> Option<Model> {
    Registry::default().find(kind, name)
}

/// The text of a column in a line of the table.
fn cell(line: &str, column: Column) -> &str {
    line.split('\t').nth(column as usize).unwrap_or_default()
}

/// Whether a text has the form `YYYY-MM-DD`.
pub(crate) fn is_date(text: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

impl Model {
    fn cell(&self, column: Column) -> &str {
        cell(&self.row, column)
    }

    fn number(&self, column: Column) -> Option<u64> {
        self.cell(column).parse().ok()
    }

    fn flag(&self, letter: char) -> bool {
        self.cell(Column::Flags).chars().any(|flag| flag == letter)
    }

    /// Where this comes from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The kind of provider that serves it.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.cell(Column::Kind)
    }

    /// Its id at the provider.
    #[must_use]
    pub fn id(&self) -> &str {
        self.cell(Column::Id)
    }

    /// Whole window in tokens, input and output; `None` when unknown.
    #[must_use]
    pub fn context_window(&self) -> Option<u64> {
        self.number(Column::Context)
    }

    /// Longest answer in tokens; `None` when unknown.
    #[must_use]
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.number(Column::MaxOut)
    }

    /// Whether anything is known of what it can do. One of which only limits and prices are given is
    /// asked as one without a row is: the provider decides.
    #[must_use]
    pub fn is_described(&self) -> bool {
        !self.flag('u')
    }

    /// Whether it takes functions.
    #[must_use]
    pub fn functions(&self) -> bool {
        self.flag('T')
    }

    /// Whether it sees images.
    #[must_use]
    pub fn images(&self) -> bool {
        self.flag('I')
    }

    /// Whether it can be held to a JSON Schema.
    #[must_use]
    pub fn json_schema(&self) -> bool {
        self.flag('J')
    }

    /// How it is told to reason: `none`, `effort`, `adaptive`, `budget`, `level` or `bool`.
    #[must_use]
    pub fn thinking(&self) -> &str {
        self.cell(Column::Thinking)
    }

    /// The levels of effort it takes, weakest first; empty when unknown.
    #[must_use]
    pub fn efforts(&self) -> Vec<Effort> {
        self.cell(Column::Efforts)
            .split(',')
            .filter_map(Effort::parse)
            .collect()
    }

    /// Which of the provider's ways to reason it takes (`adaptive`, `enabled`, `disabled`, `between_tools`).
    #[must_use]
    pub fn has_thinking_type(&self, name: &str) -> bool {
        self.cell(Column::ThinkingTypes)
            .split(',')
            .any(|known| known == name)
    }

    /// The smallest and largest reasoning budget in tokens.
    #[must_use]
    pub fn thinking_budget(&self) -> Option<(u64, u64)> {
        let (low, high) = self.cell(Column::Budget).split_once(',')?;
        Some((low.parse().ok()?, high.parse().ok()?))
    }

    /// Whether sampling parameters are taken: `always`, `never`, `effort_none_only`, `api_2023-06-01_only`, `ignored`.
    #[must_use]
    pub fn sampling(&self) -> &str {
        self.cell(Column::Sampling)
    }

    /// Whether the last message may be the assistant's; `None` when unknown.
    #[must_use]
    pub fn prefill(&self) -> Option<bool> {
        self.either('P', 'p')
    }

    /// Whether a tool call can be forced; `None` when unknown.
    #[must_use]
    pub fn forced_tool_choice(&self) -> Option<bool> {
        self.either('F', 'f')
    }

    fn either(&self, yes: char, no: char) -> Option<bool> {
        self.flag(yes)
            .then_some(true)
            .or_else(|| self.flag(no).then_some(false))
    }

    /// Whether functions need the Responses endpoint unless the effort is `none` (wire reference, OpenAI §2).
    #[must_use]
    pub fn chat_tools_need_effort_none(&self) -> bool {
        self.flag('c')
    }

    /// Whether functions always need the Responses endpoint.
    #[must_use]
    pub fn no_chat_tools(&self) -> bool {
        self.flag('C')
    }

    /// Whether only the Responses endpoint serves it.
    #[must_use]
    pub fn responses_only(&self) -> bool {
        self.flag('R')
    }

    /// Whether it makes vectors instead of answers.
    #[must_use]
    pub fn embeds(&self) -> bool {
        self.flag('E')
    }

    /// Whether it was served on Vertex AI when the table was made.
    #[must_use]
    pub fn on_vertex(&self) -> bool {
        self.flag('V')
    }

    /// Smallest prefix in tokens the provider caches (wire reference, Anthropic §2 "Caching").
    #[must_use]
    pub fn cache_min_tokens(&self) -> Option<u64> {
        self.number(Column::CacheMin)
    }
}
