//! A table's fields bound to the columns of the file at hand.

use std::borrow::Cow;
use std::collections::BTreeMap;

use csv::StringRecord;
use roster::{Date, Interval, SourceError};

use super::fields::{FIELD_COUNT, Field, TableKind};
use super::file::{TableFile, content};
use super::settings::{Column, Layout, TableLayout};
use super::value::{date, masked};

/// Where each field of a table is found.
pub(crate) struct Binding {
    cells: [Place; FIELD_COUNT],
    values: [Option<BTreeMap<String, String>>; FIELD_COUNT],
    /// Further fields of a person: name and column.
    pub(crate) extra: Vec<(String, usize)>,
    /// Columns that the layout names and the file does not have, though it could do without.
    pub(crate) absent: Vec<String>,
}

#[derive(Clone, Default)]
enum Place {
    #[default]
    Absent,
    At(usize),
    Constant(String),
    Joined(Vec<usize>),
}

impl Binding {
    /// Finds the columns of `kind` in the header.
    ///
    /// # Errors
    ///
    /// [`Unbound::Missing`] with all required columns that are not there; `repeated_column`
    /// when two columns have the name of one that is used.
    pub(crate) fn new(
        kind: TableKind,
        table: &TableLayout,
        layout: &Layout,
        file: &TableFile,
    ) -> Result<Self, Unbound> {
        let mut lacking = Vec::new();
        let mut binding = Self {
            cells: std::array::from_fn(|_| Place::Absent),
            values: std::array::from_fn(|_| None),
            extra: Vec::new(),
            absent: Vec::new(),
        };
        let required = kind.shape().required;
        for (&field, column) in &table.columns {
            let place = place_of(column, file)?;
            if matches!(place, Place::Absent) && required.contains(&field) {
                lacking.push(Lacking::of(column, file));
                continue;
            }
            if let (Place::Absent, Column::Name(name)) = (&place, column)
                && !name.is_empty()
                && field != Field::SecurityMarking
            {
                binding.absent.push(plain(name));
            }
            binding.cells[field.index()] = place;
            binding.values[field.index()] = layout.values.get(&field).cloned();
        }
        let school_types = layout.values.get(&Field::SchoolType);
        if let (Some(values), None) = (school_types, layout.values.get(&Field::SchoolTypes)) {
            binding.values[Field::SchoolTypes.index()] = Some(values.clone());
        }
        for (name, column) in &table.extra {
            match position(column, file)? {
                Some(at) => binding.extra.push((name.clone(), at)),
                None => lacking.push(Lacking::of(&Column::Name(column.clone()), file)),
            }
        }
        if lacking.is_empty() { Ok(binding) } else { Err(Unbound::Missing(lacking)) }
    }

    /// Whether the file has the field.
    pub(crate) fn has(&self, field: Field) -> bool {
        !matches!(self.cells[field.index()], Place::Absent)
    }

    /// The one column that holds the field.
    pub(crate) fn column(&self, field: Field) -> Option<usize> {
        match self.cells[field.index()] {
            Place::At(at) => Some(at),
            Place::Absent | Place::Constant(_) | Place::Joined(_) => None,
        }
    }

    /// The value as it stands, trimmed.
    pub(crate) fn raw<'r>(&'r self, record: &'r StringRecord, field: Field) -> Cow<'r, str> {
        match &self.cells[field.index()] {
            Place::Absent => Cow::Borrowed(""),
            Place::At(at) => Cow::Borrowed(trimmed(record.get(*at).unwrap_or_default())),
            Place::Constant(value) => Cow::Borrowed(value),
            Place::Joined(columns) => joined(record, columns),
        }
    }

    /// What a word of the register means.
    pub(crate) fn meaning<'r>(&'r self, field: Field, word: &'r str) -> &'r str {
        let values = self.values[field.index()].as_ref();
        let Some(values) = values else { return word };
        let found = values.get(word).or_else(|| {
            // Letter by letter: nearly every word is none of these by its first letter.
            let folded = || word.chars().flat_map(char::to_lowercase);
            let is_same = |known: &str| known.chars().flat_map(char::to_lowercase).eq(folded());
            values.iter().find(|(known, _)| is_same(known)).map(|(_, it)| it)
        });
        found.map_or(word, String::as_str)
    }
}

/// Without space around it; most values are seen to have none by their first and last bytes.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

fn joined<'r>(record: &StringRecord, columns: &[usize]) -> Cow<'r, str> {
    let mut text = String::new();
    for (nth, &at) in columns.iter().enumerate() {
        let part = record.get(at).unwrap_or_default().trim();
        if part.is_empty() {
            return Cow::Borrowed("");
        }
        if nth > 0 {
            text.push('/');
        }
        text.push_str(part);
    }
    Cow::Owned(text)
}

fn position(name: &str, file: &TableFile) -> Result<Option<usize>, SourceError> {
    let same = |column: &String| column.to_lowercase() == name.trim().to_lowercase();
    let mut found = file.header.iter().enumerate().filter(|(_, column)| same(column));
    let first = found.next().map(|(at, _)| at);
    if found.next().is_some() {
        let detail = format!("column={}", plain(name));
        return Err(content("repeated_column", file.place(1, None), detail));
    }
    Ok(first)
}

fn place_of(column: &Column, file: &TableFile) -> Result<Place, SourceError> {
    match column {
        Column::Name(name) if name.is_empty() => Ok(Place::Absent),
        Column::Name(name) => Ok(position(name, file)?.map_or(Place::Absent, Place::At)),
        Column::FirstOf(names) => {
            for name in names {
                if let Some(at) = position(name, file)? {
                    return Ok(Place::At(at));
                }
            }
            Ok(Place::Absent)
        }
        Column::Constant { constant } => Ok(Place::Constant(constant.clone())),
        Column::Join { join } => {
            let mut columns = Vec::new();
            for name in join {
                let Some(at) = position(name, file)? else { return Ok(Place::Absent) };
                columns.push(at);
            }
            Ok(Place::Joined(columns))
        }
    }
}

