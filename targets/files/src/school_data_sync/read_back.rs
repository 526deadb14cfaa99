//! A delivered set read back as rows, when the memory of it was lost. Ids are published ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File as Disk;
use std::io::{self, BufReader};
use std::path::Path;

use connect::files::MANIFEST;
use connect::sets;
use roster::{Key, SpoolError};
use state::{Intact, Kind, Member, Object, ObjectRef, PushRow, ReadBack, Row, Value};

use super::card::{CLASS, ENROLLMENT, ORG, RELATIONSHIP, ROLE};
use super::table::File;
use super::{read_v1, read_v2};

/// Why a set cannot be read back.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// Not a file of the set: which, on which line, and what is wrong. Never what stood there.
    #[error("{file} line {line}: {what}")]
    Form {
        /// The file.
        file: &'static str,
        /// The line, from 1 (the header).
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The disk, or what takes the rows.
    #[error("the delivered files cannot be read")]
    Io(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(Box::new(error))
    }
}

impl From<SpoolError> for ReadError {
    fn from(error: SpoolError) -> Self {
        Self::Io(Box::new(error))
    }
}

/// Reads the set in the folder, in whichever of the two formats it is.
pub(super) fn read(folder: &Path, push: PushRow<'_>) -> Result<ReadBack, ReadError> {
    connect::files::recover(folder)?;
    let Some(manifest) = sets::manifest(folder)? else { return Ok(ReadBack::Nothing) };
    let names: Vec<&str> = sets::names(&manifest).collect();
    let intact = if connect::files::check(folder)? { Intact::Yes } else { Intact::No };
    let mut set =
        DeliveredSet { folder, names: &names, out: Out { push, class_school: BTreeMap::new() } };
    let Untold { attributes: untold, partly } = if names.contains(&"orgs.csv") {
        read_v2::read(&mut set)?
    } else {
        read_v1::read(&mut set)?
    };
    Ok(ReadBack::Rows { intact, untold, partly })
}

/// What a set does not tell.
pub(super) struct Untold {
    /// Attributes of objects, by their place on the card.
    pub(super) attributes: Vec<(Kind, usize)>,
    /// Kinds of membership of which not all are told.
    pub(super) partly: Vec<Kind>,
}

/// Whether a set of ours lies in the folder.
pub(super) fn is_there(folder: &Path) -> bool {
    folder.join(MANIFEST).exists()
}

/// The set that is read.
pub(super) struct DeliveredSet<'a> {
    folder: &'a Path,
    names: &'a [&'a str],
    pub(super) out: Out<'a>,
}

impl DeliveredSet<'_> {
    /// Whether the set has this file.
    pub(super) fn has(&self, file: &File) -> bool {
        self.name(file).is_some()
    }

    fn name(&self, file: &File) -> Option<&str> {
        self.names.iter().copied().find(|name| name.eq_ignore_ascii_case(file.name))
    }

    /// Hands every line of a file to `take`; a file that the set does not have has none.
    pub(super) fn lines(
        &mut self,
        file: &'static File,
        mut take: impl FnMut(&mut Out<'_>, &Line<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let Some(name) = self.name(file) else { return Ok(()) };
        let disk = BufReader::with_capacity(1 << 16, Disk::open(self.folder.join(name))?);
        let mut reader = csv::Reader::from_reader(disk);
        let form = |line: u64, what| ReadError::Form { file: file.name, line, what };
        let headers = reader.headers().map_err(|_| form(1, "not CSV in UTF-8"))?.clone();
        let columns = file.columns.iter().map(|column| column.name);
        if !columns.eq(headers.iter()) {
            return Err(form(1, "the columns are not those that are delivered"));
        }
        let mut record = csv::StringRecord::new();
        // A delivered cell holds no line break: each record is a line.
        let mut number = 2;
        while reader.read_record(&mut record).map_err(|_| form(number, "not CSV, or cut off"))? {
            take(&mut self.out, &Line { file: file.name, number, record: &record })?;
            number += 1;
        }
        Ok(())
    }
}

/// One line of a file.
pub(super) struct Line<'a> {
    file: &'static str,
    number: u64,
    record: &'a csv::StringRecord,
}

