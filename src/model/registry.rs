//! All models that are known: the compiled-in table, and what was merged over it.

use std::borrow::Cow;

use super::{Column, Model, Source, TABLE, cell, merge};
use crate::chat::path_of;
use crate::error::{Error, Result};
use crate::json::{JsonError, Reader};
use crate::text::{after_last, concat, replaced, rsplit_once};

/// The table, and rows that stand before it.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// No two of one model and owner.
    merged: Vec<Entry>,
}

/// A row beside the table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// A line of the table's form.
    pub(super) row: String,
    pub(super) source: Source,
    /// The configured provider it is true of; empty: all of its kind.
    pub(super) owner: String,
    /// What the configuration says of it at its owner, JSON objects: they stand over what is heard later.
    pub(super) told: String,
}

/// Whose models: those of one configured provider, or of all of a kind.
///
/// Two servers of a kind may mean different things by one name: what one of them says, and what is
/// configured of its models, holds for that one alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whose<'a> {
    /// The kind of provider, such as `openai`; empty: any.
    pub kind: &'a str,
    /// The id of the configured provider; empty: what holds for all of the kind.
    pub id: &'a str,
    /// Whether they are of another vendor than the table's of that kind.
    pub others: bool,
}

impl Registry {
    /// Finds a model of one kind of provider by id, alias or dated form.
    ///
    /// A path prefix (`models/`, `anthropic/`, `publishers/google/models/`), a
    /// version (`@20240229`), an Ollama tag (`:7b`) and a date suffix
    /// (`-2026-11-01`, `-20261101`) or number (`-001`) are dropped one by one.
    ///
    /// ```
    /// use aircher_llm::model::Registry;
    ///
    /// let models = Registry::default();
    /// for name in ["gemini-3.8-flash", "models/gemini-3.8-flash", "gemini-3.8-flash-001"] {
    ///     let found = models.find("gemini", name).unwrap();
    ///     assert_eq!(found.id(), "gemini-3.8-flash");
    /// }
    /// ```
    #[must_use]
    pub fn find(&self, kind: &str, name: &str) -> Option<Model> {
        self.find_at(
            Whose {
                kind,
                ..Whose::default()
            },
            name,
        )
    }

    /// Finds a model of one configured provider, likewise: each form of the name among its own rows,
    /// then among those of its kind, then in the table.
    #[must_use]
    pub fn find_at(&self, whose: Whose<'_>, name: &str) -> Option<Model> {
        let row = |id: &str| self.row(whose, id);
        // A merged row may have the vendor in its id, as gateways name models.
        let bare = after_last(name, b'/');
        let whole = (bare != name).then(|| row(name)).flatten();
        whole.or_else(|| search(bare, &row))
    }

    /// Finds a model of any kind of provider, likewise; of prefixes only
    /// `…models/` is dropped.
    #[must_use]
    pub fn find_any(&self, name: &str) -> Option<Model> {
        let path = rsplit_once(name, b'/');
        let bare = path.filter(|(path, _)| path.ends_with("models"));
        let name = bare.map_or(name, |(_, rest)| rest);
        search(name, &|id| self.row(Whose::default(), id))
    }

    /// Whether a configured provider has said, or is configured to have, a model of that name.
    #[must_use]
    pub fn owns(&self, whose: Whose<'_>, name: &str) -> bool {
        search(name, &|id| self.entry(whose, id).map(Entry::model)).is_some()
    }

    /// Every model that chats and is of no one provider: the table by kind and id, then what was
    /// merged beside it.
    #[must_use]
    pub fn all(&self) -> Vec<Model> {
        self.all_at(Whose::default())
    }

    /// Every model that chats of one configured provider, likewise.
    #[must_use]
    pub fn all_at(&self, whose: Whose<'_>) -> Vec<Model> {
        let fits = |row: &str| whose.kind.is_empty() || key(row).0 == whose.kind;
        let has = |models: &[Model], row: &str| models.iter().any(|it| same(&it.row, row));
        let mut merged = Vec::new();
        for owner in [whose.id, ""] {
            for entry in &self.merged {
                if entry.owner == owner && fits(&entry.row) && !has(&merged, &entry.row) {
                    merged.push(entry.model());
                }
            }
        }
        let mut all = Vec::new();
        for row in rows() {
            if fits(row) && !whose.others && !has(&merged, row) {
                all.push(Model::of_table(row));
            }
        }
        all.append(&mut merged);
        all.retain(|model| !model.embeds());
        all
    }

    /// Merges rows from JSON: a list of objects, or `{"models": […]}`, with the
    /// names of `models.json` or of [`ModelInfo`](super::ModelInfo). What a row
    /// gives stands before what was known of that model; a model nobody knew is
    /// added. Nothing is merged when any row is wrong.
    ///
    /// # Errors
    /// `invalid_config` naming the row and the key.
    ///
    /// ```
    /// # use aircher_llm::model::Registry;
    /// let mut registry = Registry::default();
    /// registry.merge(r#"[{"provider":"openai","id":"gpt-7","context":2000000,"in":1,"out":"4.5"}]"#)?;
    /// assert_eq!(registry.find("openai", "gpt-7").unwrap().context_window(), Some(2_000_000));
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    pub fn merge(&mut self, json: &str) -> Result<()> {
        let mut next = self.clone();
        merge::rows(json, &mut next).map_err(|error| {
            let path = path_of(json, &error, "models");
            let root = if path.starts_with('[') { "models" } else { "" };
            Error::invalid_config(&concat(&[root, &path]), error)
        })?;
        *self = next;
        Ok(())
    }

