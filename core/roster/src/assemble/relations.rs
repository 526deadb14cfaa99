//! Rows of relations, made by another thread than the one that takes them in.

use super::{Intake, relation};
use crate::sort::Rows;
use crate::source::Record;
use crate::{SourceIndex, SpoolError, codec};

/// Relations on their way into an [`Intake`].
#[derive(Debug, Default)]
pub struct Relations(Rows);

impl Relations {
    /// Adds a relation. False where it is none, or one of which something is left out: nothing
    /// is added then, and [`Intake::record`] must have it.
    pub fn add(&mut self, source: SourceIndex, record: &Record) -> bool {
        if record.reversed().is_some() {
            return false;
        }
        let Some((person, row)) = relation(source, record) else { return false };
        self.0.push(|bytes| codec::encode(person, &row, bytes));
        true
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Forgets them; their memory is used again.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Intake<'_> {
    /// Takes in relations that were made of this source. In which order they come means nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn relations(&mut self, relations: &Relations) -> Result<(), SpoolError> {
        match self.sink() {
            Some(sink) => relations.0.each(|row| sink.push(row)),
            None => relations.0.each(|row| self.put(|bytes| bytes.extend_from_slice(row))),
        }
    }
}
