//! Whom of a stored roster the gate stops.

use std::collections::BTreeSet;

use super::{Roster, damaged};
use crate::{Gate, Key, SpoolError, codec};

impl Roster {
    /// The persons whom the gate stops, by key or by number: an id may change the same night as a
    /// marking. Who is found by number is remembered by key too.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn stopped_by(&self, gate: &mut Gate) -> Result<BTreeSet<Key>, SpoolError> {
        let mut stopped = BTreeSet::new();
        let (by_key, mut rows) = (gate.stopped(), self.rows.stream()?);
        while let Some(row) = rows.next_row()? {
            let Some((key, number)) = codec::number_of(row).map_err(damaged)? else { continue };
            if by_key.stops_key(key) {
                stopped.insert(key);
            } else if number.is_some_and(|number| gate.stops_number(number)) {
                gate.protect(key, None);
                stopped.insert(key);
            }
        }
        Ok(stopped)
    }
}
