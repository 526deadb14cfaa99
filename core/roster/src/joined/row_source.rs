//! Where a roster's rows come from.

use crate::{RowStream, SpoolError};

/// Rows of persons that can be read again and again: sorted in memory, spilled, or a stored
/// snapshot.
pub trait RowSource {
    /// The rows from the beginning, sorted by person.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when they cannot be read.
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError>;

    /// Where the rows are.
    fn place(&self) -> RowsAre {
        RowsAre::AtHand
    }
}

/// Rows of any kind.
pub type AnyRows = Box<dyn RowSource + Send + Sync>;

/// Where rows are, for who decides how to read them. It changes nothing of what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsAre {
    /// In memory, or side by side in the order in which they are read.
    AtHand,
    /// In several runs that are put aside, to be merged at each reading.
    PutAside,
}
