//! The stage *check*: one look at all that was read, for its volumes, its quality and the hash
//! of its content.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use connect::temp::TempStore;
use roster::quality::{Checker, Findings, SameNames};
use roster::{
    InGroups, PersonReader, Places, Roster, RowSource, RowStream, RowsAre, SpoolError, Stats,
    StatsPass, snapshot,
};
use sha2::{Digest as _, Sha256};

use crate::ahead::{Ahead, Batch, Filled, Given, QUEUE, ahead, by_person};
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
            let (seen, mut rows) = merged(engine, &roster)?;
            let replace = |runs| {
                // Files of a gigabyte take a while to remove; the run goes on meanwhile.
                rows.removing = Some(std::thread::spawn(move || drop(runs)));
                Box::new(rows) as _
            };
            Ok((roster.replace_rows(replace), RosterSize::Large, seen))
        }
    }
}

/// So many threads look at persons. One merges beside them, one hashes and puts the merged
/// rows aside.
const LOOKERS: usize = 2;

fn merged(engine: &Engine, roster: &Roster) -> Result<(Seen, OneRun), RunError> {
    let mut rows = roster.rows()?;
    let mut temp = TempStore::new(&engine.temp).map_err(boxed)?;
    let mut run = temp.create().map_err(boxed)?;
    let number = run.number();
    let places = Places::of(roster);
    let seen = std::thread::scope(|scope| {
        let (to_hash, rows_to_hash) = sync_channel::<Filled>(QUEUE);
        let (mut to_look, mut looking) = (Vec::new(), Vec::new());
        for nth in 0..LOOKERS {
            let (deal, batches) = sync_channel::<Filled>(QUEUE);
            let places = &places;
            looking.push(scope.spawn(move || look_at_part(engine, roster, places, nth, &batches)));
            to_look.push(deal);
        }
        scope.spawn(move || deal(rows.as_mut(), &to_hash, &to_look));
        let same_names = scope.spawn(|| SameNames::of(roster, engine.today()));
        let mut keep = |row: &[u8]| run.push(row).map_err(boxed);
        let hash = content_hash(roster, &mut Ahead::new(rows_to_hash), &mut keep);
        let kept = hash.and_then(|hash| run.finish().map_err(boxed).map(|_| hash));
        let stopped = || boxed(std::io::Error::other("a thread that looks at rows stopped"));
        let mut all: Option<(StatsPass<'_>, Checker<'_>)> = None;
        for looked in looking {
            let (counted, found) = looked.join().map_err(|_| stopped())??;
            match &mut all {
                None => all = Some((counted, found)),
                Some((stats, checker)) => {
                    stats.join(&counted);
                    checker.join(found);
                }
            }
        }
        let (stats, mut checker) = all.ok_or_else(stopped)?;
        checker.know(same_names.join().map_err(|_| stopped())?);
        Ok::<_, SpoolError>(Seen { hash: kept?, stats: stats.finish(), findings: checker.finish() })
    })?;
    Ok((seen, OneRun { temp, run: number, removing: None }))
}

/// Deals batches to who hashes, and each to one of those who look.
fn deal(rows: &mut dyn RowStream, to_hash: &SyncSender<Filled>, to_look: &[SyncSender<Filled>]) {
    let mut turn = 0;
    by_person(rows, &mut |batch| {
        let taken = match &batch {
            Ok(rows) => {
                turn = (turn + 1) % to_look.len();
                to_look[turn].send(Ok(Arc::clone(rows))).is_ok()
            }
            // Told to all; they stop at it.
            Err(error) => to_look.iter().all(|queue| queue.send(Err(retold(error))).is_ok()),
        };
        if to_hash.send(batch).is_ok() && taken { Given::Taken } else { Given::Enough }
    });
}

fn retold(error: &SpoolError) -> SpoolError {
    boxed(std::io::Error::other(error.to_string()))
}

/// Looks at the persons of some batches, for volumes and quality, and at a part of the groups.
fn look_at_part<'a>(
    engine: &Engine,
    roster: &'a Roster,
    places: &'a Places,
    nth: usize,
    batches: &Receiver<Filled>,
) -> Result<(StatsPass<'a>, Checker<'a>), SpoolError> {
    let is_first = nth == 0;
    let mut stats = if is_first { StatsPass::new(roster, places) } else { StatsPass::part(places) };
    let mut checker = checker(engine, roster, places);
    while let Ok(batch) = batches.recv() {
        look_at(roster.persons_in(Box::new(Batch::new(batch?))), places, &mut stats, &mut checker)?;
    }
    checker.look_at_things(nth, LOOKERS);
    checker.sort();
    Ok((stats, checker))
}

/// Rows that lie side by side in an encrypted temporary file.
struct OneRun {
    temp: TempStore,
    run: usize,
    /// Removes what it was merged from.
    removing: Option<JoinHandle<()>>,
}

impl Drop for OneRun {
    fn drop(&mut self) {
        // What is left of it is swept by the next run.
        drop(self.removing.take().map(JoinHandle::join));
    }
}

impl RowSource for OneRun {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let rows = SpooledRows(self.temp.open(self.run).map_err(boxed)?);
        Ok(Box::new(ahead(Box::new(rows))))
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
    look_at(roster.persons()?, &places, &mut stats, &mut checker)?;
    Ok((stats.finish(), checker.finish()))
}

fn checker<'a>(engine: &Engine, roster: &'a Roster, places: &'a Places) -> Checker<'a> {
    Checker::new(roster, places, engine.today(), engine.quality_settings())
}

fn look_at(
    mut persons: PersonReader<'_>,
    places: &Places,
    stats: &mut StatsPass<'_>,
    checker: &mut Checker<'_>,
) -> Result<(), SpoolError> {
    let mut groups = InGroups::default();
    while let Some(record) = persons.next_person()? {
        places.look_up(&record, &mut groups);
        stats.observe(&record, &groups);
        checker.observe(&record, &groups);
        checker.missed(&record, persons.last_missed());
        if persons.last_repeated() {
            checker.repeated(&record);
        }
    }
    stats.ended(&persons);
    Ok(())
}
