//! Rows that were there before.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use super::bind::Row;
use super::fields::{Field, TableKind};

/// Ids that were there, by hash: two ids of 1.5 million share one once in a million times.
#[derive(Default)]
pub(super) struct Seen {
    hasher: RandomState,
    rows: HashMap<u64, u64, BuildHasherDefault<AsItIs>>,
}

/// What is a hash already is not hashed once more.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.rotate_left(8) ^ hash;
    }
}

pub(super) enum Sight {
    New,
    Same,
    Other,
}

impl Seen {
    pub(super) fn look(&mut self, kind: TableKind, row: &Row<'_>, wide: bool) -> Sight {
        let shape = kind.shape();
        let print = || {
            if wide {
                let texts: Vec<_> = shape.fields.iter().map(|field| row.text(*field)).collect();
                self.hasher.hash_one(texts)
            } else {
                self.hasher.hash_one(row.record.as_slice())
            }
        };
        let (id, print) = if shape.is_entity {
            (self.hasher.hash_one(row.text(Field::Id)), print())
        } else if wide {
            (print(), 0)
        } else {
            return Sight::New;
        };
        match self.rows.insert(id, print) {
            None => Sight::New,
            Some(before) if before == print => Sight::Same,
            Some(_) => Sight::Other,
        }
    }
}
