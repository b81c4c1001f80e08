//! Wire fields that turn a wrong type into "absent" instead of failing the event:
//! a server that writes `"refusal": false` or `"code": "429"` costs nothing.

use std::borrow::Cow;

use super::{Json, JsonError, Read, Reader};

/// Any JSON value of which only a scalar matters; lists and objects read as absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, a list, an object.
    #[default]
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// The text of a number.
    Number(&'a str),
    /// A string, borrowed where it holds no escapes.
    Text(Cow<'a, str>),
}

impl<'a> Read<'a> for Scalar<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        Ok(match reader.peek() {
            Some(b'"') => Self::Text(reader.string()?),
            Some(b't' | b'f') => Self::Bool(reader.boolean()?),
            Some(b'-' | b'0'..=b'9') => Self::Number(reader.number()?),
            _ => {
                reader.skip()?;
                Self::Absent
            }
        })
    }
}

/// A string, borrowed where possible; anything else reads as absent.
///
/// ```
/// use aircher_llm::json::{self, Text};
///
/// assert_eq!(json::from_str::<Text<'_>>("\"stop\"")?.get(), Some("stop"));
/// assert_eq!(json::from_str::<Text<'_>>("false")?.or_empty(), "");
/// # Ok::<(), json::JsonError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The string, when there was one.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The string, or `""`.
    #[must_use]
    pub fn or_empty(&self) -> &str {
        self.get().unwrap_or_default()
    }

    /// The string when it is there and not empty.
    #[must_use]
    pub fn non_empty(&self) -> Option<&str> {
        self.get().filter(|text| !text.is_empty())
    }
}

impl<'a> Read<'a> for Text<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        if reader.peek() == Some(b'"') {
            return reader.string().map(|text| Self(Some(text)));
        }
        reader.skip()?;
        Ok(Self(None))
    }
}

/// A count: a non-negative number; anything else reads as absent.
///
/// ```
/// use aircher_llm::json::{self, Count};
///
/// assert_eq!(json::from_str::<Count>("12.0")?.get(), Some(12));
/// assert_eq!(json::from_str::<Count>("\"12\"")?.or_zero(), 0);
/// # Ok::<(), json::JsonError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(Option<u64>);

impl Count {
    /// The count, when there was one.
    #[must_use]
    pub fn get(self) -> Option<u64> {
        self.0
    }

    /// The count, or 0.
    #[must_use]
    pub fn or_zero(self) -> u64 {
        self.0.unwrap_or(0)
    }
}

impl<'a> Read<'a> for Count {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        Ok(match Scalar::read(reader)? {
            Scalar::Number(text) => Self(whole(text)),
            _ => Self(None),
        })
    }
}

/// A whole number; some servers write 12.0.
fn whole(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| {
        let (whole, fraction) = text.split_once('.')?;
        let is_whole = fraction.bytes().all(|byte| byte == b'0');
        whole.parse().ok().filter(|_| is_whole)
    })
}

/// Any value, kept as its text; absent and `null` are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value of this text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self(if text == "null" { "" } else { text })
    }

    /// The JSON text, unless it is absent or `null`.
    #[must_use]
    pub fn get(self) -> Option<&'a str> {
        if self.0.is_empty() {
            None
        } else {
            Some(self.0)
        }
    }

    /// The value as one of its own.
    #[must_use]
    pub fn to_json(self) -> Option<Json> {
        Json::from_text(self.get()?).ok()
    }
}

impl<'a> Read<'a> for Raw<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        reader.raw().map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_str;

    #[test]
    fn wrong_types_read_as_absent() {
        let texts: Vec<Text<'_>> = from_str(r#"["a", null, false, 7, [1], {"b":2}]"#).unwrap();
        let found: Vec<_> = texts.iter().map(Text::get).collect();
        assert_eq!(found, [Some("a"), None, None, None, None, None]);
        let counts: Vec<Count> = from_str(r#"[3, 4.0, -1, "5", null, 1e99, 1.5]"#).unwrap();
        let found: Vec<_> = counts.iter().map(|count| count.get()).collect();
        assert_eq!(found, [Some(3), Some(4), None, None, None, None, None]);
        let raws: Vec<Raw<'_>> = from_str(r#"[{"a": [1, "]"]}, null, -1e400]"#).unwrap();
        let found: Vec<_> = raws.iter().map(|raw| raw.get()).collect();
        assert_eq!(found, [Some(r#"{"a": [1, "]"]}"#), None, Some("-1e400")]);
    }
}
