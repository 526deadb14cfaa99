//! Encryption at rest: compressed, then sealed in chunks with AES-256-GCM.
//!
//! A sealed stream is: version (1 byte), nonce prefix (7 bytes, random), then chunks of up to
//! 128 KiB, each length (4 bytes, big endian), sealed bytes. A chunk's nonce is the prefix, a
//! counter (4 bytes) and whether it is the last (1 byte), so that chunks cannot be left out,
//! repeated, reordered or cut off at the end unseen (the STREAM construction). The caller's
//! label is bound in, so that one thing cannot be passed off as another.
//!
//! # Source
//!
//! Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance" (2015), for STREAM.

use std::io::{self, Read, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rand::RngCore;

const VERSION: u8 = 1;
const PREFIX: usize = 7;
const CHUNK: usize = 128 * 1024;
const TAG: usize = 16;
/// Fast, and what is stored is small text with much repetition: a nation's snapshot is 559 MB with
/// this and 518 MB with level 1, which takes half as long again.
const LEVEL: i32 = -3;

/// Why sealed bytes could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Another key or label, or bytes that were changed or cut off. Nothing of it can be
    /// used.
    #[error("damaged, cut off, or sealed with another key or for another purpose")]
    Damaged,
    /// Sealed by a newer Skolbro.
    #[error("sealed in a form of a newer version: {0}")]
    Version(u8),
}

impl From<SealError> for io::Error {
    fn from(error: SealError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// AES-256-GCM by the library that TLS has too: it uses what the processor has for it.
fn cipher(key: &[u8; 32]) -> io::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(io::Error::other)?;
    Ok(LessSafeKey::new(key))
}

/// Seals one chunk after the other.
struct Sealer {
    cipher: LessSafeKey,
    prefix: [u8; PREFIX],
    counter: u32,
    label: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Last,
}

impl Sealer {
    fn new(key: &[u8; 32], prefix: [u8; PREFIX], label: &[u8]) -> io::Result<Self> {
        Ok(Self { cipher: cipher(key)?, prefix, counter: 0, label: label.to_owned() })
    }

    /// The nonce of the next chunk.
    fn nonce(&mut self, place: Place) -> io::Result<[u8; 12]> {
        let mut nonce = [0; 12];
        nonce[..PREFIX].copy_from_slice(&self.prefix);
        nonce[PREFIX..11].copy_from_slice(&self.counter.to_be_bytes());
        nonce[11] = u8::from(place == Place::Last);
        let full = || io::Error::new(io::ErrorKind::FileTooLarge, "more than 512 TiB in a stream");
        self.counter = self.counter.checked_add(1).ok_or_else(full)?;
        Ok(nonce)
    }

    /// Seals the chunk where it lies.
    fn seal(&mut self, chunk: &mut Vec<u8>, place: Place) -> io::Result<()> {
        let nonce = Nonce::assume_unique_for_key(self.nonce(place)?);
        let label = Aad::from(&self.label);
        let sealed = self.cipher.seal_in_place_append_tag(nonce, label, chunk);
        sealed.map_err(|_| SealError::Damaged.into())
    }

    /// Opens the chunk where it lies.
    fn open(&mut self, sealed: &mut Vec<u8>, place: Place) -> io::Result<()> {
        let nonce = Nonce::assume_unique_for_key(self.nonce(place)?);
        let opened = self.cipher.open_in_place(nonce, Aad::from(&self.label), sealed);
        let length = opened.map_err(|_| SealError::Damaged)?.len();
        sealed.truncate(length);
        Ok(())
    }
}

/// Takes bytes and writes sealed chunks.
pub(crate) struct Chunks<W> {
    inner: W,
    sealer: Sealer,
    chunk: Vec<u8>,
    /// Bytes of a full chunk.
    full: usize,
}

impl<W: Write> Chunks<W> {
    /// Begins a stream in `inner`, sealed but not compressed.
    pub(crate) fn new(inner: W, key: &[u8; 32], label: &[u8]) -> io::Result<Self> {
        Self::of(CHUNK, inner, key, label)
    }

