//! Large files are read ahead by other threads: one finds out their encodings, one turns the
//! file at hand into rows. The rows are taken in one after the other, in their order, so that
//! what is said of them is the same however many threads there are.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
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
    ) -> Result<(), SourceError> {
        while self.held.len() < MOST_HELD
            && let Ok(mut batch) = self.full.try_recv()
        {
            then(&batch.relations)?;
            batch.relations.clear();
            if batch.filled > 0 || batch.error.is_some() {
                self.held.push_back(batch);
            } else {
                drop(self.back.try_send(batch));
            }
        }
        Ok(())
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
mod tests {
    use std::fmt::Write as _;

    use roster::{Interval, Key, Record, SourceIndex};

    use super::*;

    type Each = fn(TableFile, &mut Then<'_>) -> Result<TableFile, SourceError>;

    fn each_ahead(file: TableFile, then: &mut Then<'_>) -> Result<TableFile, SourceError> {
        std::thread::scope(|scope| Ahead::begin(scope, file, None).each(then))
    }

    fn each_here(file: TableFile, then: &mut Then<'_>) -> Result<TableFile, SourceError> {
        each(file, None, then)
    }

    fn rows(text: &str, each: Each) -> (Vec<(u64, StringRecord)>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        let file = TableFile::open(&path, None, None, None).unwrap();
        let mut seen = Vec::new();
        let end = each(file, &mut |came| {
            if let Came::Row(record) = came {
                let line = record.position().map_or(0, csv::Position::line);
                seen.push((line, record.clone()));
            }
            Ok(())
        });
        (seen, end.err().map(|error| format!("{error:?}")))
    }

    /// What is read, and which error comes after which row, is the same with and without
    /// a thread that reads ahead.
    #[test]
    fn rows_read_ahead_are_the_same_rows_and_end_in_the_same_error() {
        let mut text = "a,b\n".to_owned();
        for number in 0..5 * BATCH + 7 {
            writeln!(text, "{number},\"x {number}\"").unwrap();
        }
        let torn = format!("{text}one field\n1,2\n");
        for text in [&text, &torn, "a,b\n"] {
            let (ahead, here) = (rows(text, each_ahead), rows(text, each_here));
            assert_eq!(ahead.0.len(), here.0.len());
            assert_eq!(ahead, here);
            assert_eq!(here.1.is_some(), text.contains("one field"));
        }
    }

    /// A file of so many rows, of which those that `is_row` tells are rows and the others relations.
    fn beside<T>(many: usize, is_row: fn(usize) -> bool, look: impl FnOnce(Ahead<'_>) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let mut text = "a\n".to_owned();
        for number in 0..many {
            writeln!(text, "{number}").unwrap();
        }
        std::fs::write(&path, text).unwrap();
        let file = TableFile::open(&path, None, None, None).unwrap();
        let make: Make = Box::new(move |record, to| {
            let number: usize = record[0].parse().unwrap();
            let (person, group) = (Key::from_bytes([1; 16]), Key::from_bytes([2; 16]));
            let interval = Interval::ALWAYS;
            !is_row(number)
                && to.add(SourceIndex(0), &Record::Membership { person, group, interval })
        });
        std::thread::scope(|scope| look(Ahead::begin(scope, file, Some(make))))
    }

    /// Relations are handed over before the turn of their file, each once; its other rows wait.
    #[test]
    fn relations_come_before_their_turn_and_rows_in_it() {
        let many = 40 * BATCH;
        let (before, then, rows) = beside(
            many,
            |it| it % 5000 == 17,
            |mut ahead| {
                let (mut before, mut then, mut rows) = (0, 0, Vec::new());
                while before < many - 5 {
                    let count = &mut |it: &Relations| {
                        before += it.len();
                        Ok(())
                    };
                    ahead.relations_so_far(count).unwrap();
                }
                let file = ahead.each(&mut |came| {
                    match came {
                        Came::Row(row) => rows.push(row[0].to_owned()),
                        Came::Relations(relations) => then += relations.len(),
                        Came::Pause => {}
                    }
                    Ok(())
                });
                assert_eq!(file.unwrap().rows, many as u64);
                (before, then, rows)
            },
        );
        assert_eq!((before, then), (many - 5, 0));
        assert_eq!(rows, ["17", "5017", "10017", "15017", "20017"]);
    }

    /// A file in which nothing is a relation is not taken into memory before its turn.
    #[test]
    fn a_file_of_rows_waits_for_its_turn() {
        let many = 3 * MOST_HELD * BATCH;
        let rows = beside(
            many,
            |_| true,
            |mut ahead| {
                while ahead.held.len() < MOST_HELD {
                    ahead.relations_so_far(&mut |_| Ok(())).unwrap();
                }
                ahead.relations_so_far(&mut |_| Ok(())).unwrap();
                assert_eq!(ahead.held.len(), MOST_HELD);
                let mut rows = Vec::new();
                let each = &mut |came: Came<'_>| {
                    if let Came::Row(row) = came {
                        rows.push(row[0].parse::<usize>().unwrap());
                    }
                    Ok(())
                };
                ahead.each(each).unwrap();
                rows
            },
        );
        assert!(rows.into_iter().eq(0..many));
    }

    #[test]
    fn a_consumer_that_stops_is_not_waited_for() {
        let text = format!("a,b\n{}", "1,2\n".repeat(20 * BATCH));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        let file = TableFile::open(&path, None, None, None).unwrap();
        let mut seen = 0;
        let stopped = each_ahead(file, &mut |came| {
            let Came::Row(_) = came else { return Ok(()) };
            seen += 1;
            let stop = SourceError::Unavailable { place: String::new(), detail: String::new() };
            if seen == 3 { Err(stop) } else { Ok(()) }
        });
        assert!(stopped.is_err());
        assert_eq!(seen, 3);
    }
}
