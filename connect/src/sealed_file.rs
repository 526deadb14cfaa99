//! One sealed file that stands for itself, to be carried elsewhere and opened years later.
//!
//! ```text
//! magic (16) · version (1) · id (16, random) · key mark (16)      in the open
//! a sealed stream (see `seal`), bound to all of the above
//! end mark (8) · length of the file (8, big endian)               in the open
//! ```
//!
//! Every file has a key of its own, derived from its id. The key mark tells a wrong key from
//! damage, the end tells a file that was cut off from both; neither guards anything: what is
//! genuine is for the seal to say.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Take, Write};
use std::path::{Path, PathBuf};

use rand::RngCore;

use crate::platform;
use crate::seal::{SealReader, SealWriter};

const MAGIC: usize = 16;
const ID: usize = 16;
const MARK: usize = 16;
const HEAD: usize = MAGIC + 1 + ID + MARK;
const END: &[u8; 8] = b"SKB-END\n";
const TAIL: usize = END.len() + 8;

/// Makes a key of its own from a label.
pub type Derive<'a> = &'a dyn Fn(&str) -> [u8; 32];

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileKind {
    /// The first bytes of every such file.
    pub magic: [u8; MAGIC],
    /// The newest form that this program writes and reads; from 1.
    pub version: u8,
    /// The beginning of the labels of its keys.
    pub label: &'static str,
}

/// Why a sealed file cannot be opened, by what to do next.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Some other file. Name the right one.
    #[error("it is a file of another kind")]
    Foreign,
    /// Written in a form of a newer program. Use that one.
    #[error("it has form {found}, and this program knows only up to {known}")]
    Newer {
        /// The form found.
        found: u8,
        /// The newest form known.
        known: u8,
    },
    /// Sealed with another key. Put the right key back.
    #[error("it was sealed with another key")]
    OtherKey,
    /// The end is missing. Use another copy.
    #[error("it is cut off")]
    Cut,
    /// The machine would not read it.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The key of the file with this id, and the mark of that key.
fn keys(kind: &FileKind, derive: Derive<'_>, id: &[u8]) -> ([u8; 32], [u8; MARK]) {
    let id = crate::files::hex(id);
    let key = derive(&format!("{}/{id}", kind.label));
    let mut mark = [0; MARK];
    mark.copy_from_slice(&derive(&format!("{}-mark/{id}", kind.label))[..MARK]);
    (key, mark)
}

/// A sealed file that is being written. Dropped without [`Self::finish`], it leaves nothing.
pub struct SealedFileWriter {
    path: PathBuf,
    new: PathBuf,
    /// Taken by `finish`.
    stream: Option<SealWriter<BufWriter<File>>>,
}

impl SealedFileWriter {
    /// Begins the file beside its place (`<path>.new`), for this user alone.
    pub fn create(path: &Path, kind: &FileKind, derive: Derive<'_>) -> io::Result<Self> {
        let new = crate::files::beside(path, ".new")?;
        let mut head = Vec::with_capacity(HEAD);
        head.extend_from_slice(&kind.magic);
        head.push(kind.version);
        let mut id = [0; ID];
        rand::rng().fill_bytes(&mut id);
        head.extend_from_slice(&id);
        let (key, mark) = keys(kind, derive, &id);
        head.extend_from_slice(&mark);
        let mut file = BufWriter::with_capacity(1 << 16, platform::private_file(&new)?);
        file.write_all(&head)?;
        let stream = Some(SealWriter::new(file, &key, &head)?);
        Ok(Self { path: path.to_owned(), new, stream })
    }

    /// Makes the file durable and puts it in its place; returns its length.
    pub fn finish(mut self) -> io::Result<u64> {
        let stream = self.stream.take().ok_or_else(|| io::Error::other("finished before"))?;
        let mut file = stream.finish()?;
        let length = file.stream_position()? + TAIL as u64;
        file.write_all(END)?;
        file.write_all(&length.to_be_bytes())?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        drop(file);
        platform::rename(&self.new, &self.path)?;
        crate::files::sync_parent(&self.path)?;
        Ok(length)
    }
}

impl Write for SealedFileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let stream = self.stream.as_mut().ok_or_else(|| io::Error::other("finished before"))?;
        stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for SealedFileWriter {
    fn drop(&mut self) {
        // Finished, there is no such file any more; what cannot be removed is replaced by the
        // next one, and nobody can read it.
        drop(std::fs::remove_file(&self.new));
    }
}

