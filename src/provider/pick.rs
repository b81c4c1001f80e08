//! Reading a few fields of an object, each as its raw text.
//!
//! A wire object costs no more here than the list of its keys, and what is not
//! needed is never decoded. As everywhere, unknown fields are skipped and
//! wrong types read as absent; what is no JSON is an error.

use std::borrow::Cow;

use super::unreadable;
use crate::chat::{Events, RichEvent};
use crate::error::Result;
use crate::json::{self, Count, JsonError, Raw, Read, Reader};

/// The values of these keys; all are absent from what is no object.
///
/// # Errors
/// What [`unreadable`] makes of text that is no JSON.
#[inline]
pub(crate) fn pick<'a, const N: usize>(text: &'a str, keys: [&str; N]) -> Result<[Raw<'a>; N]> {
    let mut found = [Raw::default(); N];
    fill(text, &keys, &mut found)?;
    Ok(found)
}

/// A struct of such values that names each of its fields once.
macro_rules! picks {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident = $key:literal,)* }) => {
        $(#[$meta])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            $($(#[$doc])* pub(super) $field: $crate::json::Raw<'a>,)*
        }

        impl<'a> $name<'a> {
            /// # Errors
            /// When it is no JSON.
            pub(super) fn read(text: &'a str) -> $crate::error::Result<Self> {
                let [$($field),*] = $crate::provider::pick::pick(text, [$($key),*])?;
                Ok(Self { $($field),* })
            }
        }
    };
}
pub(crate) use picks;

#[inline(never)]
fn fill<'a>(text: &'a str, keys: &[&str], found: &mut [Raw<'a>]) -> Result<()> {
    if text == ABSENT {
        return Ok(());
    }
    fields(text, keys, found).map_err(|error| unreadable(text, &error))
}

fn fields<'a>(text: &'a str, keys: &[&str], found: &mut [Raw<'a>]) -> Result<(), JsonError> {
    let mut reader = Reader::new(text);
    if reader.peek() != Some(b'{') {
        return reader.skip();
    }
    reader.object(&mut |key, reader| {
        let value = Raw::new(reader.value()?);
        for (at, name) in keys.iter().enumerate() {
            // Most differ in length, which costs no call.
            if name.len() == key.len() && name.as_bytes() == key.as_bytes() {
                found
                    .get_mut(at)
                    .into_iter()
                    .for_each(|place| *place = value);
            }
        }
        Ok(())
    })
}

/// The text of an object for [`pick`]; an absent one is empty.
pub(crate) fn object(raw: Raw<'_>) -> &str {
    raw.get().unwrap_or(ABSENT)
}

/// Most objects a chunk may hold are absent, and nothing is to be read in them.
const ABSENT: &str = "{}";

/// The items of a list; none when it is absent.
///
/// # Errors
/// What [`unreadable`] makes of anything but a list.
pub(crate) fn items(list: Raw<'_>) -> Result<Vec<Raw<'_>>> {
    list.get().map_or(Ok(Vec::new()), self::list)
}

/// The items of the text of a list.
///
/// # Errors
/// What [`unreadable`] makes of anything else.
#[inline(never)]
pub(crate) fn list(text: &str) -> Result<Vec<Raw<'_>>> {
    json::from_str(text).map_err(|error| unreadable(text, &error))
}

/// A string; anything else reads as an empty one.
#[inline(never)]
pub(crate) fn text(raw: Raw<'_>) -> Cow<'_, str> {
    let text = raw.get().unwrap_or_default();
    match text.as_bytes() {
        [b'"', ..] => Reader::new(text).string().unwrap_or_default(),
        _ => Cow::Borrowed(""),
    }
}

/// A string of its own; anything else reads as an empty one.
#[inline(never)]
pub(crate) fn string(raw: Raw<'_>) -> String {
    text(raw).into_owned()
}

/// A count, if it is one.
#[inline(never)]
pub(crate) fn count(raw: Raw<'_>) -> Option<u64> {
    Count::read(&mut Reader::new(raw.get()?)).ok()?.get()
}

/// Keeps a value nobody here reads.
#[inline(never)]
pub(crate) fn extra(key: &str, value: Raw<'_>, out: &mut Events) {
    if let Some(value) = value.to_json() {
        out.push(RichEvent::Extra {
            key: key.into(),
            value,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_stands_between_them() {
        let [a, b, c] = pick(
            r#" {"x":[{"a":1}], "b" : {"a":2}, "a":"\u00e9", "c":null} "#,
            ["a", "b", "c"],
        )
        .unwrap();
        assert_eq!(
            (text(a), object(b), c.get()),
            ("é".into(), r#"{"a":2}"#, None)
        );
        assert_eq!((text(b), count(a), object(c)), ("".into(), None, "{}"));
        let [n, list] = pick(r#"{"n":4.0,"list":[1,"b"]}"#, ["n", "list"]).unwrap();
        assert_eq!((count(n), items(list).unwrap().len()), (Some(4), 2));
        assert_eq!(pick("[1]", ["n"]).unwrap()[0].get(), None);
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for text in ["", "{", r#"{"a":1"#, r#"{"a":"\q"}"#, r#"{"a" 1}"#, "{} x"] {
            assert!(pick(text, ["a"]).is_err(), "{text}");
        }
    }
}
