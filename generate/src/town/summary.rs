//! What a town's export holds.

use std::fmt;

use super::{Membership, Town};

/// How many rows the export of today has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// School units.
    pub schools: usize,
    /// Persons of every kind.
    pub persons: usize,
    /// Enrolments.
    pub enrolments: usize,
    /// Duties.
    pub duties: usize,
    /// Groups.
    pub groups: usize,
    /// Pupils in groups.
    pub memberships: usize,
    /// Teachers of groups.
    pub teachers: usize,
    /// Guardians of children.
    pub guardians: usize,
    /// Protected persons.
    pub canaries: usize,
}

impl Summary {
    pub(super) fn of(town: &Town) -> Self {
        let links = |all: &[Membership]| all.iter().filter(|it| town.shows(it.validity)).count();
        let gone = town.today.plus(-30);
        Self {
            schools: town.schools.len(),
            persons: town.persons.iter().filter(|it| it.left.is_none_or(|day| day >= gone)).count(),
            enrolments: town.enrolments.iter().filter(|it| town.shows(it.validity)).count(),
            duties: town.duties.iter().filter(|it| town.shows(it.validity)).count(),
            groups: town.groups.iter().filter(|it| town.shows(it.validity)).count(),
            memberships: links(&town.memberships),
            teachers: links(&town.teachers),
            guardians: town.guardians.len(),
            canaries: town.canaries().len(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schools, persons, enrolments, duties, .. } = self;
        let Self { groups, memberships, teachers, guardians, canaries, .. } = self;
        write!(f, "{schools} schools, {persons} persons ({canaries} protected), ")?;
        write!(f, "{enrolments} enrolments, {duties} duties, {groups} groups, ")?;
        write!(f, "{memberships} memberships, {teachers} teachers of groups, ")?;
        write!(f, "{guardians} guardians of children")
    }
}
