//! Rows put aside in encrypted temporary files: sealed with a key that only this process
//! ever has, removed when the store is dropped.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use rand::RngCore;
use zeroize::Zeroizing;

use crate::platform;
use crate::seal::{SealReader, SealWriter};

/// Runs of rows in a private folder.
pub struct TempStore {
    folder: PathBuf,
    key: Zeroizing<[u8; 32]>,
    runs: usize,
}

/// Largest row that is believed when read back: a damaged length asks for no more memory.
const LARGEST_ROW: u32 = 64 * 1024 * 1024;

impl TempStore {
    /// A store in a new folder, for this user alone, inside `parent`.
    pub fn new(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let mut key = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(&mut *key);
        let folder = parent.join(format!("skolbro-{:016x}", rand::rng().next_u64()));
        platform::private_folder(&folder)?;
        Ok(Self { folder, key, runs: 0 })
    }

    /// Removes what a process that was killed left in `parent`. Nobody can read it, since
    /// the key is gone. To be called while no other process has such a store in `parent`.
    pub fn sweep(parent: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(parent) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let is_ours = entry.file_name().to_string_lossy().starts_with("skolbro-");
            if is_ours && !is_in_use(&entry.path()) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Begins a run; [`RunWriter::finish`] gives its number.
    pub fn create(&mut self) -> io::Result<RunWriter<'_>> {
        let run = self.runs;
        self.runs += 1;
        let file = File::create_new(self.path(run))?;
        let writer = SealWriter::new(BufWriter::new(file), &self.key, &label(run))?;
        Ok(RunWriter { writer, run, store: std::marker::PhantomData })
    }

    /// Reads a run from its beginning.
    pub fn open(&self, run: usize) -> io::Result<RunReader> {
        let file = io::BufReader::new(File::open(self.path(run))?);
        let reader = SealReader::new(file, &self.key, &label(run))?;
        Ok(RunReader { reader: io::BufReader::with_capacity(16 * 1024, reader), row: Vec::new() })
    }

    fn path(&self, run: usize) -> PathBuf {
        self.folder.join(format!("{run}.run"))
    }
}

/// A folder for this user alone, removed when dropped. One that a killed process left is swept
/// with the rest; one that is in use never is.
#[derive(Debug)]
pub struct PrivateFolder {
    folder: PathBuf,
    /// Locked for as long as the folder is in use.
    in_use: Option<File>,
}

/// The file whose lock says that a private folder is in use.
const IN_USE: &str = "in-use";

impl PrivateFolder {
    /// A new folder inside `parent`.
    pub fn new(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let folder = parent.join(format!("skolbro-{:016x}", rand::rng().next_u64()));
        platform::private_folder(&folder)?;
        let in_use = File::create_new(folder.join(IN_USE))?;
        in_use.lock()?;
        Ok(Self { folder, in_use: Some(in_use) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // Some systems remove no file that is open.
        drop(self.in_use.take());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Whether a process that lives has the folder in use.
fn is_in_use(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(IN_USE)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

impl Drop for TempStore {
    fn drop(&mut self) {
        // What cannot be removed now is unreadable, and swept at the next start.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn label(run: usize) -> Vec<u8> {
    format!("run/{run}").into_bytes()
}

/// Writes the rows of one run.
pub struct RunWriter<'a> {
    writer: SealWriter<BufWriter<File>>,
    run: usize,
    store: std::marker::PhantomData<&'a mut TempStore>,
}

impl RunWriter<'_> {
    /// Adds a row.
    pub fn push(&mut self, row: &[u8]) -> io::Result<()> {
        let length = u32::try_from(row.len()).map_err(io::Error::other)?;
        if length > LARGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a row of more than 64 MiB"));
        }
        self.writer.write_all(&length.to_le_bytes())?;
        self.writer.write_all(row)
    }

    /// Ends the run; the number opens it again.
    pub fn finish(self) -> io::Result<usize> {
        self.writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(self.run)
    }
}

/// Reads the rows of one run.
pub struct RunReader {
    reader: io::BufReader<SealReader<io::BufReader<File>>>,
    row: Vec<u8>,
}

impl RunReader {
    /// The next row, which lives until the one after is asked for; `None` at the end.
    pub fn next_row(&mut self) -> io::Result<Option<&[u8]>> {
        let mut length = [0; 4];
        if self.reader.read(&mut length[..1])? == 0 {
            return Ok(None);
        }
        self.reader.read_exact(&mut length[1..])?;
        let length = u32::from_le_bytes(length);
        if length > LARGEST_ROW {
            return Err(crate::seal::SealError::Damaged.into());
        }
        self.row.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
        self.reader.read_exact(&mut self.row)?;
        Ok(Some(&self.row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &mut TempStore, rows: &[&[u8]]) -> usize {
        let mut writer = store.create().unwrap();
        for row in rows {
            writer.push(row).unwrap();
        }
        writer.finish().unwrap()
    }

    fn rows(store: &TempStore, run: usize) -> Vec<Vec<u8>> {
        let mut reader = store.open(run).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push(row.to_vec());
        }
        rows
    }

    #[test]
    fn runs_come_back_and_two_can_be_read_at_once() {
        let parent = tempfile::tempdir().unwrap();
        let mut store = TempStore::new(parent.path()).unwrap();
        let long = vec![5; 300_000];
        let first = put(&mut store, &[b"a", b"", b"ccc", &long]);
        let second = put(&mut store, &[]);
        assert_eq!(rows(&store, first), [b"a".to_vec(), Vec::new(), b"ccc".to_vec(), long]);
        assert_eq!(rows(&store, second), Vec::<Vec<u8>>::new());
        let (mut one, mut other) = (store.open(first).unwrap(), store.open(first).unwrap());
        assert_eq!(one.next_row().unwrap(), other.next_row().unwrap());
    }

    /// K069: what is put aside cannot be read on the disk, and is gone afterwards.
    #[test]
    fn nothing_readable_is_on_the_disk_and_nothing_stays() {
        let parent = tempfile::tempdir().unwrap();
        let mut store = TempStore::new(parent.path()).unwrap();
        put(&mut store, &[b"CANARY CANARY CANARY"]);
        let file = fs::read(store.path(0)).unwrap();
        assert!(!file.windows(6).any(|window| window == b"CANARY"));
        drop(store);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_private_folder_in_use_is_not_swept_and_one_that_was_left_is() {
        let parent = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::new(parent.path()).unwrap();
        fs::write(folder.path().join("a.db"), b"x").unwrap();
        TempStore::sweep(parent.path()).unwrap();
        assert!(folder.path().join("a.db").exists());
        // As a process that was killed leaves it: the file is there, the lock is not.
        let left = parent.path().join("skolbro-0123");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(IN_USE), b"").unwrap();
        TempStore::sweep(parent.path()).unwrap();
        assert!(!left.exists());
        drop(folder);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_swept() {
        let parent = tempfile::tempdir().unwrap();
        std::mem::forget(TempStore::new(parent.path()).unwrap());
        TempStore::sweep(parent.path()).unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        TempStore::sweep(&parent.path().join("nowhere")).unwrap();
    }
}
