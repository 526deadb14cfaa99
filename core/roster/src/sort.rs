//! Sorting more rows than fit in memory.
//!
//! Rows are bytes and sort as bytes. What does not fit in the budget goes, run by run, to a
//! [`Spool`], which the application implements with encrypted temporary files; reading
//! merges the runs. Memory is set by the budget, never by the roster.

mod arena;
mod merge;
mod rows;

pub use arena::Begin;
use arena::{Arena, ArenaStream, Buckets};
use merge::Merge;
pub(crate) use rows::Rows;

use crate::joined::RowsAre;

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

/// A piece of work that waits for no other.
pub type Piece<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Where runs go that do not fit in memory.
pub trait Spool {
    /// Does all pieces of a work, by one thread or by several: which does not matter to what
    /// comes of it.
    fn work(&self, pieces: Vec<Piece<'_>>) {
        for piece in pieces {
            piece();
        }
    }

    /// Takes a run over, to sort it and put it aside: at once, or on another thread while
    /// more rows come in. Which does not matter to what is read later.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when this run or one before it cannot be written.
    fn put(&mut self, run: Run) -> Result<RunId, SpoolError>;

    /// Sees to it that every run is put aside; to be called before any is opened.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when a run could not be written.
    fn settle(&mut self) -> Result<(), SpoolError>;

    /// Puts the rows of several settled runs aside as one, by [`merged`].
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when they cannot be read back or written.
    fn join(&mut self, runs: &[RunId]) -> Result<RunId, SpoolError>;

    /// Reads a run back, from its beginning.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when it cannot be opened.
    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError>;
}

/// Rows that fill the budget, not yet sorted.
pub struct Run(Buckets);

impl Run {
    /// Whether it is written sooner than a thread that would do it is worth.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.0.held() < SMALL
    }

    /// What of the sorting may be done in pieces at once, before [`Self::sorted`] is asked for.
    pub fn pieces(&mut self) -> Vec<Piece<'_>> {
        self.0.pieces()
    }

    /// Sorts the rows and hands them out in order, each distinct one once. Memory is given
    /// back on the way.
    ///
    /// # Errors
    ///
    /// What `put` says.
    pub fn sorted(
        self,
        put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        self.0.sorted(put)
    }
}

/// Bytes of a run that are sorted and written within milliseconds.
const SMALL: usize = 1 << 20;

/// A spool in memory, for tests and for rosters known to be small.
#[derive(Debug, Default)]
pub struct MemorySpool(Vec<Vec<Box<[u8]>>>);

impl Spool for MemorySpool {
    fn put(&mut self, run: Run) -> Result<RunId, SpoolError> {
        let mut rows = Vec::new();
        run.sorted(&mut |row| {
            rows.push(row.into());
            Ok(())
        })?;
        self.0.push(rows);
        Ok(RunId(self.0.len() - 1))
    }

    fn settle(&mut self) -> Result<(), SpoolError> {
        Ok(())
    }

    fn join(&mut self, runs: &[RunId]) -> Result<RunId, SpoolError> {
        let mut rows = Vec::new();
        let streams = runs.iter().map(|run| self.open(*run)).collect::<Result<_, _>>()?;
        merged(streams, &mut |row| {
            rows.push(row.into());
            Ok(())
        })?;
        self.0.push(rows);
        Ok(RunId(self.0.len() - 1))
    }

    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        struct Rows<'a>(std::slice::Iter<'a, Box<[u8]>>);
        impl RowStream for Rows<'_> {
            fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
                Ok(self.0.next().map(AsRef::as_ref))
            }
        }
        Ok(Box::new(Rows(self.0.get(run.0).map(|rows| rows.iter()).unwrap_or_default())))
    }
}

/// Hands out the rows of sorted runs in order, each distinct one once.
///
/// # Errors
///
/// [`SpoolError`] when a run cannot be read back, and what `put` says.
pub fn merged(
    runs: Vec<Box<dyn RowStream + Send + '_>>,
    put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
) -> Result<(), SpoolError> {
    let mut merge = Merge::default();
    for run in runs {
        merge.join(run)?;
    }
    while let Some(row) = merge.next_row()? {
        put(row)?;
    }
    Ok(())
}

/// So many runs are read side by side at most: each has buffers of its own, nearly a megabyte
/// where it is packed and sealed. A nation within the usual budget has fewer.
const MOST_RUNS: usize = 16;

/// Where the budget is small, fewer: their buffers are not to outgrow it many times.
fn most_runs(budget: usize) -> usize {
    (budget >> 20).clamp(MOST_RUNS / 2, MOST_RUNS)
}

