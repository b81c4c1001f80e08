//! A pull parser over one JSON text.
//!
//! Single pass, no tree, strings borrowed where they hold no escapes. Loops over
//! fields and items take a `dyn` closure, so that there is one copy of them in
//! the wasm however many structs are read.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use memchr::memchr2;

/// Deeper values than this are refused, as serde_json does: nothing here may overflow the stack.
const MAX_DEPTH: u32 = 128;

/// What is wrong with a JSON text, and where. One pointer wide: results of it
/// are returned in a register, which every field that is read pays for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Box<Problem>);

/// The fields of a [`JsonError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte offset.
    pub at: usize,
    /// What is wrong and what was expected.
    pub problem: Cow<'static, str>,
    /// The text ended too early.
    pub is_eof: bool,
}

impl Deref for JsonError {
    type Target = Problem;
    fn deref(&self) -> &Problem {
        &self.0
    }
}

impl JsonError {
    /// An error at an offset.
    pub fn new(at: usize, problem: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Problem {
            at,
            problem: problem.into(),
            is_eof: false,
        }))
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for JsonError {}

/// A value that can be read from JSON.
pub trait Read<'a>: Sized {
    /// Reads one value and leaves the reader behind it.
    ///
    /// # Errors
    /// When it is no JSON, or of a form this type does not take.
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError>;
}

