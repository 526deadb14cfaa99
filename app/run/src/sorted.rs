//! Encoded rows in any order, brought into the order of rows, and looked at by their owner.

use roster::{AnySpool, RowStream, SortSink, SortedRows, SpoolError};
use state::{ObjectRef, RowRef};

use crate::RunError;

/// Takes rows in any order.
pub(crate) struct Sorting(SortSink<AnySpool>);

impl Sorting {
    pub(crate) fn new(sink: SortSink<AnySpool>) -> Self {
        Self(sink)
    }

    /// What is sorted is id, a zero, the row, and how long the id is: ids sort as bytes, and
    /// where one begins like another the zero puts the shorter first.
    pub(crate) fn push(&mut self, row: &[u8]) -> Result<(), SpoolError> {
        let id = RowRef::new(row).map_err(|error| SpoolError(Box::new(error)))?.id;
        let length = u16::try_from(id.len()).map_err(|error| SpoolError(Box::new(error)))?;
        let mut sorted = Vec::with_capacity(id.len() + row.len() + 3);
        sorted.extend_from_slice(id);
        sorted.push(0);
        sorted.extend_from_slice(row);
        sorted.extend_from_slice(&length.to_be_bytes());
        self.0.push(&sorted)
    }

    pub(crate) fn finish(self) -> Result<Sorted<SortedRows<AnySpool>>, SpoolError> {
        self.0.finish().map(Sorted)
    }
}

/// Rows in the order of rows, to be read as often as wanted.
pub(crate) struct Sorted<S>(S);

impl Sorted<SortedRows<AnySpool>> {
    pub(crate) fn rows(&self) -> Result<Unwrapped<'_>, SpoolError> {
        Ok(Unwrapped(self.0.stream()?))
    }
}

/// The rows alone.
pub(crate) struct Unwrapped<'a>(Box<dyn RowStream + 'a>);

impl RowStream for Unwrapped<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let Some(sorted) = self.0.next_row()? else { return Ok(None) };
        let row = sorted
            .split_last_chunk::<2>()
            .and_then(|(front, length)| front.get(usize::from(u16::from_be_bytes(*length)) + 1..));
        row.map(Some).ok_or_else(|| SpoolError(Box::new(state::RowError)))
    }
}

/// An object's row with the rows of its memberships; any of them may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) owner: ObjectRef,
    pub(crate) rows: Vec<Vec<u8>>,
}

/// Groups of a sorted stream, one at a time.
pub(crate) struct OwnerGroups<R> {
    rows: R,
    ahead: Option<Group>,
    is_done: bool,
}

impl<R: RowStream> OwnerGroups<R> {
    pub(crate) fn new(rows: R) -> Self {
        Self { rows, ahead: None, is_done: false }
    }

    /// The next group; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Group>, RunError> {
        while !self.is_done {
            let Some(row) = self.rows.next_row()? else {
                self.is_done = true;
                break;
            };
            let owner = RowRef::new(row)?.owner();
            match &mut self.ahead {
                Some(group) if group.owner == owner => group.rows.push(row.to_vec()),
                ahead => {
                    let next = Group { owner, rows: vec![row.to_vec()] };
                    if let Some(group) = ahead.replace(next) {
                        return Ok(Some(group));
                    }
                }
            }
        }
        Ok(self.ahead.take())
    }
}

#[cfg(test)]
mod tests {
    use roster::{Key, MemorySpool};
    use state::{Kind, Member, Object, Row};

    use super::*;

    /// As rows of state sort: by id, an object before its memberships, a role before one that
    /// begins like it.
    #[test]
    fn rows_come_in_the_order_of_their_ids_and_in_groups() {
        let id = |kind, byte| ObjectRef { kind: Kind(kind), key: Key::from_bytes([byte; 16]) };
        let object =
            |byte| Row::Object(Object { id: id(1, byte), values: Vec::new(), schools: Vec::new() });
        let member = |byte, role: &str| {
            Row::Member(Member {
                kind: Kind(0),
                container: id(0, 9),
                member: id(1, byte),
                role: role.to_owned(),
                values: Vec::new(),
                schools: Vec::new(),
            })
        };
        let sorted = [object(1), member(1, "teacher"), member(1, "teacherAssistant"), object(2)];
        let mut sorting = Sorting::new(SortSink::new(Box::new(MemorySpool::default()), 200));
        for at in [2, 0, 3, 1] {
            sorting.push(&sorted[at].encoded()).unwrap();
        }
        let sorted_rows = sorting.finish().unwrap();
        let mut groups = OwnerGroups::new(sorted_rows.rows().unwrap());
        let first = groups.next().unwrap().unwrap();
        assert_eq!(first.rows, sorted[..3].iter().map(Row::encoded).collect::<Vec<_>>());
        assert_eq!(groups.next().unwrap().unwrap().owner, id(1, 2));
        assert_eq!(groups.next().unwrap(), None);
        assert_eq!(groups.next().unwrap(), None);
    }
}
