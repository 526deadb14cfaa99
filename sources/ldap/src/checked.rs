//! What a directory sends, taken apart without believing that it is whole: the library's own
//! functions for it end the program at the first byte that does not fit (ldap3 0.12.1,
//! `SearchEntry::construct` and `PagedResults::parse`).

use std::collections::HashMap;

use ldap3::asn1::StructureTag;
use ldap3::{ResultEntry, SearchEntry};

/// `[APPLICATION 4]`: an entry (RFC 4511 §4.5.2).
const ENTRY: u64 = 4;

/// An entry; `None` where it is none.
///
/// An attribute of which some value is no text stands among the binary ones, whole.
pub(crate) fn entry(told: ResultEntry) -> Option<SearchEntry> {
    let mut parts = told.0.match_id(ENTRY)?.expect_constructed()?.into_iter();
    let dn = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
    let (mut attrs, mut bin_attrs) = (HashMap::new(), HashMap::new());
    for attribute in parts.next()?.expect_constructed()? {
        let mut parts = attribute.expect_constructed()?.into_iter();
        let name = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
        let values = parts.next()?.expect_constructed()?.into_iter();
        let values: Vec<Vec<u8>> =
            values.map(StructureTag::expect_primitive).collect::<Option<_>>()?;
        let texts: Option<Vec<String>> =
            values.iter().map(|value| Some(std::str::from_utf8(value).ok()?.to_owned())).collect();
        match texts {
            Some(texts) => drop(attrs.insert(name, texts)),
            None => drop(bin_attrs.insert(name, values)),
        }
    }
    Some(SearchEntry { dn, attrs, bin_attrs })
}

/// The cookie of a control for pages (RFC 2696 §2): `SEQUENCE { size INTEGER, cookie OCTET
/// STRING }`; `None` where it is something else.
pub(crate) fn cookie(control: &[u8]) -> Option<Vec<u8>> {
    let (whole, after) = element(control, 0x30)?;
    let (_, rest) = element(whole, 0x02)?;
    let (cookie, more) = element(rest, 0x04)?;
    (after.is_empty() && more.is_empty()).then(|| cookie.to_vec())
}

/// The content of an element of BER with this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        // Lengths of more bytes than four are no page's.
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if !(1..=4).contains(&length.len()) {
            return None;
        }
        (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    let parts = rest.split_at_checked(length)?;
    (*found == tag).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_and_what_is_none_is_none() {
        let control = [0x30, 0x0a, 0x02, 0x01, 0x00, 0x04, 0x05, b'a', b'b', b'c', b'd', b'e'];
        assert_eq!(cookie(&control).unwrap(), b"abcde");
        // Active Directory writes lengths in five bytes.
        let long = [0x30, 0x84, 0, 0, 0, 5, 0x02, 0x01, 0x00, 0x04, 0x00];
        assert_eq!(cookie(&long).unwrap(), b"");
        for end in 0..control.len() {
            assert_eq!(cookie(&control[..end]), None, "cut at {end}");
        }
        for at in [0, 1, 2, 5, 6] {
            let mut wrong = control;
            wrong[at] ^= 0xff;
            assert_eq!(cookie(&wrong), None, "byte {at}");
        }
    }
}
