//! Rows of a source, put with the others by another thread while the source makes the next.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{AnySpool, Intake};
use crate::sort::Rows;
use crate::{SortSink, SpoolError};

/// So many batches are on their way at once, at most.
const QUEUE: usize = 3;

/// The least and the most bytes of a batch. A thread is woken for each; and those on their way
/// are not to outgrow a small budget.
const LEAST: usize = 8 << 10;
const MOST: usize = 128 << 10;

/// Such a part of the budget is a batch.
const PART: usize = 512;

/// The way to the thread that puts rows with the others.
pub(super) struct Handing {
    rows: Rows,
    batch: usize,
    full: SyncSender<Rows>,
    /// Those that are used again.
    empty: Receiver<Rows>,
}

impl Handing {
    /// Adds a row, which `encode` writes.
    pub(super) fn put(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> Result<(), SpoolError> {
        self.rows.push(encode);
        if self.rows.bytes() < self.batch {
            return Ok(());
        }
        let next = self.empty.try_recv().unwrap_or_default();
        let rows = std::mem::replace(&mut self.rows, next);
        self.full.send(rows).map_err(|_| stopped())
    }

    /// Hands over what is left.
    fn end(self) {
        // Where nobody takes it, whoever was to take it says why.
        drop(self.full.send(self.rows));
    }
}

impl<'a> Intake<'a> {
    /// Bytes of rows that may be in memory, about.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.assembly.budget
    }

    /// Bytes of rows for which another thread may be woken: a small part of the budget.
    #[must_use]
    pub fn batch_bytes(&self) -> usize {
        (self.budget() / PART).clamp(LEAST, MOST)
    }

    /// Parts the way in from what puts rows with the others, which another thread is to do
    /// ([`Putting::all`]) until the way in is dropped; then comes [`Self::take_back`]. This changes
    /// time and nothing else.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] where another thread has it already.
    pub fn hand_on(&mut self) -> Result<(Handed<'_, 'a>, Putting), SpoolError> {
        let batch = self.batch_bytes();
        let sink = self.sink().take().ok_or_else(stopped)?;
        self.assembly.is_parted = true;
        let (full, batches) = sync_channel(QUEUE);
        let (back, empty) = sync_channel(QUEUE + 2);
        self.handing = Some(Handing { rows: Rows::default(), batch, full, empty });
        Ok((Handed(self), Putting { sink, batches, back }))
    }

    /// Takes back what [`Self::hand_on`] gave away. Without it nothing can be made of what was
    /// read.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows could not be put aside.
    pub fn take_back(&mut self, put: Put) -> Result<(), SpoolError> {
        put.outcome?;
        *self.sink() = Some(put.sink);
        self.assembly.is_parted = false;
        Ok(())
    }
}

/// An [`Intake`] whose rows go to a [`Putting`], which ends when this is dropped.
pub struct Handed<'h, 'a>(&'h mut Intake<'a>);

impl<'a> std::ops::Deref for Handed<'_, 'a> {
    type Target = Intake<'a>;

    fn deref(&self) -> &Intake<'a> {
        self.0
    }
}

impl std::ops::DerefMut for Handed<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0
    }
}

impl Drop for Handed<'_, '_> {
    fn drop(&mut self) {
        if let Some(handing) = self.0.handing.take() {
            handing.end();
        }
    }
}

/// What puts rows with the others.
pub struct Putting {
    sink: SortSink<AnySpool>,
    batches: Receiver<Rows>,
    back: SyncSender<Rows>,
}

/// What came of a [`Putting`].
pub struct Put {
    sink: SortSink<AnySpool>,
    outcome: Result<(), SpoolError>,
}

impl Putting {
    /// Puts all rows with the others, until no more come.
    #[must_use]
    pub fn all(self) -> Put {
        let Self { mut sink, batches, back } = self;
        let outcome = batches.into_iter().try_for_each(|mut rows| {
            rows.each(|row| sink.push(row))?;
            rows.clear();
            // There may be enough.
            drop(back.try_send(rows));
            Ok(())
        });
        Put { sink, outcome }
    }
}

