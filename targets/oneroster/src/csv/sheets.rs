//! The files of a package while they are written. A file begins with its first row: one
//! without rows is not allowed, and is told absent in the manifest.

use std::collections::BTreeMap;
use std::io::{self, Write};

use connect::sets::writer;
use roster::Key;

use super::Failed;
use super::columns::{FIRST, File, of_manifest};
use super::settings::Version;

/// Name of the manifest.
pub(super) const MANIFEST: &str = "manifest.csv";

/// Opens a file of the package by its name.
pub(super) type Create<'a, W> = &'a mut dyn FnMut(&str) -> io::Result<W>;

/// What a package holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Bulk,
    Delta,
}

impl Mode {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Delta => "delta",
        }
    }
}

/// The files of a package, open.
pub(super) struct Sheets<'a, W: Write> {
    version: Version,
    create: Create<'a, W>,
    open: BTreeMap<File, (Mode, csv::Writer<W>)>,
}

impl<'a, W: Write> Sheets<'a, W> {
    pub(super) fn new(version: Version, create: Create<'a, W>) -> Self {
        Self { version, create, open: BTreeMap::new() }
    }

    /// Whether the file has a row.
    pub(super) fn has(&self, file: File) -> bool {
        self.open.contains_key(&file)
    }

    /// Writes a row; `state` is its status and time, both empty in a whole set.
    pub(super) fn put(
        &mut self,
        file: File,
        id: Key,
        state: [&str; 2],
        cells: &[String],
    ) -> Result<(), Failed> {
        if !self.open.contains_key(&file) {
            let mut sheet = writer((self.create)(&file.name())?);
            let columns = file.columns(self.version).iter().map(|column| column.name);
            sheet.write_record(FIRST.into_iter().chain(columns))?;
            let mode = if state == ["", ""] { Mode::Bulk } else { Mode::Delta };
            self.open.insert(file, (mode, sheet));
        }
        let Some((_, sheet)) = self.open.get_mut(&file) else { return Ok(()) };
        let id = id.to_string();
        let first = [&*id, state[0], state[1]].into_iter();
        sheet.write_record(first.chain(cells.iter().map(String::as_str)))?;
        Ok(())
    }

    /// Ends the files and writes the manifest: each file by its name, the manifest first.
    pub(super) fn finish(self) -> Result<Vec<(String, W)>, Failed> {
        let Self { version, create, open } = self;
        let mut manifest = writer(create(MANIFEST)?);
        let modes: BTreeMap<&str, Mode> =
            open.iter().map(|(file, (mode, _))| (file.word(), *mode)).collect();
        write_manifest(&mut manifest, version, &modes)?;
        let ended = |sheet: csv::Writer<W>| {
            sheet.into_inner().map_err(|error| Failed::from(error.into_error()))
        };
        let mut files = vec![(MANIFEST.to_owned(), ended(manifest)?)];
        for (file, (_, sheet)) in open {
            files.push((file.name(), ended(sheet)?));
        }
        Ok(files)
    }
}

fn write_manifest<W: Write>(
    out: &mut csv::Writer<W>,
    version: Version,
    modes: &BTreeMap<&str, Mode>,
) -> csv::Result<()> {
    out.write_record(["propertyName", "value"])?;
    out.write_record(["manifest.version", "1.0"])?;
    out.write_record(["oneroster.version", version.word()])?;
    for word in of_manifest(version) {
        let mode = modes.get(word).map_or("absent", |mode| mode.word());
        out.write_record([&format!("file.{word}"), mode])?;
    }
    out.write_record(["source.systemName", "Skolbro"])
}
