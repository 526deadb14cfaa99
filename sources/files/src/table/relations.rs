//! Relations out of rows, by whoever reads them: with the taker of rows, or ahead of it.

use std::collections::HashMap;

use roster::terms::{DutyRole, RelationType, SchoolType};
use roster::{EntityKind, Intake, Key, Keyer, SourceIndex};
use roster::{Interval, Record, Relations};

use super::bind::{BadValue, Row};
use super::fields::{Field, TableKind};
use super::rows::or_none;

/// Keys that are remembered, so that an id which is no UUID is not hashed for every row.
const REMEMBERED: usize = 200_000;

/// Makes keys and relations.
pub(crate) struct Maker {
    keyer: Keyer,
    source: SourceIndex,
    /// Per kind, in the order of [`slot`].
    keys: [HashMap<Box<str>, Key>; 4],
    /// The group of the row before: most registers write those in a group one after the other.
    group: Option<(String, Key)>,
    /// The days of the row before, as they stood: nearly always those of the next row too.
    days: Option<(String, String, Interval)>,
}

impl Maker {
    pub(crate) fn new(intake: &Intake<'_>) -> Self {
        let (keyer, source) = (intake.keyer(), intake.index());
        Self { keyer, source, keys: Default::default(), group: None, days: None }
    }

    /// Adds the relation that a row is; false where anything is odd about the row.
    pub(crate) fn add(&mut self, kind: TableKind, row: &Row<'_>, to: &mut Relations) -> bool {
        let mut faults = Vec::new();
        match self.relation(kind, row, &mut faults) {
            Ok(Some(relation)) if faults.is_empty() => to.add(self.source, &relation),
            Ok(_) | Err(_) => false,
        }
    }

    /// The relation that a row of such a table is; `None` of other tables.
    pub(crate) fn relation(
        &mut self,
        kind: TableKind,
        row: &Row<'_>,
        faults: &mut Vec<BadValue>,
    ) -> Result<Option<Record>, BadValue> {
        let relation = match kind {
            TableKind::Organisations
            | TableKind::Schools
            | TableKind::Groups
            | TableKind::Persons => return Ok(None),
            TableKind::Enrolments => self.enrolment(row, faults)?,
            TableKind::Duties => self.duty(row)?,
            TableKind::Memberships => {
                let (person, group, interval) = self.in_group(row)?;
                Record::Membership { person, group, interval }
            }
            TableKind::Teachers => {
                let (person, group, interval) = self.in_group(row)?;
                Record::Teaching { person, group, interval }
            }
            TableKind::Guardians => self.guardian(row)?,
        };
        Ok(Some(relation))
    }

    fn key(&mut self, kind: EntityKind, id: &str) -> Key {
        if let Some(key) = Key::parse_uuid(id) {
            return key;
        }
        if let Some(&key) = self.keys[slot(kind)].get(id) {
            return key;
        }
        let key = self.keyer.key(kind, id);
        let known = &mut self.keys[slot(kind)];
        if known.len() < REMEMBERED {
            known.insert(id.into(), key);
        }
        key
    }

    pub(crate) fn needed(
        &mut self,
        row: &Row<'_>,
        field: Field,
        kind: EntityKind,
    ) -> Result<Key, BadValue> {
        let id = row.needed(field)?;
        Ok(self.key(kind, &id))
    }

    pub(crate) fn optional(
        &mut self,
        row: &Row<'_>,
        field: Field,
        kind: EntityKind,
    ) -> Option<Key> {
        row.some(field).map(|id| self.key(kind, &id))
    }

    fn enrolment(&mut self, row: &Row<'_>, faults: &mut Vec<BadValue>) -> Result<Record, BadValue> {
        let school_type = row.word_if_any(Field::SchoolType, SchoolType::parse)?;
        let missing =
            || BadValue { field: Field::SchoolType, code: "missing_value", shape: String::new() };
        Ok(Record::Enrolment {
            person: self.needed(row, Field::PersonId, EntityKind::Person)?,
            school: self.needed(row, Field::SchoolId, EntityKind::SchoolUnit)?,
            school_type: school_type.ok_or_else(missing)?,
            school_year: or_none(row.word_if_any(Field::SchoolYear, school_year), faults).flatten(),
            interval: row.interval()?,
        })
    }

    fn duty(&mut self, row: &Row<'_>) -> Result<Record, BadValue> {
        row.needed(Field::Role)?;
        Ok(Record::Duty {
            person: self.needed(row, Field::PersonId, EntityKind::Person)?,
            school: self.needed(row, Field::SchoolId, EntityKind::SchoolUnit)?,
            role: row.word(Field::Role, DutyRole::parse, DutyRole::OtherStaff)?,
            interval: row.interval()?,
        })
    }

    fn in_group(&mut self, row: &Row<'_>) -> Result<(Key, Key, Interval), BadValue> {
        let id = row.needed(Field::GroupId)?;
        let group = match &self.group {
            Some((last, group)) if *last == *id => *group,
            Some(_) | None => {
                let group = self.key(EntityKind::Group, &id);
                self.group = Some((id.into_owned(), group));
                group
            }
        };
        let person = self.needed(row, Field::PersonId, EntityKind::Person)?;
        Ok((person, group, self.interval(row)?))
    }

    fn interval(&mut self, row: &Row<'_>) -> Result<Interval, BadValue> {
        let (start, end) = (row.text(Field::StartDate), row.text(Field::EndDate));
        match &mut self.days {
            Some((first, last, known)) if *first == *start && *last == *end => Ok(*known),
            Some((first, last, known)) => {
                *known = row.interval()?;
                start.as_ref().clone_into(first);
                end.as_ref().clone_into(last);
                Ok(*known)
            }
            none => {
                let interval = row.interval()?;
                *none = Some((start.into_owned(), end.into_owned(), interval));
                Ok(interval)
            }
        }
    }

    fn guardian(&mut self, row: &Row<'_>) -> Result<Record, BadValue> {
        let default = RelationType::Guardian;
        Ok(Record::Responsible {
            person: self.needed(row, Field::PersonId, EntityKind::Person)?,
            adult: self.needed(row, Field::GuardianId, EntityKind::Person)?,
            relation: row.word(Field::Relation, RelationType::parse, default)?,
        })
    }
}

/// Årskurs: a number; `F` and the like mean 0.
fn school_year(text: &str) -> Option<u8> {
    match text {
        "F" | "f" | "FSK" | "F-klass" => Some(0),
        _ => text.parse().ok().filter(|year| *year <= 10),
    }
}

fn slot(kind: EntityKind) -> usize {
    match kind {
        EntityKind::Organisation => 0,
        EntityKind::SchoolUnit => 1,
        EntityKind::Person => 2,
        EntityKind::Group => 3,
    }
}
