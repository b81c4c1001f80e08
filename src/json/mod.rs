//! JSON that survives what servers and people really send.
//!
//! - [`Reader`]: a pull parser. Wire structs name their fields with
//!   `fields!`; unknown fields are skipped, wrong types
//!   read as absent, unpaired surrogates become U+FFFD.
//! - [`Writer`]: JSON text from structs that name their fields with `writes!`.
//! - [`Json`]: the user's own JSON, carried as raw text and never rebuilt.
//! - [`path_at`]: where in a document an error lies, as `messages[2].content`.
//!
//! Why not serde: its derive costs 2 to 5 KB of wasm for each struct that is
//! read, and serde_json brings number formatting nobody needs (ARCHITECTURE.md
//! has the figures).

mod fields;
mod lenient;
pub mod number;
mod path;
mod reader;
mod values;
mod writer;

pub use lenient::{Count, Raw, Scalar, Text};
pub use path::path_at;
pub use reader::{JsonError, Problem, Read, Reader};

pub use writer::{OrNull, Pairs, Write, Writer, to_string};

pub(crate) use fields::{Fields, fields, lenient, meant, set, strict, unknown};
pub(crate) use writer::writes;

use std::fmt;

/// Reads one JSON document.
///
/// # Errors
/// When `text` is not exactly one JSON value of that form.
///
/// ```
/// use aircher_llm::json;
///
/// let tags: Vec<(String, u64)> = json::from_str(r#"{"a":1,"b":2}"#)?;
/// assert_eq!(tags[1], ("b".into(), 2));
/// let error = json::from_str::<Vec<u64>>("[1,2,").unwrap_err();
/// assert!(error.is_eof && error.at == 5);
/// # Ok::<(), json::JsonError>(())
/// ```
pub fn from_str<'a, T: Read<'a>>(text: &'a str) -> Result<T, JsonError> {
    T::read(&mut Reader::new(text))
}

/// One JSON value kept as the text it arrived in.
///
/// Numbers beyond 2^53, duplicate keys and `1e400` pass through untouched,
/// because nobody here ever decodes them.
///
/// ```
/// use aircher_llm::json::Json;
///
/// let schema = Json::from_text(r#"{"type":"integer","maximum":9007199254740993}"#)?;
/// assert_eq!(schema.text(), r#"{"type":"integer","maximum":9007199254740993}"#);
/// assert!(Json::from_text("{'type':1}").is_err());
/// # Ok::<(), aircher_llm::json::JsonError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

impl Json {
    /// Takes JSON text as it is.
    ///
    /// # Errors
    /// When `text` is not exactly one JSON value.
    pub fn from_text(text: &str) -> Result<Self, JsonError> {
        from_str(text)
    }

    /// Writes any value to raw JSON.
    #[must_use]
    pub fn from_value(value: &dyn Write) -> Self {
        Self(to_string(value).into())
    }

    /// Takes valid JSON text without the white space between its tokens; `null` should it be none.
    #[must_use]
    pub fn compact(text: &str) -> Self {
        Self::from_text(&compact(text)).unwrap_or_else(|_| Self::null())
    }

    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether the value is a JSON object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::null()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<'a> Read<'a> for Json {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        reader.checked().map(|text| Self(text.into()))
    }
}

/// JSON text without the white space between its tokens, so that a value reads
/// the same from an indented document and from a stream's single line.
///
/// ```
/// assert_eq!(aircher_llm::json::compact("{ \"a b\": [1, 2] }"), "{\"a b\":[1,2]}");
/// ```
#[must_use]
pub fn compact(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let mut is_kept = |c: char| {
        let kept = quoted || !c.is_ascii_whitespace();
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        kept
    };
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        if is_kept(c) {
            kept.push(c);
        }
    }
    kept
}

/// A JSON object whose keys keep their order and whose values stay raw.
pub type RawObject = Vec<(String, Json)>;

/// Reads a JSON object as ordered `(key, raw value)` pairs.
///
/// # Errors
/// When `text` is not a JSON object.
///
/// ```
/// use aircher_llm::json;
///
/// let options = json::entries(r#"{"top_k":40,"seed":1e400}"#)?;
/// assert_eq!((&*options[1].0, options[1].1.text()), ("seed", "1e400"));
/// # Ok::<(), json::JsonError>(())
/// ```
pub fn entries(text: &str) -> Result<RawObject, JsonError> {
    let mut pairs = Vec::new();
    Reader::new(text).object(&mut |key, reader| {
        pairs.push((key.to_string(), Json::read(reader)?));
        Ok(())
    })?;
    Ok(pairs)
}

/// Leaves out the fields that are not to stay. Not generic, so that there is one copy of it.
#[inline(never)]
pub(crate) fn keep(object: &mut RawObject, stays: &dyn Fn(&str, &Json) -> bool) {
    object.retain(|(key, value)| stays(key, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_tokens_goes() {
        assert_eq!(
            compact("{\n  \"a b\": [1, \" \\\" x\", \"\\\\\"],\r\n\t\"c\" : null }"),
            r#"{"a b":[1," \" x","\\"],"c":null}"#
        );
    }

    #[test]
    fn raw_json_keeps_what_a_parser_would_lose() {
        let text = r#"{"n":12345678901234567890,"big":1e400,"n":2}"#;
        assert_eq!(Json::from_text(text).unwrap().text(), text);
        assert_eq!(entries(text).unwrap().len(), 3);
        assert!(Json::from_text("{").is_err());
    }
}