    /// The same in chunks of `full` bytes, at most those of [`Self::new`]: who reads has one
    /// chunk in memory.
    pub(crate) fn of(full: usize, mut inner: W, key: &[u8; 32], label: &[u8]) -> io::Result<Self> {
        let full = full.min(CHUNK);
        let mut prefix = [0; PREFIX];
        rand::rng().fill_bytes(&mut prefix);
        inner.write_all(&[VERSION])?;
        inner.write_all(&prefix)?;
        let sealer = Sealer::new(key, prefix, label)?;
        Ok(Self { inner, sealer, chunk: Vec::with_capacity(full + TAG), full })
    }

    /// Writes what is left and the end, and gives the inner writer back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.flush_chunk(Place::Last)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn flush_chunk(&mut self, place: Place) -> io::Result<()> {
        self.sealer.seal(&mut self.chunk, place)?;
        let length = u32::try_from(self.chunk.len()).map_err(io::Error::other)?;
        self.inner.write_all(&length.to_be_bytes())?;
        self.inner.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }
}

impl<W: Write> Write for Chunks<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == self.full {
            self.flush_chunk(Place::Before)?;
        }
        let taken = bytes.len().min(self.full - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Compresses and seals what is written. [`Self::finish`] must be called: without it the
/// stream counts as cut off.
pub struct SealWriter<W: Write> {
    zstd: zstd::Encoder<'static, Chunks<W>>,
}

impl<W: Write> SealWriter<W> {
    /// Begins a stream in `inner`. Opening it takes the same `key` and `label`; the label
    /// says what this is, e.g. `tenant/snapshot/2026-11-24`.
    pub fn new(inner: W, key: &[u8; 32], label: &[u8]) -> io::Result<Self> {
        Ok(Self { zstd: zstd::Encoder::new(Chunks::new(inner, key, label)?, LEVEL)? })
    }

    /// Writes what is left and the end, and gives the inner writer back.
    pub fn finish(self) -> io::Result<W> {
        self.zstd.finish()?.finish()
    }
}

impl<W: Write> Write for SealWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.zstd.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zstd.flush()
    }
}

/// Reads sealed chunks and gives what [`Chunks`] took.
pub(crate) struct Unchunked<R> {
    inner: R,
    sealer: Sealer,
    /// Length of the next chunk; `None` at the end.
    ahead: Option<usize>,
    chunk: Vec<u8>,
    at: usize,
}

impl<R: Read> Unchunked<R> {
    /// Opens the stream in `inner`, sealed with this key and label.
    pub(crate) fn new(mut inner: R, key: &[u8; 32], label: &[u8]) -> io::Result<Self> {
        let mut head = [0; 1 + PREFIX];
        inner.read_exact(&mut head).map_err(cut_off)?;
        let [version, prefix @ ..] = head;
        if version != VERSION {
            return Err(SealError::Version(version).into());
        }
        let sealer = Sealer::new(key, prefix, label)?;
        let mut chunks = Self { inner, sealer, ahead: None, chunk: Vec::new(), at: 0 };
        chunks.ahead = chunks.length()?;
        if chunks.ahead.is_none() {
            return Err(SealError::Damaged.into());
        }
        Ok(chunks)
    }