/// Why a file's columns cannot be used.
pub(crate) enum Unbound {
    /// These are not there.
    Missing(Vec<Lacking>),
    /// Something else is wrong with the file.
    Refused(SourceError),
}

impl From<SourceError> for Unbound {
    fn from(error: SourceError) -> Self {
        Self::Refused(error)
    }
}

/// A column that is not there.
pub(crate) struct Lacking {
    place: String,
    wanted: String,
    found: String,
    /// The likeliest misspelling.
    nearest: Option<String>,
}

impl Lacking {
    fn of(column: &Column, file: &TableFile) -> Self {
        let wanted: Vec<&str> = match column {
            Column::Name(name) => vec![name],
            Column::FirstOf(names) | Column::Join { join: names } => {
                names.iter().map(String::as_str).collect()
            }
            Column::Constant { .. } => Vec::new(),
        };
        let likeness = |column: &String| {
            let folded = column.to_lowercase();
            let best = wanted.iter().map(|it| strsim::jaro_winkler(&folded, &it.to_lowercase()));
            best.fold(0.0_f64, f64::max)
        };
        let nearest = file.header.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let found: Vec<String> = file.header.iter().take(40).map(|it| plain(it)).collect();
        let names: Vec<String> = wanted.iter().map(|it| plain(it)).collect();
        Self {
            place: file.place(1, None),
            wanted: names.join(" / "),
            found: found.join(", "),
            nearest: nearest.filter(|column| likeness(column) > 0.8).map(|it| plain(it)),
        }
    }
}

/// The error for columns that are not there, in however many files; none when all are.
pub(crate) fn missing(lacking: &[Lacking]) -> Option<SourceError> {
    let nearest = |column: &Lacking, before: &str, after: &str| {
        let near = column.nearest.as_ref();
        near.map_or_else(String::new, |it| format!("{before}{it}{after}"))
    };
    if let [one] = lacking {
        let near = nearest(one, "; nearest=", "");
        let detail = format!("column={}; found={}{near}", one.wanted, one.found);
        return Some(content("missing_column", one.place.clone(), detail));
    }
    let files = lacking.chunk_by(|one, other| one.place == other.place).map(|columns| {
        let told = |it: &Lacking| format!("{}{}", it.wanted, nearest(it, " (≈ ", ")"));
        let names: Vec<String> = columns.iter().map(told).collect();
        format!("{}: {}", columns[0].place, names.join(", "))
    });
    let files: Vec<String> = files.collect();
    let place = lacking.first()?.place.clone();
    Some(content("missing_columns", place, format!("files={}", files.join(" · "))))
}

/// A column's name as details carry it. A header row that is really a row of data would put
/// a person's values into messages, so what looks like one is masked.
pub(crate) fn plain(name: &str) -> String {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    if name.contains('@') || digits > 3 || name.chars().count() > 40 {
        return masked(name);
    }
    name.chars()
        .map(|it| if it == ';' || it == '=' || it.is_control() { ' ' } else { it })
        .collect()
}

/// A value that cannot be what its field should hold.
pub(crate) struct BadValue {
    /// Which field.
    pub(crate) field: Field,
    /// `bad_value` or `missing_value`.
    pub(crate) code: &'static str,
    /// The value, masked.
    pub(crate) shape: String,
}

/// One row of a table.
pub(crate) struct Row<'r> {
    pub(crate) binding: &'r Binding,
    pub(crate) record: &'r StringRecord,
}

impl<'r> Row<'r> {
    /// The value as it stands, trimmed; empty when there is none.
    pub(crate) fn text(&self, field: Field) -> Cow<'r, str> {
        self.binding.raw(self.record, field)
    }

    /// The value, if there is one.
    pub(crate) fn some(&self, field: Field) -> Option<Cow<'r, str>> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// The value of a field that must have one.
    pub(crate) fn needed(&self, field: Field) -> Result<Cow<'r, str>, BadValue> {
        let missing = BadValue { field, code: "missing_value", shape: String::new() };
        self.some(field).ok_or(missing)
    }

    /// A date; a year of 9999 means none.
    pub(crate) fn date(&self, field: Field) -> Result<Option<Date>, BadValue> {
        let Some(text) = self.some(field) else { return Ok(None) };
        match date(&text) {
            Some(date) => Ok(Some(date).filter(|date| date.year() < 9999)),
            None => Err(bad(field, &text)),
        }
    }

    /// The days of `start_date` and `end_date`.
    pub(crate) fn interval(&self) -> Result<Interval, BadValue> {
        Ok(Interval::new(self.date(Field::StartDate)?, self.date(Field::EndDate)?))
    }

    /// A word of a vocabulary, or `default` when there is none.
    pub(crate) fn word<T>(
        &self,
        field: Field,
        parse: impl Fn(&str) -> Option<T>,
        default: T,
    ) -> Result<T, BadValue> {
        Ok(self.word_if_any(field, parse)?.unwrap_or(default))
    }

    /// A word of a vocabulary, if there is one.
    pub(crate) fn word_if_any<T>(
        &self,
        field: Field,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, BadValue> {
        let Some(text) = self.some(field) else { return Ok(None) };
        match parse(self.binding.meaning(field, &text)) {
            Some(word) => Ok(Some(word)),
            None => Err(bad(field, &text)),
        }
    }
}

/// A value that its field cannot hold.
pub(crate) fn bad(field: Field, text: &str) -> BadValue {
    BadValue { field, code: "bad_value", shape: masked(text) }
}
