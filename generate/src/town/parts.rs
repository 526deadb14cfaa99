//! The rows of a town.

use std::collections::BTreeMap;

use crate::school::{Form, Grade};
use crate::{Day, Person};

/// What a town holds besides what its size says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// Whether the register has the ordinary mistakes.
    pub quality: Quality,
    /// Whether there is a table of guardians.
    pub guardians: Guardians,
    /// Whether pupils also belong to a mentor's group.
    pub mentors: Mentors,
}

/// Whether the register has the ordinary mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    /// No mistakes, for measuring.
    Clean,
    /// Missing e-mail addresses, names twice, groups without teachers and so on.
    #[default]
    Defects,
}

/// Whether there is a table of guardians.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guardians {
    /// None.
    #[default]
    Without,
    /// Two for every other child, one for the rest.
    With,
}

/// Whether pupils also belong to a mentor's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mentors {
    /// None.
    #[default]
    Without,
    /// One group for every twelve pupils of a school, besides the counts of the size.
    With,
}

/// First and last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First day.
    pub start: Day,
    /// Last day; `None` while not known.
    pub end: Option<Day>,
}

impl Validity {
    pub(crate) const fn since(start: Day) -> Self {
        Self { start, end: None }
    }

    pub(crate) const fn between((start, end): (Day, Day)) -> Self {
        Self { start, end: Some(end) }
    }

    /// True on that day.
    #[must_use]
    pub fn holds(self, day: Day) -> bool {
        self.start <= day && self.end.is_none_or(|end| end >= day)
    }

    /// Ends at that day; false for what would never have begun.
    pub(crate) fn cut(&mut self, day: Day) -> bool {
        let begun = self.start <= day;
        if begun {
            self.stop(day);
        }
        begun
    }

    /// Ends at that day if it would not end before it.
    pub(crate) fn stop(&mut self, day: Day) {
        if self.end.is_none_or(|end| end > day) {
            self.end = Some(day);
        }
    }
}

/// A school unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Lower-case UUID.
    pub id: String,
    /// Eight digits; empty for the preschool without a code.
    pub code: String,
    /// Name.
    pub name: String,
    /// School form of its groups; `None` for a preschool.
    pub form: Option<Form>,
}

/// A person and how the register marks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Human {
    /// Who.
    pub person: Person,
    /// Protected or not.
    pub marking: Marking,
    /// The last day in the register, once the person has left.
    pub left: Option<Day>,
}

impl Human {
    /// True for those whose names occur nowhere else, protected or not.
    pub(crate) fn searchable(&self) -> bool {
        self.person.given_name.starts_with("Hemlig")
    }
}

/// How the register marks a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marking {
    /// Not.
    None,
    /// Sekretessmarkering.
    Protected,
    /// Skyddad folkbokföring.
    Hidden,
}

/// A pupil at a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enrolment {
    /// Number that the row's id is made of.
    pub number: u64,
    /// Index of the pupil.
    pub person: u32,
    /// Index of the school.
    pub school: u32,
    /// School form and year.
    pub grade: Grade,
    /// When.
    pub validity: Validity,
}

/// A member of staff at a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// Number that the row's id is made of.
    pub number: u64,
    /// Index of the member of staff.
    pub person: u32,
    /// Index of the school.
    pub school: u32,
    /// SS12000 `DutyRole`.
    pub role: &'static str,
    /// When.
    pub validity: Validity,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Lower-case UUID.
    pub id: String,
    /// Index of the school.
    pub school: u32,
    /// Name.
    pub name: String,
    /// SS12000 `GroupType`.
    pub kind: &'static str,
    /// School form, and for a home class the year.
    pub grade: Grade,
    /// Code and name of the course; empty for a home class.
    pub course: (String, String),
    /// When.
    pub validity: Validity,
}

/// A person in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Index of the group.
    pub group: u32,
    /// Index of the person.
    pub person: u32,
    /// When.
    pub validity: Validity,
}

/// A child and a guardian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guardian {
    /// Index of the child.
    pub child: u32,
    /// Index of the guardian.
    pub guardian: u32,
}

/// The searchable values of a protected person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// Id in the register.
    pub id: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// E-mail address.
    pub email: String,
    /// Sign-in name.
    pub username: String,
    /// Twelve digits.
    pub identity_number: String,
}

/// What is next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) person: u64,
    pub(crate) row: u64,
    pub(crate) ranks: BTreeMap<i32, u64>,
}
