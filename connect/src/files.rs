//! Files that are replaced whole: one, or a set that belongs together.
//!
//! A set is a folder. The new generation is written beside it (`sds.new`), then two renames
//! put it in place: `sds` → `sds.previous`, `sds.new` → `sds`. A reader of `sds` finds the old
//! set, for an instant nothing, then the new; never a mixture. When the machine stops
//! between the two renames, the next [`Generation::begin`] or [`recover`] ends them: what
//! lies in `sds.new` is whole as soon as it holds its manifest, which is written last.
//!
//! Nothing is moved or removed that is not ours: see [`PlaceError`].

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use crate::ours::{PlaceError, remove, seal};
use crate::{ours, platform};

/// Checksums of a set, in the form of `sha256sum`.
pub const MANIFEST: &str = "manifest.sha256";

/// A new generation of a set of files. Dropped without [`Self::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Generation {
    folder: PathBuf,
    new: PathBuf,
    sums: BTreeMap<String, FileReceipt>,
    is_committed: bool,
}

/// What was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Each file by its name.
    pub files: BTreeMap<String, FileReceipt>,
    /// SHA-256 of the manifest: the same for the same set.
    pub sha256: String,
}

/// One file of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReceipt {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

impl Generation {
    /// Begins a new generation of the set in `folder`, which need not exist yet. One
    /// generation at a time: what another left unfinished is removed.
    ///
    /// # Errors
    ///
    /// A [`PlaceError`] inside when the folder, or one of those beside it, is not ours, or is
    /// a link; else what the disk says.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        let folder = ours::place(folder)?;
        for ending in ["", ".previous", ".new"] {
            ours::refuse_foreign(&beside(&folder, ending)?)?;
        }
        recover(&folder)?;
        let new = beside(&folder, ".new")?;
        ours::make(&new)?;
        // Who may read the set is for its owner to say, and stays as it was said.
        if let Ok(old) = fs::metadata(&folder) {
            fs::set_permissions(&new, old.permissions())?;
        }
        Ok(Self { folder, new, sums: BTreeMap::new(), is_committed: false })
    }

    /// Begins a file of the set; [`SetFile::finish`] must be called.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a name with a folder in it, `AlreadyExists` for a name used before.
    pub fn create(&mut self, name: &str) -> io::Result<SetFile<'_>> {
        if !ours::is_plain(name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file name"));
        }
        let file = BufWriter::with_capacity(64 * 1024, File::create_new(self.new.join(name))?);
        let name = name.to_owned();
        Ok(SetFile { generation: self, name, file, hash: Sha256::new(), bytes: 0 })
    }

    /// Puts the generation in the set's place; the one before is kept as `.previous`.
    pub fn commit(mut self) -> io::Result<Receipt> {
        let manifest = of_set(&self.sums);
        ours::seal(&self.new, &manifest)?;
        // From here on the new generation is whole, and a start after a crash completes it.
        self.is_committed = true;
        swap(&self.folder)?;
        let sha256 = hex(&Sha256::digest(manifest.as_bytes()));
        Ok(Receipt { files: std::mem::take(&mut self.sums), sha256 })
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        if !self.is_committed {
            // What cannot be removed now has no manifest, and goes at the next begin.
            drop(fs::remove_dir_all(&self.new));
        }
    }
}

/// A file of a set while it is written.
#[derive(Debug)]
pub struct SetFile<'a> {
    generation: &'a mut Generation,
    name: String,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for SetFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl SetFile<'_> {
    /// Makes the file durable and a part of the set.
    pub fn finish(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let receipt = FileReceipt { bytes: self.bytes, sha256: hex(&self.hash.finalize()) };
        self.generation.sums.insert(self.name, receipt);
        Ok(())
    }
}

/// Ends or takes back what a crash left half done in the set at `folder`.
pub fn recover(folder: &Path) -> io::Result<()> {
    let new = beside(folder, ".new")?;
    if new.join(MANIFEST).try_exists()? && check(&new)? {
        return swap(folder);
    }
    let previous = beside(folder, ".previous")?;
    if !folder.try_exists()? && previous.try_exists()? {
        ours::refuse_foreign(&previous)?;
        ours::rename(&previous, folder)?;
    }
    remove(&new)
}

/// The two renames. Each step is passed over when it was done before.
fn swap(folder: &Path) -> io::Result<()> {
    let (new, previous) = (beside(folder, ".new")?, beside(folder, ".previous")?);
    ours::refuse_foreign(&new)?;
    if folder.try_exists()? {
        ours::refuse_foreign(folder)?;
        remove(&previous)?;
        ours::rename(folder, &previous)?;
    }
    ours::rename(&new, folder)?;
    sync_parent(folder)
}

