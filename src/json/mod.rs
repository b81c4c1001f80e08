//! JSON that survives what servers and people really send.
//!
//! - [`Reader`]: a pull parser. Wire structs name their fields with
//!   [`fields!`](crate::json::fields); unknown fields are skipped, wrong types
//!   read as absent, unpaired surrogates become U+FFFD.
//! - [`Json`]: the user's own JSON, carried as raw text and never rebuilt.
//! - [`path_at`]: where in a document an error lies, as `messages[2].content`.
//!
//! Why not serde's derive for reading: it cost some 5 KB of wasm for each wire
//! struct (150 KB brotli for one codec, against a budget of 120 for everything).
//! Writing is serde's.

mod lenient;
pub mod number;
mod path;
mod reader;

pub use lenient::{Count, Raw, Scalar, Text};
pub use path::path_at;
pub use reader::{JsonError, Read, Reader};

pub(crate) use reader::{fields, strict};

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

/// Reads one JSON document.
///
/// # Errors
/// When `text` is not exactly one JSON value of that form.
pub fn from_str<'a, T: Read<'a>>(text: &'a str) -> Result<T, JsonError> {
    let mut reader = Reader::new(text);
    let value = T::read(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// One JSON value kept as the text it arrived in.
///
/// Numbers beyond 2^53, duplicate keys and `1e400` pass through untouched,
/// because nobody here ever decodes them.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Takes JSON text as it is.
    ///
    /// # Errors
    /// When `text` is not exactly one JSON value.
    pub fn from_text(text: impl Into<String>) -> Result<Self, JsonError> {
        let not_json = |_| JsonError::new(0, "not a JSON value");
        RawValue::from_string(text.into())
            .map(Self)
            .map_err(not_json)
    }

    /// Serialises any value to raw JSON; `null` should that fail.
    #[must_use]
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Self {
        serde_json::value::to_raw_value(value).map_or_else(|_| Self::null(), Self)
    }

    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Whether the value is a JSON object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<'a> Read<'a> for Json {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let raw = reader.raw()?;
        Self::from_text(raw).map_err(|_| JsonError::new(at, "not a JSON value"))
    }
}

/// A JSON object whose keys keep their order and whose values stay raw.
pub type RawObject = Vec<(String, Json)>;

/// Reads a JSON object as ordered `(key, raw value)` pairs.
///
/// # Errors
/// When `text` is not a JSON object.
pub fn entries(text: &str) -> Result<RawObject, JsonError> {
    let mut reader = Reader::new(text);
    let mut pairs = Vec::new();
    reader.object(&mut |key, reader| {
        pairs.push((key.to_string(), Json::read(reader)?));
        Ok(())
    })?;
    reader.end()?;
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_json_keeps_what_a_parser_would_lose() {
        let text = r#"{"n":12345678901234567890,"big":1e400,"n":2}"#;
        assert_eq!(Json::from_text(text).unwrap().text(), text);
        assert_eq!(entries(text).unwrap().len(), 3);
        assert!(Json::from_text("{").is_err());
    }
}
