//! A pull parser over one JSON text.
//!
//! Single pass, no tree, strings borrowed where they hold no escapes. Loops over
//! fields and items take a `dyn` closure, so that there is one copy of them in
//! the wasm however many structs are read.

mod strings;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

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

/// The parser: a text and a place in it. Reading the outermost value also checks that nothing
/// follows it, so that nobody who reads a document can forget to.
///
/// ```
/// use aircher_llm::json::{JsonError, Read, Reader};
///
/// let (mut id, mut size) = (String::new(), 0);
/// Reader::new(r#"{"id":"a","size":7,"other":[{}]}"#).object(&mut |key, reader| match key {
///     "id" => Ok(id = String::read(reader)?),
///     "size" => Ok(size = u64::read(reader)?),
///     _ => reader.skip(),
/// })?;
/// assert_eq!((&*id, size), ("a", 7));
/// # Ok::<(), JsonError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of a text that is one value.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// Starts at a value within a text: anything may follow it.
    #[must_use]
    pub fn within(text: &'a str) -> Self {
        Self {
            depth: 1,
            ..Self::new(text)
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

    /// A value has been read; behind the outermost one nothing may follow.
    #[inline(always)]
    fn closed(&mut self) -> Result<(), JsonError> {
        if self.depth > 0 { Ok(()) } else { self.ended() }
    }

    #[inline(never)]
    fn ended(&mut self) -> Result<(), JsonError> {
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(self.error("unexpected characters behind the value"))
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

    #[inline(always)]
    fn must_take(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.missing(what))
        }
    }

    #[inline(never)]
    fn missing(&mut self, what: &'static str) -> JsonError {
        self.error(what)
    }

    /// Takes `null` if it is next.
    #[inline(never)]
    pub fn null(&mut self) -> bool {
        let start = self.position();
        let found = self.word("null") && self.closed().is_ok();
        if !found {
            self.at = start;
        }
        found
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
                match self.key()? {
                    Cow::Borrowed(key) => field(key, self)?,
                    Cow::Owned(key) => field(&key, self)?,
                }
                if self.take(b'}') {
                    break;
                }
                self.must_take(b',', "expected `,` or `}`")?;
            }
        }
        self.depth -= 1;
        self.closed()
    }

    fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if self.next() != Some(b'"') {
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
        self.closed()
    }

    /// Skips one value and returns its text.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn raw(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position();
        self.skip()?;
        Ok(self.since(start))
    }

    /// Skips one value and returns its text; a string must be one, escapes and all.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn value(&mut self) -> Result<&'a str, JsonError> {
        let is_string = self.next() == Some(b'"');
        let start = self.at;
        if is_string {
            self.check_string()?;
        } else {
            self.skip()?;
        }
        Ok(self.since(start))
    }

    /// Checks one value by the grammar and returns its text: what goes out again must be valid.
    ///
    /// # Errors
    /// When it is no JSON, or nested too deeply.
    pub fn checked(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position();
        self.check()?;
        Ok(self.since(start))
    }

    /// The text of the value just read; behind the outermost one white space has been taken too.
    fn since(&self, start: usize) -> &'a str {
        let text = self.text.get(start..self.at).unwrap_or_default();
        if self.depth > 0 {
            text
        } else {
            text.trim_ascii_end()
        }
    }

    fn check(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.object(&mut |_, reader| reader.check()),
            Some(b'[') => self.list(&mut Self::check),
            Some(b'"') => self.check_string(),
            Some(b't' | b'f') => self.boolean().map(drop),
            Some(b'n') if self.word("null") => self.closed(),
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
                return self.closed();
            }
        }
    }

    fn skip_scalar(&mut self) {
        while let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') =
            self.text.as_bytes().get(self.at)
        {
            self.at += 1;
        }
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// When it is none.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        self.peek();
        let is_true = self.word("true");
        if is_true || self.word("false") {
            self.closed()?;
            Ok(is_true)
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
    use super::*;
    use crate::json::{Json, Raw, from_str};

    #[track_caller]
    fn check_alone<'a, T: Read<'a> + fmt::Debug>(json: &'a str, behind: Option<usize>) {
        let read = from_str::<T>(json);
        let at = read.err().map(|error| error.at);
        assert_eq!(at, behind, "{json}");
    }

    #[test]
    fn nothing_follows_the_outermost_value_whoever_reads_it() {
        check_alone::<Vec<bool>>(" [true, false] ", None);
        check_alone::<Vec<bool>>("[true] ]", Some(7));
        check_alone::<Vec<(String, u64)>>(r#"{"a": 1} {"#, Some(9));
        check_alone::<u64>("1 2", Some(2));
        check_alone::<bool>("true,", Some(4));
        check_alone::<String>(r#""a" "b""#, Some(4));
        check_alone::<Option<u64>>("null ", None);
        check_alone::<Option<u64>>("null 5", Some(0));
        check_alone::<Raw<'_>>("[1] 5", Some(4));
        check_alone::<Json>("[null] 5", Some(7));
        check_alone::<Json>("null 5", Some(5));
    }

    #[test]
    fn what_stands_around_a_value_is_not_part_of_it() {
        assert_eq!(Reader::new(" [1] \n").raw(), Ok("[1]"));
        assert_eq!(Reader::new(" [1] \n").checked(), Ok("[1]"));
        assert_eq!(Reader::within("[1] , 2").raw(), Ok("[1]"));
    }
}
