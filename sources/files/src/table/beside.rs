//! Tables that are read while others are taken in.

use std::collections::{BTreeMap, VecDeque};
use std::thread::Scope;

use roster::{Relations, SourceError};

use super::fields::TableKind;
use super::file::TableFile;
use super::lines::{Ahead, Make, Reading};

/// Large files of relations, each read by a thread: one at a time beside the table that is
/// taken in, and each to its end before the next.
pub(crate) struct Beside<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    waiting: VecDeque<Waiting>,
    begun: BTreeMap<TableKind, Ahead<'scope>>,
    /// The one that is read now.
    reading: Option<TableKind>,
}

struct Waiting {
    kind: TableKind,
    file: TableFile,
    make: Option<Make>,
}

impl<'scope, 'env> Beside<'scope, 'env> {
    pub(crate) fn new(scope: &'scope Scope<'scope, 'env>) -> Self {
        Self { scope, waiting: VecDeque::new(), begun: BTreeMap::new(), reading: None }
    }

    /// Puts a table with the others: the largest are read first, since they take longest.
    pub(crate) fn add(&mut self, kind: TableKind, file: TableFile, make: Option<Make>) {
        let place = self.waiting.partition_point(|other| other.file.size >= file.size);
        self.waiting.insert(place, Waiting { kind, file, make });
    }

    /// Begins to read the next one, unless one is being read.
    pub(crate) fn go_on(&mut self) {
        if self.reading.is_none()
            && let Some(next) = self.waiting.pop_front()
        {
            self.reading = Some(next.kind);
            self.begin(next);
        }
    }

    fn begin(&mut self, Waiting { kind, file, make }: Waiting) {
        self.begun.insert(kind, Ahead::begin(self.scope, file, make));
    }

    /// Hands over the relations that have come so far: their order means nothing.
    ///
    /// # Errors
    ///
    /// Those of `then`.
    pub(crate) fn relations_so_far(
        &mut self,
        then: &mut dyn FnMut(&Relations) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        for (kind, table) in &mut self.begun {
            if table.relations_so_far(then)? == Reading::Ended && self.reading == Some(*kind) {
                self.reading = None;
            }
        }
        self.go_on();
        Ok(())
    }

    /// The table whose turn it is, if it is one of these; another is read beside it from now on.
    pub(crate) fn turn(&mut self, kind: TableKind) -> Option<Ahead<'scope>> {
        if let Some(place) = self.waiting.iter().position(|it| it.kind == kind)
            && let Some(table) = self.waiting.remove(place)
        {
            self.begin(table);
        }
        if self.reading == Some(kind) {
            self.reading = None;
        }
        let turn = self.begun.remove(&kind);
        self.go_on();
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use csv::StringRecord;
    use roster::{Interval, Key, Record, SourceIndex};

    use super::super::lines::Came;
    use super::*;

    const ROWS: usize = 20_000;

    /// A file of so many rows, of which the first is a row and the others are relations.
    fn file(folder: &std::path::Path, name: &str, rows: usize) -> (TableFile, Option<Make>) {
        let path = folder.join(name);
        let mut text = "a\n".to_owned();
        for number in 0..rows {
            writeln!(text, "{number}").unwrap();
        }
        std::fs::write(&path, text).unwrap();
        let make = |record: &StringRecord, to: &mut Relations| {
            let (person, group) = (Key::from_bytes([1; 16]), Key::from_bytes([2; 16]));
            let interval = Interval::ALWAYS;
            &record[0] != "0"
                && to.add(SourceIndex(0), &Record::Membership { person, group, interval })
        };
        (TableFile::open(&path, None, None, None).unwrap(), Some(Box::new(make)))
    }

    /// Two tables, the smaller one put in first.
    fn with_two(look: impl FnOnce(Beside<'_, '_>)) {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let mut beside = Beside::new(scope);
            let (small, make) = file(folder.path(), "teachers.csv", ROWS / 2);
            beside.add(TableKind::Teachers, small, make);
            let (large, make) = file(folder.path(), "memberships.csv", ROWS);
            beside.add(TableKind::Memberships, large, make);
            look(beside);
        });
    }

    /// What is left of a table when its turn has come: relations, and rows.
    fn left(table: Ahead<'_>) -> (usize, Vec<String>) {
        let (mut relations, mut rows) = (0, Vec::new());
        let each = &mut |came: Came<'_>| {
            match came {
                Came::Row(row) => rows.push(row[0].to_owned()),
                Came::Relations(more) => relations += more.len(),
                Came::Pause => {}
            }
            Ok(())
        };
        table.each(each).unwrap();
        (relations, rows)
    }

    #[test]
    fn one_after_the_other_is_read_the_largest_first_and_rows_wait_for_their_turn() {
        with_two(|mut beside| {
            beside.go_on();
            assert_eq!(beside.reading, Some(TableKind::Memberships));
            let mut came = 0;
            while came < ROWS - 1 + ROWS / 2 - 1 {
                let is_second = beside.begun.contains_key(&TableKind::Teachers);
                assert!(!is_second || came >= ROWS - 1, "before the first was read to its end");
                let count = &mut |more: &Relations| {
                    came += more.len();
                    Ok(())
                };
                beside.relations_so_far(count).unwrap();
            }
            assert!(beside.turn(TableKind::Persons).is_none());
            for kind in [TableKind::Teachers, TableKind::Memberships] {
                let turn = beside.turn(kind).unwrap();
                assert_eq!(left(turn), (0, vec!["0".to_owned()]));
                assert!(beside.turn(kind).is_none());
            }
        });
    }

    #[test]
    fn a_table_whose_turn_comes_first_is_read_then_and_another_beside_it() {
        with_two(|mut beside| {
            beside.go_on();
            let teachers = beside.turn(TableKind::Teachers).unwrap();
            assert_eq!(left(teachers), (ROWS / 2 - 1, vec!["0".to_owned()]));
            assert_eq!(beside.reading, Some(TableKind::Memberships));
            let memberships = beside.turn(TableKind::Memberships).unwrap();
            assert_eq!(left(memberships), (ROWS - 1, vec!["0".to_owned()]));
        });
    }

    #[test]
    fn who_stops_is_not_kept_by_what_is_read_beside() {
        with_two(|mut beside| {
            beside.go_on();
            drop(beside);
        });
    }
}
