//! BER as LDAP narrows it (RFC 4511 §5.1): lengths are definite, strings in one piece, tags of
//! one byte. What is read is believed in nothing, and nothing is copied or followed inwards
//! unasked: however deep something is nested, the reading is as deep as our own code.

/// `SEQUENCE`.
pub(crate) const SEQUENCE: u8 = 0x30;
/// `SET`.
pub(crate) const SET: u8 = 0x31;
/// `BOOLEAN`.
pub(crate) const BOOLEAN: u8 = 0x01;
/// `INTEGER`.
pub(crate) const INTEGER: u8 = 0x02;
/// `OCTET STRING`.
pub(crate) const STRING: u8 = 0x04;
/// `ENUMERATED`.
pub(crate) const ENUMERATED: u8 = 0x0a;

/// Something does not fit: at which byte, from the beginning of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit(pub(crate) usize);

/// The beginning of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) tag: u8,
    /// Its own bytes.
    pub(crate) size: usize,
    /// The bytes of the content, as it says itself.
    pub(crate) content: u64,
}

/// The beginning of an element, which is at the beginning of `bytes`; `None` where more of them
/// are needed to tell.
pub(crate) fn header(bytes: &[u8]) -> Result<Option<Header>, Misfit> {
    let Some(&tag) = bytes.first() else { return Ok(None) };
    // A tag of several bytes: LDAP has none.
    if tag & 0x1f == 0x1f {
        return Err(Misfit(0));
    }
    let Some(&first) = bytes.get(1) else { return Ok(None) };
    if first < 0x80 {
        return Ok(Some(Header { tag, size: 2, content: u64::from(first) }));
    }
    // Without bytes the length is indefinite. More than eight hold no number that we know;
    // Active Directory always writes four.
    let count = usize::from(first & 0x7f);
    if !(1..=8).contains(&count) {
        return Err(Misfit(1));
    }
    let Some(length) = bytes.get(2..2 + count) else { return Ok(None) };
    let content = length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    Ok(Some(Header { tag, size: 2 + count, content }))
}

/// Elements, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Where `bytes` begin in the whole.
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The place that has been reached, as one that does not fit.
    pub(crate) fn misfit(&self) -> Misfit {
        Misfit(self.at)
    }

    /// What is in here that has not been read.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The next element: its tag and content.
    pub(crate) fn next(&mut self) -> Result<(u8, Self), Misfit> {
        let place = self.at;
        let header = header(self.bytes).map_err(|Misfit(byte)| Misfit(place + byte))?;
        let header = header.ok_or(Misfit(place))?;
        let rest = self.bytes.get(header.size..).unwrap_or_default();
        let length = usize::try_from(header.content).map_err(|_| Misfit(place))?;
        let (content, rest) = rest.split_at_checked(length).ok_or(Misfit(place))?;
        let inner = Self { bytes: content, at: place + header.size };
        *self = Self { bytes: rest, at: inner.at + length };
        Ok((header.tag, inner))
    }

    /// The next element, which must have this tag.
    pub(crate) fn want(&mut self, tag: u8) -> Result<Self, Misfit> {
        let place = self.misfit();
        let (found, content) = self.next()?;
        if found == tag { Ok(content) } else { Err(place) }
    }

    /// The next element if it has this tag.
    pub(crate) fn maybe(&mut self, tag: u8) -> Result<Option<Self>, Misfit> {
        if self.bytes.first() == Some(&tag) { self.want(tag).map(Some) } else { Ok(None) }
    }

    /// A string of bytes.
    pub(crate) fn string(&mut self) -> Result<&'a [u8], Misfit> {
        Ok(self.want(STRING)?.bytes)
    }

    /// A string of text.
    pub(crate) fn text(&mut self) -> Result<&'a str, Misfit> {
        let content = self.want(STRING)?;
        std::str::from_utf8(content.bytes).map_err(|_| content.misfit())
    }

    /// A number from 0 to 2³¹ − 1, as all of LDAP's are.
    pub(crate) fn number(&mut self, tag: u8) -> Result<u32, Misfit> {
        let content = self.want(tag)?;
        match content.bytes {
            [first, ..] if *first < 0x80 && content.bytes.len() <= 4 => {
                Ok(content.bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
            }
            _ => Err(content.misfit()),
        }
    }

    /// Passes over what else is here: parts that a later standard adds are no fault (RFC 4511
    /// §4), but they must be elements.
    pub(crate) fn pass_rest(mut self) -> Result<(), Misfit> {
        while !self.is_empty() {
            self.next()?;
        }
        Ok(())
    }
}

/// An element with this tag, around these parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    if let Ok(short @ ..0x80) = u8::try_from(length) {
        bytes.push(short);
    } else {
        let long = (length as u64).to_be_bytes();
        let zeros = long.iter().take_while(|byte| **byte == 0).count();
        #[expect(clippy::cast_possible_truncation, reason = "at most eight")]
        bytes.push(0x80 | (long.len() - zeros) as u8);
        bytes.extend(long.iter().skip(zeros));
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A number.
pub(crate) fn number(tag: u8, value: u32) -> Vec<u8> {
    let bytes = u64::from(value).to_be_bytes();
    // The first bit is the sign's: a number that would begin with it gets a zero before.
    let needed = (u32::BITS - value.leading_zeros()) as usize / 8 + 1;
    element(tag, &[bytes.get(bytes.len() - needed..).unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let bytes = element(STRING, &[&content]);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.string().unwrap(), content);
            assert!(reader.is_empty());
        }
        for value in [0, 1, 127, 128, 255, 256, 32_767, 32_768, 0x7fff_ffff] {
            let bytes = number(INTEGER, value);
            assert_eq!(Reader::new(&bytes).number(INTEGER), Ok(value));
        }
        assert_eq!(number(INTEGER, 0), [2, 1, 0]);
        assert_eq!(number(INTEGER, 128), [2, 2, 0, 128]);
    }

    #[test]
    fn what_does_not_fit_has_a_place() {
        #[rustfmt::skip]
        let table: &[(&[u8], Misfit)] = &[
            (&[],                                                  Misfit(0)),
            (&[0x04],                                              Misfit(0)),
            (&[0x04, 0x01],                                        Misfit(0)),
            (&[0x04, 0x82, 0x01],                                  Misfit(0)),
            (&[0x04, 0x80, 0x00, 0x00],                            Misfit(1)),
            (&[0x04, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, b'a'],       Misfit(1)),
            (&[0x04, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], Misfit(0)),
            (&[0x1f, 0x01, 0x00],                                  Misfit(0)),
            (&[0x24, 0x00],                                        Misfit(0)),
            (&[0x04, 0x01, 0xff],                                  Misfit(2)),
        ];
        for (bytes, misfit) in table {
            assert_eq!(Reader::new(bytes).text(), Err(*misfit), "{bytes:02x?}");
        }
        // Active Directory writes each length in five bytes.
        assert_eq!(Reader::new(&[0x04, 0x84, 0, 0, 0, 1, b'a']).text(), Ok("a"));
        for wrong in [&[2, 0][..], &[2, 1, 0xff], &[2, 5, 0, 0, 0, 0, 1], &[2, 4, 0x80, 0, 0, 0]] {
            assert_eq!(Reader::new(wrong).number(INTEGER), Err(Misfit(2)), "{wrong:02x?}");
        }
    }
}