/// The parser: a text and a place in it.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// The offset of the next value.
    #[must_use]
    pub fn position(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// The first byte of the next value or token; `None` at the end.
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// When something does.
    pub fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("unexpected characters behind the value")),
        }
    }

    /// An error here: an early end where there is nothing more.
    pub fn error(&mut self, problem: impl Into<Cow<'static, str>>) -> JsonError {
        let is_eof = self.peek().is_none();
        let problem = if is_eof {
            "the JSON ends too early".into()
        } else {
            problem.into()
        };
        JsonError(Box::new(Problem {
            at: self.at,
            problem,
            is_eof,
        }))
    }

    /// An error that names what was expected and what was found.
    pub fn expected(&mut self, what: &str) -> JsonError {
        let found = match self.peek() {
            Some(b'"') => "a string",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        };
        self.error(format!("expected {what}, found {found}"))
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn must_take(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.error(what))
        }
    }

    /// Takes `null` if it is next.
    pub fn null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.word("null")
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn deeper(&mut self) -> Result<(), JsonError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(self.error("nested too deeply"))
        } else {
            Ok(())
        }
    }

    /// Reads an object; `field` gets each key and must read its value.
    ///
    /// # Errors
    /// When it is no object, and whatever `field` fails with.
    pub fn object(
        &mut self,
        field: &mut dyn FnMut(&str, &mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if !self.take(b'{') {
            return Err(self.expected("an object"));
        }
        self.deeper()?;
        if !self.take(b'}') {
            loop {
                let key = self.key()?;
                field(&key, self)?;
                if self.take(b'}') {
                    break;
                }
                self.must_take(b',', "expected `,` or `}`")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key"));
        }
        let key = self.string()?;
        self.must_take(b':', "expected `:`")?;
        Ok(key)
    }

    /// Reads a list; `item` must read each item.
    ///
    /// # Errors
    /// When it is no list, and whatever `item` fails with.
    pub fn list(
        &mut self,
        item: &mut dyn FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if !self.take(b'[') {
            return Err(self.expected("a list"));
        }
        self.deeper()?;
        if !self.take(b']') {
            loop {
                item(self)?;
                if self.take(b']') {
                    break;
                }
                self.must_take(b',', "expected `,` or `]`")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string. An unpaired surrogate escape becomes U+FFFD: servers cut
    /// emoji between two deltas, and that must not cost the event.
    ///
    /// # Errors
    /// When it is no string, or holds a bad escape or a control character.
    pub fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if !self.take(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.at;
        let mut owned = String::new();
        let mut from = start;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(length) = memchr2(b'"', b'\\', rest) else {
                return Err(self.cut());
            };
            self.at += length;
            let piece = self.text.get(from..self.at).unwrap_or_default();
            if rest.get(length) == Some(&b'"') {
                self.at += 1;
                return Ok(if from == start {
                    Cow::Borrowed(piece)
                } else {
                    Cow::Owned(owned + piece)
                });
            }
            owned.push_str(piece);
            self.at += 1;
            owned.push(self.escape()?);
            from = self.at;
        }
    }

    fn cut(&mut self) -> JsonError {
        self.at = self.text.len();
        self.error("")
    }

    /// The character of an escape; the backslash has been taken.
    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.text.as_bytes().get(self.at).copied() else {
            return Err(self.cut());
        };
        self.at += 1;
        Ok(match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(byte),
            b'u' => return self.unicode(),
            _ => return Err(JsonError::new(self.at, "unknown escape")),
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.code_unit()?;
        if !(0xD800..0xE000).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if first < 0xDC00 && self.word("\\u") {
            let second = self.code_unit()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn code_unit(&mut self) -> Result<u32, JsonError> {
        let Some(digits) = self.text.get(self.at..self.at + 4) else {
            return Err(self.cut());
        };
        let unit = u32::from_str_radix(digits, 16)
            .map_err(|_| JsonError::new(self.at, "bad \\u escape"))?;
        self.at += 4;
        Ok(unit)
    }

    /// Skips one value and returns its text.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn raw(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position();
        self.skip()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Checks one value by the grammar and returns its text: what goes out again must be valid.
    ///
    /// # Errors
    /// When it is no JSON, or nested too deeply.
    pub fn checked(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position();
        self.check()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn check(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.object(&mut |_, reader| reader.check()),
            Some(b'[') => self.list(&mut Self::check),
            Some(b'"') => self.string().map(drop),
            Some(b't' | b'f') => self.boolean().map(drop),
            Some(b'n') if self.null() => Ok(()),
            _ => self.checked_number(),
        }
    }

    fn checked_number(&mut self) -> Result<(), JsonError> {
        let number = self.number()?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let leading_zero = digits.len() > 1
            && digits.starts_with('0')
            && !digits.starts_with("0.")
            && !digits.starts_with(['e', 'E']);
        let good = super::number::parse(number).is_some()
            && !leading_zero
            && !digits.contains(".e")
            && !digits.ends_with('.');
        if good {
            Ok(())
        } else {
            Err(self.error("not a JSON number"))
        }
    }

    /// Skips one value. Iterative: what nobody reads may be as deep as it likes.
    ///
    /// # Errors
    /// When brackets or strings do not end; what lies between is not checked further.
    pub fn skip(&mut self) -> Result<(), JsonError> {
        let mut open = 0_u32;
        loop {
            match self.peek() {
                Some(b'{' | b'[') => {
                    open += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') if open > 0 => self.at += 1,
                Some(b'"') => self.skip_string()?,
                Some(byte) if byte.is_ascii_alphanumeric() || byte == b'-' => self.skip_scalar(),
                _ => return Err(self.error("expected a value")),
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                Some(length) if rest.get(length) == Some(&b'"') => {
                    self.at += length + 1;
                    return Ok(());
                }
                Some(length) => self.at += length + 2,
                None => return Err(self.cut()),
            }
        }
    }

    fn skip_scalar(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        self.at += rest.iter().take_while(|byte| is_part(byte)).count();
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// When it is none.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        self.peek();
        if self.word("true") {
            return Ok(true);
        }
        if self.word("false") {
            Ok(false)
        } else {
            Err(self.expected("true or false"))
        }
    }

    /// Reads the text of a number.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => self.raw(),
            _ => Err(self.expected("a number")),
        }
    }
}

impl<'a> Read<'a> for String {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        reader.string().map(Cow::into_owned)
    }
}

impl<'a> Read<'a> for bool {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        reader.boolean()
    }
}

impl<'a> Read<'a> for f64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let number = super::number::parse(reader.number()?).filter(|number| number.is_finite());
        number.ok_or_else(|| JsonError::new(at, "not a number that fits"))
    }
}

macro_rules! whole_numbers {
    ($($name:ty: $what:literal),*) => {$(
        impl<'a> Read<'a> for $name {
            fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
                let at = reader.position();
                reader.number()?.parse().map_err(|_| JsonError::new(at, concat!("expected ", $what)))
            }
        }
    )*};
}
whole_numbers!(u64: "a whole number of at least 0", i64: "a whole number", usize: "a whole number of at least 0");

/// `null` reads as `None`.
impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        if reader.null() {
            Ok(None)
        } else {
            T::read(reader).map(Some)
        }
    }
}

