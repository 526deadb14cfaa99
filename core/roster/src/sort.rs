//! Sorting more rows than fit in memory.
//!
//! Rows are bytes and sort as bytes. What does not fit in the budget goes, sorted, to a
//! [`Spool`], which the application implements with encrypted temporary files; reading
//! merges the runs. Memory is set by the budget, never by the roster.

/// A run that was given to a [`Spool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(pub usize);

/// Rows could not be put aside or read back.
#[derive(Debug, thiserror::Error)]
#[error("rows could not be put aside or read back")]
pub struct SpoolError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Rows in order, one at a time. A row lives until the next is asked for.
pub trait RowStream {
    /// The next row, or `None` when there are no more.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows that were put aside cannot be read back.
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError>;
}

impl<T: RowStream + ?Sized> RowStream for Box<T> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        self.as_mut().next_row()
    }
}

/// Where sorted runs go that do not fit in memory.
pub trait Spool {
    /// Puts a sorted run aside.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when it cannot be written.
    fn put(&mut self, rows: &mut dyn RowStream) -> Result<RunId, SpoolError>;

    /// Reads a run back, from its beginning.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when it cannot be opened.
    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + '_>, SpoolError>;
}

/// A spool in memory, for tests and for rosters known to be small.
#[derive(Debug, Default)]
pub struct MemorySpool(Vec<Vec<Box<[u8]>>>);

impl Spool for MemorySpool {
    fn put(&mut self, rows: &mut dyn RowStream) -> Result<RunId, SpoolError> {
        let mut run = Vec::new();
        while let Some(row) = rows.next_row()? {
            run.push(row.into());
        }
        self.0.push(run);
        Ok(RunId(self.0.len() - 1))
    }

    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + '_>, SpoolError> {
        struct Run<'a>(std::slice::Iter<'a, Box<[u8]>>);
        impl RowStream for Run<'_> {
            fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
                Ok(self.0.next().map(AsRef::as_ref))
            }
        }
        Ok(Box::new(Run(self.0.get(run.0).map(|rows| rows.iter()).unwrap_or_default())))
    }
}

/// Where one row lies in the arena; `head` is the row's first eight bytes, which decide
/// nearly every comparison without a look into the arena.
#[derive(Debug, Clone, Copy)]
struct Place {
    head: u64,
    at: u32,
    len: u32,
}

/// Bits of a place within a block. Blocks never move as the arena grows: one buffer would be
/// copied again and again and, while it is, stand in memory twice.
const BLOCK_BITS: u32 = 18;
const BLOCK: usize = 1 << BLOCK_BITS;

#[derive(Debug, Default)]
struct Arena {
    blocks: Vec<Vec<u8>>,
    /// Bytes of all rows.
    held: usize,
    places: Vec<Place>,
}

impl Arena {
    fn row(&self, place: Place) -> &[u8] {
        let (block, at) = ((place.at >> BLOCK_BITS) as usize, place.at as usize & (BLOCK - 1));
        let block = self.blocks.get(block).map(Vec::as_slice).unwrap_or_default();
        block.get(at..at + place.len as usize).unwrap_or_default()
    }

    fn push(&mut self, row: &[u8]) {
        let mut head = [0; 8];
        let known = row.len().min(8);
        head[..known].copy_from_slice(&row[..known]);
        if self.blocks.last().is_none_or(|last| last.capacity() - last.len() < row.len()) {
            self.blocks.push(Vec::with_capacity(row.len().max(BLOCK)));
        }
        let number = self.blocks.len() - 1;
        let Some(block) = self.blocks.last_mut() else { return };
        let at = number << BLOCK_BITS | block.len();
        // The budget keeps an arena far below 4 GiB; a single row is a line of a file.
        let (Ok(at), Ok(len)) = (u32::try_from(at), u32::try_from(row.len())) else { return };
        self.places.push(Place { head: u64::from_be_bytes(head), at, len });
        self.held += row.len();
        block.extend_from_slice(row);
    }

    fn sort(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by(|one, two| {
            one.head.cmp(&two.head).then_with(|| self.row(*one).cmp(self.row(*two)))
        });
        self.places = places;
    }

    /// The sorted rows, each distinct one once, side by side in memory: they are read several
    /// times, and a row that lies anywhere is fetched from memory each time.
    fn in_order(&self) -> Self {
        let mut rows = Self { places: Vec::with_capacity(self.places.len()), ..Self::default() };
        for place in &self.places {
            let row = self.row(*place);
            if rows.places.last().is_none_or(|last| rows.row(*last) != row) {
                rows.push(row);
            }
        }
        rows
    }

    fn stream(&self) -> ArenaStream<'_> {
        ArenaStream { arena: self, next: 0 }
    }

    fn clear(&mut self) {
        self.blocks.clear();
        self.held = 0;
        self.places.clear();
    }
}

/// Sorted rows of an arena, each distinct one once.
struct ArenaStream<'a> {
    arena: &'a Arena,
    next: usize,
}

impl RowStream for ArenaStream<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let Some(place) = self.arena.places.get(self.next) else { return Ok(None) };
        let row = self.arena.row(*place);
        self.next += 1;
        while self.arena.places.get(self.next).is_some_and(|next| {
            next.head == place.head && next.len == place.len && self.arena.row(*next) == row
        }) {
            self.next += 1;
        }
        Ok(Some(row))
    }
}

