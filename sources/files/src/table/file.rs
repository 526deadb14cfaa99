//! One file as rows of text: encoding, delimiter, header, and whether its end is there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use connect::encoding::{Encoding, EncodingError, Utf8Reader, count, detect};
use csv::StringRecord;
use roster::SourceError;

use super::bind::plain;
use super::settings::{Delimiter, EncodingName};

/// No field is longer, in bytes: a name is a line, not a book. A stray quote makes such ones.
const LONGEST_FIELD: usize = 64 * 1024;

/// A file that is open and whose header was read.
pub(crate) struct TableFile {
    reader: csv::Reader<Tail<Text>>,
    tail: Arc<TailState>,
    /// Encoding that the settings demand.
    demanded: Option<EncodingName>,
    /// File name, for messages.
    pub(crate) name: String,
    /// Encoding found.
    pub(crate) encoding: Encoding,
    /// Columns' names, trimmed.
    pub(crate) header: Vec<String>,
    /// Rows read.
    pub(crate) rows: u64,
    /// Line of the last row read.
    pub(crate) line: u64,
    /// In bytes.
    pub(crate) size: u64,
}

type Text = BufReader<Utf8Reader<File>>;

/// What of a file's end tells whether it was cut off. Only who reads the file looks at it.
#[derive(Default)]
struct TailState {
    last: AtomicU8,
    quotes: AtomicU64,
}

/// Passes bytes on and remembers how they end.
struct Tail<R> {
    inner: R,
    state: Arc<TailState>,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        if let Some(&last) = out[..read].last() {
            self.state.last.store(last, Ordering::Relaxed);
            let quotes = count(&out[..read], |byte| byte == b'"');
            self.state.quotes.fetch_add(quotes, Ordering::Relaxed);
        }
        Ok(read)
    }
}

impl TailState {
    fn ends_with_line(&self) -> bool {
        matches!(self.last.load(Ordering::Relaxed), b'\n' | b'\r')
    }

    fn quote_is_open(&self) -> bool {
        self.quotes.load(Ordering::Relaxed) % 2 == 1
    }
}

/// An error in a file's content.
pub(crate) fn content(code: &'static str, place: String, detail: String) -> SourceError {
    SourceError::Content { code, place, detail }
}

impl TableFile {
    /// Opens a file and reads its header. `detected` is what [`found`] says of it, where
    /// somebody has asked before.
    pub(crate) fn open(
        path: &Path,
        delimiter: Option<Delimiter>,
        encoding: Option<EncodingName>,
        detected: Option<Result<Encoding, SourceError>>,
    ) -> Result<Self, SourceError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let demanded = encoding;
        let encoding = match encoding {
            Some(name) => name.into(),
            None => detected.unwrap_or_else(|| found(path, &name))?,
        };
        let size = std::fs::metadata(path).map_or(0, |it| it.len());
        let mut text = text(path, encoding).map_err(|error| unreadable(&name, &error))?;
        let head = text.fill_buf().map_err(|error| unreadable(&name, &error))?;
        if head.iter().all(u8::is_ascii_whitespace) {
            return Err(content("empty", name, String::new()));
        }
        let delimiter = delimiter.unwrap_or_else(|| sniff(head));
        let tail = Arc::new(TailState::default());
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.byte())
            .flexible(true)
            .buffer_capacity(64 * 1024)
            .from_reader(Tail { inner: text, state: Arc::clone(&tail) });
        let header = Vec::new();
        let mut file =
            Self { reader, tail, demanded, name, encoding, header, rows: 0, line: 1, size };
        let header = file.reader.headers();
        let header = header.map_err(|error| file_error(&file.name, demanded, &error))?;
        file.header = header.iter().map(|column| column.trim().to_owned()).collect();
        while file.header.last().is_some_and(String::is_empty) {
            file.header.pop();
        }
        Ok(file)
    }

    /// Reads the next row into `record`; `false` at the end.
    ///
    /// # Errors
    ///
    /// `truncated`, `field_count`, `field_too_long` or `wrong_encoding`.
    pub(crate) fn next(&mut self, record: &mut StringRecord) -> Result<bool, SourceError> {
        let read = self.reader.read_record(record);
        if !read.map_err(|error| file_error(&self.name, self.demanded, &error))? {
            return Ok(false);
        }
        self.rows += 1;
        self.line = record.position().map_or(0, csv::Position::line);
        let columns = self.header.len();
        let surplus = record.iter().skip(columns).any(|field| !field.is_empty());
        if record.len() < columns || surplus {
            return Err(self.ragged(record));
        }
        if record.as_slice().len() > LONGEST_FIELD
            && let Some(at) = record.iter().position(|field| field.len() > LONGEST_FIELD)
        {
            let column = self.header.get(at).map(|column| plain(column));
            let detail = format!("bytes={}; limit={LONGEST_FIELD}", record[at].len());
            return Err(content(
                "field_too_long",
                self.place(self.line, column.as_deref()),
                detail,
            ));
        }
        Ok(true)
    }

    /// A row with too few or too many fields: the file's end, or a fault in its midst.
    fn ragged(&mut self, record: &StringRecord) -> SourceError {
        let detail = format!("found={}; expected={}", record.len(), self.header.len());
        let place = self.place(self.line, None);
        let mut next = StringRecord::new();
        let is_last = matches!(self.reader.read_record(&mut next), Ok(false));
        let open_quote = self.tail.quote_is_open();
        if is_last
            && record.len() < self.header.len()
            && (!self.tail.ends_with_line() || open_quote)
        {
            return content("truncated", place, detail);
        }
        content("field_count", place, detail)
    }

    /// Looks at how the file ended; to be asked after the last row.
    ///
    /// # Errors
    ///
    /// `truncated` when a quoted field was still open. `Ok(false)`: the last line has no end,
    /// so nothing shows that its last field is whole.
    pub(crate) fn ended(&self) -> Result<bool, SourceError> {
        let open_quote = self.tail.quote_is_open();
        if open_quote && !self.tail.ends_with_line() {
            return Err(content("truncated", self.place(self.line, None), "quote=open".to_owned()));
        }
        Ok(self.tail.ends_with_line())
    }

    /// File, line and column, for messages.
    pub(crate) fn place(&self, line: u64, column: Option<&str>) -> String {
        match column {
            None => format!("{}:{line}", self.name),
            Some(column) => format!("{}:{line}:{column}", self.name),
        }
    }
}

