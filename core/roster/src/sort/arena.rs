//! Rows in memory.

use super::{RowStream, SpoolError};

/// Where one row lies in the arena; `head` is the row's first eight bytes, which decide
/// nearly every comparison without a look into the arena.
#[derive(Debug, Clone, Copy)]
struct Place {
    head: u64,
    at: u32,
    len: u32,
}

/// The row's first eight bytes as a number that sorts as they do.
pub(super) fn head(row: &[u8]) -> u64 {
    if let Some(first) = row.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first[..row.len()].copy_from_slice(row);
    u64::from_be_bytes(first)
}

/// Bits of a place within a block. Blocks never move as the arena grows: one buffer would be
/// copied again and again and, while it is, stand in memory twice.
const BLOCK_BITS: u32 = 18;
const BLOCK: usize = 1 << BLOCK_BITS;
/// The first block of an arena; each is twice as large as the one before, up to [`BLOCK`].
const FIRST_BLOCK: usize = 1 << 12;

#[derive(Debug, Default)]
pub(super) struct Arena {
    blocks: Vec<Vec<u8>>,
    places: Vec<Place>,
}

impl Arena {
    fn row(&self, place: Place) -> &[u8] {
        let (block, at) = ((place.at >> BLOCK_BITS) as usize, place.at as usize & (BLOCK - 1));
        let block = self.blocks.get(block).map(Vec::as_slice).unwrap_or_default();
        block.get(at..at + place.len as usize).unwrap_or_default()
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        if self.blocks.last().is_none_or(|last| last.capacity() - last.len() < row.len()) {
            let size = FIRST_BLOCK << self.blocks.len().min(6);
            self.blocks.push(Vec::with_capacity(row.len().max(size)));
        }
        let number = self.blocks.len() - 1;
        let Some(block) = self.blocks.last_mut() else { return };
        let at = number << BLOCK_BITS | block.len();
        // The budget keeps an arena far below 4 GiB; a single row is a line of a file.
        let (Ok(at), Ok(len)) = (u32::try_from(at), u32::try_from(row.len())) else { return };
        self.places.push(Place { head: head(row), at, len });
        block.extend_from_slice(row);
    }

    fn sort(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by(|one, two| {
            one.head.cmp(&two.head).then_with(|| self.row(*one).cmp(self.row(*two)))
        });
        self.places = places;
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) {
        let mut places = std::mem::take(&mut self.places);
        places.retain(|place| keep(self.row(*place)));
        self.places = places;
    }

    /// The rows in the order in which they lie.
    pub(super) fn stream(&self) -> ArenaStream<'_> {
        ArenaStream { arena: self, next: 0 }
    }
}

/// Rows of an arena.
pub(super) struct ArenaStream<'a> {
    arena: &'a Arena,
    next: usize,
}

impl RowStream for ArenaStream<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let place = self.arena.places.get(self.next);
        self.next += 1;
        Ok(place.map(|place| self.arena.row(*place)))
    }
}

/// Rows by their first bits: each bucket is sorted alone, in the processor's own memory.
#[derive(Debug)]
pub(super) struct Buckets {
    buckets: Vec<Arena>,
    held: usize,
}

const BUCKET_BITS: u32 = 6;

impl Default for Buckets {
    fn default() -> Self {
        let buckets = std::iter::repeat_with(Arena::default).take(1 << BUCKET_BITS).collect();
        Self { buckets, held: 0 }
    }
}

impl Buckets {
    /// Bytes that the rows take, about.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        let first = row.first().copied().unwrap_or_default();
        self.buckets[usize::from(first >> (8 - BUCKET_BITS))].push(row);
        self.held += row.len() + size_of::<Place>();
    }

    /// Hands the rows out in order, each distinct one once, and gives memory back.
    pub(super) fn sorted(
        self,
        put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        for mut bucket in self.buckets {
            bucket.sort();
            let mut last: Option<Place> = None;
            for &place in &bucket.places {
                let row = bucket.row(place);
                let is_same = |last: Place| last.head == place.head && bucket.row(last) == row;
                if !last.is_some_and(is_same) {
                    put(row)?;
                }
                last = Some(place);
            }
        }
        Ok(())
    }
}
