//! What the parser finds, one thing after the other, becomes a tree.

use std::borrow::Cow;
use std::mem::take;

use toml_parser::decoder::{Encoding, IntegerRadix, ScalarKind};
use toml_parser::parser::EventReceiver;
use toml_parser::{ErrorSink, ParseError, Source, Span};

use super::line_at;
use super::tree::{Key, Origin, Table, Value};
use crate::json;

/// A tree in the making.
pub(super) struct Builder<'s> {
    source: Source<'s>,
    root: Table,
    /// The path of the header everything goes under.
    header: Vec<Key>,
    /// The keys read last: of a header, or in front of a value.
    keys: Vec<Key>,
    /// Lists and tables in braces that have not ended, with the keys they will be put under.
    open: Vec<(Vec<Key>, Value)>,
    /// Counting lines goes on where it stopped.
    counted: (usize, usize),
}

impl<'s> Builder<'s> {
    pub(super) fn new(source: Source<'s>) -> Self {
        Self {
            source,
            root: Table::of(Origin::Header),
            header: Vec::new(),
            keys: Vec::new(),
            open: Vec::new(),
            counted: (0, 1),
        }
    }

    pub(super) fn finish(self) -> Table {
        self.root
    }

    fn line(&mut self, at: usize) -> usize {
        let (from, line) = self.counted;
        let rest = self.source.input().get(from..).unwrap_or_default();
        self.counted = (at, line + line_at(rest, at.saturating_sub(from)) - 1);
        self.counted.1
    }

    fn begin(&mut self, value: Value) -> bool {
        self.open.push((take(&mut self.keys), value));
        true
    }

    fn end(&mut self, span: Span, error: &mut dyn ErrorSink) {
        if let Some((keys, value)) = self.open.pop() {
            self.keys = keys;
            self.put(value, span, error);
        }
    }

    /// Puts a value where it belongs: into the list that is open, or under the keys before it.
    fn put(&mut self, value: Value, span: Span, error: &mut dyn ErrorSink) {
        let keys = take(&mut self.keys);
        let line = self.line(span.start());
        let done = match self.open.last_mut() {
            Some((_, Value::List(items))) => {
                items.push((line, value));
                Ok(())
            }
            Some((_, Value::Table(table))) => table.insert(&keys, value),
            _ => match self.root.within(&self.header) {
                Ok(table) => table.insert(&keys, value),
                Err(refusal) => Err(refusal),
            },
        };
        report(done, span, error);
    }
}

fn report(done: Result<(), String>, span: Span, error: &mut dyn ErrorSink) {
    if let Err(refusal) = done {
        error.report_error(ParseError::new(refusal).with_unexpected(span));
    }
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.keys.clear();
    }

    fn std_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.header = take(&mut self.keys);
        report(self.root.open(&self.header), span, error);
    }

    fn array_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.keys.clear();
    }

    fn array_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.header = take(&mut self.keys);
        report(self.root.append(&self.header), span, error);
    }

    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin(Value::Table(Table::of(Origin::Braces)))
    }

    fn inline_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.end(span, error);
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin(Value::List(Vec::new()))
    }

    fn array_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.end(span, error);
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut name = Cow::Borrowed("");
        if let Some(raw) = self.source.get(span) {
            let raw = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span);
            raw.decode_key(&mut name, error);
        }
        let line = self.line(span.start());
        let name = name.into_owned();
        self.keys.push(Key { name, line });
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        let Some(raw) = self.source.get(span) else {
            return;
        };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span);
        let kind = raw.decode_scalar(&mut text, error);
        // JSON has no number for `inf` and `nan`.
        if kind == ScalarKind::Float && !text.ends_with(|last: char| last.is_ascii_digit()) {
            report(
                Err(format!("`{text}` is no number for a setting")),
                span,
                error,
            );
        }
        self.put(Value::Scalar(scalar(kind, &text)), span, error);
    }
}

/// A scalar as JSON.
fn scalar(kind: ScalarKind, text: &str) -> String {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let is_number = plain.ends_with(|last: char| last.is_ascii_digit());
    match kind {
        ScalarKind::Boolean(value) => json::to_string(&value),
        ScalarKind::Integer(IntegerRadix::Dec) | ScalarKind::Float if is_number => {
            plain.to_string()
        }
        ScalarKind::Integer(radix) => match u64::from_str_radix(plain, radix.value()) {
            Ok(value) => json::to_string(&value),
            Err(_) => json::to_string(&text),
        },
        _ => json::to_string(&text),
    }
}
