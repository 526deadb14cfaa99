//! Filters: from the text that people write (RFC 4515) to what is sent (RFC 4511 §4.5.1.7).

use crate::ber::{STRING, element};

/// Filters within filters. Nobody writes as many.
const DEPTH: usize = 64;

/// A filter as it is sent; `None` where the text is none. The outermost parentheses may be left
/// out around a single comparison.
pub(crate) fn encoded(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if text.first() == Some(&b'(') {
        let (filter, rest) = filter(text, DEPTH)?;
        return rest.is_empty().then_some(filter);
    }
    item(text)
}

/// A filter in parentheses, and what follows it.
fn filter(text: &[u8], depth: usize) -> Option<(Vec<u8>, &[u8])> {
    let inner = text.strip_prefix(b"(")?;
    let depth = depth.checked_sub(1)?;
    let (encoded, rest) = match inner.split_first()? {
        (b'&', rest) => list(0xa0, rest, depth)?,
        (b'|', rest) => list(0xa1, rest, depth)?,
        (b'!', rest) => {
            let (negated, rest) = filter(rest, depth)?;
            (element(0xa2, &[&negated]), rest)
        }
        _ => {
            let end = inner.iter().position(|byte| *byte == b')')?;
            let (text, rest) = inner.split_at_checked(end)?;
            (item(text)?, rest)
        }
    };
    Some((encoded, rest.strip_prefix(b")")?))
}

/// Filters one after the other: all of them, or any. None at all is a filter too (RFC 4526).
fn list(tag: u8, mut text: &[u8], depth: usize) -> Option<(Vec<u8>, &[u8])> {
    let mut all = Vec::new();
    while text.first() == Some(&b'(') {
        let (one, rest) = filter(text, depth)?;
        all.extend(one);
        text = rest;
    }
    Some((element(tag, &[&all]), text))
}

/// A comparison.
fn item(text: &[u8]) -> Option<Vec<u8>> {
    let at = text.iter().position(|byte| *byte == b'=')?;
    let (left, right) = (text.get(..at)?, text.get(at + 1..)?);
    let (attribute, tag) = match left.split_last()? {
        (b':', rest) => return extensible(rest, right),
        (b'>', rest) => (rest, 0xa5),
        (b'<', rest) => (rest, 0xa6),
        (b'~', rest) => (rest, 0xa8),
        _ => return equal(description(left)?, right),
    };
    let (attribute, value) = (description(attribute)?, value(right)?);
    Some(element(tag, &[&element(STRING, &[attribute]), &element(STRING, &[&value])]))
}

/// Equality, presence or parts of a value.
fn equal(attribute: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    if text == b"*" {
        return Some(element(0x87, &[attribute]));
    }
    let name = element(STRING, &[attribute]);
    let parts = text.split(|byte| *byte == b'*').map(value).collect::<Option<Vec<_>>>()?;
    let [first, between @ .., last] = parts.as_slice() else {
        let [whole] = parts.as_slice() else { return None };
        return Some(element(0xa3, &[&name, &element(STRING, &[whole])]));
    };
    let mut all = Vec::new();
    if !first.is_empty() {
        all.extend(element(0x80, &[first]));
    }
    for part in between {
        if part.is_empty() {
            return None;
        }
        all.extend(element(0x81, &[part]));
    }
    if !last.is_empty() {
        all.extend(element(0x82, &[last]));
    }
    Some(element(0xa4, &[&name, &element(0x30, &[&all])]))
}

/// `attribute:dn:rule:=value`, of which attribute or rule may be left out, and `:dn`.
fn extensible(left: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut parts = left.split(|byte| *byte == b':');
    let attribute = parts.next().filter(|it| !it.is_empty()).map(description);
    let rest: Vec<&[u8]> = parts.collect();
    let (is_dn, rule) = match rest.as_slice() {
        [] => (false, None),
        [b"dn"] => (true, None),
        [rule] => (false, Some(description(rule)?)),
        [b"dn", rule] => (true, Some(description(rule)?)),
        _ => return None,
    };
    if attribute.is_none() && rule.is_none() {
        return None;
    }
    let mut all = rule.map(|rule| element(0x81, &[rule])).unwrap_or_default();
    if let Some(attribute) = attribute {
        all.extend(element(0x82, &[attribute?]));
    }
    all.extend(element(0x83, &[&value(text)?]));
    if is_dn {
        all.extend(element(0x84, &[&[0xff]]));
    }
    Some(element(0xa9, &[&all]))
}

