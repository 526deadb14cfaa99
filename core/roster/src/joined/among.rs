//! Rows of a few persons among many.

use std::collections::BTreeSet;

use super::damaged;
use crate::codec::CodecError;
use crate::{Key, RowStream, SpoolError};

/// Rows of some persons.
pub(crate) struct Among<'a> {
    rows: Box<dyn RowStream + Send + 'a>,
    keys: &'a BTreeSet<Key>,
    last: Option<([u8; 16], bool)>,
    row: Vec<u8>,
}

impl<'a> Among<'a> {
    pub(crate) fn new(rows: Box<dyn RowStream + Send + 'a>, keys: &'a BTreeSet<Key>) -> Self {
        Self { rows, keys, last: None, row: Vec::new() }
    }
}

impl RowStream for Among<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        loop {
            let Some(row) = self.rows.next_row()? else { return Ok(None) };
            let Some(&person) = row.first_chunk::<16>() else { return Err(damaged(CodecError)) };
            let is_one = match self.last {
                Some((last, is_one)) if last == person => is_one,
                Some(_) | None => self.keys.contains(&Key::from_bytes(person)),
            };
            self.last = Some((person, is_one));
            if is_one {
                self.row.clear();
                self.row.extend_from_slice(row);
                return Ok(Some(&self.row));
            }
        }
    }
}
