//! Encoded rows written piece by piece, without making values first.

use roster::Key;
use roster::codec::Writer;

use crate::row::encode_ref;
use crate::{Kind, ObjectRef};

/// Writes one encoded row at the end of a buffer: what [`crate::Row::encode`] would, but
/// without a [`crate::Row`]. Values come in the order of the card; [`RowBuilder::finish`]
/// ends the row, and a row that is not finished is to be cut off at [`RowBuilder::start`].
#[derive(Debug)]
pub struct RowBuilder<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    body: usize,
}

impl<'a> RowBuilder<'a> {
    /// Begins an object.
    pub fn object(out: &'a mut Vec<u8>, id: ObjectRef) -> Self {
        let start = begin(out, id, 0);
        Self::body(out, start)
    }

    /// Begins a membership.
    pub fn member(
        out: &'a mut Vec<u8>,
        kind: Kind,
        container: ObjectRef,
        member: ObjectRef,
        role: &str,
    ) -> Self {
        let start = begin(out, member, 1);
        out.push(kind.0);
        encode_ref(container, out);
        out.extend_from_slice(role.as_bytes());
        Self::body(out, start)
    }

    /// Writes the id's length, now known, and leaves room for the body's.
    fn body(out: &'a mut Vec<u8>, start: usize) -> Self {
        let id_length = u16::try_from(out.len() - start - 2).unwrap_or(u16::MAX);
        out[start..start + 2].copy_from_slice(&id_length.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        let body = out.len();
        Self { out, start, body }
    }

    /// Where the row begins in the buffer.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// The body, for what is not a value.
    pub(crate) fn raw(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// No value.
    pub fn none(&mut self) {
        self.out.push(0);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.out.push(1);
        Writer(self.out).text(text);
    }

    /// Another object.
    pub fn reference(&mut self, id: ObjectRef) {
        self.out.push(2);
        encode_ref(id, self.out);
    }

    /// Several other objects, sorted.
    pub fn references(&mut self, ids: &[ObjectRef]) {
        self.out.push(3);
        Writer(self.out).length(ids.len());
        for id in ids {
            encode_ref(*id, self.out);
        }
    }

    /// Ends the row with its schools, sorted.
    pub fn finish(self, schools: &[Key]) {
        let length = u32::try_from(self.out.len() - self.body).unwrap_or(u32::MAX);
        self.out[self.body - 4..self.body].copy_from_slice(&length.to_be_bytes());
        for school in schools {
            self.out.extend_from_slice(school.as_bytes());
        }
    }
}

fn begin(out: &mut Vec<u8>, owner: ObjectRef, tag: u8) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; 2]);
    encode_ref(owner, out);
    out.push(tag);
    start
}
