//! A page of a list: objects are handed on as they are read, none is kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::read::{FieldName, One, Scalar, Wire, nothing};
use crate::notes::{Notes, Odd};

/// What the page says of the next one.
pub(crate) type Token = Option<String>;

/// Why a page cannot be used.
#[derive(Debug)]
pub(crate) enum PageFault<E> {
    /// What takes the objects failed.
    Taking(E),
    /// The text ends too early.
    Truncated,
    /// It is no JSON, or no page. Line and column of the place.
    Broken(usize, usize),
    /// It is JSON without the list `data`.
    NoData,
    /// This field has a value longer than any can be.
    TooLong(&'static str),
}

impl PageFault<std::convert::Infallible> {
    /// The same of a page from which nothing is taken.
    pub(crate) fn without_taking<E>(self) -> PageFault<E> {
        match self {
            Self::Taking(never) => match never {},
            Self::Truncated => PageFault::Truncated,
            Self::Broken(line, column) => PageFault::Broken(line, column),
            Self::NoData => PageFault::NoData,
            Self::TooLong(at) => PageFault::TooLong(at),
        }
    }
}

/// Reads a page and hands each object to `take`, which commits or discards its notes.
pub(crate) fn read_page<'de, T: Wire<'de>, E>(
    body: &'de [u8],
    notes: &mut Notes,
    take: &mut dyn FnMut(T, &mut Notes) -> Result<(), E>,
) -> Result<Token, PageFault<E>> {
    let body = text(body)?;
    let mut failed = None;
    let mut json = serde_json::Deserializer::from_str(body);
    let page = Page { notes: &mut *notes, take, failed: &mut failed, seen: Seen::default() };
    let read = page.deserialize(&mut json).and_then(|page| json.end().map(|()| page));
    if let Some(error) = failed {
        return Err(PageFault::Taking(error));
    }
    if let Some(at) = notes.too_long() {
        return Err(PageFault::TooLong(at));
    }
    match read {
        Ok(Seen { has_data: true, token }) => Ok(token),
        Ok(Seen { has_data: false, .. }) => Err(PageFault::NoData),
        Err(error) if error.is_eof() => Err(PageFault::Truncated),
        Err(error) => Err(PageFault::Broken(error.line(), error.column())),
    }
}

/// The body as text. That it is UTF-8 is seen once, and not again of each value.
fn text<E>(body: &[u8]) -> Result<&str, PageFault<E>> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    std::str::from_utf8(body).map_err(|error| {
        if error.error_len().is_none() {
            return PageFault::Truncated;
        }
        let before = body.get(..error.valid_up_to()).unwrap_or_default();
        let mut lines = before.rsplit(|byte| *byte == b'\n');
        let column = lines.next().map_or(0, <[u8]>::len) + 1;
        PageFault::Broken(lines.count() + 1, column)
    })
}

/// The token of the next page, where it stands at the very end of the page in the plainest
/// form: then it is the page's own, if the page is JSON at all. A quote within a text has a
/// backslash before it, so that no text can look like it, and what ends with the last brace
/// stands in the page itself.
pub(crate) fn token_at_end(body: &[u8]) -> Token {
    const NAME: &[u8] = b"\"pageToken\"";
    const LONGEST: usize = 4096;
    let tail = body.get(body.len().saturating_sub(LONGEST)..)?;
    let at = tail.windows(NAME.len()).rposition(|it| it == NAME)?;
    let value = tail.get(at + NAME.len()..)?.trim_ascii();
    let value = value.strip_prefix(b":")?.strip_suffix(b"}")?.trim_ascii();
    let token = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"\\".contains(byte);
    let is_token = !token.is_empty() && token.iter().all(is_plain);
    is_token.then(|| String::from_utf8_lossy(token).into_owned())
}

#[derive(Default)]
struct Seen {
    has_data: bool,
    token: Token,
}

struct Page<'a, T, E> {
    notes: &'a mut Notes,
    take: &'a mut dyn FnMut(T, &mut Notes) -> Result<(), E>,
    failed: &'a mut Option<E>,
    seen: Seen,
}

