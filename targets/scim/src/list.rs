//! A list response (RFC 7644 §3.4.2), page by page and resource by resource: never a whole list
//! as values.
//!
//! A page is held as bytes until all of it has come: one that breaks off is asked for again, and
//! nothing of it has been handed on.

use std::fmt;

use roster::SpoolError;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value as Json;
use state::TargetError;

use crate::courier::Courier;

/// Resources asked for at a time, where the receiver pages (RFC 7644 §3.4.2.4).
const PAGE: u64 = 1000;

/// What a list is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The endpoint.
    pub(crate) endpoint: &'static str,
    /// Who pages.
    pub(crate) paging: Paging,
    /// Only these attributes; all where it is empty.
    pub(crate) attributes: &'a str,
}

/// Who pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paging {
    /// We do, as RFC 7644 has it.
    Ours,
    /// Everything is asked for at once, as EGIL has it; what a receiver leaves out then is asked
    /// for by pages.
    Theirs,
}

/// Reads a whole list, and hands every resource to `take`.
///
/// # Errors
///
/// [`TargetError`] when not all could be read; what was handed on until then says nothing.
pub(crate) async fn read(
    courier: &Courier,
    ask: Ask<'_>,
    take: Take<'_>,
) -> Result<(), TargetError> {
    let mut pages = courier.pages(ask.endpoint);
    let unread = |broken| broken_off(courier, ask.endpoint, broken);
    let (mut start, mut before) = (1_u64, Head::default());
    loop {
        let mut request = courier.get(ask.endpoint);
        if ask.paging == Paging::Ours || start > 1 {
            request = request.query("startIndex", &start.to_string());
            request = request.query("count", &PAGE.to_string());
        }
        if !ask.attributes.is_empty() {
            request = request.query("attributes", ask.attributes);
        }
        let body = courier.page(request).await?;
        // Who gives everything at once, tells no number and hears nothing of pages gives the
        // same again: that was everything.
        if ask.paging == Paging::Theirs && start > 1 && before.total.is_none() {
            let again = each(&body, &mut |_| Ok(())).map_err(unread)?;
            if again == before {
                return Ok(());
            }
        }
        let head = each(&body, take).map_err(unread)?;
        start += head.given;
        match head.total {
            Some(total) if start > total => return Ok(()),
            None if head.given == 0 => return Ok(()),
            Some(total) if head.given == 0 => {
                return Err(incomplete(courier, ask.endpoint, start - 1, total));
            }
            Some(_) | None => {}
        }
        // Two pages that begin with the same resource are one: the list would never end.
        pages.token(&head.first).map_err(|error| courier.failed(error))?;
        before = head;
    }
}

fn incomplete(courier: &Courier, endpoint: &str, given: u64, total: u64) -> TargetError {
    let target = courier.target.clone();
    let detail =
        format!("the list {endpoint} ends before all is told: {given} of {total} were given");
    TargetError::Unreadable { target, detail }
}

fn broken_off(courier: &Courier, endpoint: &str, broken: Broken) -> TargetError {
    let target = courier.target.clone();
    match broken {
        Broken::Nonsense { line, column, what } => {
            let what = what.map(|what| format!(": {what}")).unwrap_or_default();
            let detail =
                format!("the list {endpoint} makes no sense at line {line}, column {column}{what}");
            TargetError::Unreadable { target, detail }
        }
        Broken::Spool(error) => TargetError::Spool { target, error },
    }
}

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// How many there are in all.
    total: Option<u64>,
    /// How many are in this answer.
    given: u64,
    /// What tells the first of them from others.
    first: String,
}

/// Why nothing more is read.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A resource makes no sense.
    Nonsense(&'static str),
    /// It could not be put aside here.
    Spool(SpoolError),
}

impl From<SpoolError> for Stop {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

/// Why a page was not read to its end.
#[derive(Debug)]
enum Broken {
    Nonsense { line: usize, column: usize, what: Option<&'static str> },
    Spool(SpoolError),
}

/// Takes one resource; its error ends the reading.
pub(crate) type Take<'a> = &'a mut (dyn FnMut(&Json) -> Result<(), Stop> + Send);

/// Hands every resource of the body to `take`.
fn each(body: &[u8], take: Take<'_>) -> Result<Head, Broken> {
    let (mut head, mut stop) = (Head::default(), None);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let whole = Whole { head: &mut head, stop: &mut stop, take };
    let read = whole.deserialize(&mut reader).and_then(|()| reader.end());
    let what = match (read, stop) {
        (Ok(()), _) => return Ok(head),
        (Err(_), Some(Stop::Spool(error))) => return Err(Broken::Spool(error)),
        (Err(error), Some(Stop::Nonsense(what))) => (error, Some(what)),
        (Err(error), None) => (error, None),
    };
    // Not the parser's words: they may repeat a value.
    Err(Broken::Nonsense { line: what.0.line(), column: what.0.column(), what: what.1 })
}

struct Whole<'a, 'b> {
    head: &'a mut Head,
    stop: &'a mut Option<Stop>,
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
        let Self { head, stop, take } = self;
        while let Some(key) = map.next_key::<String>()? {
            // RFC 7643 §2.1: names of attributes are the same in any case.
            match key.to_ascii_lowercase().as_str() {
                "resources" => {
                    let (head, stop, take) = (&mut *head, &mut *stop, &mut *take);
                    map.next_value_seed(Resources { head, stop, take })?;
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
    stop: &'a mut Option<Stop>,
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
            let taken = if resource.is_object() {
                if self.head.given == 0 {
                    self.head.first = first(&resource);
                }
                self.head.given += 1;
                (self.take)(&resource)
            } else {
                Err(Stop::Nonsense("a resource is no object"))
            };
            if let Err(stop) = taken {
                *self.stop = Some(stop);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// What tells a resource from all others of its list.
fn first(resource: &Json) -> String {
    let id = ["id", "externalId"].iter().find_map(|name| resource.get(name)?.as_str());
    id.map_or_else(|| resource.to_string(), str::to_owned)
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
        head.map(|head| (head, ids)).map_err(|broken| format!("{broken:?}"))
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
