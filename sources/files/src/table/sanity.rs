//! Whether columns hold what their names say: two swapped columns must not become a roster.

use csv::StringRecord;
use roster::terms::{DutyRole, GroupType, PersonStatus, SchoolType, Sex};
use roster::{Key, SourceError};

use super::bind::{Binding, Row, plain};
use super::fields::{Field, TableKind};
use super::file::{TableFile, content};
use super::value::date;

/// So many rows are looked at before the first is taken in.
pub(crate) const SAMPLE: usize = 200;

/// Fewer odd values than this are single faults, not a column in the wrong place.
const FEWEST: usize = 4;

/// What a value looks like, whatever its column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Uuid,
    Email,
    Date,
    Number,
    WordOf(Field),
    Text,
}

impl Look {
    fn of(text: &str) -> Self {
        let is_dated = text.contains(['-', '/']) && date(text).is_some();
        if Key::parse_uuid(text).is_some() {
            Self::Uuid
        } else if text.contains('@') {
            Self::Email
        } else if is_dated {
            Self::Date
        } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Number
        } else {
            word_of(text).map_or(Self::Text, Self::WordOf)
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Email => "email",
            Self::Date => "date",
            Self::Number => "number",
            Self::WordOf(field) => field.as_str(),
            Self::Text => "text",
        }
    }
}

fn word_of(text: &str) -> Option<Field> {
    if Sex::parse(text).is_some() {
        Some(Field::Sex)
    } else if PersonStatus::parse(text).is_some() {
        Some(Field::Status)
    } else if SchoolType::parse(text).is_some() {
        Some(Field::SchoolType)
    } else if DutyRole::parse(text).is_some() {
        Some(Field::Role)
    } else {
        GroupType::parse(text).map(|_| Field::Type)
    }
}

/// Whether a value may stand in a column; strict only where another column's value can be
/// told, since a word that nobody mapped is a fault of another kind.
fn fits(field: Field, text: &str) -> bool {
    let look = Look::of(text);
    match field {
        Field::StartDate | Field::EndDate | Field::BirthDate => date(text).is_some(),
        Field::Email => look == Look::Email,
        Field::Code | Field::MunicipalityCode => look == Look::Number,
        Field::GivenName | Field::FamilyName => {
            !text.bytes().any(|byte| byte.is_ascii_digit()) && look != Look::Email
        }
        Field::IdentityNumber => {
            text.bytes().any(|byte| byte.is_ascii_digit())
                && !matches!(look, Look::Uuid | Look::Email)
        }
        Field::Id
        | Field::ParentId
        | Field::OrganisationId
        | Field::PersonId
        | Field::SchoolId
        | Field::GroupId
        | Field::GuardianId => !matches!(look, Look::Email | Look::Date),
        Field::Username => !matches!(look, Look::Uuid | Look::Date),
        Field::Name | Field::CourseCode | Field::CourseName => {
            !matches!(look, Look::Uuid | Look::Email | Look::Date)
        }
        Field::Sex | Field::Status | Field::SchoolType | Field::Role | Field::Type => {
            matches!(look, Look::Text | Look::Number) || look == Look::WordOf(field)
        }
        Field::SecurityMarking | Field::SchoolYear | Field::Relation => {
            matches!(look, Look::Text | Look::Number)
        }
        Field::SchoolTypes | Field::Notes => true,
    }
}

/// Looks at the first rows of a table.
///
/// # Errors
///
/// `swapped_columns` when more than a fifth of a column's values cannot be what the column
/// should hold.
pub(crate) fn check(
    kind: TableKind,
    binding: &Binding,
    file: &TableFile,
    sample: &[StringRecord],
) -> Result<(), SourceError> {
    for &field in kind.shape().fields {
        let Some(column) = binding.column(field) else { continue };
        let mut total = 0;
        let mut odd = Vec::new();
        for record in sample {
            let Some(text) = (Row { binding, record }).some(field) else { continue };
            total += 1;
            let meaning = binding.meaning(field, &text);
            if !fits(field, meaning) {
                odd.push(Look::of(meaning));
            }
        }
        if odd.len() >= FEWEST && odd.len() * 5 > total {
            let count = |look: &Look| odd.iter().filter(|it| *it == look).count();
            let look = odd.iter().max_by_key(|look| count(look)).map_or("", |look| look.as_str());
            let name = file.header.get(column).map(|it| plain(it)).unwrap_or_default();
            let detail =
                format!("column={name}; looks_like={look}; count={}; rows={total}", odd.len());
            return Err(content("swapped_columns", file.place(1, Some(&name)), detail));
        }
    }
    Ok(())
}
