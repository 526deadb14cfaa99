//! The rows of a few persons, in memory.

use crate::{RowSource, RowStream, SpoolError};

/// Rows in memory, side by side.
#[derive(Default)]
pub(super) struct Few {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Few {
    pub(super) fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
    }
}

impl RowSource for Few {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        Ok(Box::new(FewRows { few: self, start: 0, ends: self.ends.iter() }))
    }
}

struct FewRows<'a> {
    few: &'a Few,
    start: usize,
    ends: std::slice::Iter<'a, usize>,
}

impl RowStream for FewRows<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let Some(&end) = self.ends.next() else { return Ok(None) };
        let row = self.few.bytes.get(self.start..end);
        self.start = end;
        Ok(row)
    }
}
