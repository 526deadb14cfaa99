//! A person's row taken apart without copying, for putting in an address or a user name.

use super::{CodecError, Reader, Writer, is_person};
use crate::{Mac, SourceIndex};

/// What of a person's row a supplement looks at, and what stands around it.
pub(crate) struct PersonParts<'a> {
    /// The source that says so.
    pub(crate) source: SourceIndex,
    /// Its own id.
    pub(crate) source_id: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) username: Option<&'a str>,
    pub(crate) number: Option<Mac>,
    /// Bytes before the address.
    head: &'a [u8],
    /// Bytes after the user name.
    tail: &'a [u8],
    /// The further fields, not read yet.
    extra: &'a [u8],
}

impl<'a> PersonParts<'a> {
    /// Takes apart what [`super::encode`] wrote of a person.
    pub(crate) fn of(row: &'a [u8]) -> Result<Self, CodecError> {
        if !is_person(row) {
            return Err(CodecError);
        }
        let mut r = Reader(&row[17..]);
        let source = r.source()?;
        let source_id = r.text()?;
        r.text()?;
        r.text()?;
        let head = &row[..row.len() - r.0.len()];
        let (email, username) = (r.optional_text()?, r.optional_text()?);
        let tail = r.0;
        // Date of birth, sex, status.
        r.take(4 + 1 + 1)?;
        let number = r.optional_mac()?;
        r.optional_mac()?;
        Ok(Self { source, source_id, email, username, number, head, tail, extra: r.0 })
    }

    /// A further field by its name.
    pub(crate) fn extra(&self, name: &str) -> Result<Option<&'a str>, CodecError> {
        let mut r = Reader(self.extra);
        for _ in 0..r.length()? {
            let (field, value) = (r.text()?, r.text()?);
            if field == name {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The row with this address and user name.
    pub(crate) fn write(&self, email: Option<&str>, username: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head);
        let mut w = Writer(out);
        w.optional_text(email);
        w.optional_text(username);
        out.extend_from_slice(self.tail);
    }
}
