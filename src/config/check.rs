//! Values that have to lie within limits. What is checked while it is read has its place and value in the error.

use crate::duration;
use crate::error::{Error, Result};
use crate::json::{JsonError, Read, Reader, meant, number};
use crate::text;

/// A duration such as `"15s"`, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Millis(pub(super) u64);

impl<'a> Read<'a> for Millis {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        millis(reader, " or `10m`").map(Self)
    }
}

/// A duration, of which nothing (`"none"`, `"0s"`) is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience(pub(super) u64);

impl<'a> Read<'a> for Patience {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        millis(reader, NONE).map(Self)
    }
}

/// The last of the samples where a duration may be none.
const NONE: &str = ", `10m` or `none`";

#[inline(never)]
fn millis(reader: &mut Reader<'_>, last: &str) -> Result<u64, JsonError> {
    if reader.peek() != Some(b'"') {
        return Err(reader.expected("a duration such as \"15s\""));
    }
    let at = reader.position();
    let given = reader.string()?;
    if given == "none" && last == NONE {
        return Ok(0);
    }
    duration::parse(&given).ok_or_else(|| {
        let given = text::first_chars(&given, 40);
        let said = "` is not a duration such as `15s`, `250ms`";
        JsonError::new(at, text::concat(&["`", given, said, last]))
    })
}

/// A whole number of at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Positive(pub(super) u64);

impl<'a> Read<'a> for Positive {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        match u64::read(reader)? {
            0 => Err(JsonError::new(at, "expected a whole number of at least 1")),
            number => Ok(Self(number)),
        }
    }
}

/// Checks that a number of a table lies between two others.
pub(super) fn within(
    [table, name]: [&str; 2],
    value: Option<f64>,
    least: f64,
    most: f64,
) -> Result<()> {
    match value {
        Some(value) if !(least..=most).contains(&value) => {
            let (least, most) = (number::format(least), number::format(most));
            let value = number::format(value);
            let problem = [
                "expected a number from ",
                &least,
                " to ",
                &most,
                ": `",
                &value,
                "`",
            ];
            let key = text::concat(&[table, ".", name]);
            Err(Error::invalid_config(&key, text::concat(&problem)))
        }
        _ => Ok(()),
    }
}

/// The place of a word among the ones that are known; of none, the first.
pub(super) fn word(
    [table, name]: [&str; 2],
    given: Option<&String>,
    known: &[&str],
) -> Result<usize> {
    let Some(given) = given else {
        return Ok(0);
    };
    known.iter().position(|word| word == given).ok_or_else(|| {
        let given = text::first_chars(given, 40);
        let problem = text::concat(&["unknown value `", given, "`", &meant(given, known)]);
        Error::invalid_config(&text::concat(&[table, ".", name]), problem)
    })
}
