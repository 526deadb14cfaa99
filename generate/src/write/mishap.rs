//! What goes wrong with an export.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Result;
use std::path::Path;
use std::str::FromStr;

use super::Options;
use super::encode::{Encoding, windows_1252};
use super::rows::{Row, Rows, Table, rows, school_id};
use crate::Town;
use crate::rng::{mix, uuid};
use crate::school::Form;

/// An export that went wrong (reference/sizing.md §4.3).
///
/// K210, K211: each must be seen before anything is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// `memberships.csv` is not there.
    MissingFile,
    /// `persons.csv` ends in the middle of a record, at about 60 %.
    TruncatedInRecord,
    /// The last 40 % of the pupils are missing with all their rows; every record is whole.
    TruncatedRows,
    /// `persons.csv` has 0 bytes.
    EmptyFile,
    /// Every file is whole and has no rows.
    HeaderOnly,
    /// The first school has lost its enrolments, duties and groups, and all that hangs on them.
    SchoolEmpty,
    /// Year 5 of the grundskola is missing with all its rows.
    YearLost,
    /// `family_name` of `persons.csv` is called `surname`.
    ColumnRenamed,
    /// The values of `identity_number` and `family_name` stand in each other's column.
    ColumnsSwapped,
    /// The second half of `persons.csv` has another encoding than the first.
    EncodingWrong,
    /// The same rows, all with other ids.
    AllIdsChanged,
    /// Every hundredth person shares the id with somebody else.
    DuplicateIds,
    /// Every hundredth membership and enrolment names a person who does not exist.
    DanglingReferences,
    /// Every hundredth membership and enrolment ends before it starts.
    EndBeforeStart,
    /// Every fiftieth person and group has a name that is a formula or has control characters.
    FormulaAndControlNames,
}

impl Mishap {
    /// Every mishap, in the order of the list.
    pub const ALL: [Self; 15] = [
        Self::MissingFile,
        Self::TruncatedInRecord,
        Self::TruncatedRows,
        Self::EmptyFile,
        Self::HeaderOnly,
        Self::SchoolEmpty,
        Self::YearLost,
        Self::ColumnRenamed,
        Self::ColumnsSwapped,
        Self::EncodingWrong,
        Self::AllIdsChanged,
        Self::DuplicateIds,
        Self::DanglingReferences,
        Self::EndBeforeStart,
        Self::FormulaAndControlNames,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// What happens, in one sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        self.words().1
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::MissingFile => ("missing-file", "memberships.csv is not there"),
            Self::TruncatedInRecord => {
                ("truncated-in-record", "persons.csv ends in the middle of a record")
            }
            Self::TruncatedRows => ("truncated-rows", "40 % of the pupils are missing"),
            Self::EmptyFile => ("empty-file", "persons.csv has 0 bytes"),
            Self::HeaderOnly => ("header-only", "every file has its header and no rows"),
            Self::SchoolEmpty => ("school-empty", "the first school has lost all its rows"),
            Self::YearLost => ("year-lost", "year 5 is missing"),
            Self::ColumnRenamed => ("column-renamed", "family_name is called surname"),
            Self::ColumnsSwapped => {
                ("columns-swapped", "identity_number and family_name have changed places")
            }
            Self::EncodingWrong => ("encoding-wrong", "persons.csv changes encoding half-way"),
            Self::AllIdsChanged => ("all-ids-changed", "the same rows with other ids"),
            Self::DuplicateIds => {
                ("duplicate-ids", "1 % of the persons share the id with somebody else")
            }
            Self::DanglingReferences => {
                ("dangling-references", "1 % of the relations name nobody that exists")
            }
            Self::EndBeforeStart => {
                ("end-before-start", "1 % of the relations end before they start")
            }
            Self::FormulaAndControlNames => {
                ("formula-and-control-names", "2 % of the names are formulas or have control codes")
            }
        }
    }
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mishap {
    type Err = UnknownMishap;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownMishap> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or(UnknownMishap)
    }
}

