//! Which encoding a text file has, and its text as UTF-8.
//!
//! The rule: a byte order mark decides; else text that is UTF-8 from end to end is UTF-8;
//! else it is Windows-1252, which ISO-8859-1 is read as too. A file that is mostly good
//! UTF-8 is damaged, not Windows-1252.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Encodings that registers write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark, as Excel writes it.
    Utf8Bom,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252; ISO-8859-1 is read as this.
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with BOM",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// Why a file is not text that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// The disk did not give the bytes.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// UTF-8 with broken bytes in it.
    #[error("UTF-8 with broken bytes, first in line {line} at byte {offset}")]
    Mixed {
        /// Offset of the first broken byte from the beginning of the file.
        offset: u64,
        /// Its line, from 1.
        line: u64,
    },
    /// A NUL character, which no text holds.
    #[error("a NUL character in line {line} at byte {offset}")]
    Nul {
        /// Offset from the beginning of the file.
        offset: u64,
        /// Its line, from 1.
        line: u64,
    },
}

const CHUNK: usize = 64 * 1024;

/// Finds out the encoding. Reads to the end.
///
/// # Cost
///
/// One pass, 64 KiB of memory.
pub fn detect(mut reader: impl Read) -> Result<Encoding, EncodingError> {
    let mut buffer = vec![0; CHUNK];
    let mut filled = fill(&mut reader, &mut buffer)?;
    let told = by_mark(&buffer[..filled]).or_else(|| by_nuls(&buffer[..filled]));
    let marked = told == Some(Encoding::Utf8Bom);
    if let Some(encoding) = told.filter(|_| !marked) {
        return Ok(encoding);
    }
    let mut scan = Scan { line: 1, ..Scan::default() };
    let mut carried = 0;
    while filled > carried {
        let rest = scan.chunk(&buffer[..filled]);
        buffer.copy_within(filled - rest..filled, 0);
        carried = rest;
        filled = rest + fill(&mut reader, &mut buffer[rest..])?;
    }
    scan.broken(carried);
    scan.verdict(marked)
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn by_mark(head: &[u8]) -> Option<Encoding> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Some(Encoding::Utf8Bom),
        [0xFF, 0xFE, ..] => Some(Encoding::Utf16Le),
        [0xFE, 0xFF, ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// UTF-16 without a mark: Latin text has a NUL in every second byte.
fn by_nuls(head: &[u8]) -> Option<Encoding> {
    let head = &head[..head.len().min(4096)];
    let pairs = head.len() / 2;
    let nuls = |side: usize| head.chunks_exact(2).filter(|pair| pair[side] == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    if pairs >= 4 && second * 10 > pairs * 8 && first * 10 < pairs {
        return Some(Encoding::Utf16Le);
    }
    (pairs >= 4 && first * 10 > pairs * 8 && second * 10 < pairs).then_some(Encoding::Utf16Be)
}

/// What was seen of a file that may be UTF-8.
#[derive(Default)]
struct Scan {
    offset: u64,
    line: u64,
    /// Characters of several bytes that were whole.
    good: u64,
    /// Bytes that fit nowhere.
    bad: u64,
    first_bad: Option<(u64, u64)>,
    first_nul: Option<(u64, u64)>,
}

impl Scan {
    /// Looks at a chunk; returns how many bytes at its end are the start of a character.
    fn chunk(&mut self, mut bytes: &[u8]) -> usize {
        loop {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.text(text);
                    return 0;
                }
                Err(error) => {
                    let (good, rest) = bytes.split_at(error.valid_up_to());
                    self.text(std::str::from_utf8(good).unwrap_or_default());
                    let Some(length) = error.error_len() else { return rest.len() };
                    self.broken(length);
                    bytes = &rest[length..];
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if self.first_nul.is_none()
            && bytes.contains(&0)
            && let Some(at) = bytes.iter().position(|&byte| byte == 0)
        {
            let line = self.line + lines(&bytes[..at]);
            self.first_nul = Some((self.offset + at as u64, line));
        }
        self.good += count(bytes, |byte| byte >= 0xC0);
        self.line += lines(bytes);
        self.offset += bytes.len() as u64;
    }

    fn broken(&mut self, length: usize) {
        if length > 0 {
            self.first_bad.get_or_insert((self.offset, self.line));
            self.bad += 1;
            self.offset += length as u64;
        }
    }

    fn verdict(self, marked: bool) -> Result<Encoding, EncodingError> {
        if let Some((offset, line)) = self.first_nul {
            return Err(EncodingError::Nul { offset, line });
        }
        match self.first_bad {
            None if marked => Ok(Encoding::Utf8Bom),
            None => Ok(Encoding::Utf8),
            // In Windows-1252 two high bytes hardly ever follow each other in the way that
            // UTF-8 wants, so whole characters in the majority mean damaged UTF-8.
            Some((offset, line)) if marked || self.good > self.bad => {
                Err(EncodingError::Mixed { offset, line })
            }
            Some(_) => Ok(Encoding::Windows1252),
        }
    }
}

fn lines(bytes: &[u8]) -> u64 {
    count(bytes, |byte| byte == b'\n')
}

/// How many bytes pass a test. Counts in bytes, 255 at a time, so that the compiler can look
/// at many at once.
pub fn count(bytes: &[u8], test: impl Fn(u8) -> bool) -> u64 {
    let part = |part: &[u8]| u64::from(part.iter().map(|&byte| u8::from(test(byte))).sum::<u8>());
    bytes.chunks(255).map(part).sum()
}

/// The text of a file as UTF-8, without its byte order mark.
pub struct Utf8Reader<R> {
    inner: R,
    /// `None`: the bytes pass as they are.
    decoder: Option<Box<Decoding>>,
    /// Bytes of a mark that is still to be skipped.
    mark: usize,
}

struct Decoding {
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is still to be decoded.
    pending: std::ops::Range<usize>,
    text: Vec<u8>,
    /// What of `text` is still to be handed out.
    ready: std::ops::Range<usize>,
    at_end: bool,
}

impl<R: Read> Utf8Reader<R> {
    /// Reads `inner`, which is at its beginning, in the encoding that [`detect`] found.
    pub fn new(inner: R, encoding: Encoding) -> Self {
        let decoder = match encoding {
            Encoding::Utf8 | Encoding::Utf8Bom => None,
            Encoding::Utf16Le => Some(UTF_16LE),
            Encoding::Utf16Be => Some(UTF_16BE),
            Encoding::Windows1252 => Some(WINDOWS_1252),
        };
        let decoder = decoder.map(|encoding| {
            Box::new(Decoding {
                decoder: encoding.new_decoder_with_bom_removal(),
                raw: vec![0; CHUNK],
                pending: 0..0,
                text: vec![0; CHUNK],
                ready: 0..0,
                at_end: false,
            })
        });
        let mark = if encoding == Encoding::Utf8Bom { 3 } else { 0 };
        Self { inner, decoder, mark }
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.mark > 0 {
            let mut skipped = [0; 3];
            let read = self.inner.read(&mut skipped[..self.mark])?;
            if read == 0 {
                return Ok(0);
            }
            self.mark -= read;
        }
        match &mut self.decoder {
            None => self.inner.read(out),
            Some(decoding) => decoding.read(&mut self.inner, out),
        }
    }
}

impl Decoding {
    fn read(&mut self, inner: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() {
            if self.at_end {
                return Ok(0);
            }
            self.decode(inner)?;
        }
        let length = out.len().min(self.ready.len());
        let start = self.ready.start;
        out[..length].copy_from_slice(&self.text[start..start + length]);
        self.ready.start += length;
        Ok(length)
    }

    fn decode(&mut self, inner: &mut impl Read) -> io::Result<()> {
        let mut last = false;
        if self.pending.is_empty() {
            let read = inner.read(&mut self.raw)?;
            self.pending = 0..read;
            last = read == 0;
        }
        let raw = &self.raw[self.pending.clone()];
        let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, last);
        self.pending.start += read;
        self.ready = 0..written;
        self.at_end = last && result == encoding_rs::CoderResult::InputEmpty;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> (Encoding, String) {
        let encoding = detect(bytes).unwrap();
        let mut text = String::new();
        Utf8Reader::new(bytes, encoding).read_to_string(&mut text).unwrap();
        (encoding, text)
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn each_encoding_that_registers_write_is_told_and_read() {
        let text = "id;namn\r\n1;Åsa Öberg\r\n";
        let with_mark = format!("\u{feff}{text}");
        let windows: Vec<u8> = WINDOWS_1252.encode(text).0.into_owned();
        #[rustfmt::skip]
        let table: &[(Vec<u8>, Encoding)] = &[
            (text.into(),                           Encoding::Utf8),
            (with_mark.clone().into(),              Encoding::Utf8Bom),
            (utf16(&with_mark, u16::to_le_bytes),   Encoding::Utf16Le),
            (utf16(&with_mark, u16::to_be_bytes),   Encoding::Utf16Be),
            (utf16(text, u16::to_le_bytes),         Encoding::Utf16Le),
            (utf16(text, u16::to_be_bytes),         Encoding::Utf16Be),
            (windows,                               Encoding::Windows1252),
        ];
        for (bytes, encoding) in table {
            assert_eq!(read(bytes), (*encoding, text.to_owned()));
        }
        assert_eq!(read(b"plain"), (Encoding::Utf8, "plain".to_owned()));
        assert_eq!(read(b""), (Encoding::Utf8, String::new()));
    }

    #[test]
    fn a_character_across_two_chunks_is_one_character() {
        for shift in 0..3 {
            let text = format!("{}{}", "x".repeat(CHUNK - shift), "€å".repeat(CHUNK));
            assert_eq!(read(text.as_bytes()), (Encoding::Utf8, text.clone()));
        }
    }

    #[test]
    fn damaged_utf8_is_told_with_its_place() {
        let mut bytes = "Åsa\nÖrjan\nÄnglamark".to_owned().into_bytes();
        bytes.extend(b"\n\xE5");
        let place = match detect(bytes.as_slice()) {
            Err(EncodingError::Mixed { offset, line }) => (offset, line),
            other => panic!("{other:?}"),
        };
        assert_eq!(place, (bytes.len() as u64 - 1, 4));
    }

    #[test]
    fn a_nul_is_no_text() {
        let told = detect(&b"id,name\n1,Anna\0Berg and more text\n"[..]);
        assert!(matches!(told, Err(EncodingError::Nul { offset: 14, line: 2 })), "{told:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(encoding) = detect(bytes.as_slice()) {
                let mut text = String::new();
                prop_assert!(
                    Utf8Reader::new(bytes.as_slice(), encoding).read_to_string(&mut text).is_ok()
                );
            }
        }

        #[test]
        fn text_in_utf16_comes_back(text in "[a-zåäö;€\r\n]{8,200}") {
            let marked = format!("\u{feff}{text}");
            prop_assert_eq!(read(&utf16(&marked, u16::to_le_bytes)).1, text.clone());
            prop_assert_eq!(read(&utf16(&marked, u16::to_be_bytes)).1, text);
        }
    }
}
