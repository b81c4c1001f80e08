//! Rows from JSON, under the names of `models.json` and of [`ModelInfo`](super::ModelInfo).
//!
//! ```text
//! {"provider": "openai", "id": "gpt-7", "in": 1}  ->  what is given, over a line of the table
//! ```

use std::borrow::Cow;

use super::info::BASE;
use super::registry::{Entry, Registry, Whose};
use super::{COLUMNS, Column, Model, Source, cell, is_date};
use crate::json::{self, JsonError, Read, Reader, meant};
use crate::money::Dollars;
use crate::provider::{self, pick::pick, pick::text};
use crate::text::concat;

/// The flags of a model nobody has described: it is trusted with functions, images and schemas.
const TRUSTED: &str = "TIJu";
/// The one that goes with the first word on what it can do.
const UNDESCRIBED: &str = "u";
/// A line of the table in which nothing is known.
const EMPTY: &str = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t";
const _: () = assert!(EMPTY.len() == COLUMNS - 1);

/// A line of the table that is being written.
struct Line {
    text: String,
}

/// Reads `[…]` or `{"models": […]}` into a registry; every row names its provider and id.
pub(super) fn rows(json: &str, registry: &mut Registry) -> Result<(), JsonError> {
    let mut reader = Reader::new(json);
    match reader.peek() {
        Some(b'[') => list(&mut reader, registry),
        Some(b'{') => reader.object(&mut |key, reader| match key {
            "models" => list(reader, registry),
            _ => Err(unknown(key, &["models"], reader)),
        }),
        _ => Err(reader.error("expected a list of models, or its JSON text")),
    }
}

fn list(reader: &mut Reader<'_>, registry: &mut Registry) -> Result<(), JsonError> {
    reader.list(&mut |reader| one(reader, Whose::default(), "", registry).map(drop))
}

/// Reads one row: of a configured provider and this id unless it names its own, or of the kind it
/// names. Returns the id.
pub(super) fn one(
    reader: &mut Reader<'_>,
    whose: Whose<'_>,
    id: &str,
    registry: &mut Registry,
) -> Result<String, JsonError> {
    let at = reader.position();
    // What a row stands over has to be known before its keys are taken in their order.
    let json = reader.clone().raw()?;
    let [provider, own, model] = pick(json, ["provider", "id", "model"]).unwrap_or_default();
    let (provider, own, model) = (text(provider), text(own), text(model));
    let named = provider::of_kind(&provider).map_or("", |kind| kind.profile().id);
    let whose = Whose {
        kind: if whose.id.is_empty() {
            named
        } else {
            whose.kind
        },
        ..whose
    };
    let id = match (own.is_empty(), model.is_empty()) {
        (false, _) => own,
        (true, false) => model,
        (true, true) => Cow::Borrowed(id),
    };
    // Of a dated form or a tag all is known that is known of the model.
    let known = registry.find_at(whose, &id);
    let row = over(known.as_ref(), (whose.kind, &id), reader, "")?;
    if whose.kind.is_empty() || id.is_empty() {
        return Err(JsonError::new(at + 1, "a model needs `provider` and `id`"));
    }
    let mut told = registry.told(whose, &id);
    if whose.id.is_empty() {
        registry.amend(whose.kind, &id, json);
    } else {
        told.push_str(json);
    }
    registry.put(Entry {
        row,
        source: Source::Config,
        owner: whose.id.to_string(),
        told,
    });
    Ok(id.into_owned())
}

/// The line of a model of which nothing is known.
pub(super) fn hopeful() -> String {
    Line::of(None, "", "").text
}

/// What a row says of a model of a kind, over what is known of it and under what was `told` of it
/// before (some objects), as a line of the table.
pub(super) fn over(
    known: Option<&Model>,
    (kind, id): (&str, &str),
    reader: &mut Reader<'_>,
    told: &str,
) -> Result<String, JsonError> {
    let mut line = Line::of(known, kind, id);
    line.set(Column::Id, id);
    let mut take = |key: &str, reader: &mut Reader<'_>| line.take(key, reader);
    reader.object(&mut take)?;
    let mut told = Reader::within(told);
    while told.peek().is_some() {
        told.object(&mut take)?;
    }
    Ok(line.text)
}

