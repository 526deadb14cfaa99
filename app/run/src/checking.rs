//! The stage *check*: one look at all that was read, for its volumes, its quality and the hash
//! of its content.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use connect::temp::TempStore;
use roster::quality::{Checker, Findings};
use roster::supplement::Missed;
use roster::{
    InGroups, PersonReader, PersonRecord, Places, Roster, RowSource, RowStream, RowsAre,
    SpoolError, Stats, StatsPass, snapshot,
};
use sha2::{Digest as _, Sha256};

use crate::ahead::{Ahead, Filled, Given, QUEUE, ahead_alone, by_person};
use crate::memory::boxed;
use crate::read::{RosterSize, hex};
use crate::spool::SpooledRows;
use crate::{Engine, RunError};

/// What was seen of a roster.
pub(crate) struct Seen {
    /// Hash of what its snapshot says.
    pub(crate) hash: String,
    pub(crate) stats: Stats,
    pub(crate) findings: Findings,
}

/// Looks at all rows. Those that are put aside in runs are merged once, and lie side by side
/// afterwards.
pub(crate) fn check(
    engine: &Engine,
    roster: Roster,
) -> Result<(Roster, RosterSize, Seen), RunError> {
    match roster.rows_are() {
        RowsAre::AtHand => {
            let hash = hash_of(&roster)?;
            let (stats, findings) = looked_at(engine, &roster)?;
            Ok((roster, RosterSize::Small, Seen { hash, stats, findings }))
        }
        RowsAre::PutAside => {
            let (seen, rows) = merged(engine, &roster)?;
            Ok((roster.with_rows(Box::new(rows)), RosterSize::Large, seen))
        }
    }
}

/// One thread merges, one hashes and puts the merged rows aside, one counts, and this one
/// looks for what is wrong.
fn merged(engine: &Engine, roster: &Roster) -> Result<(Seen, OneRun), RunError> {
    let mut rows = roster.rows()?;
    let mut temp = TempStore::new(&engine.temp).map_err(boxed)?;
    let mut run = temp.create().map_err(boxed)?;
    let number = run.number();
    let places = Places::of(roster);
    let (queues_in, [rows_to_hash, rows_to_count, rows_to_check]) = queues();
    let seen = std::thread::scope(|scope| {
        scope.spawn(move || deal(rows.as_mut(), &queues_in));
        let hashing = scope.spawn(move || {
            let mut keep = |row: &[u8]| run.push(row).map_err(boxed);
            let hash = content_hash(roster, &mut Ahead::new(rows_to_hash), &mut keep)?;
            run.finish().map_err(boxed)?;
            Ok::<_, SpoolError>(hash)
        });
        let counting = scope.spawn(|| {
            let mut pass = StatsPass::new(roster, &places);
            let persons = roster.persons_in(Box::new(Ahead::new(rows_to_count)));
            let persons = each(persons, &places, |record, groups, _| pass.observe(record, groups))?;
            Ok::<_, SpoolError>(pass.finish(&persons))
        });
        let mut checker = checker(engine, roster, &places);
        let persons = roster.persons_in(Box::new(Ahead::new(rows_to_check)));
        let passed = each(persons, &places, |record, groups, noted| {
            look(&mut checker, record, groups, noted);
        });
        let findings = passed.map(|_| checker.finish());
        let stopped = |_| boxed(std::io::Error::other("a thread that looks at rows stopped"));
        let (hash, stats) = (hashing.join().map_err(stopped)?, counting.join().map_err(stopped)?);
        Ok::<_, SpoolError>(Seen { hash: hash?, stats: stats?, findings: findings? })
    })?;
    Ok((seen, OneRun { temp, run: number }))
}

fn queues() -> ([SyncSender<Filled>; 3], [Receiver<Filled>; 3]) {
    let [hash, count, check] = [(); 3].map(|()| sync_channel::<Filled>(QUEUE));
    ([hash.0, count.0, check.0], [hash.1, count.1, check.1])
}

