//! Reading the standard library's types: strict, since people write them.

use std::borrow::Cow;

use super::{JsonError, Read, Reader, number};

impl<'a> Read<'a> for String {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        reader.string().map(Cow::into_owned)
    }
}

impl<'a> Read<'a> for bool {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        reader.boolean()
    }
}

impl<'a> Read<'a> for f64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let number = number::parse(reader.number()?).filter(|number| number.is_finite());
        number.ok_or_else(|| JsonError::new(at, "not a number that fits"))
    }
}

macro_rules! whole_numbers {
    ($($name:ty: $what:literal),*) => {$(
        impl<'a> Read<'a> for $name {
            fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
                let at = reader.position();
                reader.number()?.parse().map_err(|_| JsonError::new(at, concat!("expected ", $what)))
            }
        }
    )*};
}
whole_numbers!(u64: "a whole number of at least 0", i64: "a whole number");

impl<'a> Read<'a> for usize {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let number = u64::read(reader)?;
        Self::try_from(number).map_err(|_| JsonError::new(at, "not a number that fits"))
    }
}

/// `null` reads as `None`.
impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        if reader.null() {
            Ok(None)
        } else {
            T::read(reader).map(Some)
        }
    }
}

/// `null` reads as an empty list.
impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut items = Self::new();
        if !reader.null() {
            reader.list(&mut |reader| {
                items.push(T::read(reader)?);
                Ok(())
            })?;
        }
        Ok(items)
    }
}

/// An object as ordered pairs; `null` reads as none.
impl<'a, T: Read<'a>> Read<'a> for Vec<(String, T)> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut entries = Self::new();
        if !reader.null() {
            reader.object(&mut |key, reader| {
                entries.push((key.to_string(), T::read(reader)?));
                Ok(())
            })?;
        }
        Ok(entries)
    }
}