impl Line {
    /// The line of a known model, or one of a new model.
    fn of(known: Option<&Model>, kind: &str, id: &str) -> Self {
        if let Some(known) = known {
            let text = known.row.to_string();
            return Self { text };
        }
        let mut line = Self {
            text: EMPTY.to_string(),
        };
        line.set(Column::Kind, kind);
        line.set(Column::Id, id);
        line.set(Column::Status, "active");
        line.set(Column::Flags, TRUSTED);
        line
    }

    fn cell(&self, column: Column) -> &str {
        cell(&self.text, column)
    }

    fn set(&mut self, column: Column, text: &str) {
        let mut line = String::new();
        for (at, cell) in self.text.split('\t').enumerate() {
            let is_it = at == column as usize;
            add(
                &mut line,
                if at > 0 { "\t" } else { "" },
                if is_it { text } else { cell },
            );
        }
        self.text = line;
    }

    /// Takes one key. The names of nested objects differ from those outside, so
    /// that one list serves for all.
    fn take(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        if reader.null() {
            return Ok(());
        }
        if let Some((_, column, form)) = CELLS.iter().find(|(name, ..)| *name == key) {
            let text = form.read(reader)?;
            // The provider's own day stands before what others say.
            if key != "deprecation_litellm" || self.cell(*column).is_empty() {
                self.set(*column, &text);
            }
            return Ok(());
        }
        if let Some((_, letters)) = FLAGS.iter().find(|(name, _)| *name == key) {
            let at = usize::from(!reader.boolean()?);
            self.flag(letters.chars().nth(at), letters);
            return Ok(());
        }
        match key {
            "provider" => kind(reader)?,
            "id" | "model" => drop(word(reader)?),
            "prices" | "capabilities" | "factors" => {
                reader.object(&mut |key, reader| self.take(key, reader))?;
            }
            "thinking" if reader.peek() == Some(b'"') => {
                self.flag(None, UNDESCRIBED);
                self.set(Column::Thinking, &word(reader)?);
            }
            "thinking" => self.reason(reader.boolean()?),
            "chat_tools" => self.chat_tools(&word(reader)?),
            "endpoints" => {
                let only = joined(reader)? == "responses";
                self.flag(only.then_some('R'), "R");
            }
            // Where it comes from, what the prices above say once more, what nobody asks for.
            "src" | "note" | "diff" | "source" | "cost" | "display_name" | "system_messages" => {
                reader.skip()?;
            }
            _ => return Err(unknown(key, &names(), reader)),
        }
        Ok(())
    }

    /// Writes a letter into the flags in the place of some. A model is described from then on.
    fn flag(&mut self, letter: Option<char>, replaced: &str) {
        let mut flags = self.cell(Column::Flags).to_string();
        let is_out = |flag| UNDESCRIBED.starts_with(flag) || replaced.chars().any(|it| it == flag);
        flags.retain(|flag| !is_out(flag));
        flags.extend(letter);
        self.set(Column::Flags, &flags);
    }

    fn chat_tools(&mut self, rule: &str) {
        let letter = match rule {
            "effort_none_only" => Some('c'),
            "never" => Some('C'),
            _ => None,
        };
        self.flag(letter, "cC");
    }

    /// Sets whether it reasons. A model that begins to is told as its provider's
    /// usual model is.
    fn reason(&mut self, reasons: bool) {
        self.flag(None, UNDESCRIBED);
        if !reasons {
            self.set(Column::Thinking, "none");
        } else if matches!(self.cell(Column::Thinking), "" | "none") {
            let kind = self.cell(Column::Kind);
            let usual = provider::of_kind(kind).and_then(|kind| kind.profile().default_model);
            let usual = usual.and_then(|model| super::find(kind, model));
            let how = usual.as_ref().map_or("bool", Model::thinking);
            self.set(Column::Thinking, how);
        }
    }
}