/// Whether the set in `folder` is what its manifest says: every file there and unchanged.
pub fn check(folder: &Path) -> io::Result<bool> {
    let manifest = fs::read_to_string(folder.join(MANIFEST))?;
    for line in manifest.lines() {
        let Some((sum, name)) = line.split_once("  ") else { return Ok(false) };
        match sum_of(&folder.join(name)) {
            Ok(found) if found == sum => {}
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

pub(crate) fn sum_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Checksums in the form of `sha256sum`, from names with sums.
pub(crate) fn manifest<'a>(sums: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    sums.fold(String::new(), |text, (name, sum)| text + sum + "  " + name + "\n")
}

fn of_set(sums: &BTreeMap<String, FileReceipt>) -> String {
    manifest(sums.iter().map(|(name, file)| (name.as_str(), file.sha256.as_str())))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(crate) fn beside(folder: &Path, ending: &str) -> io::Result<PathBuf> {
    let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "a folder without a name");
    let mut name = folder.file_name().ok_or_else(no_name)?.to_owned();
    name.push(ending);
    Ok(folder.with_file_name(name))
}

/// Replaces one file: a reader finds the old content or the new, whole.
pub fn atomic_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new")?;
    put(File::create(&new)?, &new, path, bytes)
}

/// The same for a secret: no other user of the machine can read it, at any moment.
pub fn atomic_write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new")?;
    put(platform::private_file(&new)?, &new, path, bytes)
}

/// Takes other users' rights to a file away, where the system has such rights.
pub fn keep_private(path: &Path) -> io::Result<()> {
    platform::keep_private(path)
}

/// Whether other users of the machine may read or write a file, as far as the system tells.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    platform::is_open_to_others(path)
}

fn put(mut file: File, new: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    platform::rename(new, path)?;
    sync_parent(path)
}

/// Makes a name durable against power loss.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => platform::sync_folder(parent),
        _ => platform::sync_folder(Path::new(".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, text: &str) -> Generation {
        let mut generation = Generation::begin(folder).unwrap();
        for name in ["users.csv", "orgs.csv"] {
            let mut file = generation.create(name).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.finish().unwrap();
        }
        generation
    }

    fn content(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join("users.csv")).ok()
    }

    /// A parent folder, and the place of a set in it.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("out").join("sds");
        (parent, folder)
    }

    #[test]
    fn a_set_is_replaced_whole_and_the_one_before_is_kept() {
        let (_parent, folder) = place();
        for text in ["one", "two", "three"] {
            let receipt = write(&folder, text).commit().unwrap();
            assert_eq!(receipt.files.len(), 2);
            assert!(check(&folder).unwrap());
        }
        assert_eq!(content(&folder).as_deref(), Some("three"));
        assert_eq!(content(&beside(&folder, ".previous").unwrap()).as_deref(), Some("two"));
        let names = fs::read_dir(folder.parent().unwrap()).unwrap().count();
        assert_eq!(names, 2, "the set and the one before, nothing else");
    }

    #[test]
    fn the_manifest_is_what_sha256sum_reads() {
        let (_parent, folder) = place();
        let first = write(&folder, "").commit().unwrap();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let wanted = format!("{empty}  orgs.csv\n{empty}  users.csv\n");
        assert_eq!(fs::read_to_string(folder.join(MANIFEST)).unwrap(), wanted);
        assert_eq!(write(&folder, "").commit().unwrap(), first);
        fs::write(folder.join("users.csv"), "changed").unwrap();
        assert!(!check(&folder).unwrap());
    }

    #[test]
    fn a_generation_that_is_given_up_leaves_nothing() {
        let (_parent, folder) = place();
        write(&folder, "one").commit().unwrap();
        drop(write(&folder, "two"));
        assert_eq!(content(&folder).as_deref(), Some("one"));
        assert!(!beside(&folder, ".new").unwrap().exists());
    }

    /// Every moment at which the machine can stop gives the old set or the new, whole.
    #[test]
    fn a_crash_at_any_step_leaves_the_old_set_or_the_new() {
        #[rustfmt::skip]
        let table = &[
            // shows                          manifest  moved  damaged  after recovery
            ("before the manifest",           false,    false, false,   "old"),
            ("the manifest is there",         true,     false, false,   "new"),
            ("between the renames",           true,     true,  false,   "new"),
            ("a file did not reach the disk", true,     false, true,    "old"),
            ("the same between the renames",  true,     true,  true,    "old"),
        ];
        for &(shows, has_manifest, is_moved, is_damaged, wanted) in table {
            let (_parent, folder) = place();
            write(&folder, "old").commit().unwrap();
            let new = beside(&folder, ".new").unwrap();
            let generation = write(&folder, "new");
            if has_manifest {
                seal(&new, &of_set(&generation.sums)).unwrap();
            }
            std::mem::forget(generation);
            if is_moved {
                fs::rename(&folder, beside(&folder, ".previous").unwrap()).unwrap();
            }
            if is_damaged {
                fs::write(new.join("orgs.csv"), "").unwrap();
            }
            recover(&folder).unwrap();
            assert_eq!(content(&folder).as_deref(), Some(wanted), "{shows}");
            assert!(check(&folder).unwrap(), "{shows}");
            assert!(!new.exists(), "{shows}");
        }
    }

    #[test]
    fn a_name_stays_inside_the_set() {
        let (_parent, folder) = place();
        let mut generation = Generation::begin(&folder).unwrap();
        for name in ["", ".", "..", "a/b", "../x", "a\\b", "C:x", "/x", MANIFEST] {
            assert!(generation.create(name).is_err(), "{name}");
        }
    }

    #[test]
    fn one_file_is_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state.json");
        atomic_write(&path, b"one").unwrap();
        atomic_write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
