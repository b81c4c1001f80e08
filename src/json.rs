//! JSON that survives what servers and people really send.
//!
//! - [`Json`]: the user's own JSON, carried as raw text and never rebuilt.
//! - [`Text`] and [`Count`]: lenient wire fields that turn a wrong type into
//!   "absent" instead of failing the whole event.
//! - [`lenient`]: a parse that repairs unpaired surrogates before it gives up.
//! - [`path_at`]: where in a document an error offset lies, as `messages[2].content`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// One JSON value kept as the text it arrived in.
///
/// Numbers beyond 2^53, duplicate keys and `1e400` pass through untouched,
/// because nobody here ever decodes them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Takes JSON text as it is.
    ///
    /// # Errors
    /// When `text` is not exactly one JSON value.
    pub fn from_text(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// Serialises any value to raw JSON; `null` should that fail.
    #[must_use]
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Self {
        let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_string());
        Self(RawValue::from_string(text).unwrap_or_else(|_| Self::null()))
    }

    /// Takes valid JSON text without the white space between its tokens; `null` should it be none.
    #[must_use]
    pub fn compact(text: &str) -> Self {
        Self(RawValue::from_string(compact(text)).unwrap_or_else(|_| Self::null()))
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

    fn null() -> Box<RawValue> {
        RawValue::NULL.to_owned()
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

/// A JSON object whose keys keep their order and whose values stay raw.
pub type RawObject = Vec<(String, Json)>;

/// Reads a JSON object as ordered `(key, raw value)` pairs.
///
/// # Errors
/// When `text` is not a JSON object.
pub fn entries(text: &str) -> Result<RawObject, serde_json::Error> {
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = RawObject;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawObject, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let pairs = reader.deserialize_map(Pairs)?;
    reader.end()?;
    Ok(pairs)
}

/// Reads JSON; when that fails, repairs unpaired surrogate escapes and reads
/// once more. Servers cut emoji between two deltas, and a strict parser would
/// lose the whole event for it. `read` must do nothing but parse until it has succeeded.
///
/// # Errors
/// The error of the first attempt when the repair does not help.
pub fn lenient<R>(
    text: &str,
    mut read: impl FnMut(&str) -> Result<R, serde_json::Error>,
) -> Result<R, serde_json::Error> {
    read(text).or_else(|error| match repaired(text) {
        Some(fixed) => read(&fixed),
        None => Err(error),
    })
}

/// JSON text without the white space between its tokens, so that a value reads
/// the same from an indented document and from a stream's single line.
#[must_use]
pub fn compact(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let mut is_kept = |c: char| {
        let kept = quoted || !c.is_ascii_whitespace();
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        kept
    };
    text.chars().filter(|c| is_kept(*c)).collect()
}

/// Parses an owned value as [`lenient`] does.
///
/// # Errors
/// When it is no JSON of that type.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    lenient(text, |text| serde_json::from_str(text))
}

/// The text with every unpaired `\uD8xx`/`\uDCxx` escape replaced by `\ufffd`,
/// or `None` when there was none.
#[must_use]
pub fn repaired(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let (length, keep) = surrogate_run(escape);
        out.push_str(if keep {
            escape.get(..length)?
        } else {
            "\\ufffd"
        });
        changed |= !keep;
        rest = escape.get(length..)?;
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// How long the escape at the start of `text` is, and whether it may stay.
fn surrogate_run(text: &str) -> (usize, bool) {
    match code_unit(text) {
        Some(0xD800..=0xDBFF) => match text.get(6..).and_then(code_unit) {
            Some(0xDC00..=0xDFFF) => (12, true),
            _ => (6, false),
        },
        Some(0xDC00..=0xDFFF) => (6, false),
        Some(_) => (6, true),
        // Any other escape is a backslash and one character.
        None => (1 + text.chars().nth(1).map_or(0, char::len_utf8), true),
    }
}

fn code_unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// The path of the value at byte `offset` of a JSON document, such as
/// `messages[2].content[0].image_url`; empty for the root.
#[must_use]
pub fn path_at(text: &str, offset: usize) -> String {
    let mut path: Vec<Step> = Vec::new();
    let mut bytes = text.bytes().enumerate().take(offset);
    let mut key_start = None;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' => path.push(Step::Key(String::new())),
            b'[' => path.push(Step::Index(0)),
            b'}' | b']' => drop(path.pop()),
            b',' => match path.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Key(key)) => key.clear(),
                None => {}
            },
            b'"' => {
                key_start = Some(at + 1);
                skip_string(&mut bytes);
            }
            b':' => {
                if let (Some(Step::Key(key)), Some(start)) = (path.last_mut(), key_start.take()) {
                    *key = quoted_from(text, start);
                }
            }
            _ => {}
        }
    }
    render(&path)
}