/// No mishap has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMishap;

impl fmt::Display for UnknownMishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such mishap; there are")?;
        for (at, mishap) in Mishap::ALL.into_iter().enumerate() {
            write!(f, "{} {mishap}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownMishap {}

const FORMULAS: [&str; 8] = [
    "=HYPERLINK(\"http://example.invalid\")",
    "+46701740605",
    "-1+1",
    "@SUM(A1)",
    "\tTabb",
    "Ringer\u{7}",
    "Rad\r\nbruten",
    "Bak\u{202e}fram",
];

impl Mishap {
    pub(super) fn head(self, table: Table) -> Vec<&'static str> {
        let head = table.head().into_iter();
        if self == Self::ColumnRenamed && table == Table::Persons {
            head.map(|it| if it == "family_name" { "surname" } else { it }).collect()
        } else {
            head.collect()
        }
    }

    pub(super) fn rows(self, town: &Town, table: Table) -> Rows<'_> {
        let all = rows(town, table);
        match self {
            Self::MissingFile
            | Self::TruncatedInRecord
            | Self::EmptyFile
            | Self::ColumnRenamed
            | Self::EncodingWrong => all,
            Self::HeaderOnly => Box::new(std::iter::empty()),
            Self::TruncatedRows => without(town, table, last_pupils(town)),
            Self::YearLost => without(town, table, year_five(town)),
            Self::SchoolEmpty => without_school(town, table),
            Self::ColumnsSwapped => Box::new(all.map(move |mut row| {
                if table == Table::Persons {
                    row.swap(1, 3);
                }
                row
            })),
            Self::AllIdsChanged => Box::new(all.map(move |row| other_ids(table, row))),
            Self::DuplicateIds => Box::new(all.enumerate().flat_map(move |(n, row)| {
                let again = table == Table::Persons && n.is_multiple_of(100);
                let other = again.then(|| another(row.clone()));
                std::iter::once(row).chain(other)
            })),
            Self::DanglingReferences | Self::EndBeforeStart | Self::FormulaAndControlNames => {
                Box::new(all.enumerate().map(move |(n, row)| self.spoil(table, n, row)))
            }
        }
    }

    /// The rows whose values are wrong one by one.
    fn spoil(self, table: Table, n: usize, mut row: Row<'_>) -> Row<'_> {
        let dated = matches!(table, Table::Memberships | Table::Enrolments);
        if self == Self::FormulaAndControlNames {
            let hit = matches!(table, Table::Persons | Table::Groups) && n.is_multiple_of(50);
            if let (true, Some(name)) = (hit, row.get_mut(2)) {
                *name = FORMULAS.get(n / 50 % 8).copied().unwrap_or_default().into();
            }
        } else if dated && n.is_multiple_of(100) {
            let last = row.len() - 1;
            match (self, row.get_mut(1)) {
                (Self::DanglingReferences, Some(person)) => {
                    *person = uuid(mix(0xdead, n as u64), 0, 0).into();
                }
                _ => row[last] = "2001-01-01".into(),
            }
        }
        row
    }
}

/// Another person with the same id.
fn another(mut row: Row<'_>) -> Row<'_> {
    for (at, field) in row.iter_mut().enumerate() {
        match at {
            1 | 4 | 5 => *field = Cow::Borrowed(""),
            2 => *field = Cow::Borrowed("Dubblett"),
            _ => {}
        }
    }
    row
}

/// Pupils after the first 60 %.
fn last_pupils(town: &Town) -> BTreeSet<u32> {
    let pupils: BTreeSet<u32> = town.enrolments.iter().map(|it| it.person).collect();
    let kept = pupils.len() * 6 / 10;
    pupils.into_iter().skip(kept).collect()
}

fn year_five(town: &Town) -> BTreeSet<u32> {
    let lost = town.enrolments.iter().filter(|it| it.grade.form == Form::Gr && it.grade.year == 5);
    lost.map(|it| it.person).collect()
}

/// The table without the rows of some persons.
fn without(town: &Town, table: Table, persons: BTreeSet<u32>) -> Rows<'_> {
    let id = |at: u32| town.persons.get(at as usize).map(|it| it.person.id.as_str());
    let gone: BTreeSet<&str> = persons.into_iter().filter_map(id).collect();
    let column = match table {
        Table::Organisations | Table::Schools | Table::Groups => return rows(town, table),
        Table::Persons | Table::Guardians => 0,
        Table::Enrolments | Table::Duties | Table::Memberships | Table::Teachers => 1,
    };
    Box::new(
        rows(town, table)
            .filter(move |row| !row.get(column).is_some_and(|it| gone.contains(&**it))),
    )
}

/// The table without the rows of the first school; the school itself stays.
fn without_school(town: &Town, table: Table) -> Rows<'_> {
    let lost = school_id(town, 0);
    let groups: BTreeSet<&str> =
        town.groups.iter().filter(|it| it.school == 0).map(|it| it.id.as_str()).collect();
    let all = rows(town, table);
    match table {
        Table::Organisations | Table::Schools | Table::Persons | Table::Guardians => all,
        Table::Groups => Box::new(all.filter(move |row| row.get(1).is_none_or(|it| it != lost))),
        Table::Enrolments | Table::Duties => {
            Box::new(all.filter(move |row| row.get(2).is_none_or(|it| it != lost)))
        }
        Table::Memberships | Table::Teachers => {
            Box::new(all.filter(move |row| !row.first().is_some_and(|it| groups.contains(&**it))))
        }
    }
}

