//! Reading structs from the list of their fields, with one copy of the loop for all:
//! a struct brings the list of its keys and what to do at each place of that list.

use super::{JsonError, Read, Reader};
use crate::text;

/// Implements [`Read`] for a struct with a default from the list of its fields.
///
/// `fields!(Usage { prompt, name = "other" | "names" })` is for answers: unknown
/// fields are skipped, and what is no object reads as the default.
/// `fields!(strict Request [required] { … })` is for what people write: unknown
/// fields, missing required ones and anything but an object are errors. Before the fields may
/// stand `(start, end)`: what is filled, by default the default, and what is made of it.
macro_rules! fields {
    (strict $name:ident [$($required:literal),*] { $($fields:tt)* }) => {
        $crate::json::fields!(strict $name [$($required),*] (Self::default(), std::convert::identity) { $($fields)* });
    };
    (strict $name:ident [$($required:literal),*] ($start:expr, $end:expr) { $($field:ident $(= $($key:literal)|+)?),* $(,)? }) => {
        impl<'r> $crate::json::Read<'r> for $name {
            fn read(reader: &mut $crate::json::Reader<'r>) -> Result<Self, $crate::json::JsonError> {
                let mut this = $start;
                let known: &[&str] = &[$($crate::json::fields!(@names $field $(= $($key)|+)?)),*];
                $crate::json::strict(reader, known, &[$($required),*], &mut this)?;
                Ok($end(this))
            }
        }
        impl<'r> $crate::json::Fields<'r> for $name {
            $crate::json::fields!(@set 'r, $($field),*);
        }
    };
    ($name:ident $(<$lifetime:lifetime>)? { $($field:ident $(= $($key:literal)|+)?),* $(,)? }) => {
        $crate::json::fields!(@impl $name $(<$lifetime>)? { $($field $(= $($key)|+)?),* });
    };
    (@impl $name:ident { $($fields:tt)* }) => {
        impl<'r> $crate::json::Read<'r> for $name {
            $crate::json::fields!(@read 'r, $($fields)*);
        }
        impl<'r> $crate::json::Fields<'r> for $name {
            $crate::json::fields!(@plain 'r, $($fields)*);
        }
    };
    (@impl $name:ident <$lifetime:lifetime> { $($fields:tt)* }) => {
        impl<$lifetime> $crate::json::Read<$lifetime> for $name<$lifetime> {
            $crate::json::fields!(@read $lifetime, $($fields)*);
        }
        impl<$lifetime> $crate::json::Fields<$lifetime> for $name<$lifetime> {
            $crate::json::fields!(@plain $lifetime, $($fields)*);
        }
    };
    (@plain $lifetime:lifetime, $($field:ident $(= $($key:literal)|+)?),*) => {
        $crate::json::fields!(@set $lifetime, $($field),*);
    };
    (@read $lifetime:lifetime, $($field:ident $(= $($key:literal)|+)?),*) => {
        fn read(reader: &mut $crate::json::Reader<$lifetime>) -> Result<Self, $crate::json::JsonError> {
            let mut this = Self::default();
            let known: &[&[&str]] = &[$($crate::json::fields!(@all $field $(= $($key)|+)?)),*];
            $crate::json::lenient(reader, known, &mut this)?;
            Ok(this)
        }
    };
    (@set $lifetime:lifetime, $($field:ident),*) => {
        fn field(
            &mut self,
            place: usize,
            reader: &mut $crate::json::Reader<$lifetime>,
        ) -> Result<(), $crate::json::JsonError> {
            let mut at = 0;
            $(if place == at {
                return $crate::json::set(&mut self.$field, reader);
            }
            at += 1;)*
            let _ = at;
            reader.skip()
        }
    };
    (@names $field:ident) => { stringify!($field) };
    (@names $field:ident = $key:literal) => { $key };
    (@all $field:ident) => { &[stringify!($field)] };
    (@all $field:ident = $($key:literal)|+) => { &[$($key),+] };
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

/// A struct whose fields are read one by one. A trait of our own, since each
/// `dyn FnMut` carries a `call_once` that nobody calls.
pub(crate) trait Fields<'a> {
    /// Reads the field at a place of the list of known keys.
    fn field(&mut self, place: usize, reader: &mut Reader<'a>) -> Result<(), JsonError>;
}

/// Reads the object of a lenient struct; each field may have several keys.
pub(crate) fn lenient<'a>(
    reader: &mut Reader<'a>,
    known: &[&[&str]],
    fields: &mut dyn Fields<'a>,
) -> Result<(), JsonError> {
    if reader.peek() != Some(b'{') {
        return reader.skip();
    }
    reader.object(
        &mut |key, reader| match known.iter().position(|keys| keys.contains(&key)) {
            Some(place) => fields.field(place, reader),
            None => reader.skip(),
        },
    )
}

/// Reads the object of a strict struct: only known fields, and all required ones.
pub(crate) fn strict<'a>(
    reader: &mut Reader<'a>,
    known: &[&str],
    required: &[&'static str],
    fields: &mut dyn Fields<'a>,
) -> Result<(), JsonError> {
    let at = reader.position();
    let mut missing = required.to_vec();
    reader.object(&mut |key, reader| {
        let Some(place) = known.iter().position(|name| *name == key) else {
            return Err(JsonError::new(reader.position(), unknown(key, known)));
        };
        missing.retain(|name| *name != key);
        fields.field(place, reader)
    })?;
    match missing.first() {
        Some(name) => Err(JsonError::new(
            at + 1,
            format!("the field `{name}` is missing"),
        )),
        None => Ok(()),
    }
}

/// What is wrong with a key nobody knows, and which was probably meant.
pub(crate) fn unknown(key: &str, known: &[&str]) -> String {
    text::concat(&["unknown field `", key, "`", &meant(key, known)])
}

/// What an error says behind a name nobody knows: which was probably meant, or all there are.
pub(crate) fn meant(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(known) => text::concat(&[", did you mean `", known, "`?"]),
        None => {
            let known = text::joined(&mut known.iter().copied(), "`, `");
            text::concat(&[", expected one of `", &known, "`"])
        }
    }
}

/// The known name that takes the fewest slips to become a key; of short keys a single one.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let most = if key.len() < 5 { 1 } else { 2 };
    let slips = |slips| move |name: &&&str| is_within(slips, name.as_bytes(), key.as_bytes());
    let found = (0..=most).find_map(|count| known.iter().find(slips(count)));
    found.copied()
}

/// Whether so many slips at most (a letter too many, too few, another or two swapped) lead from one
/// name to another. Letters of another case are the same.
fn is_within(slips: u32, a: &[u8], b: &[u8]) -> bool {
    let ([first, a_rest @ ..], [other, b_rest @ ..]) = (a, b) else {
        return a.len() + b.len() <= slips as usize;
    };
    if first.eq_ignore_ascii_case(other) {
        return is_within(slips, a_rest, b_rest);
    }
    let Some(left) = slips.checked_sub(1) else {
        return false;
    };
    is_within(left, a_rest, b)
        || is_within(left, a, b_rest)
        || is_within(left, a_rest, b_rest)
        || is_swapped(left, a, b)
}

fn is_swapped(slips: u32, a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([a, next, a_rest @ ..], [b, after, b_rest @ ..]) if a == after && next == b => {
            is_within(slips, a_rest, b_rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Text, from_str};

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
        for slip in ["maxTokens", "max_toekns", "max-token", "Max_Tokns"] {
            let json = format!(r#"{{"{slip}":1}}"#);
            let error = from_str::<Strict>(&json).unwrap_err();
            assert_eq!(
                error.problem,
                format!("unknown field `{slip}`, did you mean `max_tokens`?")
            );
        }
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
