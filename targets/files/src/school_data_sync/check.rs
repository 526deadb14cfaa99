//! Whether a delivered folder keeps the receiver's rules. Reads the files alone, and shares
//! nothing with the writer but the table of files and columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use connect::sets::breaks;

use super::settings::Format;
use super::sheet::{is_code, is_date, is_year};
use super::table::{Column, Content, File, GRADES, Need, V2_1};
use super::table_v1;

/// A broken rule: where, and which. Never what stood there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The file.
    pub file: String,
    /// The line, from 1 (the header); 0 when it is the file as a whole.
    pub line: usize,
    /// The column, if it is about one.
    pub column: &'static str,
    /// The rule.
    pub rule: &'static str,
}

/// Files that every set holds, and those that come together.
const REQUIRED: [&[&str]; 2] =
    [&["orgs.csv", "users.csv", "roles.csv"], &["School.csv", "Student.csv", "Teacher.csv"]];
const TOGETHER: [&[&str]; 3] = [
    &["classes.csv", "enrollments.csv"],
    &["Section.csv", "StudentEnrollment.csv", "TeacherRoster.csv"],
    &["User.csv", "Guardianrelationship.csv"],
];

/// Checks the set in a folder. Empty means that School Data Sync takes every line whole.
///
/// # Errors
///
/// [`std::io::Error`] when the folder or a file in it cannot be read.
pub fn check(
    folder: &Path,
    format: Format,
    added_grades: &[String],
) -> std::io::Result<Vec<Breach>> {
    let table = if format == Format::V1 { table_v1::ALL } else { V2_1 };
    let mut checker = Checker { added_grades, breaches: Vec::new(), ids: BTreeMap::new() };
    let mut present = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let matches = |file: &&File| match format {
            Format::V2_1 => file.name == name,
            Format::V1 => file.name == name || file.name.to_ascii_lowercase() == name,
        };
        if let Some(file) = table.iter().find(matches) {
            let text = fs::read(folder.join(&name))?;
            present.insert(file.name, (file, text));
        } else if name.to_ascii_lowercase().ends_with(".csv") {
            checker.breach(&name, 0, "", "no file of this name belongs to the set");
        }
    }
    let required = REQUIRED[usize::from(format == Format::V1)];
    for name in required.iter().filter(|name| !present.contains_key(*name)) {
        checker.breach(name, 0, "", "the file must be there");
    }
    for group in TOGETHER {
        let there = group.iter().filter(|name| present.contains_key(*name)).count();
        if there != 0 && there != group.len() {
            checker.breach(group[0], 0, "", "these files come together or not at all");
        }
    }
    for (file, text) in present.values() {
        checker.gather(file, text);
    }
    for (file, text) in present.values() {
        checker.lines(file, text);
    }
    checker.breaches.sort();
    Ok(checker.breaches)
}

struct Checker<'a> {
    added_grades: &'a [String],
    breaches: Vec<Breach>,
    ids: BTreeMap<&'static str, BTreeSet<Vec<u8>>>,
}

impl Checker<'_> {
    fn breach(&mut self, file: &str, line: usize, column: &'static str, rule: &'static str) {
        self.breaches.push(Breach { file: file.to_owned(), line, column, rule });
    }

    /// Collects the ids of a file, so that references into it can be followed.
    fn gather(&mut self, file: &File, text: &[u8]) {
        let Some(at) = file.columns.iter().position(|column| column.content == Content::Id) else {
            return;
        };
        let mut ids = BTreeSet::new();
        let mut twice = Vec::new();
        for (line, record) in records(text) {
            if let Some(id) = record.get(at)
                && !ids.insert(id.to_vec())
            {
                twice.push(line);
            }
        }
        self.ids.insert(file.name, ids);
        for line in twice {
            self.breach(file.name, line, file.columns[at].name, "the id stands twice");
        }
    }

    fn lines(&mut self, file: &'static File, text: &[u8]) {
        if text.starts_with(b"\xef\xbb\xbf") {
            self.breach(file.name, 0, "", "no byte order mark");
        }
        let Ok(whole) = std::str::from_utf8(text) else {
            return self.breach(file.name, 0, "", "UTF-8");
        };
        let header: Vec<_> = file.columns.iter().map(|column| column.name).collect();
        if whole.lines().next() != Some(&header.join(",")) {
            return self.breach(file.name, 1, "", "the header, exactly so and in this order");
        }
        if !whole.ends_with("\r\n") || whole.matches('\n').count() != whole.matches("\r\n").count()
        {
            self.breach(file.name, 0, "", "every line ends with CR LF");
        }
        let mut seen = BTreeSet::new();
        for (line, record) in records(text) {
            if record.len() != file.columns.len() {
                self.breach(file.name, line, "", "one cell per column");
                continue;
            }
            if !seen.insert(record.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()) {
                self.breach(file.name, line, "", "the line stands twice");
            }
            for (column, cell) in file.columns.iter().zip(record.iter()) {
                let cell = std::str::from_utf8(cell).unwrap_or_default();
                if let Some(rule) = self.broken(column, cell) {
                    self.breach(file.name, line, column.name, rule);
                }
            }
        }
    }

    fn broken(&self, column: &Column, cell: &str) -> Option<&'static str> {
        if cell.contains(breaks) {
            return Some("no line breaks and no control characters");
        }
        if cell.is_empty() {
            return (column.need == Need::Always).then_some("a value is required");
        }
        let is_there = |file: &str, id: &str| {
            self.ids.get(file).is_some_and(|ids| ids.contains(id.as_bytes()))
        };
        let holds = match column.content {
            Content::Text => true,
            Content::Id => roster::Key::parse_uuid(cell).is_some_and(|key| key.to_string() == cell),
            Content::Ref(file) => is_there(file, cell),
            Content::Refs(file) => cell.split(',').all(|id| is_there(file, id)),
            Content::OneOf(list) => {
                list.contains(&cell)
                    || list == GRADES && self.added_grades.iter().any(|own| own == cell)
            }
            Content::Code => is_code(cell),
            Content::Boolean => matches!(cell, "TRUE" | "FALSE"),
            Content::Year => is_year(cell),
            Content::Date => is_date(cell) || cell.len() == 8 && is_date(&dashed(cell)),
        };
        (!holds).then_some(match column.content {
            Content::Id => "a UUID in lower case",
            Content::Ref(_) | Content::Refs(_) => "the reference leads nowhere",
            Content::OneOf(_) => "not one of the receiver's values",
            Content::Code => "not a code",
            Content::Boolean => "TRUE or FALSE",
            Content::Year => "four digits",
            Content::Date => "a date",
            Content::Text => "a text",
        })
    }
}

fn dashed(date: &str) -> String {
    match (date.get(..4), date.get(4..6), date.get(6..)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => String::new(),
    }
}

/// Records with their line; the header is not among them.
fn records(text: &[u8]) -> impl Iterator<Item = (usize, csv::ByteRecord)> + '_ {
    csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text)
        .into_byte_records()
        .enumerate()
        .filter_map(|(at, record)| Some((at + 2, record.ok()?)))
}
