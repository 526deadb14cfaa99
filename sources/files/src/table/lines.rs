//! Large files are read ahead by other threads: one finds out their encodings, one turns the
//! file at hand into rows. The rows are taken in one after the other, in their order, so that
//! what is said of them is the same however many threads there are.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};

use connect::encoding::Encoding;
use csv::StringRecord;
use roster::{Relations, SourceError};

use super::file::{TableFile, found};

/// Files of fewer bytes are not worth a thread.
const LARGE: u64 = 8 << 20;
/// So many threads find out encodings.
const LOOKERS: usize = 2;
/// Rows that are handed over at once.
const BATCH: usize = 512;
/// Batches on the way between two threads: so many come while one of another file is taken in.
const QUEUE: usize = 16;
/// Batches with rows that wait for the turn of their file. A file with more of them is not read on
/// before.
const MOST_HELD: usize = 64;

type Detected = Result<Encoding, SourceError>;

/// Encodings of large files, found out ahead.
pub(crate) struct Encodings {
    told: BTreeMap<PathBuf, Receiver<Detected>>,
    /// Several tables may stand in one file.
    known: BTreeMap<PathBuf, Encoding>,
}

impl Encodings {
    /// Begins to look at `paths`, the largest first: it takes as long as all others.
    pub(crate) fn ahead<'scope>(
        scope: &'scope Scope<'scope, '_>,
        paths: impl Iterator<Item = PathBuf>,
    ) -> Self {
        let size = |path: PathBuf| Some((std::fs::metadata(&path).ok()?.len(), path));
        let mut large: Vec<_> = paths.filter_map(size).filter(|(size, _)| *size >= LARGE).collect();
        large.sort_unstable();
        large.dedup();
        let (mut asked, mut told) = (Vec::new(), BTreeMap::new());
        for (_, path) in large {
            let (tell, heard) = sync_channel(1);
            asked.push((path.clone(), tell));
            told.insert(path, heard);
        }
        let threads = asked.len().min(LOOKERS);
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..threads {
            let asked = Arc::clone(&asked);
            scope.spawn(move || detect(&asked));
        }
        Self { told, known: BTreeMap::new() }
    }

    /// What was found of a file; `None` when nobody looked ahead.
    pub(crate) fn of(&mut self, path: &Path) -> Option<Detected> {
        if let Some(encoding) = self.known.get(path) {
            return Some(Ok(*encoding));
        }
        let detected = self.told.remove(path)?.recv().ok();
        if let Some(Ok(encoding)) = detected {
            self.known.insert(path.to_owned(), encoding);
        }
        detected
    }
}

fn detect(asked: &Mutex<Vec<(PathBuf, SyncSender<Detected>)>>) {
    let next = || asked.lock().unwrap_or_else(PoisonError::into_inner).pop();
    while let Some((path, tell)) = next() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Who asked may have stopped at an earlier file.
        if tell.send(found(&path, &name)).is_err() {
            return;
        }
    }
}

/// What comes of a file.
#[derive(Clone, Copy)]
pub(crate) enum Came<'a> {
    /// A row, in the order of the file among its like.
    Row(&'a StringRecord),
    /// Rows that were made relations.
    Relations(&'a Relations),
    /// There is time for what else has come.
    Pause,
}

/// Makes a row a relation; false where it must be seen as a row.
pub(crate) type Make = Box<dyn FnMut(&StringRecord, &mut Relations) -> bool + Send>;

type Then<'a> = dyn FnMut(Came<'_>) -> Result<(), SourceError> + 'a;

/// Relations and rows, and what came after them if it was an error.
#[derive(Default)]
struct Batch {
    relations: Relations,
    records: Vec<StringRecord>,
    filled: usize,
    error: Option<SourceError>,
}

/// Whether a thread is worth it.
pub(crate) fn is_large(file: &TableFile) -> bool {
    file.size >= LARGE
}

