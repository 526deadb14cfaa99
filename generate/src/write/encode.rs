//! Records to bytes.

use std::fmt;
use std::io::{Result, Write};
use std::str::FromStr;

use super::Options;

/// How text becomes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Bom,
    /// UTF-16, little endian, after a byte order mark.
    Utf16Le,
    /// Windows-1252; what it lacks becomes `?`.
    Windows1252,
}

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnding {
    /// `\n`.
    #[default]
    Lf,
    /// `\r\n`.
    CrLf,
}

impl Encoding {
    /// Every encoding with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("utf-8", Self::Utf8),
        ("utf-8-bom", Self::Utf8Bom),
        ("utf-16le", Self::Utf16Le),
        ("windows-1252", Self::Windows1252),
    ];
}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownEncoding> {
        let named = |(name, _): &&(&str, Self)| *name == text;
        Self::ALL.iter().find(named).map(|(_, it)| *it).ok_or(UnknownEncoding)
    }
}

/// No encoding has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownEncoding;

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of utf-8, utf-8-bom, utf-16le, windows-1252")
    }
}

impl std::error::Error for UnknownEncoding {}

/// The characters of Windows-1252 at 0x80 to 0x9F that Unicode has elsewhere.
/// Source: <https://encoding.spec.whatwg.org/index-windows-1252.txt>
const HIGH: [(char, u8); 27] = [
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8a),
    ('‹', 0x8b),
    ('Œ', 0x8c),
    ('Ž', 0x8e),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9a),
    ('›', 0x9b),
    ('œ', 0x9c),
    ('ž', 0x9e),
    ('Ÿ', 0x9f),
];

/// `text` in Windows-1252.
pub(crate) fn windows_1252(text: &str, out: &mut Vec<u8>) {
    out.extend(text.chars().map(|c| match u32::from(c) {
        code @ (0..=0x7f | 0xa0..=0xff) => code.to_le_bytes()[0],
        _ => HIGH.iter().find(|(high, _)| *high == c).map_or(b'?', |(_, byte)| *byte),
    }));
}

/// Writes records.
pub(crate) struct Pen<'a> {
    out: &'a mut dyn Write,
    encoding: Encoding,
    delimiter: char,
    end: &'static str,
    line: String,
    bytes: Vec<u8>,
}

impl<'a> Pen<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, options: &Options) -> Result<Self> {
        match options.encoding {
            Encoding::Utf8Bom => out.write_all(b"\xef\xbb\xbf")?,
            Encoding::Utf16Le => out.write_all(b"\xff\xfe")?,
            Encoding::Utf8 | Encoding::Windows1252 => {}
        }
        let end = match options.line_ending {
            LineEnding::Lf => "\n",
            LineEnding::CrLf => "\r\n",
        };
        let (encoding, delimiter) = (options.encoding, options.delimiter);
        Ok(Self { out, encoding, delimiter, end, line: String::new(), bytes: Vec::new() })
    }

    pub(crate) fn record(&mut self, fields: &[impl AsRef<str>]) -> Result<()> {
        self.line.clear();
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.line.push(self.delimiter);
            }
            let field = field.as_ref();
            if field.contains([self.delimiter, '"', '\n', '\r']) {
                self.line.push('"');
                self.line.push_str(&field.replace('"', "\"\""));
                self.line.push('"');
            } else {
                self.line.push_str(field);
            }
        }
        self.line.push_str(self.end);
        self.flush()
    }

    fn flush(&mut self) -> Result<()> {
        self.bytes.clear();
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf8Bom => return self.out.write_all(self.line.as_bytes()),
            Encoding::Utf16Le => {
                self.bytes.extend(self.line.encode_utf16().flat_map(u16::to_le_bytes));
            }
            Encoding::Windows1252 => windows_1252(&self.line, &mut self.bytes),
        }
        self.out.write_all(&self.bytes)
    }
}
