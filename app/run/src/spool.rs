//! Rows put aside in encrypted temporary files, by a thread of their own while more are read.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use connect::temp::{RunReader, TempStore};
use roster::{AnySpool, Piece, RowStream, Run, RunId, Spool, SpoolError, merged};

use crate::memory::boxed;

/// A run that is being sorted and written.
type Writing = JoinHandle<Result<(), SpoolError>>;

/// Runs in files. The folder is made when it is first needed.
pub(crate) struct FileSpool {
    parent: PathBuf,
    temp: Option<TempStore>,
    /// One at a time: memory holds a run that is written and one that is filled.
    writing: Option<Writing>,
}

impl FileSpool {
    /// A spool inside `parent`.
    pub(crate) fn boxed(parent: &Path) -> AnySpool {
        Box::new(Self { parent: parent.to_owned(), temp: None, writing: None })
    }

    fn stream(&self, run: RunId) -> Result<Box<dyn RowStream + Send>, SpoolError> {
        let temp = self.temp.as_ref().ok_or_else(no_run)?;
        Ok(Box::new(SpooledRows(temp.open(run.0).map_err(boxed)?)))
    }
}

impl Spool for FileSpool {
    fn work(&self, pieces: Vec<Piece<'_>>) {
        connect::pieces::done(pieces);
    }

    fn put(&mut self, mut run: Run) -> Result<RunId, SpoolError> {
        self.settle()?;
        if self.temp.is_none() {
            self.temp = Some(TempStore::new(&self.parent).map_err(boxed)?);
        }
        let Some(temp) = &mut self.temp else {
            return Err(boxed(std::io::Error::other("no spool")));
        };
        let mut writer = temp.create().map_err(boxed)?;
        let id = RunId(writer.number());
        self.writing = Some(std::thread::spawn(move || {
            connect::pieces::done(run.pieces());
            run.sorted(&mut |row| writer.push(row).map_err(boxed))?;
            writer.finish().map_err(boxed)?;
            Ok(())
        }));
        Ok(id)
    }

    fn settle(&mut self) -> Result<(), SpoolError> {
        let Some(writing) = self.writing.take() else { return Ok(()) };
        let stopped = |_| boxed(std::io::Error::other("the thread that writes rows stopped"));
        writing.join().map_err(stopped)?
    }

    fn join(&mut self, runs: &[RunId]) -> Result<RunId, SpoolError> {
        let streams = runs.iter().map(|run| self.stream(*run)).collect::<Result<_, _>>()?;
        let Some(temp) = &mut self.temp else { return Err(no_run()) };
        let mut writer = temp.create().map_err(boxed)?;
        merged(streams, &mut |row| writer.push(row).map_err(boxed))?;
        writer.finish().map(RunId).map_err(boxed)
    }

    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        self.stream(run)
    }
}

impl Drop for FileSpool {
    fn drop(&mut self) {
        // The folder goes with its store: nobody may still be writing into it.
        drop(self.settle());
    }
}

fn no_run() -> SpoolError {
    boxed(std::io::Error::other("no such run of rows"))
}

/// Rows of a temporary file.
pub(crate) struct SpooledRows(pub(crate) RunReader);

impl RowStream for SpooledRows {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        self.0.next_row().map_err(boxed)
    }
}
