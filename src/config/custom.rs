//! `custom_models`: other names for models, and models the table does not know.

use super::table::ProviderTable;
use crate::error::{Error, Result};
use crate::json::{self, Json, JsonError, Read, Reader};
use crate::model::{Registry, Whose};
use crate::text::{concat, joined};

/// A value of `custom_models`: the id that is sent, or a table with limits and prices.
#[derive(Debug)]
pub(super) enum CustomModel {
    Id(String),
    Row(Json),
}

impl<'a> Read<'a> for CustomModel {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        match reader.peek() {
            Some(b'"') => String::read(reader).map(Self::Id),
            Some(b'{') => Json::read(reader).map(Self::Row),
            _ => Err(reader.expected("a string or a table")),
        }
    }
}

impl ProviderTable {
    /// Aliases with the ids that are sent; what a table says of its model holds at this provider.
    pub(super) fn custom_models(
        &self,
        id: &str,
        whose: Whose<'_>,
        models: &mut Registry,
    ) -> Result<Vec<(String, String)>> {
        let mut all = Vec::new();
        for (alias, model) in &self.custom_models {
            let sent = match model {
                CustomModel::Id(sent) => sent.clone(),
                CustomModel::Row(row) => {
                    let names = ["providers", id, "custom_models", alias];
                    let merged = models.merge_one(whose, alias, row.text());
                    merged.map_err(|error| misread(&names, row, error))?
                }
            };
            all.push((alias.clone(), sent));
        }
        Ok(all)
    }
}

/// An error within a table that was kept as text, under its full name.
fn misread(names: &[&str], table: &Json, error: JsonError) -> Error {
    let inner = json::path_at(table.text(), error.at);
    let dot = if inner.is_empty() { "" } else { "." };
    Error::invalid_config(
        &concat(&[&joined(&mut names.iter().copied(), "."), dot, &inner]),
        error,
    )
}