/// What is read of a sealed file.
pub type SealedFileReader = SealReader<Take<BufReader<File>>>;

/// Opens a sealed file. Bytes that were read are genuine; only reading to the end shows that
/// the seal holds everywhere.
///
/// # Errors
///
/// [`OpenError`]; damage shows only when it is read, as an [`io::Error`] of kind
/// `InvalidData`.
pub fn open(
    path: &Path,
    kind: &FileKind,
    derive: Derive<'_>,
) -> Result<SealedFileReader, OpenError> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let length = file.get_ref().metadata()?.len();
    let mut head = [0; HEAD];
    match file.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            // Too short to tell: of ours if it begins like one.
            let is_ours = length >= MAGIC as u64 && head.starts_with(&kind.magic);
            return Err(if is_ours { OpenError::Cut } else { OpenError::Foreign });
        }
        read => read?,
    }
    if !head.starts_with(&kind.magic) {
        return Err(OpenError::Foreign);
    }
    let found = head[MAGIC];
    if found > kind.version {
        return Err(OpenError::Newer { found, known: kind.version });
    }
    let (key, mark) = keys(kind, derive, &head[MAGIC + 1..MAGIC + 1 + ID]);
    let body = length.checked_sub((HEAD + TAIL) as u64).ok_or(OpenError::Cut)?;
    file.seek(SeekFrom::Start(HEAD as u64 + body))?;
    let mut tail = [0; TAIL];
    file.read_exact(&mut tail)?;
    let (end, noted) = tail.split_at(END.len());
    if end != END || noted != length.to_be_bytes() {
        return Err(OpenError::Cut);
    }
    if head[HEAD - MARK..] != mark {
        return Err(OpenError::OtherKey);
    }
    file.seek(SeekFrom::Start(HEAD as u64))?;
    Ok(SealReader::new(file.take(body), &key, &head)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: FileKind = FileKind { magic: *b"TEST KIND OF IT\n", version: 1, label: "test" };

    fn derive(seed: u8) -> impl Fn(&str) -> [u8; 32] {
        move |label| {
            let mut key = [seed; 32];
            for (at, byte) in label.bytes().enumerate() {
                key[at % 32] ^= byte.rotate_left(u32::try_from(at % 8).unwrap());
            }
            key
        }
    }

    fn written(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.file");
        let mut file = SealedFileWriter::create(&path, &KIND, &derive(1)).unwrap();
        file.write_all(text).unwrap();
        file.finish().unwrap();
        (folder, path)
    }

    fn read(path: &Path, seed: u8) -> Result<Vec<u8>, OpenError> {
        let mut bytes = Vec::new();
        open(path, &KIND, &derive(seed))?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn a_file_is_opened_with_its_key_alone_and_is_its_owners_alone() {
        let text = b"canary ".repeat(50_000);
        let (folder, path) = written(&text);
        assert_eq!(read(&path, 1).unwrap(), text);
        assert!(matches!(read(&path, 2), Err(OpenError::OtherKey)));
        assert!(!crate::files::is_open_to_others(&path).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
        assert!(!std::fs::read(&path).unwrap().windows(6).any(|part| part == b"canary"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_apart() {
        let (_folder, path) = written(b"some text");
        let whole = std::fs::read(&path).unwrap();
        for cut in [17, 48, 60, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(matches!(read(&path, 1), Err(OpenError::Cut)), "cut at {cut}");
        }
        for other in [&b""[..], b"short", &[7; 200]] {
            std::fs::write(&path, other).unwrap();
            assert!(matches!(read(&path, 1), Err(OpenError::Foreign)));
        }
        let changed = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            read(&path, 1)
        };
        assert!(matches!(changed(16 + 1 + 16 + 16 + 20), Err(OpenError::Io(_))), "the stream");
        assert!(matches!(changed(16 + 1), Err(OpenError::OtherKey)), "the id");
        let mut newer = whole.clone();
        newer[16] = 9;
        std::fs::write(&path, newer).unwrap();
        assert!(matches!(read(&path, 1), Err(OpenError::Newer { found: 9, known: 1 })));
    }

    #[test]
    fn a_file_that_was_given_up_leaves_the_one_before() {
        let (folder, path) = written(b"first");
        let mut second = SealedFileWriter::create(&path, &KIND, &derive(1)).unwrap();
        second.write_all(b"second").unwrap();
        drop(second);
        assert_eq!(read(&path, 1).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
