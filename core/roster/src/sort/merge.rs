//! Sorted runs side by side.

use super::arena::head;
use super::{RowStream, SpoolError};

/// Merges few runs. Their number is roster size over budget, and the first eight bytes of
/// each stand side by side, so that a linear search over them serves.
#[derive(Default)]
pub(super) struct Merge<'a> {
    heads: Vec<u64>,
    runs: Vec<(Vec<u8>, Box<dyn RowStream + Send + 'a>)>,
    current: Vec<u8>,
}

impl<'a> Merge<'a> {
    /// Adds a run.
    pub(super) fn join(
        &mut self,
        mut run: Box<dyn RowStream + Send + 'a>,
    ) -> Result<(), SpoolError> {
        if let Some(row) = run.next_row()? {
            let row = row.to_vec();
            self.heads.push(head(&row));
            self.runs.push((row, run));
        }
        Ok(())
    }

    /// The run with the smallest row.
    fn least(&self) -> Option<usize> {
        let smallest = *self.heads.iter().min()?;
        let same = self.heads.iter().enumerate().filter(|(_, head)| **head == smallest);
        let mut same = same.map(|(at, _)| at);
        let first = same.next()?;
        Some(same.fold(
            first,
            |least, at| {
                if self.runs[at].0 < self.runs[least].0 { at } else { least }
            },
        ))
    }

    /// Moves run `at` on; false when it had no more and was dropped.
    fn advance(&mut self, at: usize) -> Result<bool, SpoolError> {
        let (row, stream) = &mut self.runs[at];
        let Some(next) = stream.next_row()? else {
            self.runs.swap_remove(at);
            self.heads.swap_remove(at);
            return Ok(false);
        };
        row.clear();
        row.extend_from_slice(next);
        self.heads[at] = head(row);
        Ok(true)
    }
}

impl RowStream for Merge<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let Some(least) = self.least() else { return Ok(None) };
        std::mem::swap(&mut self.current, &mut self.runs[least].0);
        let first = self.heads[least];
        self.advance(least)?;
        // The same row may stand at the head of several runs: pass them all.
        let mut at = 0;
        while at < self.runs.len() {
            if self.heads[at] == first && self.runs[at].0 == self.current && !self.advance(at)? {
                continue;
            }
            at += 1;
        }
        Ok(Some(&self.current))
    }
}