    /// Merges one row of a configured provider's own, read from an object; the id is the row's
    /// `model`, by default `id`. Returns the id.
    pub(crate) fn merge_one(
        &mut self,
        whose: Whose<'_>,
        id: &str,
        json: &str,
    ) -> std::result::Result<String, JsonError> {
        merge::one(&mut Reader::new(json), whose, id, self)
    }

    /// Takes what a configured provider says of a model it lists: a row as [`Registry::merge`]
    /// takes it, over what is known of the model there under any of its names. What is
    /// configured of the provider's own model stands before it.
    ///
    /// # Errors
    /// `invalid_config` naming the key.
    pub fn learn(&mut self, whose: Whose<'_>, id: &str, row: &str) -> Result<()> {
        // A tab would end the cell.
        if row == "{}" || id.chars().any(char::is_control) {
            return Ok(());
        }
        let known = self.find_at(whose, id);
        let told = self.told(whose, id);
        let learned = merge::over(
            known.as_ref(),
            (whose.kind, id),
            &mut Reader::new(row),
            &told,
        );
        let row = learned.map_err(|error| Error::invalid_config(id, error))?;
        self.put(Entry {
            row,
            source: Source::Provider,
            owner: whose.id.to_string(),
            told,
        });
        Ok(())
    }

    /// What the configuration has said of a provider's own model.
    pub(super) fn told(&self, whose: Whose<'_>, id: &str) -> String {
        let own = self.entry(whose, id);
        own.map_or_else(String::new, |own| own.told.clone())
    }

    /// Puts an entry in the place of the one of the same model and owner.
    pub(super) fn put(&mut self, entry: Entry) {
        let is_it = |old: &Entry| old.owner == entry.owner && same(&old.row, &entry.row);
        if let Some(at) = self.merged.iter().position(is_it) {
            self.merged.remove(at);
        }
        self.merged.push(entry);
    }

    /// What is merged for all of a kind holds at each of its providers, up to what is configured there.
    pub(super) fn amend(&mut self, kind: &str, id: &str, json: &str) {
        for entry in &mut self.merged {
            if !entry.owner.is_empty() && is(&entry.row, kind, id) {
                let known = entry.model();
                let reader = &mut Reader::new(json);
                if let Ok(row) = merge::over(Some(&known), (kind, id), reader, &entry.told) {
                    entry.row = row;
                }
            }
        }
    }

    /// The row of exactly that id, in whatever case.
    pub(super) fn row(&self, whose: Whose<'_>, id: &str) -> Option<Model> {
        let of_all = Whose { id: "", ..whose };
        let merged = self.entry(whose, id).or_else(|| self.entry(of_all, id));
        let in_table = || rows().find(|row| !whose.others && is(row, whose.kind, id));
        merged
            .map(Entry::model)
            .or_else(|| in_table().map(Model::of_table))
    }

    fn entry(&self, whose: Whose<'_>, id: &str) -> Option<&Entry> {
        let mut entries = self.merged.iter();
        entries.find(|entry| entry.owner == whose.id && is(&entry.row, whose.kind, id))
    }
}

impl Entry {
    fn model(&self) -> Model {
        Model {
            row: Cow::Owned(self.row.clone()),
            source: self.source,
        }
    }
}

/// A model of which nothing is known: trusted with everything but reasoning, since its provider decides.
///
/// ```
/// let model = aircher_llm::model::unknown();
/// assert!(model.functions() && !model.is_described());
/// assert_eq!((model.context_window(), model.prices()), (None, None));
/// ```
#[must_use]
pub fn unknown() -> Model {
    Model {
        row: Cow::Owned(merge::hopeful()),
        source: Source::Provider,
    }
}

impl Model {
    fn of_table(row: &'static str) -> Self {
        Self {
            row: Cow::Borrowed(row),
            source: Source::Table,
        }
    }
}

fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().skip(2)
}

/// Kind and id of a row.
fn key(row: &str) -> (&str, &str) {
    (cell(row, Column::Kind), cell(row, Column::Id))
}

/// Whether a row is of that kind, or any where none is given, and id.
fn is(row: &str, kind: &str, id: &str) -> bool {
    // Most rows are of another kind.
    if !row.starts_with(kind) {
        return false;
    }
    let (own, name) = key(row);
    (kind.is_empty() || kind == own) && name.eq_ignore_ascii_case(id)
}

fn same(row: &str, other: &str) -> bool {
    let (kind, id) = key(other);
    is(row, kind, id)
}

/// Looks for the name itself, for Vertex AI's `@date` as the date suffix it is
/// elsewhere, then without tag or version, then without date.
fn search(name: &str, row: &dyn Fn(&str) -> Option<Model>) -> Option<Model> {
    let untagged = name.split([':', '@']).next().unwrap_or(name);
    let dashed = replaced(name, "@", "-");
    let forms = [name, &dashed, untagged, without_date(untagged)];
    // A plain name is in all of them the same, and one nobody knows costs a walk over the table.
    let mut before = "";
    forms.into_iter().find_map(|form| {
        let is_new = std::mem::replace(&mut before, form) != form;
        is_new.then(|| row(form)).flatten()
    })
}

fn without_date(name: &str) -> &str {
    let is_date =
        |tail: &str| tail.starts_with('-') && tail.bytes().filter(u8::is_ascii_digit).count() == 8;
    let dated = [11, 9, 4].into_iter().find_map(|length| {
        let (head, tail) = name.split_at_checked(name.len().checked_sub(length)?)?;
        let is_number = tail.len() == 4 && tail.starts_with("-00");
        (is_date(tail) || is_number).then_some(head)
    });
    dated.unwrap_or(name)
}

#[cfg(test)]
mod tests;
