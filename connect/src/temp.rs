//! Rows put aside in encrypted temporary files: sealed with a key that only this process
//! ever has, removed when the store is dropped.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rand::RngCore;
use zeroize::Zeroizing;

use crate::platform;
use crate::seal::{Chunks, SealError, Unchunked};

/// Runs of rows in a private folder.
pub struct TempStore {
    folder: PathBuf,
    key: Zeroizing<[u8; 32]>,
    runs: usize,
}

/// Several runs are read at once, each with one chunk in memory.
const CHUNK: usize = 16 * 1024;

/// Largest row that is believed when read back: a damaged length asks for no more memory.
const LARGEST_ROW: usize = 64 * 1024 * 1024;

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

    /// Begins a run; [`RunWriter::finish`] gives its number. Several may be written at once.
    pub fn create(&mut self) -> io::Result<RunWriter> {
        let run = self.runs;
        self.runs += 1;
        let file = File::create_new(self.path(run))?;
        let chunks = Chunks::of(CHUNK, file, &self.key, &label(run))?;
        Ok(RunWriter { chunks, run, block: Vec::new(), last: Vec::new() })
    }

    /// Reads a run from its beginning.
    pub fn open(&self, run: usize) -> io::Result<RunReader> {
        let file = File::open(self.path(run))?;
        let chunks = Unchunked::new(file, &self.key, &label(run))?;
        Ok(RunReader { chunks, block: Vec::new(), at: 0, row: Vec::new() })
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

/// Rows of a block: each is the number of bytes that it shares with the row before it, the
/// number of those that follow (LEB128), and these. Sorted rows share much, and what is read
/// back within minutes is not worth more work.
const BLOCK: usize = 32 * 1024;

/// Writes the rows of one run.
pub struct RunWriter {
    chunks: Chunks<File>,
    run: usize,
    block: Vec<u8>,
    last: Vec<u8>,
}

impl RunWriter {
    /// The number that opens the run when it is finished.
    #[must_use]
    pub fn number(&self) -> usize {
        self.run
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[u8]) -> io::Result<()> {
        if row.len() > LARGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a row of more than 64 MiB"));
        }
        let most = self.last.len().min(row.len()).min(usize::from(u8::MAX));
        let shared = shared(&self.last[..most], &row[..most]);
        self.block.push(u8::try_from(shared).map_err(io::Error::other)?);
        let own = &row[shared..];
        push_length(own.len(), &mut self.block);
        self.block.extend_from_slice(own);
        self.last.truncate(shared);
        self.last.extend_from_slice(own);
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len()).map_err(io::Error::other)?;
        self.chunks.write_all(&length.to_le_bytes())?;
        self.chunks.write_all(&self.block)?;
        self.block.clear();
        self.last.clear();
        Ok(())
    }

    /// Ends the run; the number opens it again.
    pub fn finish(mut self) -> io::Result<usize> {
        self.flush()?;
        self.chunks.finish()?;
        Ok(self.run)
    }
}

/// Bytes at the beginning that two slices of the same length have in common.
fn shared(one: &[u8], other: &[u8]) -> usize {
    let (words, rest) = one.as_chunks::<8>();
    let (other_words, other_rest) = other.as_chunks::<8>();
    let same = words.iter().zip(other_words).take_while(|(one, other)| one == other).count();
    let (tail, other_tail) = match (words.get(same), other_words.get(same)) {
        (Some(one), Some(other)) => (&one[..], &other[..]),
        (None, _) | (_, None) => (rest, other_rest),
    };
    same * 8 + tail.iter().zip(other_tail).take_while(|(one, other)| one == other).count()
}

fn push_length(mut length: usize, out: &mut Vec<u8>) {
    while let Ok(low) = u8::try_from(length & 0x7f)
        && length > 0x7f
    {
        out.push(low | 0x80);
        length >>= 7;
    }
    out.extend(u8::try_from(length));
}

/// Reads the rows of one run.
pub struct RunReader {
    chunks: Unchunked<File>,
    block: Vec<u8>,
    at: usize,
    row: Vec<u8>,
}

impl RunReader {
    /// The next row, which lives until the one after is asked for; `None` at the end.
    pub fn next_row(&mut self) -> io::Result<Option<&[u8]>> {
        if self.at == self.block.len() && !self.fill()? {
            return Ok(None);
        }
        let damaged = || io::Error::from(SealError::Damaged);
        let shared = usize::from(self.byte()?);
        let mut length = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        let end = self.at.checked_add(length).ok_or_else(damaged)?;
        let own = self.block.get(self.at..end).ok_or_else(damaged)?;
        if shared > self.row.len() {
            return Err(damaged());
        }
        self.row.truncate(shared);
        self.row.extend_from_slice(own);
        self.at = end;
        Ok(Some(&self.row))
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = self.block.get(self.at).copied();
        self.at += 1;
        byte.ok_or_else(|| SealError::Damaged.into())
    }

    /// Reads the next block; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        let mut length = [0; 4];
        if self.chunks.read(&mut length[..1])? == 0 {
            return Ok(false);
        }
        self.chunks.read_exact(&mut length[1..])?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LARGEST_ROW + BLOCK + 16 {
            return Err(SealError::Damaged.into());
        }
        self.block.resize(length, 0);
        self.chunks.read_exact(&mut self.block)?;
        self.at = 0;
        self.row.clear();
        Ok(length > 0)
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