    fn length(&mut self) -> io::Result<Option<usize>> {
        let mut length = [0; 4];
        let mut filled = 0;
        while filled < 4 {
            match self.inner.read(&mut length[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(SealError::Damaged.into()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
        if (TAG..=CHUNK + TAG).contains(&length) {
            return Ok(Some(length));
        }
        Err(SealError::Damaged.into())
    }

    fn next_chunk(&mut self, length: usize) -> io::Result<()> {
        // Nothing of the chunk is given out until it has been opened.
        self.chunk.resize(length, 0);
        self.at = length;
        self.inner.read_exact(&mut self.chunk).map_err(cut_off)?;
        self.ahead = self.length()?;
        let place = if self.ahead.is_some() { Place::Before } else { Place::Last };
        self.sealer.open(&mut self.chunk, place)?;
        self.at = 0;
        Ok(())
    }
}

fn cut_off(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof { SealError::Damaged.into() } else { error }
}

impl<R: Read> Read for Unchunked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            let Some(length) = self.ahead else { return Ok(0) };
            self.next_chunk(length)?;
        }
        let taken = out.len().min(self.chunk.len() - self.at);
        out[..taken].copy_from_slice(&self.chunk[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}

/// Opens and unpacks a stream of [`SealWriter`]. Bytes that were read are genuine; only
/// reading to the end shows that nothing is missing after them.
pub struct SealReader<R: Read> {
    packed: Unpacking<io::BufReader<Opening<R>>>,
}

impl<R: Read> SealReader<R> {
    /// Opens the stream in `inner`, sealed with this key and label.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] that holds a [`SealError`] when the stream cannot be opened.
    pub fn new(inner: R, key: &[u8; 32], label: &[u8]) -> io::Result<Self> {
        let opening = io::BufReader::with_capacity(CHUNK, Opening::new(inner, key, label)?);
        Ok(Self { packed: Unpacking::new(opening)? })
    }
}

impl<R: Read> Read for SealReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.packed.read(out)
    }
}

/// The first half of a [`SealReader`]: opens a stream, and gives what another thread may unpack.
pub struct Opening<R>(Unchunked<R>);

impl<R: Read> Opening<R> {
    /// Opens the stream in `inner`, sealed with this key and label.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] that holds a [`SealError`] when the stream cannot be opened.
    pub fn new(inner: R, key: &[u8; 32], label: &[u8]) -> io::Result<Self> {
        Unchunked::new(inner, key, label).map(Self)
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

/// The second half of a [`SealReader`]: unpacks what an [`Opening`] gives.
pub struct Unpacking<B: io::BufRead> {
    zstd: zstd::Decoder<'static, B>,
}

impl<B: io::BufRead> Unpacking<B> {
    /// Unpacks `opened`.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] where there is no memory for it.
    pub fn new(opened: B) -> io::Result<Self> {
        Ok(Self { zstd: zstd::Decoder::with_buffer(opened)? })
    }
}

impl<B: io::BufRead> Read for Unpacking<B> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.zstd.read(out)
    }
}

/// Seals something small, such as a secret, without compressing it.
pub fn seal_small(key: &[u8; 32], label: &[u8], bytes: &[u8]) -> io::Result<Vec<u8>> {
    // Small things are many under one key: a random nonce of full length for each.
    let mut nonce = [0; 12];
    rand::rng().fill_bytes(&mut nonce);
    let mut sealed = bytes.to_vec();
    let tag = cipher(key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(label),
            &mut sealed,
        )
        .map_err(|_| SealError::Damaged)?;
    let mut out = Vec::with_capacity(1 + nonce.len() + sealed.len() + TAG);
    out.push(VERSION);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out.extend_from_slice(tag.as_ref());
    Ok(out)
}

/// Opens what [`seal_small`] sealed.
pub fn open_small(key: &[u8; 32], label: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (&version, rest) = sealed.split_first().ok_or(SealError::Damaged)?;
    if version != VERSION {
        return Err(SealError::Version(version));
    }
    let (nonce, msg) = rest.split_first_chunk::<12>().ok_or(SealError::Damaged)?;
    let mut bytes = msg.to_vec();
    let cipher = cipher(key).map_err(|_| SealError::Damaged)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = cipher.open_in_place(nonce, Aad::from(label), &mut bytes);
    let length = opened.map_err(|_| SealError::Damaged)?.len();
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests;
