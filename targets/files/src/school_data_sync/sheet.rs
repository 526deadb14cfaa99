//! One CSV file of a set: cells are made clean, checked against their column, and written.

use std::borrow::Cow;
use std::io::{self, Write};

use connect::sets::{clean, writer};

use super::settings::DateFormat;
use super::table::{Column, Content, File, GRADES, Need};

/// A value that a required column cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) file: &'static str,
    pub(super) column: &'static str,
    pub(super) rule: &'static str,
}

/// Why a line was not written.
#[derive(Debug)]
pub(super) enum SheetError {
    /// It would break a rule of the receiver.
    Refused(Refused),
    /// It could not be written.
    Io(io::Error),
}

impl From<csv::Error> for SheetError {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<io::Error> for SheetError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What the tenant has said of values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'a> {
    pub(super) dates: DateFormat,
    pub(super) added_grades: &'a [String],
}

/// A file that is being written.
pub(super) struct Sheet<'a, W: Write> {
    file: &'static File,
    style: Style<'a>,
    writer: csv::Writer<W>,
    lines: u64,
    /// Optional values left out, per column.
    left_out: Vec<u64>,
}

/// Lines that the receiver takes in one file.
const MOST_LINES: u64 = 2_000_000;

impl<'a, W: Write> Sheet<'a, W> {
    /// Begins the file with its header.
    pub(super) fn begin(file: &'static File, style: Style<'a>, out: W) -> Result<Self, SheetError> {
        let mut writer = writer(out);
        writer.write_record(file.columns.iter().map(|column| column.name))?;
        Ok(Self { file, style, writer, lines: 0, left_out: vec![0; file.columns.len()] })
    }

    /// Writes a line, one cell per column. A required value that the receiver would not take
    /// is refused; an optional one is left out and counted, as the receiver does itself.
    pub(super) fn line(&mut self, cells: &[&str]) -> Result<(), SheetError> {
        if self.lines >= MOST_LINES {
            return Err(self.refused(0, "at most 2 000 000 lines in a file"));
        }
        for (at, column) in self.file.columns.iter().enumerate() {
            let cell = clean(cells.get(at).copied().unwrap_or_default());
            let cell = match self.fitted(column, cell) {
                Ok(cell) => cell,
                Err(rule) if column.need == Need::Always => return Err(self.refused(at, rule)),
                Err(_) => {
                    self.left_out[at] += 1;
                    Cow::Borrowed("")
                }
            };
            self.writer.write_field(cell.as_bytes())?;
        }
        self.writer.write_record(None::<&[u8]>)?;
        self.lines += 1;
        Ok(())
    }

    /// The value as the column has it, or the rule that it breaks.
    fn fitted<'c>(
        &self,
        column: &Column,
        cell: Cow<'c, str>,
    ) -> Result<Cow<'c, str>, &'static str> {
        if cell.is_empty() {
            return match column.need {
                Need::Always => Err("a value is required"),
                Need::No => Ok(cell),
            };
        }
        match column.content {
            Content::Ref(_) if cell.contains(',') => Err("one reference, not several"),
            Content::Id | Content::Text | Content::Ref(_) | Content::Refs(_) => Ok(cell),
            Content::OneOf(list) => {
                let added =
                    list == GRADES && self.style.added_grades.iter().any(|own| *own == cell);
                let known = added || list.contains(&&*cell);
                known.then_some(cell).ok_or("not one of the receiver's values")
            }
            Content::Code => is_code(&cell).then_some(cell).ok_or("not a code"),
            Content::Boolean => boolean(&cell).map(Cow::Borrowed).ok_or("neither TRUE nor FALSE"),
            Content::Year => is_year(&cell).then_some(cell).ok_or("not a year of four digits"),
            Content::Date => match (is_date(&cell), self.style.dates) {
                (false, _) => Err("not a date YYYY-MM-DD"),
                (true, DateFormat::Iso) => Ok(cell),
                (true, DateFormat::Compact) => Ok(Cow::Owned(cell.replace('-', ""))),
            },
        }
    }

    fn refused(&self, at: usize, rule: &'static str) -> SheetError {
        let column = self.file.columns.get(at).map_or("", |column| column.name);
        SheetError::Refused(Refused { file: self.file.name, column, rule })
    }

    /// Which file it is.
    pub(super) fn file(&self) -> &'static File {
        self.file
    }

    /// Ends the file: what was written to, and what to tell people.
    pub(super) fn finish(self) -> Result<(W, Vec<String>), SheetError> {
        let mut notes = Vec::new();
        for (column, count) in self.file.columns.iter().zip(&self.left_out) {
            if *count > 0 {
                notes.push(format!(
                    "{} {}: {count} values left out, which School Data Sync would not take",
                    self.file.name, column.name
                ));
            }
        }
        let out = self.writer.into_inner().map_err(|error| SheetError::Io(error.into_error()))?;
        Ok((out, notes))
    }
}

pub(super) fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

pub(super) fn boolean(text: &str) -> Option<&'static str> {
    if text.eq_ignore_ascii_case("true") {
        return Some("TRUE");
    }
    text.eq_ignore_ascii_case("false").then_some("FALSE")
}

pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}
