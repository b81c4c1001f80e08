//! Reading structs from the list of their fields, with one copy of the loop for all.

use super::{JsonError, Read, Reader};

/// Implements [`Read`] for a struct with a default from the list of its fields.
///
/// `fields!(Usage { prompt, name = "other" | "names" })` is for answers: unknown
/// fields are skipped, and what is no object reads as the default.
/// `fields!(strict Request [required] { … })` is for what people write: unknown
/// fields, missing required ones and anything but an object are errors.
macro_rules! fields {
    (strict $name:ident [$($required:literal),*] { $($field:ident $(= $($key:literal)|+)?),* $(,)? }) => {
        impl<'r> $crate::json::Read<'r> for $name {
            fn read(reader: &mut $crate::json::Reader<'r>) -> Result<Self, $crate::json::JsonError> {
                let mut this = Self::default();
                let known: &[&str] = &[$($crate::json::fields!(@names $field $(= $($key)|+)?)),*];
                $crate::json::strict(reader, known, &[$($required),*], &mut |key, reader| {
                    $(if $crate::json::fields!(@is key, $field $(= $($key)|+)?) {
                        return $crate::json::set(&mut this.$field, reader);
                    })*
                    reader.skip()
                })?;
                Ok(this)
            }
        }
    };
    ($name:ident $(<$lifetime:lifetime>)? { $($field:ident $(= $($key:literal)|+)?),* $(,)? }) => {
        $crate::json::fields!(@impl $name $(<$lifetime>)? { $($field $(= $($key)|+)?),* });
    };
    (@impl $name:ident { $($fields:tt)* }) => {
        impl<'r> $crate::json::Read<'r> for $name {
            $crate::json::fields!(@read 'r, $($fields)*);
        }
    };
    (@impl $name:ident <$lifetime:lifetime> { $($fields:tt)* }) => {
        impl<$lifetime> $crate::json::Read<$lifetime> for $name<$lifetime> {
            $crate::json::fields!(@read $lifetime, $($fields)*);
        }
    };
    (@read $lifetime:lifetime, $($field:ident $(= $($key:literal)|+)?),*) => {
        fn read(reader: &mut $crate::json::Reader<$lifetime>) -> Result<Self, $crate::json::JsonError> {
            let mut this = Self::default();
            if reader.peek() != Some(b'{') {
                reader.skip()?;
                return Ok(this);
            }
            reader.object(&mut |key, reader| {
                $(if $crate::json::fields!(@is key, $field $(= $($key)|+)?) {
                    return $crate::json::set(&mut this.$field, reader);
                })*
                reader.skip()
            })?;
            Ok(this)
        }
    };
    (@is $given:ident, $field:ident) => { $given == stringify!($field) };
    (@is $given:ident, $field:ident = $($key:literal)|+) => { matches!($given, $($key)|+) };
    (@names $field:ident) => { stringify!($field) };
    (@names $field:ident = $key:literal $(| $more:literal)*) => { $key };
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

/// Reads the object of a strict struct: only known fields, and all required ones.
pub(crate) fn strict<'a>(
    reader: &mut Reader<'a>,
    known: &[&str],
    required: &[&'static str],
    field: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let at = reader.position();
    let mut missing = required.to_vec();
    reader.object(&mut |key, reader| {
        if !known.contains(&key) {
            return Err(JsonError::new(at + 1, unknown(key, known)));
        }
        missing.retain(|name| *name != key);
        field(key, reader)
    })?;
    match missing.first() {
        Some(name) => Err(JsonError::new(
            at + 1,
            format!("the field `{name}` is missing"),
        )),
        None => Ok(()),
    }
}

fn unknown(key: &str, known: &[&str]) -> String {
    match known.iter().find(|name| is_slip(key, name)) {
        Some(name) => format!("unknown field `{key}`, did you mean `{name}`?"),
        None => format!(
            "unknown field `{key}`, expected one of `{}`",
            known.join("`, `")
        ),
    }
}

/// Whether a key is a known name with a letter too many, too few or in another case.
fn is_slip(key: &str, name: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let (key, name) = (plain(key), plain(name));
    key == name
        || name
            .strip_prefix(&key)
            .or_else(|| key.strip_prefix(&name))
            .is_some_and(|rest| rest.len() <= 2)
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
