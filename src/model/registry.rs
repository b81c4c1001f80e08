//! All models that are known: the compiled-in table, and what was merged over it.

use std::borrow::Cow;

use super::{Column, Model, Source, TABLE, cell, merge};
use crate::chat::place;
use crate::error::{Error, Result};
use crate::json::{JsonError, Reader};
use crate::text::{after_last, concat, replaced, rsplit_once};

/// The table, and rows that stand before it.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Lines of the table's form, no two of one model.
    merged: Vec<(String, Source)>,
}

impl Registry {
    /// Finds a model of one kind of provider by id, alias or dated form.
    ///
    /// A path prefix (`models/`, `anthropic/`, `publishers/google/models/`), a
    /// version (`@20240229`), an Ollama tag (`:7b`) and a date suffix
    /// (`-2026-11-01`, `-20261101`) or number (`-001`) are dropped one by one.
    #[must_use]
    pub fn find(&self, kind: &str, name: &str) -> Option<Model> {
        let bare = after_last(name, b'/');
        // A merged row may have the vendor in its id, as gateways name models.
        let whole = self.row(Some(kind), name);
        whole.or_else(|| search(bare, &|id| self.row(Some(kind), id)))
    }

    /// Finds a model of any kind of provider, likewise; of prefixes only
    /// `…models/` is dropped.
    #[must_use]
    pub fn find_any(&self, name: &str) -> Option<Model> {
        let path = rsplit_once(name, b'/');
        let bare = path.filter(|(path, _)| path.ends_with("models"));
        let name = bare.map_or(name, |(_, rest)| rest);
        search(name, &|id| self.row(None, id))
    }

    /// Every model that chats: the table by kind and id, then what was merged beside it.
    #[must_use]
    pub fn all(&self) -> Vec<Model> {
        let mut all = Vec::new();
        for row in rows() {
            if !self.merged.iter().any(|(merged, _)| same(merged, row)) {
                all.push(Model::of_table(row));
            }
        }
        for (row, source) in &self.merged {
            all.push(Model::merged(row, *source));
        }
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
            let place = place(json, &error, "models");
            let root = if place.starts_with('[') { "models" } else { "" };
            Error::invalid_config(&concat(&[root, &place]), error)
        })?;
        *self = next;
        Ok(())
    }

    /// Merges one row of a kind of provider, read from an object; the id is the
    /// row's `model`, by default `id`. Returns the id.
    pub(crate) fn merge_one(
        &mut self,
        kind: &str,
        id: &str,
        json: &str,
    ) -> std::result::Result<String, JsonError> {
        merge::one(&mut Reader::new(json), kind, id, self)
    }

    /// Takes what a provider says of a model it lists: a row as [`Registry::merge`] takes it,
    /// over what is known of the model under any of its names.
    ///
    /// # Errors
    /// `invalid_config` naming the key.
    pub fn learn(&mut self, kind: &str, id: &str, row: &str) -> Result<()> {
        // A tab would end the cell.
        if row == "{}" || id.chars().any(char::is_control) {
            return Ok(());
        }
        let known = self.find(kind, id);
        let learned = merge::over(known.as_ref(), kind, id, &mut Reader::new(row));
        let line = learned.map_err(|error| Error::invalid_config(id, error))?;
        self.put(line, Source::Provider);
        Ok(())
    }

    /// Puts a line in the place of the one of the same model.
    pub(super) fn put(&mut self, line: String, source: Source) {
        if let Some(at) = self.merged.iter().position(|(row, _)| same(row, &line)) {
            self.merged.remove(at);
        }
        self.merged.push((line, source));
    }

    /// The row of exactly that id, in whatever case.
    pub(super) fn row(&self, kind: Option<&str>, id: &str) -> Option<Model> {
        let fits = |row: &str| {
            let (own, name) = key(row);
            kind.is_none_or(|kind| kind == own) && name.eq_ignore_ascii_case(id)
        };
        let merged = self.merged.iter().find(|(row, _)| fits(row));
        let merged = merged.map(|(row, source)| Model::merged(row, *source));
        merged.or_else(|| rows().find(|row| fits(row)).map(Model::of_table))
    }
}

/// A model of which nothing is known: trusted with everything but reasoning, since its provider decides.
#[must_use]
pub fn unknown() -> Model {
    Model::merged(&merge::hopeful(), Source::Provider)
}

impl Model {
    fn of_table(row: &'static str) -> Self {
        Self {
            row: Cow::Borrowed(row),
            source: Source::Table,
        }
    }

    fn merged(row: &str, source: Source) -> Self {
        Self {
            row: Cow::Owned(row.to_string()),
            source,
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

fn same(row: &str, other: &str) -> bool {
    let ((kind, id), (other_kind, other_id)) = (key(row), key(other));
    kind == other_kind && id.eq_ignore_ascii_case(other_id)
}

/// Looks for the name itself, for Vertex AI's `@date` as the date suffix it is
/// elsewhere, then without tag or version, then without date.
fn search(name: &str, row: &dyn Fn(&str) -> Option<Model>) -> Option<Model> {
    let untagged = name.split([':', '@']).next().unwrap_or(name);
    let dashed = replaced(name, "@", "-");
    let forms = [name, &dashed, untagged, without_date(untagged)];
    forms.into_iter().find_map(row)
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
