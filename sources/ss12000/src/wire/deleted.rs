//! The list of deleted ids, in the forms that registers give it: by type as the standard
//! says, or as a list of ids, or of objects with an id and a type (reference/sources.md §1.9).

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::page::{PageFault, Token, token};
use super::read::{FieldName, Scalar};
use crate::notes::{Notes, Odd};
use crate::profile::Collection;

/// Ids that were deleted, each with its collection; `None` where the register does not say.
pub(crate) type Deleted = Vec<(Option<Collection>, String)>;

/// Reads a page of deleted ids.
pub(crate) fn read_deleted(
    body: &[u8],
    notes: &mut Notes,
) -> Result<(Deleted, Token), PageFault<std::convert::Infallible>> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let mut json = serde_json::Deserializer::from_slice(body);
    let page = Page { notes };
    let read = json.deserialize_map(page).and_then(|page| json.end().map(|()| page));
    match read {
        Ok((Some(deleted), token)) => Ok((deleted, token)),
        Ok((None, _)) => Err(PageFault::NoData),
        Err(error) if error.is_eof() => Err(PageFault::Truncated),
        Err(error) => Err(PageFault::Broken(error.line(), error.column())),
    }
}

/// The collection that a type's name means, in any of the spellings that are in use; the
/// standard itself writes `activitites` (reference/sources.md §1.2).
pub(crate) fn collection(name: &str) -> Named {
    let name = name.to_ascii_lowercase();
    let found = match name.trim_end_matches('s') {
        "organisation" | "organization" => Collection::Organisations,
        "person" => Collection::Persons,
        "dutie" | "duty" => Collection::Duties,
        "group" => Collection::Groups,
        "activitie" | "activity" | "activititie" | "activitite" => Collection::Activities,
        "syllabuse" | "syllabu" => Collection::Syllabuses,
        "absence"
        | "attendanceevent"
        | "attendance"
        | "grade"
        | "calendarevent"
        | "attendanceschedule"
        | "resource"
        | "room"
        | "placement"
        | "studyplan"
        | "programme"
        | "schoolunitoffering"
        | "subscription"
        | "aggregatedattendance" => return Named::Other,
        _ => return Named::Unknown,
    };
    Named::Ours(found)
}

/// What the name of a type means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// A collection that is read.
    Ours(Collection),
    /// One that the standard has and that is not read.
    Other,
    /// None of the standard's.
    Unknown,
}

struct Page<'n> {
    notes: &'n mut Notes,
}

impl<'de> Visitor<'de> for Page<'_> {
    type Value = (Option<Deleted>, Token);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of deleted ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut deleted, mut next) = (None, None);
        while let Some(name) = map.next_key::<FieldName<'de>>()? {
            match &*name.0 {
                "data" => deleted = Some(map.next_value_seed(Data { notes: self.notes })?),
                "pageToken" => next = token(&map.next_value()?, self.notes)?,
                other => {
                    self.notes.unknown_field("/deletedEntities", other);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.notes.commit();
        Ok((deleted, next))
    }
}

struct Data<'n> {
    notes: &'n mut Notes,
}

impl<'de> DeserializeSeed<'de> for Data<'_> {
    type Value = Deleted;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Deleted, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Data<'_> {
    type Value = Deleted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deleted ids by type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Deleted, A::Error> {
        let mut deleted = Vec::new();
        while let Some(name) = map.next_key::<FieldName<'de>>()? {
            let ids = map.next_value::<Ids>()?.0;
            match collection(&name.0) {
                Named::Ours(of) => deleted.extend(ids.into_iter().map(|(_, id)| (Some(of), id))),
                Named::Other => {}
                Named::Unknown => self.notes.unknown_field("/deletedEntities/data", &name.0),
            }
        }
        Ok(deleted)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Deleted, A::Error> {
        let mut deleted = Vec::new();
        while let Some(Item { ids }) = seq.next_element()? {
            for (kind, id) in ids {
                match kind.as_deref().map(collection) {
                    Some(Named::Ours(of)) => deleted.push((Some(of), id)),
                    Some(Named::Other) => {}
                    Some(Named::Unknown) | None => deleted.push((None, id)),
                }
            }
        }
        self.notes.note(Odd::DeletedList, "/deletedEntities", "data");
        Ok(deleted)
    }
}