/// `null` reads as an empty list.
impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut items = Self::new();
        if !reader.null() {
            reader.list(&mut |reader| {
                items.push(T::read(reader)?);
                Ok(())
            })?;
        }
        Ok(items)
    }
}

/// An object as ordered pairs; `null` reads as none.
impl<'a, T: Read<'a>> Read<'a> for Vec<(String, T)> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut entries = Self::new();
        if !reader.null() {
            reader.object(&mut |key, reader| {
                entries.push((key.to_string(), T::read(reader)?));
                Ok(())
            })?;
        }
        Ok(entries)
    }
}

/// Implements [`Read`] for a struct with a default from the list of its fields.
///
/// `fields!(Usage { prompt, name = "other" | "names" })` is for answers: unknown
/// fields are skipped, and what is no object reads as the default.
/// `fields!(strict Request [required] { … })` is for what people write: unknown
/// fields, missing required ones and anything but an object are errors.
macro_rules! fields {
    (strict $name:ident [$($required:literal),*] { $($field:ident $(= $($key:literal)|+)?),* $(,)? }) => {
        impl<'r> $crate::json::Read<'r> for $name {
            fn read(reader: &mut $crate::json::Reader<'r>) -> Result<Self, $crate::json::JsonError> {
                let mut this = Self::default();
                let known: &[&str] = &[$($crate::json::fields!(@names $field $(= $($key)|+)?)),*];
                $crate::json::strict(reader, known, &[$($required),*], &mut |key, reader| {
                    $(if $crate::json::fields!(@is key, $field $(= $($key)|+)?) {
                        return $crate::json::set(&mut this.$field, reader);
                    })*
                    reader.skip()
                })?;
                Ok(this)
            }
        }
    };
    ($name:ident $(<$lifetime:lifetime>)? { $($field:ident $(= $($key:literal)|+)?),* $(,)? }) => {
        $crate::json::fields!(@impl $name $(<$lifetime>)? { $($field $(= $($key)|+)?),* });
    };
    (@impl $name:ident { $($fields:tt)* }) => {
        impl<'r> $crate::json::Read<'r> for $name {
            $crate::json::fields!(@read 'r, $($fields)*);
        }
    };
    (@impl $name:ident <$lifetime:lifetime> { $($fields:tt)* }) => {
        impl<$lifetime> $crate::json::Read<$lifetime> for $name<$lifetime> {
            $crate::json::fields!(@read $lifetime, $($fields)*);
        }
    };
    (@read $lifetime:lifetime, $($field:ident $(= $($key:literal)|+)?),*) => {
        fn read(reader: &mut $crate::json::Reader<$lifetime>) -> Result<Self, $crate::json::JsonError> {
            let mut this = Self::default();
            if reader.peek() != Some(b'{') {
                reader.skip()?;
                return Ok(this);
            }
            reader.object(&mut |key, reader| {
                $(if $crate::json::fields!(@is key, $field $(= $($key)|+)?) {
                    return $crate::json::set(&mut this.$field, reader);
                })*
                reader.skip()
            })?;
            Ok(this)
        }
    };
    (@is $given:ident, $field:ident) => { $given == stringify!($field) };
    (@is $given:ident, $field:ident = $($key:literal)|+) => { matches!($given, $($key)|+) };
    (@names $field:ident) => { stringify!($field) };
    (@names $field:ident = $key:literal $(| $more:literal)*) => { $key };
}
pub(crate) use fields;

/// Reads a field. Never inlined, so that all fields of a type share one copy.
#[inline(never)]
pub(crate) fn set<'a, T: Read<'a>>(
    field: &mut T,
    reader: &mut Reader<'a>,
) -> Result<(), JsonError> {
    *field = T::read(reader)?;
    Ok(())
}

/// Reads the object of a strict struct: only known fields, and all required ones.
pub(crate) fn strict<'a>(
    reader: &mut Reader<'a>,
    known: &[&str],
    required: &[&'static str],
    field: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let at = reader.position();
    let mut missing = required.to_vec();
    reader.object(&mut |key, reader| {
        if !known.contains(&key) {
            return Err(JsonError::new(at + 1, unknown(key, known)));
        }
        missing.retain(|name| *name != key);
        field(key, reader)
    })?;
    match missing.first() {
        Some(name) => Err(JsonError::new(
            at + 1,
            format!("the field `{name}` is missing"),
        )),
        None => Ok(()),
    }
}

fn unknown(key: &str, known: &[&str]) -> String {
    match known.iter().find(|name| is_slip(key, name)) {
        Some(name) => format!("unknown field `{key}`, did you mean `{name}`?"),
        None => format!(
            "unknown field `{key}`, expected one of `{}`",
            known.join("`, `")
        ),
    }
}

/// Whether a key is a known name with a letter too many, too few or in another case.
fn is_slip(key: &str, name: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let (key, name) = (plain(key), plain(name));
    key == name
        || name
            .strip_prefix(&key)
            .or_else(|| key.strip_prefix(&name))
            .is_some_and(|rest| rest.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Text, from_str};

    #[track_caller]
    fn check_string(json: &str, expected: Result<&str, &str>) {
        let read = from_str::<String>(json);
        assert_eq!(
            read.as_deref().map_err(|error| &*error.problem),
            expected,
            "{json}"
        );
    }

    #[test]
    fn strings_are_unescaped_and_halves_replaced() {
        check_string(r#" "plain é" "#, Ok("plain é"));
        check_string(r#""a\n\t\"\\\/\u00e9\ud83d\ude00b""#, Ok("a\n\t\"\\/é😀b"));
        check_string(r#""\ud83d""#, Ok("\u{FFFD}"));
        check_string(
            r#""\ude00 \ud83dx\ud83d\u0041""#,
            Ok("\u{FFFD} \u{FFFD}x\u{FFFD}A"),
        );
        check_string(r#""cut"#, Err("the JSON ends too early"));
        check_string(r#""cut\"#, Err("the JSON ends too early"));
        check_string(r#""\x""#, Err("unknown escape"));
        check_string("7", Err("expected a string, found a number"));
        check_string(r#""a" 1"#, Err("unexpected characters behind the value"));
    }

    #[derive(Debug, Default, PartialEq)]
    struct Sample<'a> {
        r#type: Text<'a>,
        items: Vec<u64>,
        inner: Option<Inner>,
    }
    fields!(Sample<'a> { r#type = "type", items, inner = "inner" | "message" });

    #[derive(Debug, Default, PartialEq)]
    struct Inner {
        n: i64,
    }
    fields!(Inner { n });

    #[test]
    fn structs_take_what_they_know() {
        let read: Sample<'_> =
            from_str(r#"{"type":"t","x":{"y":[1,{"z":"]}"}]},"items":[1,2],"message":{"n":-3}}"#)
                .unwrap();
        assert_eq!(
            (read.r#type.get(), read.items.as_slice(), read.inner),
            (Some("t"), [1, 2].as_slice(), Some(Inner { n: -3 }))
        );
        assert_eq!(from_str::<Sample<'_>>("[1]").unwrap(), Sample::default());
        let nulls: Sample<'_> = from_str(r#"{"type":null,"items":null,"inner":null}"#).unwrap();
        assert_eq!(nulls, Sample::default());
    }

    #[derive(Debug, Default, PartialEq)]
    struct Strict {
        max_tokens: Option<u64>,
        role: String,
    }
    fields!(strict Strict ["role"] { max_tokens, role });

    #[test]
    fn strict_structs_say_what_is_wrong() {
        let problem = |json| from_str::<Strict>(json).unwrap_err().problem.clone();
        assert_eq!(
            problem(r#"{"role":"a","max_token":1}"#),
            "unknown field `max_token`, did you mean `max_tokens`?"
        );
        assert_eq!(
            problem(r#"{"role":"a","size":1}"#),
            "unknown field `size`, expected one of `max_tokens`, `role`"
        );
        assert_eq!(problem("{}"), "the field `role` is missing");
        assert_eq!(
            problem(r#"{"role":"a","max_tokens":-1}"#),
            "expected a whole number of at least 0"
        );
        assert_eq!(
            problem(r#"{"role":["a"]}"#),
            "expected a string, found a list"
        );
    }

    #[test]
    fn depth_is_bounded_where_it_is_read_and_free_where_it_is_skipped() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(from_str::<Sample<'_>>(&format!(r#"{{"x":{deep}}}"#)).is_ok());
        #[derive(Default)]
        struct Nest(#[allow(dead_code)] Vec<Self>);
        impl<'a> Read<'a> for Nest {
            fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
                Vec::read(reader).map(Nest)
            }
        }
        assert_eq!(
            &*from_str::<Nest>(&deep).err().unwrap().problem,
            "nested too deeply"
        );
    }
}