/// The name of an attribute or a rule: a word or numbers with points, and options behind `;`.
fn description(text: &[u8]) -> Option<&[u8]> {
    let is_fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.;".contains(byte);
    let begins = text.first().is_some_and(u8::is_ascii_alphanumeric);
    (begins && text.iter().all(is_fit)).then_some(text)
}

/// A value, whose bytes may be written `\` and two hexadecimal digits; some of them must.
fn value(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut text = text.iter();
    while let Some(byte) = text.next() {
        match byte {
            0 | b'(' | b')' | b'*' => return None,
            b'\\' => {
                let mut digit = || char::from(*text.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                bytes.push(u8::try_from(high << 4 | low).ok()?);
            }
            other => bytes.push(*other),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K030: as RFC 4515 §4 and RFC 4511 §4.5.1.7 have them, counted by hand.
    #[test]
    fn filters_are_sent_as_they_are_written() {
        #[rustfmt::skip]
        let table: &[(&str, Option<&[u8]>)] = &[
            ("(a=b)",             Some(b"\xa3\x06\x04\x01a\x04\x01b")),
            ("a=b",               Some(b"\xa3\x06\x04\x01a\x04\x01b")),
            ("(a=)",              Some(b"\xa3\x05\x04\x01a\x04\x00")),
            ("(a=*)",             Some(b"\x87\x01a")),
            ("(a>=1)",            Some(b"\xa5\x06\x04\x01a\x04\x011")),
            ("(a<=1)",            Some(b"\xa6\x06\x04\x01a\x04\x011")),
            ("(a~=1)",            Some(b"\xa8\x06\x04\x01a\x04\x011")),
            ("(a=b*c*d)",         Some(b"\xa4\x0e\x04\x01a\x30\x09\x80\x01b\x81\x01c\x82\x01d")),
            ("(a=*c*)",           Some(b"\xa4\x08\x04\x01a\x30\x03\x81\x01c")),
            ("(a=b*)",            Some(b"\xa4\x08\x04\x01a\x30\x03\x80\x01b")),
            ("(a=\\2a\\C3)",      Some(b"\xa3\x07\x04\x01a\x04\x02*\xc3")),
            ("(a=\u{e5})",        Some(b"\xa3\x07\x04\x01a\x04\x02\xc3\xa5")),
            ("(!(a=b))",          Some(b"\xa2\x08\xa3\x06\x04\x01a\x04\x01b")),
            ("(&(a=*)(|(b=*)))",  Some(b"\xa0\x08\x87\x01a\xa1\x03\x87\x01b")),
            ("(&)",               Some(b"\xa0\x00")),
            ("(a:1.2:=3)",        Some(b"\xa9\x0b\x81\x031.2\x82\x01a\x83\x013")),
            ("(a:=3)",            Some(b"\xa9\x06\x82\x01a\x83\x013")),
            ("(a:dn:=3)",         Some(b"\xa9\x09\x82\x01a\x83\x013\x84\x01\xff")),
            ("(:dn:1.2:=3)",      Some(b"\xa9\x0b\x81\x031.2\x83\x013\x84\x01\xff")),
            ("",                  None),
            ("()",                None),
            ("(a)",               None),
            ("(a=b",              None),
            ("(a=b))",            None),
            ("(a=b)(a=b)",        None),
            ("(=b)",              None),
            ("(a b=c)",           None),
            ("(a=b**c)",          None),
            ("(a>=b*)",           None),
            ("(a=\\2)",           None),
            ("(a=\\2g)",          None),
            ("(a=\0)",            None),
            ("(a=(b)",            None),
            ("(:=3)",             None),
            ("(:dn:=3)",          None),
            ("(a:b:c:=3)",        None),
            ("(!)",               None),
            ("(!(a=b)(a=b))",     None),
        ];
        for (text, expected) in table {
            assert_eq!(encoded(text).as_deref(), *expected, "{text}");
        }
        let deep = |depth: usize| format!("{}(a=b){}", "(!".repeat(depth), ")".repeat(depth));
        assert!(encoded(&deep(DEPTH - 1)).is_some() && encoded(&deep(DEPTH)).is_none());
    }
}
