//! What a read could not fully understand stays as it was written last.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use roster::{Key, RowStream, SpoolError};
use state::{Card, Entity, Kind, Mark, ObjectRef, Reason, Row, RowError, RowRef};

/// Wanted rows in which every object of these keys is withheld: a row of theirs in the
/// register was left out, so what is missing of them says nothing (invariant 4).
///
/// Rows of the objects, and their memberships, are replaced by one mark each.
pub struct Quarantined<W> {
    wanted: W,
    marks: Peekable<IntoIter<Row>>,
    keys: BTreeSet<Key>,
    ahead: Option<Vec<u8>>,
    begun: Begun,
    current: Vec<u8>,
}

#[derive(PartialEq, Eq)]
enum Begun {
    No,
    Yes,
}

impl<W: RowStream> Quarantined<W> {
    /// Withholds the objects that `keys` name at the target.
    pub fn new(wanted: W, card: &Card, keys: &BTreeSet<Key>) -> Self {
        let registered =
            |it: &Entity| matches!(it, Entity::Person | Entity::Group | Entity::SchoolUnit);
        let kinds = (0_u8..).zip(card.objects).filter(|(_, kind)| kind.from.iter().any(registered));
        let mark = Mark::Withheld(Reason::RowLeftOut);
        let marks: Vec<Row> = kinds
            .flat_map(|(number, _)| {
                keys.iter()
                    .map(move |&key| Row::Mark { id: ObjectRef { kind: Kind(number), key }, mark })
            })
            .collect();
        Self {
            wanted,
            marks: marks.into_iter().peekable(),
            keys: keys.clone(),
            ahead: None,
            begun: Begun::No,
            current: Vec::new(),
        }
    }

    /// The stream beneath.
    pub fn inner(&self) -> &W {
        &self.wanted
    }

    /// Moves to the next row that is not of an object in quarantine.
    fn advance(&mut self) -> Result<(), SpoolError> {
        let mut buffer = self.ahead.take().unwrap_or_default();
        while let Some(row) = self.wanted.next_row()? {
            let owner = RowRef::new(row).map_err(damaged)?.owner();
            if self.keys.is_empty() || !self.keys.contains(&owner.key) {
                buffer.clear();
                buffer.extend_from_slice(row);
                self.ahead = Some(buffer);
                return Ok(());
            }
        }
        Ok(())
    }
}

fn damaged(error: RowError) -> SpoolError {
    SpoolError(Box::new(error))
}

impl<W: RowStream> RowStream for Quarantined<W> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        if self.keys.is_empty() {
            return self.wanted.next_row();
        }
        if self.begun == Begun::No {
            self.begun = Begun::Yes;
            self.advance()?;
        }
        let mark = self.marks.peek().map(Row::encoded);
        let comes_first = match (&mark, &self.ahead) {
            (None, None) => return Ok(None),
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (Some(mark), Some(row)) => {
                RowRef::new(mark).map_err(damaged)?.id < RowRef::new(row).map_err(damaged)?.id
            }
        };
        self.current.clear();
        if comes_first {
            self.marks.next();
            self.current.extend_from_slice(mark.as_deref().unwrap_or_default());
        } else {
            self.current.extend_from_slice(self.ahead.as_deref().unwrap_or_default());
            self.advance()?;
        }
        Ok(Some(&self.current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::{FILES, Rows, USER, key, user};

    /// Invariant 4, K211: what is missing of a person whose row was left out says nothing.
    #[test]
    fn a_person_whose_row_was_left_out_is_withheld_and_the_others_pass() {
        let rows = [1, 2, 4].map(|number| user(number, "Kim", "kim", 1));
        let keys = BTreeSet::from([key(2), key(3)]);
        let mut stream = Quarantined::new(Rows::of(&rows), &FILES, &keys);
        let mut seen = Vec::new();
        while let Some(row) = stream.next_row().unwrap() {
            let row = RowRef::new(row).unwrap();
            if row.owner().kind == USER {
                seen.push((row.owner().key, row.mark().unwrap().is_some()));
            }
        }
        assert_eq!(seen, [(key(1), false), (key(2), true), (key(3), true), (key(4), false)]);
    }
}
