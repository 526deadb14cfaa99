//! Last delivered plus the released operations: what a file set or a served receiver gets.
//!
//! Never *wanted*: what is held, or waits in its life cycle, stays with the values that were
//! delivered last (design §4).

use std::collections::BTreeMap;

use roster::{RowStream, SpoolError};
use state::{Operation, RowError, RowRef};

/// What a set of operations makes of rows, by row id.
#[derive(Debug, Clone, Default)]
pub struct Changes<'a>(BTreeMap<&'a [u8], Option<&'a [u8]>>);

impl<'a> Changes<'a> {
    /// The changes of these operations; later ones win.
    ///
    /// # Errors
    ///
    /// [`RowError`] when an operation's rows are damaged.
    pub fn of(operations: impl IntoIterator<Item = &'a Operation>) -> Result<Self, RowError> {
        let mut removed = Vec::new();
        let mut changes = BTreeMap::new();
        for operation in operations {
            if let Some(before) = operation.before.as_deref() {
                removed.push(RowRef::new(before)?.id);
            }
            if let Some(after) = operation.after.as_deref() {
                changes.insert(RowRef::new(after)?.id, Some(after));
            }
        }
        for id in removed {
            changes.entry(id).or_insert(None);
        }
        Ok(Self(changes))
    }
}

/// Written rows with changes laid over them, in the order of rows.
pub struct Merged<'a, W> {
    written: W,
    ahead: Option<Vec<u8>>,
    started: Started,
    changes: std::iter::Peekable<std::collections::btree_map::IntoIter<&'a [u8], Option<&'a [u8]>>>,
    current: Vec<u8>,
}

#[derive(PartialEq, Eq)]
enum Started {
    No,
    Yes,
}

impl<'a, W: RowStream> Merged<'a, W> {
    /// Lays `changes` over `written`.
    pub fn new(written: W, changes: Changes<'a>) -> Self {
        let changes = changes.0.into_iter().peekable();
        Self { written, ahead: None, started: Started::No, changes, current: Vec::new() }
    }

    fn advance(&mut self) -> Result<(), SpoolError> {
        let mut buffer = self.ahead.take().unwrap_or_default();
        self.ahead = self.written.next_row()?.map(|row| {
            buffer.clear();
            buffer.extend_from_slice(row);
            buffer
        });
        Ok(())
    }
}

impl<W: RowStream> RowStream for Merged<'_, W> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        if self.started == Started::No {
            self.started = Started::Yes;
            self.advance()?;
        }
        loop {
            let id = self
                .ahead
                .as_deref()
                .map(RowRef::new)
                .transpose()
                .map_err(damaged)?
                .map(|row| row.id);
            let change = self.changes.peek().map(|(id, _)| *id);
            let (take_change, take_written) = match (change, id) {
                (None, None) => return Ok(None),
                (Some(_), None) => (true, false),
                (None, Some(_)) => (false, true),
                (Some(change), Some(id)) => (change <= id, change >= id),
            };
            self.current.clear();
            if take_written && !take_change {
                self.current.extend_from_slice(self.ahead.as_deref().unwrap_or_default());
                self.advance()?;
                return Ok(Some(&self.current));
            }
            if take_written {
                self.advance()?;
            }
            if let Some((_, Some(after))) = self.changes.next() {
                self.current.extend_from_slice(after);
                return Ok(Some(&self.current));
            }
        }
    }
}

fn damaged(error: RowError) -> SpoolError {
    SpoolError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use roster::Key;
    use state::{Expected, Kind, Object, ObjectRef, Row, Value, Verb};

    use super::*;

    struct Rows(std::vec::IntoIter<Vec<u8>>, Vec<u8>);

    impl RowStream for Rows {
        fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
            let Some(row) = self.0.next() else { return Ok(None) };
            self.1 = row;
            Ok(Some(&self.1))
        }
    }

    fn object(key: u8, name: &str) -> Vec<u8> {
        Row::Object(Object {
            id: ObjectRef { kind: Kind(0), key: Key::from_bytes([key; 16]) },
            values: vec![Value::Text(name.to_owned())],
            schools: vec![],
        })
        .encoded()
    }

    fn operation(before: Option<Vec<u8>>, after: Option<Vec<u8>>) -> Operation {
        Operation {
            number: 0,
            verb: Verb::Update,
            before: before.map(Vec::into_boxed_slice),
            after: after.map(Vec::into_boxed_slice),
            was: None,
            reason: None,
            is_expected: Expected::No,
            needs: vec![],
        }
    }

    fn merged(written: Vec<Vec<u8>>, operations: &[Operation]) -> Vec<Vec<u8>> {
        let rows = Rows(written.into_iter(), Vec::new());
        let mut merged = Merged::new(rows, Changes::of(operations).unwrap());
        let mut out = Vec::new();
        while let Some(row) = merged.next_row().unwrap() {
            out.push(row.to_vec());
        }
        out
    }

    /// Design §4: a set is last delivered plus what was released, and nothing else.
    #[test]
    fn a_delivery_is_the_last_one_with_the_released_operations_laid_over_it() {
        let (a, b, c) = (object(1, "7A"), object(2, "7B"), object(3, "7C"));
        let (new, renamed, moved) = (object(4, "7D"), object(2, "8B"), object(9, "7C"));
        #[rustfmt::skip]
        let table = [
            ("nothing released", vec![],                                             vec![&a, &b, &c]),
            ("a new row",        vec![operation(None, Some(new.clone()))],           vec![&a, &b, &c, &new]),
            ("a changed row",    vec![operation(Some(b.clone()), Some(renamed.clone()))], vec![&a, &renamed, &c]),
            ("a row that left",  vec![operation(Some(a.clone()), None)],             vec![&b, &c]),
            ("a row re-keyed",   vec![operation(Some(c.clone()), Some(moved.clone()))], vec![&a, &b, &moved]),
        ];
        for (shows, operations, expected) in table {
            let expected: Vec<_> = expected.into_iter().cloned().collect();
            assert_eq!(
                merged(vec![a.clone(), b.clone(), c.clone()], &operations),
                expected,
                "{shows}"
            );
        }
        let first = [operation(None, Some(a.clone())), operation(None, Some(b.clone()))];
        assert_eq!(merged(vec![], &first), [a, b], "the first delivery");
    }
}
