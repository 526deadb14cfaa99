//! How objects are read: as the standard says, and past what registers make of it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::notes::{Notes, Odd};

/// Characters of a value, at most: more than any name, id or address has, and what receivers take.
const LONGEST: usize = 1000;

/// Whether a text is longer than any value can be.
pub(crate) fn is_long(text: &str) -> bool {
    text.len() > LONGEST && text.chars().count() > LONGEST
}

/// A text, a number, a yes or no.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Scalar<'de> {
    /// The field is not there.
    #[default]
    Absent,
    /// The field is there, without a value.
    Null,
    /// A text.
    Text(Cow<'de, str>),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Bool(bool),
    /// Something else.
    Wrong,
}

impl Scalar<'_> {
    /// The text, without space around it; `None` for an empty one.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => {
                // Nearly every text begins and ends with a letter or a digit.
                let ends = [text.as_bytes().first(), text.as_bytes().last()];
                let is_bare = ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric));
                let text = if is_bare { text } else { text.trim() };
                (!text.is_empty()).then_some(Cow::Borrowed(text))
            }
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Absent | Self::Null | Self::Bool(_) | Self::Wrong => None,
        }
    }

    /// Whether the field stands there with a value.
    pub(crate) fn is_given(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(number).map_or(Scalar::Wrong, Scalar::Number))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Wrong)
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(yes))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Null)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The name of a field.
pub(crate) struct FieldName<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = FieldName<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// An object of the standard.
pub(crate) trait Wire<'de>: Sized + Default {
    /// Its path in messages.
    const AT: &'static str;

    /// Reads its fields.
    fn read<A: MapAccess<'de>>(map: A, notes: &mut Notes) -> Result<Self, A::Error>;
}

/// What is no object among objects: what it was to say, a protection marking perhaps, is lost.
pub(super) fn nothing<E: Error>() -> E {
    E::custom("nothing where an object should be")
}

/// One object, or none. Anything else makes the whole page unusable: what stands in it, a
/// protection marking perhaps, must not be passed over (K069, invariant 4).
pub(crate) struct One<'n, T> {
    notes: &'n mut Notes,
    at: &'static str,
    of: PhantomData<T>,
}

impl<'n, T> One<'n, T> {
    pub(crate) fn new(notes: &'n mut Notes, at: &'static str) -> Self {
        Self { notes, at, of: PhantomData }
    }
}

impl<'de, T: Wire<'de>> DeserializeSeed<'de> for One<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Wire<'de>> Visitor<'de> for One<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::read(map, self.notes).map(Some)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A list of objects.
pub(crate) struct Many<'n, T>(One<'n, T>);

impl<'n, T> Many<'n, T> {
    pub(crate) fn new(notes: &'n mut Notes, at: &'static str) -> Self {
        Self(One::new(notes, at))
    }
}

impl<'de, T: Wire<'de>> DeserializeSeed<'de> for Many<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Wire<'de>> Visitor<'de> for Many<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let One { notes, at, .. } = self.0;
        let mut all = Vec::new();
        while let Some(one) = seq.next_element_seed(One::<T>::new(notes, at))? {
            all.push(one.ok_or_else(nothing)?);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.notes.note(Odd::NotAList, self.0.at, "");
        Ok(vec![T::read(map, self.0.notes)?])
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}

/// A list of texts.
pub(crate) struct Texts;

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = (Vec<Cow<'de, str>>, Found);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What a list was written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A list, or nothing.
    List,
    /// One text.
    Single,
    /// Something else.
    Other,
}

impl<'de> Visitor<'de> for Texts {
    type Value = (Vec<Cow<'de, str>>, Found);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let (mut texts, mut found) = (Vec::new(), Found::List);
        while let Some(scalar) = seq.next_element::<Scalar<'de>>()? {
            match scalar {
                Scalar::Text(text) => texts.push(text),
                Scalar::Absent | Scalar::Null => {}
                Scalar::Number(_) | Scalar::Bool(_) | Scalar::Wrong => found = Found::Other,
            }
        }
        Ok((texts, found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok((Vec::new(), Found::Other))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok((Vec::new(), Found::List))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok((vec![Cow::Borrowed(text)], Found::Single))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((vec![Cow::Owned(text.to_owned())], Found::Single))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok((Vec::new(), Found::Other))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok((Vec::new(), Found::Other))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok((Vec::new(), Found::Other))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok((Vec::new(), Found::Other))
    }
}
