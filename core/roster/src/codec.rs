//! Rows as bytes: how persons and relations are sorted, spilled and kept in snapshots.
//!
//! A row is `[person key, 16][tag, 1][payload]`, so that sorting rows as bytes brings a
//! person and all relations together, and equal rows next to each other.

use crate::gate::Admitted;
use crate::supplement::{Fills, Miss, Missed};
use crate::terms::{DutyRole, PersonStatus, RelationType, SchoolType, Sex};
use crate::{
    Date, Duty, Enrolment, Key, Mac, Membership, Person, PersonDraft, Responsible, SourceIndex,
    Teaching,
};

mod bytes;
mod parts;

pub use bytes::{Reader, Writer};
pub(crate) use parts::PersonParts;

/// A stored row is damaged or of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored row is damaged or of another version")]
pub struct CodecError;

/// One row of a person, as decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonRow {
    /// The person, as one source has it.
    Person(Box<Person>),
    /// A place in a school unit.
    Enrolment(Enrolment),
    /// Work at a school unit.
    Duty(Duty),
    /// A place in a group.
    Membership(Membership),
    /// A group taught.
    Teaching(Teaching),
    /// An adult who answers for the child.
    Responsible(Responsible),
    /// What a supplement could not fill in. Follows the person's own rows.
    Missed(Missed),
}

impl PersonRow {
    fn tag(&self) -> u8 {
        match self {
            Self::Person(_) => 0,
            Self::Enrolment(_) => 1,
            Self::Duty(_) => 2,
            Self::Membership(_) => 3,
            Self::Teaching(_) => 4,
            Self::Responsible(_) => 5,
            Self::Missed(_) => 6,
        }
    }
}

/// Appends the row of the person `key` to `out`.
pub fn encode(key: Key, row: &PersonRow, out: &mut Vec<u8>) {
    out.extend_from_slice(key.as_bytes());
    out.push(row.tag());
    let mut w = Writer(out);
    match row {
        PersonRow::Person(person) => encode_person(person, &mut w),
        PersonRow::Enrolment(Enrolment { source, school, school_type, school_year, interval }) => {
            w.byte(source.0);
            w.key(*school);
            w.interval(interval);
            w.byte(school_type.index());
            w.byte(school_year.map_or(0, |year| year + 1));
        }
        PersonRow::Duty(Duty { source, school, role, interval }) => {
            w.byte(source.0);
            w.key(*school);
            w.interval(interval);
            w.byte(role.index());
        }
        PersonRow::Membership(Membership { source, group, interval })
        | PersonRow::Teaching(Teaching { source, group, interval }) => {
            w.byte(source.0);
            w.key(*group);
            w.interval(interval);
        }
        PersonRow::Responsible(Responsible { source, adult, relation }) => {
            w.byte(source.0);
            w.key(*adult);
            w.byte(relation.index());
        }
        PersonRow::Missed(Missed { field, why }) => {
            w.byte(*field as u8);
            w.byte(*why as u8);
        }
    }
}

/// Appends the row of a person who passed the gate: as [`encode`] does, of what its reader has.
pub(crate) fn encode_admitted(person: &Admitted<'_>, out: &mut Vec<u8>) {
    let Admitted { key, source, draft, number, temporary_number } = person;
    let PersonDraft {
        source_id,
        given_name,
        family_name,
        email,
        username,
        birth_date,
        sex,
        status,
        identity_number: _, // dropped in the gate
        extra,
    } = draft;
    out.extend_from_slice(key.as_bytes());
    out.push(0);
    encode_fields(
        &Fields {
            source: *source,
            texts: [source_id, given_name, family_name],
            optional: [*email, *username],
            birth_date: *birth_date,
            sex: *sex,
            status: *status,
            numbers: [*number, *temporary_number],
            extra,
        },
        &mut Writer(out),
    );
}

fn encode_person(person: &Person, w: &mut Writer<'_>) {
    let Person {
        key: _, // stands before the tag
        source,
        source_id,
        given_name,
        family_name,
        email,
        username,
        birth_date,
        sex,
        status,
        number,
        temporary_number,
        extra,
    } = person;
    encode_fields(
        &Fields {
            source: *source,
            texts: [source_id, given_name, family_name],
            optional: [email.as_deref(), username.as_deref()],
            birth_date: *birth_date,
            sex: *sex,
            status: *status,
            numbers: [*number, *temporary_number],
            extra,
        },
        w,
    );
}