/// Every id becomes another, the same one wherever it stands.
fn other_ids(table: Table, mut row: Row<'_>) -> Row<'_> {
    let columns: &[usize] = match table {
        Table::Organisations | Table::Schools => &[0, 3],
        Table::Persons => &[0],
        Table::Enrolments | Table::Duties => &[0, 1, 2],
        Table::Groups | Table::Memberships | Table::Teachers | Table::Guardians => &[0, 1],
    };
    for (at, field) in row.iter_mut().enumerate() {
        if columns.contains(&at) && !field.is_empty() {
            let hash = field.bytes().fold(0, |hash, byte| mix(hash, u64::from(byte)));
            *field = Cow::Owned(uuid(hash, 8, 0));
        }
    }
    row
}

/// What is wrong with the bytes of `persons.csv`.
pub(super) fn damage(path: &Path, options: &Options) -> Result<()> {
    let cut = |bytes: &[u8], percent: usize| {
        let end: &[u8] = if options.encoding == Encoding::Utf16Le { b"\n\0" } else { b"\n" };
        let from = bytes.len() * percent / 200 * 2;
        let line = bytes.get(from..).unwrap_or_default();
        from + line.windows(end.len()).position(|it| it == end).map_or(0, |at| at + end.len())
    };
    match options.mishap {
        Some(Mishap::EmptyFile) => std::fs::write(path, b""),
        Some(Mishap::TruncatedInRecord) => {
            let bytes = std::fs::read(path)?;
            let whole = cut(&bytes, 60);
            std::fs::write(path, bytes.get(..whole + 20).unwrap_or(&bytes))
        }
        Some(Mishap::EncodingWrong) => {
            let bytes = std::fs::read(path)?;
            let (first, second) = bytes.split_at(cut(&bytes, 50));
            let mut mixed = first.to_vec();
            match options.encoding {
                Encoding::Utf8 | Encoding::Utf8Bom => {
                    windows_1252(&String::from_utf8_lossy(second), &mut mixed);
                }
                Encoding::Utf16Le | Encoding::Windows1252 => {
                    mixed.extend("Åäö".bytes().chain(second.iter().copied()));
                }
            }
            std::fs::write(path, mixed)
        }
        Some(_) | None => Ok(()),
    }
}
