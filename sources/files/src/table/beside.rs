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