/// Later runs may be so many times as large as the first: few large runs are merged faster
/// than many small ones, and a roster that fills one is large.
const GROWTH: usize = 3;

/// Takes rows in any order.
pub struct SortSink<S> {
    begin: Begin,
    rows: Buckets,
    budget: usize,
    most: usize,
    runs: Vec<RunId>,
    spool: S,
}

impl<S: Spool> SortSink<S> {
    /// A sink that puts rows aside when it holds about `budget` bytes (at most 1 GiB), later
    /// when it holds three times as much.
    #[must_use]
    pub fn new(spool: S, budget: usize) -> Self {
        Self::of(Begin::WithKey, spool, budget)
    }

    /// As [`Self::new`], for rows that begin otherwise than with a key.
    #[must_use]
    pub fn of(begin: Begin, spool: S, budget: usize) -> Self {
        Self::growing(begin, spool, budget, budget.saturating_mul(GROWTH))
    }

    /// As [`Self::of`]; later runs may hold `most` bytes.
    pub(crate) fn growing(begin: Begin, spool: S, budget: usize, most: usize) -> Self {
        let (budget, most) = (budget.min(1 << 30), most.min(1 << 30));
        Self { begin, rows: Buckets::new(begin), budget, most, runs: Vec::new(), spool }
    }

    /// Takes one row.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when memory is full and the spool refuses.
    pub fn push(&mut self, row: &[u8]) -> Result<(), SpoolError> {
        if self.rows.held() + row.len() > self.budget && self.rows.held() > 0 {
            self.spill()?;
            self.budget = self.budget.saturating_mul(2).min(self.most);
        }
        self.rows.push(row);
        Ok(())
    }

    fn spill(&mut self) -> Result<(), SpoolError> {
        let rows = std::mem::replace(&mut self.rows, Buckets::new(self.begin));
        self.runs.push(self.spool.put(Run(rows))?);
        Ok(())
    }

    /// Makes one run of several, the oldest first, until few enough are left.
    fn join(&mut self) -> Result<(), SpoolError> {
        let most = most_runs(self.most);
        while self.runs.len() > most {
            // No more than is needed: every row that is joined is written once more.
            let many = (self.runs.len() - most + 1).min(most);
            let joined = self.spool.join(&self.runs[..many])?;
            self.runs.drain(..many);
            self.runs.push(joined);
        }
        Ok(())
    }

    /// All rows, sorted, each distinct row once.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when memory is full and the spool refuses.
    pub fn finish(self) -> Result<SortedRows<S>, SpoolError> {
        // Side by side in memory: rows are read several times, and one that lies anywhere
        // is fetched from memory each time.
        self.finish_by(Buckets::settling)
    }

    /// As [`Self::finish`], for rows that are read but once or twice: they stay where they lie.
    pub(crate) fn finish_in_place(self) -> Result<SortedRows<S>, SpoolError> {
        self.finish_by(Buckets::ordering)
    }

    fn finish_by(
        mut self,
        pieces: fn(&mut Buckets) -> Vec<Piece<'_>>,
    ) -> Result<SortedRows<S>, SpoolError> {
        let mut arenas = Vec::new();
        if self.runs.is_empty() {
            self.spool.work(pieces(&mut self.rows));
            arenas = self.rows.settled();
        } else {
            if self.rows.held() > 0 {
                self.spill()?;
            }
            self.spool.settle()?;
            self.join()?;
        }
        Ok(SortedRows { arenas, runs: self.runs, spool: self.spool })
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
    arenas: Vec<Arena>,
    runs: Vec<RunId>,
    spool: S,
}

impl<S: Spool> SortedRows<S> {
    /// Where they are.
    pub(crate) fn place(&self) -> RowsAre {
        if self.runs.is_empty() { RowsAre::AtHand } else { RowsAre::PutAside }
    }

    /// Forgets rows for good, if all rows are in memory; else none is, and they are to be
    /// passed over at each reading.
    pub(crate) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) -> Retained {
        if !self.runs.is_empty() {
            return Retained::Everything;
        }
        self.arenas.iter_mut().for_each(|arena| arena.retain(&keep));
        Retained::WhatWasAsked
    }

    /// The rows in order, each distinct row once.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when a run cannot be opened.
    pub fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        if self.runs.is_empty() {
            return Ok(Box::new(ArenaStream::of(&self.arenas)));
        }
        let mut merge = Merge::default();
        for &run in &self.runs {
            merge.join(self.spool.open(run)?)?;
        }
        Ok(Box::new(merge))
    }
}

#[cfg(test)]
mod tests;
