//! Rows of a page, on their way into a replica.

use super::{BELONGS, Belongs, REPLACED, Thing};
use crate::Key;
use crate::sort::Rows;

/// Rows on their way into a [`Replica`](super::Replica): made on any thread, of one page or of many.
#[derive(Debug, Default)]
pub struct Batch(pub(super) Rows);

impl Batch {
    /// Makes room for so many bytes.
    pub fn reserve(&mut self, bytes: usize) {
        self.0.reserve(bytes, bytes / ROW);
    }

    /// Forgets the rows; their memory is used again.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes of rows that it has memory for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Says that what was kept of a thing holds no longer.
    pub fn replace(&mut self, thing: Thing) {
        self.row(thing, REPLACED, [None, None], &[]);
    }

    /// Adds a row, and gives its bytes. `named`: the persons, and the things of persons, that it
    /// names. `payload` is in parts, which stand one behind the other.
    pub fn push(
        &mut self,
        thing: Thing,
        belongs: Belongs,
        named: [Option<Key>; 2],
        payload: &[&[u8]],
    ) -> &[u8] {
        let count: u8 = named.iter().flatten().map(|_| 1).sum();
        let belongs = match belongs {
            Belongs::ToNobody => 0,
            Belongs::ToPerson => BELONGS,
        };
        self.row(thing, belongs | (count + 1), named, payload)
    }

    fn row(&mut self, thing: Thing, tag: u8, named: [Option<Key>; 2], payload: &[&[u8]]) -> &[u8] {
        self.0.push(|bytes| {
            bytes.push(thing.collection);
            bytes.extend_from_slice(thing.key.as_bytes());
            bytes.push(tag);
            for key in named.iter().flatten() {
                bytes.extend_from_slice(key.as_bytes());
            }
            for part in payload {
                bytes.extend_from_slice(part);
            }
        })
    }
}

/// Bytes of a row, about.
const ROW: usize = 64;
