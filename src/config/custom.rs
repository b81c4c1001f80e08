//! `custom_models`: other names for models, and models the table does not know.

use super::table::ProviderTable;
use crate::error::{Error, Result};
use crate::json::{self, Json, JsonError, Read, Reader, Write, Writer};
use crate::model::{Registry, Whose};
use crate::text::{concat, joined};

/// A value of `custom_models`: the id that is sent, or a table with limits and prices.
#[derive(Debug)]
pub struct CustomModel {
    /// The id that is sent.
    pub sent: String,
    /// The table as it was written, where it was one.
    row: Option<Json>,
}

impl<'a> Read<'a> for CustomModel {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        match reader.peek() {
            Some(b'"') => Ok(Self {
                sent: String::read(reader)?,
                row: None,
            }),
            Some(b'{') => Ok(Self {
                sent: String::new(),
                row: Some(Json::read(reader)?),
            }),
            _ => Err(reader.expected("a string or a table")),
        }
    }
}

/// As it was written.
impl Write for CustomModel {
    fn write(&self, writer: &mut Writer) {
        match &self.row {
            Some(row) => row.write(writer),
            None => writer.string(&self.sent),
        }
    }
}

impl ProviderTable {
    /// Aliases with the ids that are sent; what a table says of its model holds at this provider.
    pub(super) fn custom_models(
        &mut self,
        id: &str,
        whose: Whose<'_>,
        models: &mut Registry,
    ) -> Result<Vec<(String, CustomModel)>> {
        for (alias, model) in &mut self.custom_models {
            if let Some(row) = &model.row {
                let names = ["providers", id, "custom_models", alias];
                let merged = models.merge_one(whose, alias, row.text());
                model.sent = merged.map_err(|error| misread(&names, row, error))?;
            }
        }
        Ok(std::mem::take(&mut self.custom_models))
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
