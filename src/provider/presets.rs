//! Servers that speak a provider's dialect, known by name.

use super::{ALL, Provider};

/// A server of others: `[providers.<name>]`, or `kind = "<name>"`.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// Where it is, without a slash at the end.
    pub base_url: &'static str,
    /// The environment variable that usually holds its key; `None`: it takes none.
    pub key_variable: Option<&'static str>,
    /// How long ids of tool calls must be, where only letters and digits are taken.
    pub call_id_length: Option<usize>,
    /// Whether it may be asked for the usage of streams.
    pub stream_usage: bool,
}

impl Preset {
    /// Whether others run it, and bill for it: they give keys.
    #[must_use]
    pub fn is_hosted(&self) -> bool {
        self.key_variable.is_some()
    }
}

/// The preset of that name, and the provider whose dialect it speaks.
///
/// ```
/// use aircher_llm::provider::preset;
///
/// let (kind, groq) = preset("groq").unwrap();
/// assert_eq!((kind.profile().id, groq.key_variable), ("openai", Some("GROQ_API_KEY")));
/// assert!(preset("openai").is_none());
/// ```
#[must_use]
pub fn preset(name: &str) -> Option<(&'static dyn Provider, &'static Preset)> {
    ALL.iter().copied().find_map(|kind| {
        let mut presets = kind.profile().presets.iter();
        let found = presets.find(|preset| preset.name == name);
        found.map(|preset| (kind, preset))
    })
}