fn deal(rows: &mut dyn RowStream, to: &[SyncSender<Filled>; 3]) {
    by_person(rows, &mut |batch| {
        let mut taken = Given::Taken;
        for queue in to {
            let copy = match &batch {
                Ok(rows) => Ok(Arc::clone(rows)),
                // Told to all; they stop at it.
                Err(error) => Err(boxed(std::io::Error::other(error.to_string()))),
            };
            if queue.send(copy).is_err() {
                taken = Given::Enough;
            }
        }
        taken
    });
}

/// Rows that lie side by side in an encrypted temporary file.
struct OneRun {
    temp: TempStore,
    run: usize,
}

impl RowSource for OneRun {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let rows = SpooledRows(self.temp.open(self.run).map_err(boxed)?);
        Ok(Box::new(ahead_alone(Box::new(rows))))
    }
}

/// The hash of what the roster's snapshot would say.
pub(crate) fn hash_of(roster: &Roster) -> Result<String, SpoolError> {
    content_hash(roster, roster.rows()?.as_mut(), &mut |_| Ok(()))
}

/// The hash of what the roster's snapshot would say; each row of `rows` goes to `keep` too.
fn content_hash(
    roster: &Roster,
    rows: &mut dyn RowStream,
    keep: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
) -> Result<String, SpoolError> {
    let mut hash = Sha256::new();
    // Many blocks at a time: half a million rows of fifty bytes each would be taken in apart.
    let mut bytes = Vec::with_capacity(1 << 15);
    let mut kept = Kept { rows, keep };
    snapshot::write_with(roster, &mut kept, &mut |row| {
        bytes.extend(u32::try_from(row.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(row);
        if bytes.len() > 1 << 14 {
            hash.update(&bytes);
            bytes.clear();
        }
        Ok(())
    })?;
    hash.update(&bytes);
    Ok(hex(&hash.finalize()))
}

/// A stream whose rows are kept as they pass.
struct Kept<'a> {
    rows: &'a mut dyn RowStream,
    keep: &'a mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
}

impl RowStream for Kept<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let row = self.rows.next_row()?;
        if let Some(row) = row {
            (self.keep)(row)?;
        }
        Ok(row)
    }
}

/// One pass over the persons for volumes and quality.
fn looked_at(engine: &Engine, roster: &Roster) -> Result<(Stats, Findings), RunError> {
    let places = Places::of(roster);
    let mut stats = StatsPass::new(roster, &places);
    let mut checker = checker(engine, roster, &places);
    let persons = each(roster.persons()?, &places, |record, groups, noted| {
        stats.observe(record, groups);
        look(&mut checker, record, groups, noted);
    })?;
    Ok((stats.finish(&persons), checker.finish()))
}

fn checker<'a>(engine: &Engine, roster: &'a Roster, places: &'a Places) -> Checker<'a> {
    Checker::new(roster, places, engine.today(), engine.quality_settings())
}

fn look(checker: &mut Checker<'_>, record: &PersonRecord, groups: &InGroups, noted: Noted<'_>) {
    checker.observe(record, groups);
    checker.missed(record, noted.missed);
    if noted.repeated == Repeated::Yes {
        checker.repeated(record);
    }
}

/// What is said of a person beside the record.
#[derive(Clone, Copy)]
struct Noted<'a> {
    repeated: Repeated,
    missed: &'a [Missed],
}

/// Whether one source describes a person twice, differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    Yes,
    No,
}

/// Hands over each person, and gives the reader back at its end.
fn each<'a>(
    mut persons: PersonReader<'a>,
    places: &Places,
    mut then: impl FnMut(&PersonRecord, &InGroups, Noted<'_>),
) -> Result<PersonReader<'a>, SpoolError> {
    let mut groups = InGroups::default();
    while let Some(record) = persons.next_person()? {
        places.look_up(&record, &mut groups);
        let repeated = if persons.last_repeated() { Repeated::Yes } else { Repeated::No };
        then(&record, &groups, Noted { repeated, missed: persons.last_missed() });
    }
    Ok(persons)
}
