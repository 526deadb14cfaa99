//! Persons and their dated relations.

use crate::terms::{DutyRole, PersonStatus, RelationType, SchoolType, Sex};
use crate::{Date, Interval, Key, Mac, SourceIndex};

/// A pupil, a member of staff or a guardian, as far as Skolbro needs to know.
///
/// Made by [`crate::Gate::admit`] alone, so that no reader can forget to ask whether the
/// person is protected (K069). Identity numbers are not here: only their keyed hash is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Our key.
    pub key: Key,
    /// The source with the highest precedence that named the person.
    pub source: SourceIndex,
    /// That source's own id.
    pub source_id: String,
    /// Tilltalsnamn or all given names, as the register has them.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// E-mail address at school or work.
    pub email: Option<String>,
    /// User name, where the register holds one.
    pub username: Option<String>,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Sex, where the register holds it.
    pub sex: Option<Sex>,
    /// Whether the register counts the person as active (K138).
    pub status: PersonStatus,
    /// Keyed hash of a personnummer or samordningsnummer; never of an interim or TF number.
    pub number: Option<Mac>,
    /// Keyed hash of a temporary number, for finding duplicates only (D06, K073).
    pub temporary_number: Option<Mac>,
    /// Further fields that the source's profile declares, by name, sorted by name.
    pub extra: Vec<(String, String)>,
}

impl Person {
    /// A further field of the source by its name.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// A pupil's place in a school unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Enrolment {
    /// The source that says so.
    pub source: SourceIndex,
    /// The school unit.
    pub school: Key,
    /// The form of schooling.
    pub school_type: SchoolType,
    /// Årskurs: 0 to 9 in compulsory school, 1 to 4 in upper-secondary.
    pub school_year: Option<u8>,
    /// When it holds.
    pub interval: Interval,
}

/// A member of staff's work at a school unit (K014).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duty {
    /// The source that says so.
    pub source: SourceIndex,
    /// The school unit.
    pub school: Key,
    /// The role.
    pub role: DutyRole,
    /// When it holds.
    pub interval: Interval,
}

/// A pupil's place in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The source that says so.
    pub source: SourceIndex,
    /// The group.
    pub group: Key,
    /// When it holds.
    pub interval: Interval,
}

/// A teacher's work with a group: undervisande lärare (K015).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Teaching {
    /// The source that says so.
    pub source: SourceIndex,
    /// The group.
    pub group: Key,
    /// When it holds.
    pub interval: Interval,
}

/// An adult who answers for a child. Stands with the child (K203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Responsible {
    /// The source that says so.
    pub source: SourceIndex,
    /// The adult.
    pub adult: Key,
    /// In what capacity.
    pub relation: RelationType,
}

/// A person with all relations: the unit that passes through check and shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Who.
    pub person: Person,
    /// Places in school units, sorted.
    pub enrolments: Vec<Enrolment>,
    /// Work at school units, sorted.
    pub duties: Vec<Duty>,
    /// Places in groups, sorted.
    pub memberships: Vec<Membership>,
    /// Groups taught, sorted.
    pub teachings: Vec<Teaching>,
    /// Adults who answer for this child, sorted.
    pub responsibles: Vec<Responsible>,
}
