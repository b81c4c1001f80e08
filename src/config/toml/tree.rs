//! Tables with the lines of their keys, and TOML's rules for adding to them.

use crate::json::{Write, Writer};
use crate::text::concat;

/// A key as written.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) line: usize,
}

/// How a table came about, which decides what may be added to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// By the header of a table within it: its own header may follow.
    #[default]
    Implied,
    /// By its own header.
    Header,
    /// By keys with dots: more of them may follow, a header may not.
    Dots,
    /// In braces: it is complete.
    Braces,
}

/// A table in the order written.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) origin: Origin,
    entries: Vec<(Key, Value)>,
}

/// A value.
#[derive(Debug)]
pub(super) enum Value {
    /// JSON text of anything without parts.
    Scalar(String),
    /// In brackets; with the lines of the items.
    List(Vec<(usize, Self)>),
    /// `[[…]]`: a table for each header.
    Tables(Vec<(usize, Self)>),
    Table(Table),
}

fn twice(key: &Key) -> String {
    concat(&["`", &key.name, "` is there twice"])
}

fn no_table(key: &Key) -> String {
    concat(&[
        "`",
        &key.name,
        "` is there already, and nothing can be added to it",
    ])
}

impl Table {
    pub(super) fn of(origin: Origin) -> Self {
        Self {
            origin,
            entries: Vec::new(),
        }
    }

    /// Adds `a.b.c = value` to this table.
    pub(super) fn insert(&mut self, keys: &[Key], value: Value) -> Result<(), String> {
        let Some((last, path)) = keys.split_last() else {
            return Ok(());
        };
        let mut table = self;
        for key in path {
            table = table.dotted(key)?;
        }
        if table.place(&last.name).is_some() {
            return Err(twice(last));
        }
        table.entries.push((last.clone(), value));
        Ok(())
    }

    fn dotted(&mut self, key: &Key) -> Result<&mut Self, String> {
        let value = self.entry(key, || Value::Table(Self::of(Origin::Dots)));
        match value {
            Value::Table(table) if table.origin == Origin::Dots => Ok(table),
            _ => Err(no_table(key)),
        }
    }

    /// Opens the table of `[a.b.c]`.
    pub(super) fn open(&mut self, keys: &[Key]) -> Result<(), String> {
        let Some((last, path)) = keys.split_last() else {
            return Ok(());
        };
        let parent = self.within(path)?;
        match parent.entry(last, || Value::Table(Self::default())) {
            Value::Table(table) if table.origin == Origin::Implied => {
                table.origin = Origin::Header;
                Ok(())
            }
            _ => Err(twice(last)),
        }
    }

    /// Adds a table to the list of `[[a.b.c]]`.
    pub(super) fn append(&mut self, keys: &[Key]) -> Result<(), String> {
        let Some((last, path)) = keys.split_last() else {
            return Ok(());
        };
        let parent = self.within(path)?;
        match parent.entry(last, || Value::Tables(Vec::new())) {
            Value::Tables(tables) => {
                tables.push((last.line, Value::Table(Self::of(Origin::Header))));
                Ok(())
            }
            _ => Err(no_table(last)),
        }
    }

    /// The table a header leads to; of a list of tables, the last.
    pub(super) fn within(&mut self, path: &[Key]) -> Result<&mut Self, String> {
        let mut table = self;
        for key in path {
            let mut value = table.entry(key, || Value::Table(Self::default()));
            if let Value::Tables(tables) = value {
                let last = tables.last_mut().map(|(_, last)| last);
                value = last.ok_or_else(|| no_table(key))?;
            }
            table = match value {
                Value::Table(table) if table.origin != Origin::Braces => table,
                _ => return Err(no_table(key)),
            };
        }
        Ok(table)
    }

    /// The value of a key, made where there is none.
    fn entry(&mut self, key: &Key, new: impl FnOnce() -> Value) -> &mut Value {
        let place = self.place(&key.name).unwrap_or_else(|| {
            self.entries.push((key.clone(), new()));
            self.entries.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "the place of an entry")]
        &mut self.entries[place].1
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|(key, _)| key.name == name)
    }

    /// The line of the longest path a message begins with.
    pub(super) fn line_of(&self, message: &str) -> Option<usize> {
        let named = self.entries.iter().filter_map(|(key, value)| {
            let rest = message.strip_prefix(&*key.name)?;
            rest.starts_with(['.', ':', '['])
                .then_some((key, value, rest))
        });
        let (key, value, rest) = named.max_by_key(|(key, ..)| key.name.len())?;
        Some(value.line_of(rest).unwrap_or(key.line))
    }
}

impl Value {
    fn line_of(&self, rest: &str) -> Option<usize> {
        match self {
            Self::Scalar(_) => None,
            Self::Table(table) => table.line_of(rest.strip_prefix('.')?),
            Self::List(items) | Self::Tables(items) => {
                let (place, rest) = rest.strip_prefix('[')?.split_once(']')?;
                let (line, value) = items.get(place.parse::<usize>().ok()?)?;
                Some(value.line_of(rest).unwrap_or(*line))
            }
        }
    }
}

impl Write for Table {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        for (key, value) in &self.entries {
            writer.field(&key.name, value);
        }
        writer.end_object();
    }
}

impl Write for Value {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Scalar(json) => writer.raw(json),
            Self::Table(table) => table.write(writer),
            Self::List(items) | Self::Tables(items) => {
                writer.begin_list();
                for (_, item) in items {
                    item.write(writer);
                }
                writer.end_list();
            }
        }
    }
}