/// How a cell is written in JSON.
#[derive(Clone, Copy)]
enum Form {
    Word,
    Count,
    Price,
    Factor,
    List,
    /// Prices above a number of input tokens.
    Tiers,
    /// Prices from a date on.
    Changes,
}

const CELLS: [(&str, Column, Form); 30] = [
    ("in", Column::In, Form::Price),
    ("out", Column::Out, Form::Price),
    ("cache_read", Column::CacheRead, Form::Price),
    ("cache_write", Column::CacheWrite, Form::Price),
    ("cache_write_long", Column::CacheWriteLong, Form::Price),
    ("in_audio", Column::InAudio, Form::Price),
    ("out_audio", Column::OutAudio, Form::Price),
    ("tiers", Column::Tiers, Form::Tiers),
    ("price_changes", Column::PriceChanges, Form::Changes),
    ("changes", Column::PriceChanges, Form::Changes),
    ("fast_x", Column::FastX, Form::Factor),
    ("fast", Column::FastX, Form::Factor),
    ("us_x", Column::UsX, Form::Factor),
    ("us", Column::UsX, Form::Factor),
    ("context", Column::Context, Form::Count),
    ("context_window", Column::Context, Form::Count),
    ("max_in", Column::MaxIn, Form::Count),
    ("max_input_tokens", Column::MaxIn, Form::Count),
    ("max_out", Column::MaxOut, Form::Count),
    ("max_output_tokens", Column::MaxOut, Form::Count),
    ("cache_min", Column::CacheMin, Form::Count),
    ("alias_of", Column::AliasOf, Form::Word),
    ("status", Column::Status, Form::Word),
    ("sampling", Column::Sampling, Form::Word),
    ("ends", Column::Ends, Form::Word),
    ("shutdown", Column::Ends, Form::Word),
    ("deprecation_litellm", Column::Ends, Form::Word),
    ("efforts", Column::Efforts, Form::List),
    ("thinking_types", Column::ThinkingTypes, Form::List),
    ("budget", Column::Budget, Form::List),
];

/// The letters of a flag: for true, and where false is told apart from unknown, for false.
const FLAGS: [(&str, &str); 7] = [
    ("tools", "T"),
    ("functions", "T"),
    ("images", "I"),
    ("json_schema", "J"),
    ("vertex", "V"),
    ("prefill", "Pp"),
    ("forced_tool_choice", "Ff"),
];

impl Form {
    fn read(self, reader: &mut Reader<'_>) -> Result<String, JsonError> {
        match self {
            Self::Word => word(reader),
            Self::Count => u64::read(reader).map(|count| count.to_string()),
            Self::Price => Dollars::read(reader).map(|price| price.0.decimal()),
            Self::Factor => factor(reader),
            Self::List => joined(reader),
            Self::Tiers | Self::Changes => steps(reader, self),
        }
    }
}

fn kind(reader: &mut Reader<'_>) -> Result<(), JsonError> {
    let at = reader.position();
    let name = word(reader)?;
    match provider::of_kind(&name) {
        Some(_) => Ok(()),
        None => {
            let meant = meant(&name, &provider::names());
            let problem = concat(&["`", &name, "` is no kind of provider", &meant]);
            Err(JsonError::new(at, problem))
        }
    }
}

/// A text that fits into a cell.
fn word(reader: &mut Reader<'_>) -> Result<String, JsonError> {
    let at = reader.position();
    let text = String::read(reader)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(JsonError::new(at, "expected a text on one line"));
    }
    Ok(text)
}

