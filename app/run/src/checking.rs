//! The stage *check*: one look at all that was read, for its volumes, its quality and the hash
//! of its content.

use std::sync::mpsc::{SyncSender, sync_channel};

use connect::temp::TempStore;
use roster::quality::{self, Checker, Findings};
use roster::{
    InGroups, PersonReader, Places, Roster, RowSource, RowStream, RowsAre, SpoolError, Stats,
    StatsPass, snapshot,
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
            let hash = content_hash(&roster, roster.rows()?.as_mut(), &mut |_| Ok(()))?;
            let (stats, findings) = looked_at(engine, &roster, roster.persons()?)?;
            Ok((roster, RosterSize::Small, Seen { hash, stats, findings }))
        }
        RowsAre::PutAside => {
            let (seen, rows) = merged(engine, &roster)?;
            Ok((roster.with_rows(Box::new(rows)), RosterSize::Large, seen))
        }
    }
}

/// One thread merges; one hashes and puts the merged rows aside; this one looks at persons.
fn merged(engine: &Engine, roster: &Roster) -> Result<(Seen, OneRun), RunError> {
    let mut rows = roster.rows()?;
    let mut temp = TempStore::new(&engine.temp).map_err(boxed)?;
    let mut run = temp.create().map_err(boxed)?;
    let number = run.number();
    let (give, batches) = sync_channel::<Filled>(QUEUE);
    let (give_too, batches_too) = sync_channel::<Filled>(QUEUE);
    let (hash, (stats, findings)) = std::thread::scope(|scope| {
        scope.spawn(move || deal(rows.as_mut(), &give, &give_too));
        let hashing = scope.spawn(move || {
            let mut keep = |row: &[u8]| run.push(row).map_err(boxed);
            let hash = content_hash(roster, &mut Ahead::new(batches_too), &mut keep)?;
            run.finish().map_err(boxed)?;
            Ok::<_, SpoolError>(hash)
        });
        let persons = roster.persons_in(Box::new(Ahead::new(batches)));
        let seen = looked_at(engine, roster, persons);
        let stopped = |_| boxed(std::io::Error::other("the thread that hashes rows stopped"));
        let hash = hashing.join().map_err(stopped)?;
        // An error in the rows is told to both; either may say what it was.
        let seen = seen?;
        Ok::<_, RunError>((hash?, seen))
    })?;
    Ok((Seen { hash, stats, findings }, OneRun { temp, run: number }))
}

fn deal(rows: &mut dyn RowStream, one: &SyncSender<Filled>, other: &SyncSender<Filled>) {
    by_person(rows, &mut |batch| {
        let copy = match &batch {
            Ok(rows) => Ok(std::sync::Arc::clone(rows)),
            Err(_) => Err(boxed(std::io::Error::other("rows cannot be merged"))),
        };
        let is_taken = one.send(batch).is_ok() && other.send(copy).is_ok();
        if is_taken { Given::Taken } else { Given::Enough }
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
fn looked_at(
    engine: &Engine,
    roster: &Roster,
    mut persons: PersonReader<'_>,
) -> Result<(Stats, Findings), RunError> {
    let (places, mut groups) = (Places::of(roster), InGroups::default());
    let mut stats = StatsPass::new(roster, &places);
    let settings = quality::Settings::default();
    let mut checker = Checker::new(roster, &places, engine.today(), settings);
    while let Some(record) = persons.next_person()? {
        places.look_up(&record, &mut groups);
        stats.observe(&record, &groups);
        checker.observe(&record, &groups);
        if persons.last_repeated() {
            checker.repeated(&record);
        }
    }
    Ok((stats.finish(&persons), checker.finish()))
}