impl<'de, T: Wire<'de>, E> DeserializeSeed<'de> for Page<'_, T, E> {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Seen, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Wire<'de>, E> Visitor<'de> for Page<'_, T, E> {
    type Value = Seen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Seen, A::Error> {
        while let Some(name) = map.next_key::<FieldName<'de>>()? {
            match &*name.0 {
                "data" => {
                    map.next_value_seed(Data {
                        notes: self.notes,
                        take: self.take,
                        failed: self.failed,
                    })?;
                    self.seen.has_data = true;
                }
                "pageToken" => self.seen.token = token(&map.next_value()?, self.notes)?,
                other => {
                    self.notes.unknown_field("/page", other);
                    self.notes.commit();
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(self.seen)
    }
}

/// The token of the next page; a number is what some registers use. Anything else may mean
/// that there is a next page: the list is not read to its end.
pub(super) fn token<E: Error>(value: &Scalar<'_>, notes: &mut Notes) -> Result<Token, E> {
    match value {
        Scalar::Bool(_) | Scalar::Wrong => return Err(E::custom("no page token")),
        Scalar::Number(_) => {
            notes.note(Odd::WrongType, "/page", "pageToken");
            notes.commit();
        }
        Scalar::Absent | Scalar::Null | Scalar::Text(_) => {}
    }
    Ok(value.text().map(std::borrow::Cow::into_owned))
}

struct Data<'a, T, E> {
    notes: &'a mut Notes,
    take: &'a mut dyn FnMut(T, &mut Notes) -> Result<(), E>,
    failed: &'a mut Option<E>,
}

impl<'de, T: Wire<'de>, E> DeserializeSeed<'de> for Data<'_, T, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Wire<'de>, E> Visitor<'de> for Data<'_, T, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(one) = seq.next_element_seed(One::<T>::new(self.notes, T::AT))? {
            let one = one.ok_or_else(nothing)?;
            if let Err(error) = (self.take)(one, self.notes) {
                *self.failed = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::wire::{Group, Person};

    fn read<'de, T: Wire<'de>>(body: &'de str) -> Result<Token, PageFault<Infallible>> {
        read_page::<T, Infallible>(body.as_bytes(), &mut Notes::default(), &mut |_, _| Ok(()))
    }

    #[test]
    fn a_token_at_the_end_is_seen_before_the_page_is_read() {
        let table = [
            (r#"{"data":[],"pageToken":"a-1"}"#, Some("a-1")),
            ("{\"data\":[], \"pageToken\" : \"a-1\" }\n", Some("a-1")),
            (r#"{"data":[],"pageToken":null}"#, None),
            (r#"{"data":[],"pageToken":7}"#, None),
            (r#"{"data":[],"pageToken":" a"}"#, None),
            (r#"{"data":[],"pageToken":"a\u00e5"}"#, None),
            (r#"{"pageToken":"a","data":[]}"#, None),
            (r#"{"data":[{"x":{"pageToken":"a"}}]}"#, None),
            (r#"{"data":[{"x":{"pageToken":"a"}}],"pageToken":null}"#, None),
            (r#"{"data":[],"x":"\"pageToken\":\"a\""}"#, None),
            (r#"{"data":[],"x":["pageToken","a"]}"#, None),
            (r#"{"data":[],"pageToken":"a"#, None),
        ];
        for (body, token) in table {
            let seen = token_at_end(body.as_bytes());
            assert_eq!(seen.as_deref(), token, "{body}");
            if let (Some(seen), Ok(read)) = (seen, read::<Person<'_>>(body)) {
                assert_eq!(Some(seen), read, "{body}");
            }
        }
    }

    /// A name of a megabyte is nobody's name: it is neither kept nor cut short.
    #[test]
    fn a_value_that_is_too_long_makes_the_page_unusable() {
        let page =
            |field: &str, value: &str| format!(r#"{{"data":[{{"id":"1",{field}:{value}}}]}}"#);
        let text = |length| format!("\"{}\"", "å".repeat(length));
        assert!(read::<Person<'_>>(&page("\"givenName\"", &text(1000))).is_ok());
        let long = |read, field| matches!(read, Err(PageFault::TooLong(at)) if at == field);
        let names = page("\"givenName\"", &text(1001));
        assert!(long(read::<Person<'_>>(&names), "/persons/givenName"));
        let names = page("\"eduPersonPrincipalNames\"", &format!("[{}]", text(1001)));
        assert!(long(read::<Person<'_>>(&names), "/persons/eduPersonPrincipalNames"));
        let inner = page("\"emails\"", &format!(r#"[{{"value":{}}}]"#, text(1001)));
        assert!(long(read::<Person<'_>>(&inner), "/persons/emails/value"));
        // Only looked through for markers, and not delivered.
        assert!(read::<Group<'_>>(&page("\"notes\"", &text(100_000))).is_ok());
    }

    #[test]
    fn what_is_no_text_is_refused_at_its_place() {
        let page = |body: &[u8]| {
            read_page::<Person<'_>, Infallible>(body, &mut Notes::default(), &mut |_, _| Ok(()))
        };
        let odd = page(b"{\n \"data\": [\xff]}");
        assert!(matches!(odd, Err(PageFault::Broken(2, 11))), "{odd:?}");
        assert!(matches!(page(b"{\"data\":[\"\xc3"), Err(PageFault::Truncated)));
    }

    /// K069, invariant 4: what stands where an object should may have been somebody's
    /// protection marking, or a place in a group: the page is not used.
    #[test]
    fn what_is_no_object_makes_the_page_unusable() {
        let persons = [
            r#"{"data":[null]}"#,
            r#"{"data":["x"]}"#,
            r#"{"data":[[]]}"#,
            r#"{"data":[{"id":"1","enrolments":"x"}]}"#,
            r#"{"data":[{"id":"1","enrolments":[null]}]}"#,
            r#"{"data":[{"id":"1","givenName":{"a":"b"}}]}"#,
            r#"{"data":[{"id":"1","securityMarking":["Ingen"]}]}"#,
            r#"{"data":[{"id":"1","securityMarking":"Sekretessmarkering","securityMarking":"Ingen"}]}"#,
            r#"{"data":[],"pageToken":{"next":"x"}}"#,
            r#"{"data":[],"pageToken":true}"#,
        ];
        for body in persons {
            let read = read::<Person<'_>>(body);
            assert!(matches!(read, Err(PageFault::Broken(1, _))), "{body}: {read:?}");
        }
        let members = ["\"x\"", "{\"person\":\"x\"}", "{\"person\":[{\"id\":\"1\"}]}"];
        for member in members {
            let body = format!(r#"{{"data":[{{"id":"1","groupMemberships":[{member}]}}]}}"#);
            let read = read::<Group<'_>>(&body);
            assert!(matches!(read, Err(PageFault::Broken(1, _))), "{body}: {read:?}");
        }
        let well = r#"{"data":[{"id":"1","civicNo":null,"enrolments":null}],"pageToken":7}"#;
        assert_eq!(read::<Person<'_>>(well).unwrap().as_deref(), Some("7"));
    }
}