/// A factor on prices. Costs are computed with four decimals of it, and within
/// 128 bits.
fn factor(reader: &mut Reader<'_>) -> Result<String, JsonError> {
    let at = reader.position();
    let factor = Dollars::read(reader)?.0;
    if factor.nanos() % 100_000 != 0 || factor.nanos() > 1_000_000_000_000 {
        let problem = "expected a factor of at most 1000 with at most 4 decimals";
        return Err(JsonError::new(at, problem));
    }
    Ok(factor.decimal())
}

/// A list of words or numbers, with commas between them.
fn joined(reader: &mut Reader<'_>) -> Result<String, JsonError> {
    let mut items = String::new();
    reader.list(&mut |reader| {
        let item = match reader.peek() {
            Some(b'"') => word(reader)?,
            _ => reader.number()?.to_string(),
        };
        let separator = between(&items, ",");
        add(&mut items, separator, &item);
        Ok(())
    })?;
    Ok(items)
}

/// Adds a text behind a separator.
fn add(all: &mut String, separator: &str, text: &str) {
    all.push_str(separator);
    all.push_str(text);
}

/// The separator, unless nothing stands before it.
fn between<'s>(before: &str, separator: &'s str) -> &'s str {
    if before.is_empty() { "" } else { separator }
}

/// `[{"above_input": 200000, "in": 4}]`, or as `ModelInfo` has it
/// `[{"from": "200000", "prices": {"in": "4"}}]`, as `200000:in=4`.
fn steps(reader: &mut Reader<'_>, form: Form) -> Result<String, JsonError> {
    let mut steps = String::new();
    let mut last = String::new();
    reader.list(&mut |reader| {
        let at = reader.position();
        let (mut from, mut prices) = (String::new(), String::new());
        reader.object(&mut |key, reader| match key {
            "from" | "above_input" => {
                from = border(reader, form)?;
                Ok(())
            }
            "prices" => reader.object(&mut |key, reader| price(key, reader, &mut prices)),
            _ => price(key, reader, &mut prices),
        })?;
        // Numbers of the same length are in the order of their digits, and so are dates.
        if (from.len(), &from) <= (last.len(), &last) {
            let problem = "expected `from`, each greater than the one before";
            return Err(JsonError::new(at + 1, problem));
        }
        let separator = between(&steps, ";");
        add(&mut steps, separator, &from);
        add(&mut steps, ":", &prices);
        last = from;
        Ok(())
    })?;
    Ok(steps)
}

/// Where other prices begin to hold.
fn border(reader: &mut Reader<'_>, form: Form) -> Result<String, JsonError> {
    let at = reader.position();
    let text = match reader.peek() {
        Some(b'"') => reader.string()?,
        _ => Cow::Borrowed(reader.number()?),
    };
    let (border, problem) = match form {
        Form::Changes => (
            is_date(&text).then(|| text.to_string()),
            "expected a date as YYYY-MM-DD",
        ),
        _ => (
            text.parse::<u64>().ok().map(|tokens| tokens.to_string()),
            "expected a number of tokens",
        ),
    };
    border.ok_or_else(|| JsonError::new(at, problem))
}

fn price(key: &str, reader: &mut Reader<'_>, prices: &mut String) -> Result<(), JsonError> {
    let names = BASE.map(|(name, _)| name);
    if !names.contains(&key) {
        return Err(unknown(key, &names, reader));
    }
    let price = Form::Price.read(reader)?;
    let separator = between(prices, ",");
    add(prices, separator, key);
    add(prices, "=", &price);
    Ok(())
}

fn unknown(key: &str, known: &[&str], reader: &mut Reader<'_>) -> JsonError {
    JsonError::new(reader.position(), json::unknown(key, known))
}

/// The names people write.
fn names() -> Vec<&'static str> {
    let cells = CELLS.iter().map(|(name, ..)| *name);
    let flags = FLAGS.iter().map(|(name, _)| *name);
    let others = "provider id model prices capabilities factors thinking".split(' ');
    cells.chain(flags).chain(others).collect()
}
