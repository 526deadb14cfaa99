//! A list response (RFC 7644 §3.4.2), resource by resource: never a whole list as values.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value as Json;

/// What a list says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// How many there are in all.
    pub(crate) total: Option<u64>,
    /// How many are in this answer.
    pub(crate) given: u64,
}

/// Takes one resource; its error ends the reading.
pub(crate) type Take<'a> = &'a mut (dyn FnMut(&Json) -> Result<(), String> + Send);

/// Hands every resource of the body to `take`.
///
/// # Errors
///
/// What is wrong with the body, with line and column; or what `take` said.
pub(crate) fn each(body: &[u8], take: Take<'_>) -> Result<Head, serde_json::Error> {
    let mut head = Head::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    Whole { head: &mut head, take }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(head)
}

struct Whole<'a, 'b> {
    head: &'a mut Head,
    take: Take<'b>,
}

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { head, take } = self;
        while let Some(key) = map.next_key::<String>()? {
            // RFC 7643 §2.1: names of attributes are the same in any case.
            match key.to_ascii_lowercase().as_str() {
                "resources" => {
                    map.next_value_seed(Resources { head: &mut *head, take: &mut *take })?
                }
                "totalresults" => head.total = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Resources<'a, 'b> {
    head: &'a mut Head,
    take: Take<'b>,
}

impl<'de> DeserializeSeed<'de> for Resources<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Resources<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources")
    }

    /// An empty list may be told so.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(resource) = list.next_element::<Json>()? {
            if !resource.is_object() {
                return Err(A::Error::custom("a resource is no object"));
            }
            self.head.given += 1;
            (self.take)(&resource).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(body: &str) -> Result<(Head, Vec<String>), String> {
        let mut ids = Vec::new();
        let head = each(body.as_bytes(), &mut |resource| {
            ids.push(resource["id"].as_str().unwrap_or_default().to_owned());
            Ok(())
        });
        head.map(|head| (head, ids)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_is_read_resource_by_resource_and_what_is_no_list_is_an_error() {
        let (head, found) =
            ids(r#"{"schemas":[],"totalResults":2,"Resources":[{"id":"a"},{"id":"b"}]}"#).unwrap();
        assert_eq!((head.total, head.given, found), (Some(2), 2, vec!["a".into(), "b".into()]));
        assert_eq!(ids(r#"{"totalResults":0,"Resources":null}"#).unwrap().0.given, 0);
        for wrong in ["", "[]", "<html>", r#"{"Resources":[{"id":"a"}"#, r#"{"Resources":[1]}"#] {
            assert!(ids(wrong).is_err(), "{wrong}");
        }
    }
}