pub(super) fn stopped() -> SpoolError {
    SpoolError("the thread that takes rows in stopped".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::*;
    use crate::source::Record;
    use crate::*;

    /// As a source does.
    fn beside<T>(
        intake: &mut Intake<'_>,
        take: impl FnOnce(&mut Intake<'_>) -> Result<T, SpoolError>,
    ) -> Result<T, SpoolError> {
        let (mut handed, putting) = intake.hand_on()?;
        let putting = std::thread::spawn(move || putting.all());
        let taken = take(&mut handed);
        drop(handed);
        intake.take_back(putting.join().unwrap())?;
        taken
    }

    fn assembly(budget: usize, spool: fn() -> AnySpool) -> Assembly {
        let tenant = tenant();
        Assembly::new(&tenant, Gate::new(&tenant), spool, budget)
    }

    /// Places on many days: more rows than a batch, or the budget, has.
    fn take_in(intake: &mut Intake<'_>) -> Result<(), SpoolError> {
        let persons = ["1", "2", "3"];
        for line in [school("S"), class("7A", "S")] {
            take(intake, &line);
        }
        for id in persons {
            take(intake, &Line::Person(someone(id)));
        }
        let group = intake.key(EntityKind::Group, "7A");
        let mut start = jiff::civil::date(2020, 8, 1);
        for _ in 0..2000 {
            start = start.tomorrow().unwrap();
            for id in persons {
                let person = intake.key(EntityKind::Person, id);
                let interval = Interval::new(Some(start), None);
                intake.record(Record::Membership { person, group, interval })?;
            }
        }
        Ok(())
    }

    #[test]
    fn rows_that_another_thread_puts_with_the_others_are_all_there() {
        let made = |is_beside: bool| {
            let mut assembly = assembly(64 << 10, || Box::new(MemorySpool::default()));
            for index in [0, 1] {
                let (source, serial) = (SourceIndex(index), u32::from(index) + 1);
                let mut intake = assembly.intake(source, serial, MarkingPolicy::default());
                if is_beside { beside(&mut intake, take_in) } else { take_in(&mut intake) }
                    .unwrap();
            }
            content(&assembly.finish(Precedence::default()).unwrap().0)
        };
        let made_here = made(false);
        assert!(made_here.len() > 3, "{}", made_here.len());
        assert!(made(true) == made_here);
    }

    /// Takes nothing.
    struct Full;

    impl Spool for Full {
        fn put(&mut self, _: Run) -> Result<RunId, SpoolError> {
            Err(SpoolError("the disk is full".into()))
        }

        fn settle(&mut self) -> Result<(), SpoolError> {
            Ok(())
        }

        fn join(&mut self, _: &[RunId]) -> Result<RunId, SpoolError> {
            Err(stopped())
        }

        fn open(&self, _: RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
            Err(stopped())
        }
    }

    #[test]
    fn why_rows_cannot_be_put_aside_is_told_and_not_that_a_thread_stopped() {
        let mut full = assembly(16 << 10, || Box::new(Full));
        let mut intake = full.intake(SourceIndex(0), 1, MarkingPolicy::default());
        let error = beside(&mut intake, take_in).unwrap_err();
        assert_eq!(error.0.to_string(), "the disk is full");
        // What the source itself cannot go on with comes through as well.
        let mut assembly = assembly(1 << 20, || Box::new(MemorySpool::default()));
        let mut intake = assembly.intake(SourceIndex(0), 1, MarkingPolicy::default());
        let refuse = |_: &mut Intake<'_>| Err::<(), _>(SpoolError("damaged".into()));
        assert_eq!(beside(&mut intake, refuse).unwrap_err().0.to_string(), "damaged");
        beside(&mut intake, take_in).unwrap();
    }

    /// Rows that went with a thread are missed, whichever source they were of.
    #[test]
    fn nothing_is_made_of_rows_that_did_not_come_back() {
        for lost in [0, 1] {
            let mut assembly = assembly(1 << 20, || Box::new(MemorySpool::default()));
            for index in [0, 1, 2] {
                let source = SourceIndex(index);
                let mut intake = assembly.intake(source, 1, MarkingPolicy::default());
                if index == lost {
                    let (mut handed, putting) = intake.hand_on().unwrap();
                    assert!(handed.hand_on().is_err());
                    drop((handed, putting));
                } else {
                    // Who goes on is not heard where the rows would be missed.
                    drop(beside(&mut intake, take_in));
                }
            }
            assert!(assembly.finish(Precedence::default()).is_err());
        }
    }
}