impl Line<'_> {
    /// The cell in this column, by its place in the table of columns.
    pub(super) fn cell(&self, at: usize) -> &str {
        self.record.get(at).unwrap_or_default()
    }

    /// The text in this column, if there is one.
    pub(super) fn text(&self, at: usize) -> Value {
        text(self.cell(at))
    }

    /// The id in this column.
    pub(super) fn key(&self, at: usize) -> Result<Key, ReadError> {
        Key::parse_uuid(self.cell(at)).ok_or_else(|| self.wrong("not an id of ours"))
    }

    /// What the column refers to, if anything.
    pub(super) fn reference(&self, at: usize, kind: Kind) -> Result<Value, ReadError> {
        if self.cell(at).is_empty() {
            return Ok(Value::None);
        }
        Ok(Value::Ref(ObjectRef { kind, key: self.key(at)? }))
    }

    /// What the column refers to, with commas between.
    pub(super) fn references(&self, at: usize, kind: Kind) -> Result<Value, ReadError> {
        if self.cell(at).is_empty() {
            return Ok(Value::None);
        }
        let key = |id: &str| Key::parse_uuid(id).ok_or_else(|| self.wrong("not an id of ours"));
        let mut ids: Vec<Key> = self.cell(at).split(',').map(key).collect::<Result<_, _>>()?;
        ids.sort_unstable();
        Ok(Value::Refs(ids.into_iter().map(|key| ObjectRef { kind, key }).collect()))
    }

    /// A date, in either of the forms that are delivered.
    pub(super) fn date(&self, at: usize) -> Value {
        let cell = self.cell(at);
        match (cell.len(), cell.get(..4), cell.get(4..6), cell.get(6..)) {
            (8, Some(year), Some(month), Some(day)) => Value::Text(format!("{year}-{month}-{day}")),
            (_, _, _, _) => text(cell),
        }
    }

    fn wrong(&self, what: &'static str) -> ReadError {
        ReadError::Form { file: self.file, line: self.number, what }
    }
}

pub(super) fn text(cell: &str) -> Value {
    if cell.is_empty() { Value::None } else { Value::Text(cell.to_owned()) }
}

/// Where rows go.
pub(super) struct Out<'a> {
    push: PushRow<'a>,
    /// The school of each class: places in it are at that school.
    class_school: BTreeMap<Key, Key>,
}

impl Out<'_> {
    /// An object with the schools that it is at.
    pub(super) fn object(
        &mut self,
        kind: Kind,
        key: Key,
        values: Vec<Value>,
        schools: &BTreeSet<Key>,
    ) -> Result<(), ReadError> {
        let id = ObjectRef { kind, key };
        if let (CLASS, Some(school)) = (kind, schools.first()) {
            self.class_school.insert(key, *school);
        }
        let schools = schools.iter().copied().collect();
        Ok((self.push)(&Row::Object(Object { id, values, schools }).encoded())?)
    }

    /// A role at an organisation, with the schools that it is at.
    pub(super) fn role(
        &mut self,
        org: Key,
        user: Key,
        role: &str,
        values: Vec<Value>,
        schools: Vec<Key>,
    ) -> Result<(), ReadError> {
        self.member(ROLE, ObjectRef { kind: ORG, key: org }, user, role, values, schools)
    }

    /// A place in a class.
    pub(super) fn place(&mut self, class: Key, user: Key, role: &str) -> Result<(), ReadError> {
        let schools = self.class_school.get(&class).copied().into_iter().collect();
        let class = ObjectRef { kind: CLASS, key: class };
        self.member(ENROLLMENT, class, user, role, Vec::new(), schools)
    }

    /// A contact of a student.
    pub(super) fn contact(&mut self, student: Key, user: Key, role: &str) -> Result<(), ReadError> {
        let student = ObjectRef { kind: super::USER, key: student };
        self.member(RELATIONSHIP, student, user, role, Vec::new(), Vec::new())
    }

    fn member(
        &mut self,
        kind: Kind,
        container: ObjectRef,
        user: Key,
        role: &str,
        values: Vec<Value>,
        schools: Vec<Key>,
    ) -> Result<(), ReadError> {
        let member = ObjectRef { kind: super::USER, key: user };
        let role = role.to_owned();
        let row = Row::Member(Member { kind, container, member, role, values, schools });
        Ok((self.push)(&row.encoded())?)
    }
}