enum Step {
    Key(String),
    Index(usize),
}

fn skip_string(bytes: &mut impl Iterator<Item = (usize, u8)>) {
    while let Some((_, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _ => {}
        }
    }
}

fn quoted_from(text: &str, start: usize) -> String {
    let tail = text.get(start..).unwrap_or_default();
    tail.split('"').next().unwrap_or_default().to_string()
}

fn render(path: &[Step]) -> String {
    path.iter().fold(String::new(), |mut out, step| {
        match step {
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Key(key) if key.is_empty() => {}
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
        }
        out
    })
}

/// The byte offset of a 1-based line and column, as serde_json reports them.
#[must_use]
pub fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    (before + column).min(text.len())
}

/// Any JSON value of which only a scalar matters; lists and objects read as absent.
///
/// One lenient visitor serves every wire field: a server that writes
/// `"refusal": false` or `"code": 429` must not cost the event around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, a list, an object.
    #[default]
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string, borrowed where it holds no escapes.
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_string())))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(value as f64))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(value))
    }
    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Absent)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Absent)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Absent)
    }
}

/// A wire string, borrowed where possible; anything but a string reads as absent.
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

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Ok(match Scalar::deserialize(reader)? {
            Scalar::Text(text) => Self(Some(text)),
            _ => Self(None),
        })
    }
}

/// A wire count: a non-negative number; anything else reads as absent.
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

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        // 2^53 bounds what a double holds exactly; no real count comes near it.
        Ok(match Scalar::deserialize(reader)? {
            Scalar::Number(value) if (0.0..9_007_199_254_740_992.0).contains(&value) => {
                Self(Some(value as u64))
            }
            _ => Self(None),
        })
    }
}

/// Reads `null` as the default, for lists and objects servers leave null.
///
/// # Errors
/// When the value is there and of another type.
pub fn or_default<'de, D, T>(reader: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(reader).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_repair(input: &str, expected: Option<&str>) {
        assert_eq!(repaired(input).as_deref(), expected);
    }

    #[test]
    fn unpaired_surrogates_are_replaced_and_pairs_kept() {
        check_repair(r#""\ud83d\ude00""#, None);
        check_repair(r#""\ud83d""#, Some(r#""\ufffd""#));
        check_repair(r#""\ude00 \ud83dx""#, Some(r#""\ufffd \ufffdx""#));
        check_repair(r#""\\ud83d""#, None);
        check_repair(r#""plain \n \u00e9""#, None);
    }

    #[track_caller]
    fn check_path(text: &str, marker: &str, expected: &str) {
        assert_eq!(path_at(text, text.find(marker).unwrap()), expected);
    }

    #[test]
    fn a_path_names_the_place_of_an_offset() {
        let text = r#"{"a":1,"messages":[{"role":"x, [y"},{"content":[1,{"k":"HERE"}]}],"z":true}"#;
        check_path(text, "HERE", "messages[1].content[1].k");
        check_path(text, "true", "z");
        check_path(text, "1,\"m", "a");
    }

    #[test]
    fn only_white_space_between_tokens_goes() {
        assert_eq!(
            compact("{\n  \"a b\": [1, \" \\\" x\", \"\\\\\"],\r\n\t\"c\" : null }"),
            r#"{"a b":[1," \" x","\\"],"c":null}"#
        );
    }

    #[test]
    fn wrong_types_read_as_absent() {
        let texts: Vec<Text<'_>> =
            serde_json::from_str(r#"["a", null, false, 7, [1], {"b":2}]"#).unwrap();
        let found: Vec<_> = texts.iter().map(Text::get).collect();
        assert_eq!(found, [Some("a"), None, None, None, None, None]);
        let counts: Vec<Count> = serde_json::from_str(r#"[3, 4.0, -1, "5", null, 1e99]"#).unwrap();
        let found: Vec<_> = counts.iter().map(|count| count.get()).collect();
        assert_eq!(found, [Some(3), Some(4), None, None, None, None]);
    }

    #[test]
    fn raw_json_keeps_what_a_parser_would_lose() {
        let text = r#"{"n":12345678901234567890,"big":1e400,"n":2}"#;
        assert_eq!(Json::from_text(text).unwrap().text(), text);
        assert_eq!(entries(text).unwrap().len(), 3);
    }
}