/// Hands over each row that is left of the file, in order. Where a thread reads ahead, it makes
/// rows relations if there is a way to.
///
/// # Errors
///
/// Those of [`TableFile::next`] and of `then`, whichever row comes first.
pub(crate) fn each(
    mut file: TableFile,
    make: Option<Make>,
    then: &mut Then<'_>,
) -> Result<TableFile, SourceError> {
    if is_large(&file) {
        return std::thread::scope(|scope| Ahead::begin(scope, file, make).each(then));
    }
    let mut record = StringRecord::new();
    while file.next(&mut record)? {
        then(Came::Row(&record))?;
    }
    Ok(file)
}

/// How far the reading of a file has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    UnderWay,
    /// To the end of the file, or to an error.
    Ended,
}

/// A file that a thread turns into rows: when its turn comes, or while others before it are read.
pub(crate) struct Ahead<'scope> {
    full: Receiver<Batch>,
    back: SyncSender<Batch>,
    reader: ScopedJoinHandle<'scope, TableFile>,
    /// Rows that are no relations, until it is the file's turn.
    held: VecDeque<Batch>,
}

impl<'scope> Ahead<'scope> {
    /// Begins to read.
    pub(crate) fn begin(
        scope: &'scope Scope<'scope, '_>,
        mut file: TableFile,
        mut make: Option<Make>,
    ) -> Self {
        let (give, full) = sync_channel::<Batch>(QUEUE);
        let (back, empty) = sync_channel::<Batch>(QUEUE + 2);
        let reader = scope.spawn(move || {
            read(&mut file, &mut make, &give, &empty);
            file
        });
        Self { full, back, reader, held: VecDeque::new() }
    }

    /// Hands over the relations that have come, before the file's turn: their order means
    /// nothing. Rows that are none wait for it.
    ///
    /// # Errors
    ///
    /// Those of `then`.
    pub(crate) fn relations_so_far(
        &mut self,
        then: &mut dyn FnMut(&Relations) -> Result<(), SourceError>,
    ) -> Result<Reading, SourceError> {
        while self.held.len() < MOST_HELD {
            let mut batch = match self.full.try_recv() {
                Ok(batch) => batch,
                Err(TryRecvError::Empty) => return Ok(Reading::UnderWay),
                Err(TryRecvError::Disconnected) => return Ok(Reading::Ended),
            };
            then(&batch.relations)?;
            batch.relations.clear();
            if batch.filled > 0 || batch.error.is_some() {
                self.held.push_back(batch);
            } else {
                drop(self.back.try_send(batch));
            }
        }
        Ok(Reading::UnderWay)
    }

    /// Hands over what is left, and gives the file back at its end.
    ///
    /// # Errors
    ///
    /// Those of [`TableFile::next`] and of `then`, whichever row comes first.
    pub(crate) fn each(mut self, then: &mut Then<'_>) -> Result<TableFile, SourceError> {
        let held = std::mem::take(&mut self.held).into_iter();
        for mut batch in held.chain(self.full.iter()) {
            then(Came::Relations(&batch.relations))?;
            for record in batch.records.iter().take(batch.filled) {
                then(Came::Row(record))?;
            }
            if let Some(error) = batch.error.take() {
                return Err(error);
            }
            // The reader may have come to the end.
            drop(self.back.try_send(batch));
            then(Came::Pause)?;
        }
        Ok(self.reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

fn read(
    file: &mut TableFile,
    make: &mut Option<Make>,
    give: &SyncSender<Batch>,
    empty: &Receiver<Batch>,
) {
    loop {
        let mut batch = empty.try_recv().unwrap_or_default();
        batch.filled = 0;
        batch.relations.clear();
        let more = fill(file, make, &mut batch);
        let is_last = !matches!(more, Ok(true));
        batch.error = more.err();
        if give.send(batch).is_err() || is_last {
            return;
        }
    }
}

/// False at the end of the file.
fn fill(
    file: &mut TableFile,
    make: &mut Option<Make>,
    batch: &mut Batch,
) -> Result<bool, SourceError> {
    while batch.filled + batch.relations.len() < BATCH {
        if batch.filled == batch.records.len() {
            batch.records.push(StringRecord::new());
        }
        let record = &mut batch.records[batch.filled];
        if !file.next(record)? {
            return Ok(false);
        }
        let is_made = make.as_mut().is_some_and(|make| make(record, &mut batch.relations));
        batch.filled += usize::from(!is_made);
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
