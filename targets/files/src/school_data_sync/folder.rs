//! A folder that holds one whole generation of files, and the one before it beside it.
//!
//! `connect` opens one file of a set after another; one pass over rows writes all of them at
//! once. So the files are written here, into the folder that `connect` makes, and `connect`
//! puts them in place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use connect::files::{MANIFEST, remove};
use sha2::{Digest, Sha256};

/// A file of the generation: written through a checksum.
pub(super) struct Summed {
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
pub(super) struct Generation {
    folder: PathBuf,
    new: PathBuf,
    /// Makes the folder beside, with its permissions, and removes it when dropped.
    staged: connect::files::Generation,
}

impl Generation {
    /// Begins a generation; ends a change of generations that was cut off.
    pub(super) fn begin(folder: &Path) -> io::Result<Self> {
        let staged = connect::files::Generation::begin(folder)?;
        remove(&beside(folder, "old"))?;
        Ok(Self { folder: folder.to_owned(), new: beside(folder, "new"), staged })
    }

    /// Opens a file of it.
    pub(super) fn create(&self, name: &str) -> io::Result<Summed> {
        let file = BufWriter::new(File::create_new(self.new.join(name))?);
        Ok(Summed { file, sum: Sha256::new() })
    }

    fn write_manifest(&self, manifest: &str) -> io::Result<()> {
        connect::files::seal(&self.new, manifest)
    }

    /// Puts the generation in the folder's place, and the one that stood there beside it.
    pub(super) fn commit(self, manifest: &str) -> io::Result<()> {
        self.write_manifest(manifest)?;
        // A whole set that waits is what a crash leaves too: one way into place for both.
        connect::files::recover(&self.folder)?;
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
pub(super) fn seal(files: Vec<(String, Summed)>) -> io::Result<String> {
    let mut sums = BTreeMap::new();
    for (name, Summed { file, sum }) in files {
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        sums.insert(name, sum.finalize());
    }
    let mut manifest = String::new();
    for (name, sum) in sums {
        for byte in sum {
            write!(manifest, "{byte:02x}").map_err(io::Error::other)?;
        }
        manifest = manifest + "  " + &name + "\n";
    }
    Ok(manifest)
}

/// The manifest of the generation in the folder, if there is one.
pub(super) fn manifest(folder: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(folder.join(MANIFEST)) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a manifest.
pub(super) fn names(manifest: &str) -> impl Iterator<Item = &str> {
    manifest.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name)
}

/// Takes every line that names one of the ids out of the generation and the one before it,
/// and what a dead process left away.
pub(super) fn forget(folder: &Path, ids: &BTreeSet<String>) -> io::Result<()> {
    for kept in [folder.to_owned(), beside(folder, "previous")] {
        forget_in(&kept, ids)?;
    }
    Ok(())
}

fn forget_in(folder: &Path, ids: &BTreeSet<String>) -> io::Result<()> {
    connect::files::recover(folder)?;
    remove(&beside(folder, "old"))?;
    let Some(manifest) = manifest(folder)? else { return Ok(()) };
    let named = |record: &csv::StringRecord, more: &BTreeSet<String>| {
        record.iter().any(|cell| ids.contains(cell) || more.contains(cell))
    };
    let mut addresses = BTreeSet::new();
    let mut found = 0_usize;
    for name in names(&manifest) {
        let mut reader = reader(&folder.join(name))?;
        // v1 knows a contact by its address alone in the file of relations.
        let is_contacts = name.eq_ignore_ascii_case("User.csv");
        for record in reader.records() {
            let record = record?;
            if named(&record, &BTreeSet::new()) {
                found += 1;
                if is_contacts && let Some(address) = record.get(0) {
                    addresses.insert(address.to_owned());
                }
            }
        }
    }
    if found == 0 {
        return Ok(());
    }
    let next = Generation::begin(folder)?;
    let mut files = Vec::new();
    for name in names(&manifest) {
        let mut writer = writer(next.create(name)?);
        for record in reader(&folder.join(name))?.records() {
            let record = record?;
            let in_relations = name.eq_ignore_ascii_case("Guardianrelationship.csv");
            let more = if in_relations { &addresses } else { &BTreeSet::new() };
            if !named(&record, more) {
                writer.write_record(&record)?;
            }
        }
        files
            .push((name.to_owned(), writer.into_inner().map_err(csv::IntoInnerError::into_error)?));
    }
    next.replace(&seal(files)?)
}

/// A writer of the receiver's form of CSV: comma, CR LF, quotes only where needed.
pub(super) fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1 << 16)
        .from_writer(out)
}

fn reader(path: &Path) -> io::Result<csv::Reader<BufReader<File>>> {
    let file = BufReader::new(File::open(path)?);
    Ok(csv::ReaderBuilder::new().has_headers(false).from_reader(file))
}

/// `<folder>.<what>`
fn beside(folder: &Path, what: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(what);
    folder.with_file_name(name)
}
