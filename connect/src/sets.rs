//! A set whose files are all written in one pass over rows, and CSV as receivers take it.
//!
//! [`crate::files`] opens one file of a set after another; here all stand open at once, in
//! the folder that it makes, and it puts them in place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::files::{self, MANIFEST, hex, remove};

/// A file of the generation: written through a checksum.
#[derive(Debug)]
pub struct Summed {
    file: BufWriter<File>,
    sum: Sha256,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A generation that is being written. Dropped without [`Generation::commit`], it is gone.
#[derive(Debug)]
pub struct Generation {
    folder: PathBuf,
    new: PathBuf,
    /// Makes the folder beside, with its permissions, and removes it when dropped.
    staged: files::Generation,
}

impl Generation {
    /// Begins a generation; ends a change of generations that was cut off.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        let staged = files::Generation::begin(folder)?;
        remove(&beside(folder, "old"))?;
        Ok(Self { folder: folder.to_owned(), new: beside(folder, "new"), staged })
    }

    /// Opens a file of it.
    pub fn create(&self, name: &str) -> io::Result<Summed> {
        let file = BufWriter::new(File::create_new(self.new.join(name))?);
        Ok(Summed { file, sum: Sha256::new() })
    }

    fn write_manifest(&self, manifest: &str) -> io::Result<()> {
        files::seal(&self.new, manifest)
    }

    /// Puts the generation in the folder's place, and the one that stood there beside it.
    pub fn commit(self, manifest: &str) -> io::Result<()> {
        self.write_manifest(manifest)?;
        // A whole set that waits is what a crash leaves too: one way into place for both.
        files::recover(&self.folder)?;
        drop(self.staged);
        Ok(())
    }

    /// Puts the generation in the folder's place and keeps nothing of what stood there.
    fn replace(self, manifest: &str) -> io::Result<()> {
        let old = beside(&self.folder, "old");
        self.write_manifest(manifest)?;
        fs::rename(&self.folder, &old)?;
        fs::rename(&self.new, &self.folder)?;
        drop(self.staged);
        remove(&old)
    }
}

/// Makes the files durable; returns their manifest.
pub fn seal(files: Vec<(String, Summed)>) -> io::Result<String> {
    let mut sums = BTreeMap::new();
    for (name, Summed { file, sum }) in files {
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        sums.insert(name, hex(&sum.finalize()));
    }
    Ok(files::manifest(sums.iter().map(|(name, sum)| (name.as_str(), sum.as_str()))))
}

/// The manifest of the generation in the folder, if there is one.
pub fn manifest(folder: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(folder.join(MANIFEST)) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a manifest.
pub fn names(manifest: &str) -> impl Iterator<Item = &str> {
    manifest.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name)
}

/// Every record of the set in a folder, headers too, with the name of its file. Ends first
/// what a dead process left half done.
pub fn each_record(
    folder: &Path,
    hear: &mut dyn FnMut(&str, &csv::StringRecord),
) -> io::Result<()> {
    files::recover(folder)?;
    remove(&beside(folder, "old"))?;
    let Some(manifest) = manifest(folder)? else { return Ok(()) };
    for name in names(&manifest) {
        for record in reader(BufReader::new(File::open(folder.join(name))?)).records() {
            hear(name, &record?);
        }
    }
    Ok(())
}

/// Writes the set in a folder anew with what `edit` gives for each of its records, and keeps
/// nothing of what stood there.
pub fn rewrite(
    folder: &Path,
    edit: &mut dyn FnMut(&str, csv::StringRecord) -> Option<csv::StringRecord>,
) -> io::Result<()> {
    let Some(manifest) = manifest(folder)? else { return Ok(()) };
    let next = Generation::begin(folder)?;
    let mut files = Vec::new();
    for name in names(&manifest) {
        let mut writer = writer(next.create(name)?);
        for record in reader(BufReader::new(File::open(folder.join(name))?)).records() {
            if let Some(record) = edit(name, record?) {
                writer.write_record(&record)?;
            }
        }
        files
            .push((name.to_owned(), writer.into_inner().map_err(csv::IntoInnerError::into_error)?));
    }
    next.replace(&seal(files)?)
}

/// The folder of a set and that of the one before it.
#[must_use]
pub fn kept(folder: &Path) -> [PathBuf; 2] {
    [folder.to_owned(), beside(folder, "previous")]
}

/// A writer of the receiver's form of CSV: comma, CR LF, quotes only where needed.
pub fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1 << 16)
        .from_writer(out)
}

/// A reader of it, whose first record is the header.
pub fn reader<R: Read>(from: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).from_reader(from)
}

/// The text without line breaks and other control characters, and without spaces around it.
///
/// A name that begins with `=`, `+`, `-` or `@` stays as it is: a receiver is no spreadsheet,
/// and a sign put before it would become part of the name.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || breaks(c));
    if !text.contains(breaks) {
        return Cow::Borrowed(text);
    }
    let text: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    Cow::Owned(text)
}

/// Whether the character ends a line, controls a terminal or hides (a byte order mark).
#[must_use]
pub fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// `<folder>.<what>`
fn beside(folder: &Path, what: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(what);
    folder.with_file_name(name)
}