/// A list of ids.
struct Ids(Vec<(Option<String>, String)>);

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<Vec<Item>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(Self(items.into_iter().flat_map(|item| item.ids).collect()))
    }
}

/// An id, an object with an id and the name of its type, or an object of lists of ids.
struct Item {
    ids: Vec<(Option<String>, String)>,
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a deleted id")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Item, E> {
                Ok(Item { ids: vec![(None, text.to_owned())] })
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Item, E> {
                Ok(Item { ids: vec![(None, number.to_string())] })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
                let (mut id, mut kind, mut ids) = (None, None, Vec::new());
                while let Some(name) = map.next_key::<FieldName<'de>>()? {
                    match &*name.0 {
                        "id" | "entityId" | "objectId" => {
                            id = map.next_value::<Scalar<'de>>()?.text().map(Cow::into_owned);
                        }
                        "type" | "entityType" | "entity" | "resource" | "resourceType" => {
                            kind = map.next_value::<Scalar<'de>>()?.text().map(Cow::into_owned);
                        }
                        other if collection(other) != Named::Unknown => {
                            let other = other.to_owned();
                            let list = map.next_value::<Ids>()?.0;
                            ids.extend(list.into_iter().map(|(_, id)| (Some(other.clone()), id)));
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                ids.extend(id.map(|id| (kind, id)));
                Ok(Item { ids })
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard's own misspelling and the right spelling both count, and so do the lists
    /// that a running server gave instead (reference/sources.md §1.2, §1.9).
    #[test]
    fn deleted_ids_are_read_in_every_form() {
        use Collection::{Activities, Persons};
        type Ids<'a> = Vec<(Option<Collection>, &'a str)>;
        #[rustfmt::skip]
        let table: &[(&str, &str, Ids<'_>)] = &[
            ("misspelt", r#"{"data":{"activitites":["a"]}}"#, vec![(Some(Activities), "a")]),
            ("right", r#"{"data":{"activities":["a"]}}"#, vec![(Some(Activities), "a")]),
            ("not ours", r#"{"data":{"rooms":["a"],"persons":["p"]}}"#, vec![(Some(Persons), "p")]),
            ("null", r#"{"data":{"persons":null},"pageToken":null}"#, vec![]),
            ("a list of ids", r#"{"data":["a"]}"#, vec![(None, "a")]),
            ("a list of objects", r#"{"data":[{"id":"p","type":"Person"}]}"#, vec![(Some(Persons), "p")]),
            ("a list of lists", r#"{"data":[{"persons":["p"]}]}"#, vec![(Some(Persons), "p")]),
        ];
        for (shows, body, expected) in table {
            let (deleted, _) = read_deleted(body.as_bytes(), &mut Notes::default()).unwrap();
            let expected: Deleted = expected.iter().map(|&(of, id)| (of, id.to_owned())).collect();
            assert_eq!(deleted, expected, "{shows}");
        }
        // Nothing where the list should be: what was deleted is not told.
        for body in [r#"{"data":null}"#, r#"{"data":"x"}"#, r#"{"data":7}"#] {
            let read = read_deleted(body.as_bytes(), &mut Notes::default());
            assert!(matches!(read, Err(PageFault::Broken(1, _))), "{body}: {read:?}");
        }
        let cut = read_deleted(br#"{"data":{"persons":["#, &mut Notes::default());
        assert!(matches!(cut, Err(PageFault::Truncated)));
        assert!(matches!(read_deleted(b"{}", &mut Notes::default()), Err(PageFault::NoData)));
    }
}
