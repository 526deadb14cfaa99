//! Rows of a source, put in order by another thread than the one that makes them.

use super::{AnySpool, Assembly, Intake};
use crate::{SortSink, SpoolError};

/// Bytes of a batch, about.
const BATCH: usize = 8 * 1024;

/// Rows on their way to a [`RowSink`].
#[derive(Debug, Default)]
pub struct RowBatch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl RowBatch {
    pub(super) fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
    }

    /// Forgets the rows; their memory is used again.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// What puts rows in order, lent to any thread by [`Intake::lend_rows`].
pub struct RowSink(SortSink<AnySpool>);

impl RowSink {
    /// Takes the rows of a batch. In which order batches come means nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn take(&mut self, batch: &RowBatch) -> Result<(), SpoolError> {
        let mut start = 0;
        for &end in &batch.ends {
            self.0.push(batch.bytes.get(start..end).unwrap_or_default())?;
            start = end;
        }
        Ok(())
    }
}

impl Intake<'_> {
    /// Lends what puts rows in order, so that another thread can do it. Until it comes back,
    /// rows wait in batches: see [`Self::full_batch`]. A roster without it is refused.
    pub fn lend_rows(&mut self) -> RowSink {
        let Assembly { rows, later, new_spool, lent, .. } = &mut *self.assembly;
        *lent = Some(RowBatch::default());
        let sink = if self.index.0 == 0 { rows } else { later.as_mut().unwrap_or(rows) };
        RowSink(std::mem::replace(sink, SortSink::new(new_spool(), 0)))
    }

    /// The rows that wait, when they are a batch; the next ones go into `spare`.
    pub fn full_batch(&mut self, spare: impl FnOnce() -> RowBatch) -> Option<RowBatch> {
        let waiting = self.assembly.lent.as_mut()?;
        (waiting.bytes.len() >= BATCH).then(|| std::mem::replace(waiting, spare()))
    }

    /// Takes back what was lent, with the rows that still wait.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn return_rows(&mut self, mut sink: RowSink) -> Result<(), SpoolError> {
        let Assembly { rows, later, lent, .. } = &mut *self.assembly;
        if let Some(waiting) = lent.take() {
            sink.take(&waiting)?;
        }
        let place = if self.index.0 == 0 { rows } else { later.as_mut().unwrap_or(rows) };
        *place = sink.0;
        Ok(())
    }
}
