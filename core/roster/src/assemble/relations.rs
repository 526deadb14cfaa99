//! Rows of relations, made by another thread than the one that takes them in.

use super::{Intake, relation};
use crate::source::Record;
use crate::{SourceIndex, SpoolError, codec};

/// Relations on their way into an [`Intake`].
#[derive(Debug, Default)]
pub struct Relations {
    rows: Vec<u8>,
    ends: Vec<usize>,
}

impl Relations {
    /// Adds a relation. False where it is none, or one of which something is left out: nothing
    /// is added then, and [`Intake::record`] must have it.
    pub fn add(&mut self, source: SourceIndex, record: &Record) -> bool {
        if record.reversed().is_some() {
            return false;
        }
        let Some((person, row)) = relation(source, record) else { return false };
        codec::encode(person, &row, &mut self.rows);
        self.ends.push(self.rows.len());
        true
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Forgets them; their memory is used again.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.ends.clear();
    }
}

impl Intake<'_> {
    /// Takes in relations that were made of this source. In which order they come means nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn relations(&mut self, relations: &Relations) -> Result<(), SpoolError> {
        let Some(sink) = self.sink() else { return Ok(()) };
        let mut start = 0;
        for &end in &relations.ends {
            sink.push(relations.rows.get(start..end).unwrap_or_default())?;
            start = end;
        }
        Ok(())
    }
}
