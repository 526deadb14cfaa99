//! Large files are read ahead by other threads: one finds out their encodings, one turns the
//! file at hand into rows. The rows are taken in one after the other, in their order, so that
//! what is said of them is the same however many threads there are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use connect::encoding::Encoding;
use csv::StringRecord;
use roster::{Relations, SourceError};

use super::file::{TableFile, found};

/// Files of fewer bytes are not worth a thread.
const LARGE: u64 = 8 << 20;
/// Rows that are handed over at once.
const BATCH: usize = 512;
/// Batches on the way between two threads.
const QUEUE: usize = 4;

type Detected = Result<Encoding, SourceError>;

/// Encodings of large files, found out ahead.
pub(crate) struct Encodings(BTreeMap<PathBuf, Receiver<Detected>>);

impl Encodings {
    /// Begins to look at `paths`, in this order.
    pub(crate) fn ahead<'scope>(
        scope: &'scope Scope<'scope, '_>,
        paths: impl Iterator<Item = PathBuf>,
    ) -> Self {
        let large = paths.filter(|path| std::fs::metadata(path).is_ok_and(|it| it.len() >= LARGE));
        let (mut asked, mut told) = (Vec::new(), BTreeMap::new());
        for path in large {
            let (tell, heard) = sync_channel(1);
            asked.push((path.clone(), tell));
            told.insert(path, heard);
        }
        if !asked.is_empty() {
            scope.spawn(move || detect(asked));
        }
        Self(told)
    }

    /// What was found of a file; `None` when nobody looked ahead.
    pub(crate) fn of(&mut self, path: &Path) -> Option<Detected> {
        self.0.remove(path)?.recv().ok()
    }
}

fn detect(asked: Vec<(PathBuf, SyncSender<Detected>)>) {
    for (path, tell) in asked {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Who asked may have stopped at an earlier file.
        if tell.send(found(&path, &name)).is_err() {
            return;
        }
    }
}

/// What comes of a file.
pub(crate) enum Came<'a> {
    /// A row, in the order of the file among its like.
    Row(&'a StringRecord),
    /// Rows that were made relations.
    Relations(&'a Relations),
}

/// Makes a row a relation; false where it must be seen as a row.
pub(crate) type Make<'a> = dyn FnMut(&StringRecord, &mut Relations) -> bool + Send + 'a;

type Then<'a> = dyn FnMut(Came<'_>) -> Result<(), SourceError> + 'a;

/// Relations and rows, and what came after them if it was an error.
#[derive(Default)]
struct Batch {
    relations: Relations,
    records: Vec<StringRecord>,
    filled: usize,
    error: Option<SourceError>,
}

/// Hands over each row that is left of the file, in order. Where a thread reads ahead, it makes
/// rows relations if there is a way to.
///
/// # Errors
///
/// Those of [`TableFile::next`] and of `then`, whichever row comes first.
pub(crate) fn each(
    file: &mut TableFile,
    make: Option<&mut Make<'_>>,
    then: &mut Then<'_>,
) -> Result<(), SourceError> {
    if file.size >= LARGE {
        return each_ahead(file, make, then);
    }
    let mut record = StringRecord::new();
    while file.next(&mut record)? {
        then(Came::Row(&record))?;
    }
    Ok(())
}

fn each_ahead(
    file: &mut TableFile,
    make: Option<&mut Make<'_>>,
    then: &mut Then<'_>,
) -> Result<(), SourceError> {
    std::thread::scope(|scope| {
        let (give, full) = sync_channel::<Batch>(QUEUE);
        let (back, empty) = sync_channel::<Batch>(QUEUE + 2);
        scope.spawn(move || read(file, make, &give, &empty));
        while let Ok(mut batch) = full.recv() {
            then(Came::Relations(&batch.relations))?;
            for record in batch.records.iter().take(batch.filled) {
                then(Came::Row(record))?;
            }
            if let Some(error) = batch.error.take() {
                return Err(error);
            }
            // The reader may have come to the end.
            drop(back.try_send(batch));
        }
        Ok(())
    })
}

fn read(
    file: &mut TableFile,
    mut make: Option<&mut Make<'_>>,
    give: &SyncSender<Batch>,
    empty: &Receiver<Batch>,
) {
    loop {
        let mut batch = empty.try_recv().unwrap_or_default();
        batch.filled = 0;
        batch.relations.clear();
        let more = fill(file, make.as_deref_mut(), &mut batch);
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
    mut make: Option<&mut Make<'_>>,
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
        let is_made = make.as_deref_mut().is_some_and(|make| make(record, &mut batch.relations));
        batch.filled += usize::from(!is_made);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    type Each = fn(&mut TableFile, Option<&mut Make<'_>>, &mut Then<'_>) -> Result<(), SourceError>;

    fn rows(text: &str, each: Each) -> (Vec<(u64, StringRecord)>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        let mut file = TableFile::open(&path, None, None, None).unwrap();
        let mut seen = Vec::new();
        let end = each(&mut file, None, &mut |came| {
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
            let (ahead, here) = (rows(text, each_ahead), rows(text, each));
            assert_eq!(ahead.0.len(), here.0.len());
            assert_eq!(ahead, here);
            assert_eq!(here.1.is_some(), text.contains("one field"));
        }
    }

    #[test]
    fn a_consumer_that_stops_is_not_waited_for() {
        let text = format!("a,b\n{}", "1,2\n".repeat(20 * BATCH));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        let mut file = TableFile::open(&path, None, None, None).unwrap();
        let mut seen = 0;
        let stopped = each_ahead(&mut file, None, &mut |came| {
            let Came::Row(_) = came else { return Ok(()) };
            seen += 1;
            let stop = SourceError::Unavailable { place: String::new(), detail: String::new() };
            if seen == 3 { Err(stop) } else { Ok(()) }
        });
        assert!(stopped.is_err());
        assert_eq!(seen, 3);
    }
}
