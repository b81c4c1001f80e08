//! Writing JSON text.
//!
//! Structs name their fields with `writes!`; a field
//! that is `None` is left out, one marked `?` also when it is empty.

use std::borrow::Cow;

use super::{Json, Raw, number};

/// JSON text in the making. A field that is `None` is left out ([`Write::is_absent`]); where `null` says
/// something, write [`OrNull`].
///
/// ```
/// use aircher_llm::json::{Writer, to_string};
///
/// let mut writer = Writer::default();
/// writer.object(&mut |writer| {
///     writer.field("name", &"a \"b\"");
///     writer.field("size", &None::<u64>);
///     writer.field("tags", &vec!["x".to_string()]);
/// });
/// assert_eq!(writer.finish(), r#"{"name":"a \"b\"","tags":["x"]}"#);
/// assert_eq!(to_string(&7_u64), "7");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    text: String,
    /// The next item of the innermost object or list needs a comma before it.
    comma: bool,
}

impl Writer {
    /// The finished text.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// Writes an object; `fields` writes its fields.
    pub fn object(&mut self, fields: &mut dyn FnMut(&mut Self)) {
        self.nested('{', '}', fields);
    }

    /// Writes a list; `items` writes its items.
    pub fn list(&mut self, items: &mut dyn FnMut(&mut Self)) {
        self.nested('[', ']', items);
    }

    fn nested(&mut self, open: char, close: char, content: &mut dyn FnMut(&mut Self)) {
        self.begin(open);
        content(self);
        self.end(close);
    }

    /// Begins an object; fields and [`Writer::end_object`] must follow.
    pub fn begin_object(&mut self) {
        self.begin('{');
    }

    /// Ends the innermost object.
    pub fn end_object(&mut self) {
        self.end('}');
    }

    /// Begins a list; items and [`Writer::end_list`] must follow.
    pub fn begin_list(&mut self) {
        self.begin('[');
    }

    /// Ends the innermost list.
    pub fn end_list(&mut self) {
        self.end(']');
    }

    fn begin(&mut self, open: char) {
        self.separate();
        self.text.push(open);
        self.comma = false;
    }

    fn end(&mut self, close: char) {
        self.text.push(close);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.text.push(',');
        }
        self.comma = true;
    }

    /// Writes a key; its value must follow.
    pub fn key(&mut self, key: &str) {
        self.string(key);
        self.text.push(':');
        self.comma = false;
    }

    /// Writes a field of text.
    #[inline(never)]
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    /// Begins a field that is an object; its fields and [`Writer::end_object`] must follow.
    #[inline(never)]
    pub fn begin_object_at(&mut self, key: &str) {
        self.key(key);
        self.begin_object();
    }

    /// Begins a field that is a list; its items and [`Writer::end_list`] must follow.
    #[inline(never)]
    pub fn begin_list_at(&mut self, key: &str) {
        self.key(key);
        self.begin_list();
    }

    /// Writes a field.
    pub fn field(&mut self, key: &str, value: &dyn Write) {
        if !value.is_absent() {
            self.key(key);
            value.write(self);
        }
    }

    /// Writes a field unless it is empty.
    pub fn field_unless_empty(&mut self, key: &str, value: &dyn Write) {
        if !value.is_empty() {
            self.field(key, value);
        }
    }

    /// Writes a string with its escapes.
    pub fn string(&mut self, value: &str) {
        self.separate();
        self.text.push('"');
        let mut rest = value;
        while let Some(at) = rest
            .bytes()
            .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
        {
            let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.text.push_str(plain);
            let mut chars = tail.chars();
            self.escaped(chars.next().unwrap_or_default());
            rest = chars.as_str();
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn escaped(&mut self, character: char) {
        let short = match character {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '"' => "\\\"",
            '\\' => "\\\\",
            _ => "",
        };
        self.text.push_str(short);
        if short.is_empty() {
            self.text
                .push_str(&format!("\\u{:04x}", u32::from(character)));
        }
    }

    /// Writes a value that is JSON text already.
    pub fn raw(&mut self, json: &str) {
        self.separate();
        self.text.push_str(json);
    }
}

/// A value that can be written as JSON.
pub trait Write {
    /// Writes the value.
    fn write(&self, writer: &mut Writer);

    /// Whether a field of this value is left out.
    fn is_absent(&self) -> bool {
        false
    }

    /// Whether a field marked `?` of this value is left out.
    fn is_empty(&self) -> bool {
        self.is_absent()
    }
}

/// Writes a value as JSON text.
pub fn to_string(value: &dyn Write) -> String {
    let mut writer = Writer::default();
    value.write(&mut writer);
    writer.finish()
}

impl Write for str {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl Write for String {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl Write for Cow<'_, str> {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl Write for bool {
    fn write(&self, writer: &mut Writer) {
        writer.raw(if *self { "true" } else { "false" });
    }
}

impl Write for u64 {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&self.to_string());
    }
}