fn text(path: &Path, encoding: Encoding) -> io::Result<Text> {
    Ok(BufReader::with_capacity(64 * 1024, Utf8Reader::new(File::open(path)?, encoding)))
}

/// Finds out the encoding; reads the whole file.
pub(crate) fn found(path: &Path, name: &str) -> Result<Encoding, SourceError> {
    let file = File::open(path).map_err(|error| unreadable(name, &error))?;
    match detect(file) {
        Ok(encoding) => Ok(encoding),
        Err(EncodingError::Mixed { offset, line }) => {
            Err(content("wrong_encoding", format!("{name}:{line}"), format!("byte={offset}")))
        }
        Err(EncodingError::Nul { offset, line }) => {
            Err(content("control_character", format!("{name}:{line}"), format!("byte={offset}")))
        }
        Err(EncodingError::Io(error)) => Err(unreadable(name, &error)),
        Err(_) => Err(content("wrong_encoding", name.to_owned(), String::new())),
    }
}

/// The file is there or not, but cannot be read now.
pub(crate) fn unreadable(name: &str, error: &io::Error) -> SourceError {
    let denied = error.kind() == io::ErrorKind::PermissionDenied;
    let code = if denied { "no_permission" } else { "unreadable" };
    SourceError::Unavailable { place: name.to_owned(), detail: format!("reason={code}") }
}

fn file_error(name: &str, demanded: Option<EncodingName>, error: &csv::Error) -> SourceError {
    let line = error.position().map_or(0, csv::Position::line);
    if let csv::ErrorKind::Io(error) = error.kind() {
        return unreadable(name, error);
    }
    // Rows of any length are let through here, so only the text itself can be wrong.
    let setting = demanded.map(|_| "setting=encoding".to_owned()).unwrap_or_default();
    content("wrong_encoding", format!("{name}:{line}"), setting)
}

/// The delimiter that the header row has most of outside quotes.
fn sniff(head: &[u8]) -> Delimiter {
    let mut quoted = false;
    let mut counts = [0_usize; 3];
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (count, delimiter) in counts.iter_mut().zip(Delimiter::ALL) {
                    *count += usize::from(delimiter.byte() == byte);
                }
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let winner = Delimiter::ALL.into_iter().zip(counts).find(|(_, count)| *count == most);
    winner.map_or(Delimiter::Comma, |(delimiter, _)| delimiter)
}

impl From<EncodingName> for Encoding {
    fn from(name: EncodingName) -> Self {
        match name {
            EncodingName::Utf8 => Self::Utf8,
            EncodingName::Utf16Le => Self::Utf16Le,
            EncodingName::Utf16Be => Self::Utf16Be,
            EncodingName::Windows1252 => Self::Windows1252,
        }
    }
}