/// A person's fields in the order in which they are written.
struct Fields<'a> {
    source: SourceIndex,
    texts: [&'a str; 3],
    optional: [Option<&'a str>; 2],
    birth_date: Option<Date>,
    sex: Option<Sex>,
    status: PersonStatus,
    numbers: [Option<Mac>; 2],
    extra: &'a [(String, String)],
}

fn encode_fields(fields: &Fields<'_>, w: &mut Writer<'_>) {
    let Fields { source, texts, optional, birth_date, sex, status, numbers, extra } = fields;
    w.byte(source.0);
    for text in texts {
        w.text(text);
    }
    for text in optional {
        w.optional_text(*text);
    }
    w.date(*birth_date);
    w.byte(sex.map_or(0, |sex| sex.index() + 1));
    w.byte(status.index());
    for number in numbers {
        w.optional_mac(*number);
    }
    w.length(extra.len());
    for (name, value) in *extra {
        w.text(name);
        w.text(value);
    }
}

/// Reads a row that [`encode`] wrote.
///
/// # Errors
///
/// [`CodecError`] when the bytes are cut, carry an unknown tag or an unknown value.
pub fn decode(row: &[u8]) -> Result<(Key, PersonRow), CodecError> {
    let mut r = Reader(row);
    let key = r.key()?;
    let tag = r.byte()?;
    let row = match tag {
        0 => PersonRow::Person(Box::new(decode_person(key, &mut r)?)),
        1 => {
            let (source, school, interval) = (r.source()?, r.key()?, r.interval()?);
            let school_type = SchoolType::from_index(r.byte()?).ok_or(CodecError)?;
            let school_year = r.byte()?.checked_sub(1);
            PersonRow::Enrolment(Enrolment { source, school, school_type, school_year, interval })
        }
        2 => {
            let (source, school, interval) = (r.source()?, r.key()?, r.interval()?);
            let role = DutyRole::from_index(r.byte()?).ok_or(CodecError)?;
            PersonRow::Duty(Duty { source, school, role, interval })
        }
        3 => PersonRow::Membership(Membership {
            source: r.source()?,
            group: r.key()?,
            interval: r.interval()?,
        }),
        4 => PersonRow::Teaching(Teaching {
            source: r.source()?,
            group: r.key()?,
            interval: r.interval()?,
        }),
        5 => {
            let (source, adult) = (r.source()?, r.key()?);
            let relation = RelationType::from_index(r.byte()?).ok_or(CodecError)?;
            PersonRow::Responsible(Responsible { source, adult, relation })
        }
        6 => {
            let field = *Fills::ALL.get(usize::from(r.byte()?)).ok_or(CodecError)?;
            let why = *Miss::ALL.get(usize::from(r.byte()?)).ok_or(CodecError)?;
            PersonRow::Missed(Missed { field, why })
        }
        _ => return Err(CodecError),
    };
    if r.0.is_empty() { Ok((key, row)) } else { Err(CodecError) }
}

/// The adult that a row names beside its own person, without decoding the rest.
#[must_use]
pub(crate) fn adult_of(row: &[u8]) -> Option<Key> {
    let payload = row.get(17..).filter(|_| row.get(16) == Some(&5))?;
    Some(Key::from_bytes(*payload.get(1..)?.first_chunk()?))
}

/// Whether a row is the person itself.
#[must_use]
pub(crate) fn is_person(row: &[u8]) -> bool {
    row.get(16) == Some(&0)
}

/// The person of a row and its identity number's hash, where the row is the person itself: no
/// more is read than that takes.
pub(crate) fn number_of(row: &[u8]) -> Result<Option<(Key, Option<Mac>)>, CodecError> {
    if !is_person(row) {
        return Ok(None);
    }
    let mut r = Reader(row);
    let key = r.key()?;
    r.take(1)?;
    r.source()?;
    for _ in 0..3 {
        r.text()?;
    }
    for _ in 0..2 {
        r.optional_text()?;
    }
    r.date()?;
    r.take(2)?;
    Ok(Some((key, r.optional_mac()?)))
}

/// Whether a row places its person in a group, as a member or a teacher.
#[must_use]
pub(crate) fn is_in_group(row: &[u8]) -> bool {
    matches!(row.get(16), Some(3 | 4))
}

fn decode_person(key: Key, r: &mut Reader<'_>) -> Result<Person, CodecError> {
    Ok(Person {
        key,
        source: r.source()?,
        source_id: r.text()?.to_owned(),
        given_name: r.text()?.to_owned(),
        family_name: r.text()?.to_owned(),
        email: r.optional_text()?.map(str::to_owned),
        username: r.optional_text()?.map(str::to_owned),
        birth_date: r.date()?,
        sex: match r.byte()? {
            0 => None,
            index => Some(Sex::from_index(index - 1).ok_or(CodecError)?),
        },
        status: PersonStatus::from_index(r.byte()?).ok_or(CodecError)?,
        number: r.optional_mac()?,
        temporary_number: r.optional_mac()?,
        extra: {
            let count = r.length()?;
            let mut extra = Vec::new();
            for _ in 0..count {
                extra.push((r.text()?.to_owned(), r.text()?.to_owned()));
            }
            extra
        },
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Interval;

    fn rows() -> Vec<PersonRow> {
        let source = SourceIndex(1);
        let interval = Interval::new(Some(date(2026, 8, 17)), None);
        let person = Person {
            key: Key::from_bytes([7; 16]),
            source,
            source_id: "4711".to_owned(),
            given_name: "Åsa".to_owned(),
            family_name: "de la O'Brien".to_owned(),
            email: Some("åsa@example.se".to_owned()),
            username: None,
            birth_date: Some(date(2012, 2, 29)),
            sex: Some(Sex::Kvinna),
            status: PersonStatus::Active,
            number: Some(Mac::from_bytes([9; 16])),
            temporary_number: None,
            extra: vec![("cost_centre".to_owned(), "x".repeat(300))],
        };
        vec![
            PersonRow::Person(Box::new(person)),
            PersonRow::Enrolment(Enrolment {
                source,
                school: Key::from_bytes([1; 16]),
                school_type: SchoolType::Gr,
                school_year: Some(0),
                interval,
            }),
            PersonRow::Duty(Duty {
                source,
                school: Key::from_bytes([1; 16]),
                role: DutyRole::Administrator,
                interval: Interval::ALWAYS,
            }),
            PersonRow::Membership(Membership { source, group: Key::from_bytes([2; 16]), interval }),
            PersonRow::Teaching(Teaching { source, group: Key::from_bytes([2; 16]), interval }),
            PersonRow::Responsible(Responsible {
                source,
                adult: Key::from_bytes([3; 16]),
                relation: RelationType::Guardian,
            }),
            PersonRow::Missed(Missed { field: Fills::Username, why: Miss::NoValue }),
        ]
    }

    #[test]
    fn every_row_is_read_back_as_it_was_written() {
        for row in rows() {
            let mut bytes = Vec::new();
            encode(Key::from_bytes([7; 16]), &row, &mut bytes);
            assert_eq!(decode(&bytes), Ok((Key::from_bytes([7; 16]), row)));
        }
    }

    #[test]
    fn a_row_cut_anywhere_is_an_error_and_never_a_panic() {
        for row in rows() {
            let mut bytes = Vec::new();
            encode(Key::from_bytes([7; 16]), &row, &mut bytes);
            for end in 0..bytes.len() {
                assert_eq!(decode(&bytes[..end]), Err(CodecError), "{end} of {row:?}");
            }
        }
    }

    #[test]
    fn dates_sort_as_bytes() {
        let dates = [None, Some(date(-1, 1, 1)), Some(date(1999, 12, 31)), Some(date(2026, 1, 1))];
        let bytes = dates.map(|date| {
            let mut out = Vec::new();
            Writer(&mut out).date(date);
            out
        });
        assert!(bytes.is_sorted());
    }
}