impl Write for i64 {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&self.to_string());
    }
}

impl Write for u32 {
    fn write(&self, writer: &mut Writer) {
        u64::from(*self).write(writer);
    }
}

impl Write for u16 {
    fn write(&self, writer: &mut Writer) {
        u64::from(*self).write(writer);
    }
}

impl Write for f64 {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&number::format(*self));
    }
}

impl Write for Json {
    fn write(&self, writer: &mut Writer) {
        writer.raw(self.text());
    }
}

impl Write for Raw<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.raw(self.get().unwrap_or("null"));
    }
    fn is_absent(&self) -> bool {
        self.get().is_none()
    }
}

impl<T: Write + ?Sized> Write for &T {
    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }
    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.raw("null"),
        }
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// A value that is written as `null` where it is absent, instead of being left out.
#[derive(Clone, Copy, Debug)]
pub struct OrNull<'a, T>(pub &'a Option<T>);

impl<T: Write> Write for OrNull<'_, T> {
    fn write(&self, writer: &mut Writer) {
        self.0.write(writer);
    }
}

impl<T: Write> Write for [T] {
    fn write(&self, writer: &mut Writer) {
        writer.begin_list();
        self.iter().for_each(|item| item.write(writer));
        writer.end_list();
    }
    fn is_empty(&self) -> bool {
        <[T]>::is_empty(self)
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        self.as_slice().write(writer);
    }
    fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

/// Ordered pairs written as an object.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a, K, V>(pub &'a [(K, V)]);

impl<K: AsRef<str>, V: Write> Write for Pairs<'_, K, V> {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        for (key, value) in self.0 {
            writer.field(key.as_ref(), value);
        }
        writer.end_object();
    }
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Implements [`Write`] for a struct from the list of its fields:
/// `writes!(Request<'a> { model, stop?, r#type = "type" })`.
macro_rules! writes {
    // The entries below add a comma, which may be one too many.
    (@fields $this:ident, $writer:ident, $(,)?) => {};
    (@fields $this:ident, $writer:ident, $field:ident, $($rest:tt)*) => {
        $writer.field(stringify!($field), &$this.$field);
        $crate::json::writes!(@fields $this, $writer, $($rest)*);
    };
    (@fields $this:ident, $writer:ident, $field:ident?, $($rest:tt)*) => {
        $writer.field_unless_empty(stringify!($field), &$this.$field);
        $crate::json::writes!(@fields $this, $writer, $($rest)*);
    };
    (@fields $this:ident, $writer:ident, $field:ident = $key:literal, $($rest:tt)*) => {
        $writer.field($key, &$this.$field);
        $crate::json::writes!(@fields $this, $writer, $($rest)*);
    };
    ($name:ident { $($fields:tt)* }) => {
        impl $crate::json::Write for $name {
            fn write(&self, writer: &mut $crate::json::Writer) {
                writer.begin_object();
                $crate::json::writes!(@fields self, writer, $($fields)*,);
                writer.end_object();
            }
        }
    };
    ($name:ident<$lifetime:lifetime> { $($fields:tt)* }) => {
        impl<$lifetime> $crate::json::Write for $name<$lifetime> {
            fn write(&self, writer: &mut $crate::json::Writer) {
                writer.begin_object();
                $crate::json::writes!(@fields self, writer, $($fields)*,);
                writer.end_object();
            }
        }
    };
}
pub(crate) use writes;

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample<'a> {
        r#type: &'a str,
        count: Option<u64>,
        list: Vec<f64>,
        empty: Vec<u64>,
        kept: Vec<u64>,
        flag: bool,
    }
    writes!(Sample<'a> { r#type = "type", count, list, empty?, kept, flag, });

    #[test]
    fn structs_are_written_without_what_is_absent() {
        let sample = Sample {
            r#type: "a\"\\\n\u{1}é",
            count: None,
            list: vec![0.7, 2.0],
            empty: vec![],
            kept: vec![],
            flag: true,
        };
        assert_eq!(
            to_string(&sample),
            r#"{"type":"a\"\\\n\u0001é","list":[0.7,2],"kept":[],"flag":true}"#
        );
        assert_eq!(to_string(&vec![sample]).len(), 65);
    }
}
