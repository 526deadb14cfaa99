//! Whom of a stored roster the gate stops.

use std::collections::BTreeMap;

use super::{Roster, damaged};
use crate::{Gate, Key, Mac, SpoolError, codec};

impl Roster {
    /// The persons whom the gate stops, by key or by number, with their numbers' keyed hashes: an
    /// id may change the same night as a marking. Who is found by number is remembered by key too.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn stopped_by(&self, gate: &mut Gate) -> Result<BTreeMap<Key, Option<Mac>>, SpoolError> {
        let mut stopped: BTreeMap<Key, Option<Mac>> = BTreeMap::new();
        let (by_key, mut rows) = (gate.stopped(), self.rows.stream()?);
        while let Some(row) = rows.next_row()? {
            let Some((key, number)) = codec::number_of(row).map_err(damaged)? else { continue };
            let by_number = || number.is_some_and(|number| gate.stops_number(number));
            if by_key.stops_key(key) || by_number() {
                gate.protect(key, None);
                let known = stopped.entry(key).or_default();
                *known = known.or(number);
            }
        }
        Ok(stopped)
    }
}
