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
    #[inline(never)]
    pub fn peek(&mut self) -> Option<u8> {
        self.next()
    }

    /// The same where the loops of this file call it for every token.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
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

    #[inline(always)]
    fn take(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
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
    #[inline(never)]
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
            && !crate::text::has(digits, ".e")
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
            match self.next() {
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

#[cfg(test)]
mod tests {
    use crate::json::from_str;

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
}
