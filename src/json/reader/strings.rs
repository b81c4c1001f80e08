//! The strings of a JSON text, each looked at once.

use std::borrow::Cow;

use memchr::memchr2;

use super::{JsonError, Reader};

/// How far a string is searched byte by byte.
const NEAR: usize = 16;

impl<'a> Reader<'a> {
    /// Reads a string. An unpaired surrogate escape becomes U+FFFD: servers cut
    /// emoji between two deltas, and that must not cost the event.
    ///
    /// # Errors
    /// When it is no string, or holds a bad escape.
    pub fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if !self.take(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.at;
        if self.reach_mark()? {
            let text = self.text.get(start..self.at).unwrap_or_default();
            self.at += 1;
            self.closed()?;
            return Ok(Cow::Borrowed(text));
        }
        self.unescaped(start).map(Cow::Owned)
    }

    /// The string that began at `start`, in which an escape comes next.
    #[inline(never)]
    fn unescaped(&mut self, start: usize) -> Result<String, JsonError> {
        let mut text = String::new();
        let mut from = start;
        loop {
            text.push_str(self.text.get(from..self.at).unwrap_or_default());
            self.at += 1;
            text.push(self.escape()?);
            from = self.at;
            if self.reach_mark()? {
                text.push_str(self.text.get(from..self.at).unwrap_or_default());
                self.at += 1;
                self.closed()?;
                return Ok(text);
            }
        }
    }

    /// Goes to the next quote or backslash: whether it is the quote. Most strings are keys and
    /// deltas, shorter than a vectorised search needs to begin.
    #[inline(always)]
    fn reach_mark(&mut self) -> Result<bool, JsonError> {
        let bytes = self.text.as_bytes();
        let near = self.at + NEAR;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => return Ok(true),
                b'\\' => return Ok(false),
                _ if self.at == near => return self.reach_far_mark(),
                _ => self.at += 1,
            }
        }
        Err(self.cut())
    }

    #[inline(never)]
    fn reach_far_mark(&mut self) -> Result<bool, JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let Some(length) = memchr2(b'"', b'\\', rest) else {
            return Err(self.cut());
        };
        self.at += length;
        Ok(matches!(rest.get(length), Some(b'"')))
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

    pub(super) fn check_string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        while !self.reach_mark()? {
            self.at += 1;
            self.escape()?;
        }
        self.at += 1;
        self.closed()
    }

    pub(super) fn skip_string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        while !self.reach_mark()? {
            self.at += 2;
        }
        self.at += 1;
        Ok(())
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