/// Takes rows in any order.
pub struct SortSink<S> {
    arena: Arena,
    budget: usize,
    runs: Vec<RunId>,
    spool: S,
}

impl<S: Spool> SortSink<S> {
    /// A sink that keeps at most about `budget` bytes in memory (at most 1 GiB).
    #[must_use]
    pub fn new(spool: S, budget: usize) -> Self {
        Self { arena: Arena::default(), budget: budget.min(1 << 30), runs: Vec::new(), spool }
    }

    /// Takes one row.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when memory is full and the spool refuses.
    pub fn push(&mut self, row: &[u8]) -> Result<(), SpoolError> {
        let held = self.arena.held + self.arena.places.len() * size_of::<Place>();
        if held + row.len() > self.budget && !self.arena.places.is_empty() {
            self.spill()?;
        }
        self.arena.push(row);
        Ok(())
    }

    fn spill(&mut self) -> Result<(), SpoolError> {
        self.arena.sort();
        self.runs.push(self.spool.put(&mut self.arena.stream())?);
        self.arena.clear();
        Ok(())
    }

    /// All rows, sorted, each distinct row once.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when memory is full and the spool refuses.
    pub fn finish(mut self) -> Result<SortedRows<S>, SpoolError> {
        if self.runs.is_empty() {
            self.arena.sort();
            self.arena = self.arena.in_order();
        } else if !self.arena.places.is_empty() {
            self.spill()?;
        }
        Ok(SortedRows { arena: self.arena, runs: self.runs, spool: self.spool })
    }
}

/// What is left after [`SortedRows::retain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retained {
    /// All rows: some are not in memory.
    Everything,
    /// The rows that were to be kept.
    WhatWasAsked,
}

/// Sorted rows, to be read as often as wanted.
pub struct SortedRows<S> {
    arena: Arena,
    runs: Vec<RunId>,
    spool: S,
}

impl<S: Spool> SortedRows<S> {
    /// Forgets rows for good, if all rows are in memory; else none is, and they are to be
    /// passed over at each reading.
    pub(crate) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) -> Retained {
        if !self.runs.is_empty() {
            return Retained::Everything;
        }
        let mut places = std::mem::take(&mut self.arena.places);
        places.retain(|place| keep(self.arena.row(*place)));
        self.arena.places = places;
        Retained::WhatWasAsked
    }

    /// The rows in order, each distinct row once.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when a run cannot be opened.
    pub fn stream(&self) -> Result<Box<dyn RowStream + '_>, SpoolError> {
        if self.runs.is_empty() {
            return Ok(Box::new(self.arena.stream()));
        }
        let mut merge = Merge { runs: Vec::new(), current: Vec::new() };
        for &run in &self.runs {
            let mut stream = self.spool.open(run)?;
            if let Some(row) = stream.next_row()? {
                let row = row.to_vec();
                merge.runs.push((row, stream));
            }
        }
        Ok(Box::new(merge))
    }
}

/// Merges few runs; their number is roster size over budget, so a linear search serves.
struct Merge<'a> {
    runs: Vec<(Vec<u8>, Box<dyn RowStream + 'a>)>,
    current: Vec<u8>,
}

impl Merge<'_> {
    /// Moves run `at` on, and drops it when it has no more.
    fn advance(&mut self, at: usize) -> Result<(), SpoolError> {
        let (head, stream) = &mut self.runs[at];
        match stream.next_row()? {
            Some(row) => {
                head.clear();
                head.extend_from_slice(row);
            }
            None => drop(self.runs.swap_remove(at)),
        }
        Ok(())
    }
}

impl RowStream for Merge<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let Some(least) = (0..self.runs.len()).min_by(|&a, &b| self.runs[a].0.cmp(&self.runs[b].0))
        else {
            return Ok(None);
        };
        self.current.clear();
        self.current.extend_from_slice(&self.runs[least].0);
        // The same row may stand at the head of several runs: pass them all.
        let mut at = 0;
        while at < self.runs.len() {
            if self.runs[at].0 == self.current {
                let before = self.runs.len();
                self.advance(at)?;
                if self.runs.len() < before {
                    continue;
                }
            }
            at += 1;
        }
        Ok(Some(&self.current))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(rows: &[Vec<u8>], budget: usize) -> Vec<Vec<u8>> {
        let mut sink = SortSink::new(MemorySpool::default(), budget);
        for row in rows {
            sink.push(row).unwrap();
        }
        let sorted = sink.finish().unwrap();
        let mut stream = sorted.stream().unwrap();
        let mut out = Vec::new();
        while let Some(row) = stream.next_row().unwrap() {
            out.push(row.to_vec());
        }
        out
    }

    proptest! {
        /// Whatever the budget, the rows come out as a sorted set.
        #[test]
        fn a_budget_changes_memory_and_nothing_else(
            rows in prop::collection::vec(prop::collection::vec(0_u8..4, 0..12), 0..60),
            budget in 1_usize..400,
        ) {
            let mut expected = rows.clone();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(&sorted(&rows, budget), &expected);
            prop_assert_eq!(&sorted(&rows, usize::MAX), &expected);
        }
    }
}
