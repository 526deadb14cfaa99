//! Reads a register once, as a run does, and tells what came:
//! `read SETTINGS ROWS FOLDER register|roster`.
//! For `bench`, which measures it as a process of its own.
//!
//! SETTINGS is a file with what stands in `[source.NAME.ss12000]`; ROWS is how many bytes of
//! rows may be in memory; FOLDER takes those beyond, sealed. Every secret is `demo`. `register`
//! ends when the source has: it has put the register's rows in order, stopped protected persons
//! and handed on the rest. `roster` makes a roster of it besides, as after the last register.

use std::error::Error;
use std::path::PathBuf;
use std::thread::JoinHandle;

use connect::temp::{RunReader, TempStore};
use roster::{
    AnySpool, Assembly, Coverage, Gate, Piece, Precedence, RowStream, Run, RunId, Source as _,
    SourceIndex, Spool, SpoolError, TenantKey, merged,
};
use secret::{Secret, SecretError, SecretRef};
use sources_ss12000::{CannotMake, Ss12000, Ss12000Settings, explain};

/// A day in the middle of the autumn term, as in the other figures.
const TODAY: roster::Date = jiff::civil::date(2026, 9, 15);

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
#[expect(clippy::print_stdout, reason = "what came is what this program tells")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(settings), Some(rows), Some(folder), Some(until)) =
        (arguments.next(), arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("read SETTINGS ROWS FOLDER register|roster".into());
    };
    let settings: Ss12000Settings = toml::from_str(&std::fs::read_to_string(settings)?)?;
    let noon = TODAY.at(12, 0, 0, 0).in_tz("UTC")?.timestamp();
    let source = Ss12000::new(settings, TODAY, noon, &secrets).map_err(|error| match error {
        CannotMake::Settings(problems) => format!("{problems:?}"),
        CannotMake::Setup(setup) => format!("{setup:?}"),
    })?;
    let tenant = TenantKey::new([7; 32]);
    let folder = PathBuf::from(folder);
    let spool = move || -> AnySpool {
        Box::new(Sealed { parent: folder.clone(), store: None, writing: None })
    };
    let mut assembly = Assembly::new(&tenant, Gate::new(&tenant), spool, rows.parse()?);
    let report = source
        .read(&mut assembly.intake(SourceIndex(0), 1, source.marking_policy()))
        .await
        .map_err(|error| explain(&error, sources_ss12000::Language::English))?;
    let is_complete = report.coverage == Coverage::Complete;
    if until == "register" {
        println!("{{\"complete\":{}}}", u8::from(is_complete));
        return Ok(());
    }
    drop(assembly.take_kept());
    let (roster, _) = assembly.finish(Precedence::default())?;
    // Going through the persons is not a part of reading; the first one tells that rows are there.
    let is_somebody = roster.persons()?.next_person()?.is_some();
    println!(
        "{{\"complete\":{},\"schools\":{},\"groups\":{},\"persons\":{}}}",
        u8::from(is_complete),
        roster.schools.len(),
        roster.groups.len(),
        u8::from(is_somebody)
    );
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that a reader of secrets has")]
fn secrets(_: &SecretRef) -> Result<Secret, SecretError> {
    Ok(Secret::new("demo".to_owned()))
}

/// Rows in sealed temporary files, as a run puts them aside: by a thread of their own.
struct Sealed {
    parent: PathBuf,
    /// Made when it is first needed.
    store: Option<TempStore>,
    writing: Option<JoinHandle<Result<(), SpoolError>>>,
}

impl Sealed {
    fn stream(&self, run: RunId) -> Result<Box<dyn RowStream + Send>, SpoolError> {
        let store = self.store.as_ref().ok_or_else(no_folder)?;
        Ok(Box::new(SealedRows(store.open(run.0).map_err(boxed)?)))
    }
}

impl Spool for Sealed {
    fn work(&self, pieces: Vec<Piece<'_>>) {
        connect::pieces::done(pieces);
    }

    fn put(&mut self, mut run: Run) -> Result<RunId, SpoolError> {
        self.settle()?;
        if self.store.is_none() {
            self.store = Some(TempStore::new(&self.parent).map_err(boxed)?);
        }
        let mut writer = self.store.as_mut().ok_or_else(no_folder)?.create().map_err(boxed)?;
        let id = RunId(writer.number());
        let is_small = run.is_small();
        let write = move || {
            if !is_small {
                connect::pieces::done(run.pieces());
            }
            run.sorted(&mut |row| writer.push(row).map_err(boxed))?;
            writer.finish().map(drop).map_err(boxed)
        };
        if is_small {
            write()?;
        } else {
            self.writing = Some(std::thread::spawn(write));
        }
        Ok(id)
    }

    fn settle(&mut self) -> Result<(), SpoolError> {
        let stopped = |_| boxed(std::io::Error::other("the thread that writes rows stopped"));
        self.writing.take().map_or(Ok(()), |writing| writing.join().map_err(stopped)?)
    }

    fn join(&mut self, runs: &[RunId]) -> Result<RunId, SpoolError> {
        let streams = runs.iter().map(|run| self.stream(*run)).collect::<Result<_, _>>()?;
        let mut writer = self.store.as_mut().ok_or_else(no_folder)?.create().map_err(boxed)?;
        merged(streams, &mut |row| writer.push(row).map_err(boxed))?;
        writer.finish().map(RunId).map_err(boxed)
    }

    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        self.stream(run)
    }
}

struct SealedRows(RunReader);

impl RowStream for SealedRows {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        self.0.next_row().map_err(boxed)
    }
}

fn boxed(error: std::io::Error) -> SpoolError {
    SpoolError(Box::new(error))
}

fn no_folder() -> SpoolError {
    boxed(std::io::Error::other("the folder cannot be made"))
}
