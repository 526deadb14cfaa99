//! Which schools, groups, relations and persons are wanted, and why the others are not.

use std::collections::BTreeSet;

use jiff::ToSpan;
use roster::terms::{PersonStatus, SchoolType};
use roster::{
    Date, Duty, Enrolment, Group, Interval, Key, Membership, PersonRecord, SchoolUnit, Teaching,
};
use state::{Mark, Reason};

use super::facts::Facts;
use super::rules::{DatedRelation, InactivePersons, PersonRole};

/// What becomes of a thing of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Wanted,
    Marked(Mark),
}

impl Fate {
    pub(super) fn left(reason: Reason) -> Self {
        Self::Marked(Mark::Left { reason, end: None })
    }

    pub(super) fn is_wanted(self) -> bool {
        self == Self::Wanted
    }

    pub(super) fn mark(self) -> Option<Mark> {
        match self {
            Self::Wanted => None,
            Self::Marked(mark) => Some(mark),
        }
    }
}

/// The reasons for before and after.
struct Outside {
    before: Reason,
    after: Reason,
}

const PERSON: Outside = Outside { before: Reason::NotStarted, after: Reason::Ended };
const GROUP: Outside = Outside { before: Reason::GroupNotStarted, after: Reason::GroupEnded };

fn dated(
    facts: &Facts<'_>,
    interval: &Interval,
    relation: DatedRelation,
    form: Option<SchoolType>,
    outside: &Outside,
) -> Fate {
    if interval.is_reversed() {
        return Fate::Marked(Mark::Left { reason: outside.after, end: interval.end });
    }
    if interval.holds_on(facts.today) {
        return Fate::Wanted;
    }
    let (lead, lag) = facts.compiled.rules.select.days(relation, form);
    if interval.starts_after(facts.today.saturating_add(i32::from(lead).days())) {
        return Fate::left(outside.before);
    }
    if interval.ended_before(facts.today.saturating_sub(i32::from(lag).days())) {
        return Fate::Marked(Mark::Left { reason: outside.after, end: interval.end });
    }
    Fate::Wanted
}

pub(super) fn school(facts: &Facts<'_>, school: &SchoolUnit) -> Fate {
    if !facts.compiled.rules.schools.has(school.key) {
        return Fate::left(Reason::SchoolNotChosen);
    }
    if school.interval.ended_before(facts.today) {
        return Fate::Marked(Mark::Left {
            reason: Reason::SchoolNotActive,
            end: school.interval.end,
        });
    }
    Fate::Wanted
}

pub(super) fn group(facts: &Facts<'_>, group: &Group) -> Fate {
    let select = &facts.compiled.rules.select;
    if let Some(outside) = group.school.and_then(|school| not_chosen(facts, school)) {
        return outside;
    }
    if group.school.is_none() && facts.compiled.rules.schools != super::SchoolChoice::All {
        return Fate::left(Reason::SchoolNotChosen);
    }
    let marked = select.group_marker.as_deref().is_none_or(|marker| {
        group.name.contains(marker) || group.notes.as_ref().is_some_and(|it| it.contains(marker))
    });
    let form = group.school_type.is_none_or(|form| has(&select.school_types, form));
    if !marked || !form || !has(&select.groups, group.group_type) {
        return Fate::left(Reason::GroupNotChosen);
    }
    dated(facts, &group.interval, DatedRelation::Group, group.school_type, &GROUP)
}

fn has<T: Ord + Copy>(chosen: &BTreeSet<T>, it: T) -> bool {
    chosen.is_empty() || chosen.contains(&it)
}

/// Why the school's relations vanish, if they do.
fn not_chosen(facts: &Facts<'_>, school: Key) -> Option<Fate> {
    match facts.schools.get(&school) {
        Some(Fate::Wanted) => None,
        Some(fate) => Some(*fate),
        None => Some(Fate::left(Reason::SchoolNotChosen)),
    }
}

pub(super) fn enrolment(facts: &Facts<'_>, it: &Enrolment) -> Fate {
    let select = &facts.compiled.rules.select;
    if let Some(outside) = not_chosen(facts, it.school) {
        return outside;
    }
    if !has(&select.roles, PersonRole::Pupil) {
        return Fate::left(Reason::WrongRole);
    }
    if !has(&select.school_types, it.school_type) {
        return Fate::left(Reason::FilteredOut);
    }
    dated(facts, &it.interval, DatedRelation::Enrolment, Some(it.school_type), &PERSON)
}

pub(super) fn duty(facts: &Facts<'_>, it: &Duty) -> Fate {
    if let Some(outside) = not_chosen(facts, it.school) {
        return outside;
    }
    let role = if it.role.is_teaching() { PersonRole::Teacher } else { PersonRole::Staff };
    if !has(&facts.compiled.rules.select.roles, role) {
        return Fate::left(Reason::WrongRole);
    }
    dated(facts, &it.interval, DatedRelation::Duty, None, &PERSON)
}

pub(super) fn membership(facts: &Facts<'_>, it: &Membership) -> Fate {
    in_group(facts, it.group, &it.interval, DatedRelation::Membership, PersonRole::Pupil)
}

pub(super) fn teaching(facts: &Facts<'_>, it: &Teaching) -> Fate {
    in_group(facts, it.group, &it.interval, DatedRelation::Teaching, PersonRole::Teacher)
}

fn in_group(
    facts: &Facts<'_>,
    group: Key,
    interval: &Interval,
    relation: DatedRelation,
    role: PersonRole,
) -> Fate {
    match facts.groups.get(&group) {
        Some(Fate::Wanted) => {}
        Some(fate) => return *fate,
        None => return Fate::left(Reason::GroupNotChosen),
    }
    if !has(&facts.compiled.rules.select.roles, role) {
        return Fate::left(Reason::WrongRole);
    }
    // Most places in groups hold today; only the others need the group's form.
    if interval.holds_on(facts.today) {
        return Fate::Wanted;
    }
    let form = facts.roster.groups.get(&group).and_then(|group| group.school_type);
    dated(facts, interval, relation, form, &PERSON)
}

/// Whether the person is wanted: by one wanted place at a school; or, where the register
/// names no places at all, by one wanted place in a group.
pub(super) fn person(facts: &Facts<'_>, record: &PersonRecord) -> Fate {
    let inactive = record.person.status == PersonStatus::Inactive;
    if inactive && facts.compiled.rules.select.inactive_persons == InactivePersons::Left {
        return Fate::left(Reason::Ended);
    }
    let enrolments = record.enrolments.iter().map(|it| enrolment(facts, it));
    let places = enrolments.chain(record.duties.iter().map(|it| duty(facts, it)));
    if !record.enrolments.is_empty() || !record.duties.is_empty() {
        return best(places);
    }
    let memberships = record.memberships.iter().map(|it| membership(facts, it));
    best(memberships.chain(record.teachings.iter().map(|it| teaching(facts, it))))
}

/// Wanted if one is; else the reason that says most.
fn best(fates: impl Iterator<Item = Fate>) -> Fate {
    fates.max_by_key(|fate| rank(*fate)).unwrap_or(Fate::left(Reason::Ended))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "few of all reasons occur here")]
/// A choice of the tenant says more than a date, a later end more than an earlier.
fn rank(fate: Fate) -> (u8, Option<Date>) {
    match fate {
        Fate::Wanted => (9, None),
        Fate::Marked(Mark::Withheld(_)) => (8, None),
        Fate::Marked(Mark::Left { reason, end }) => match reason {
            Reason::SchoolNotChosen => (7, end),
            Reason::SchoolNotActive => (6, end),
            Reason::WrongRole => (5, end),
            Reason::FilteredOut | Reason::GroupNotChosen => (4, end),
            Reason::NotStarted | Reason::GroupNotStarted => (3, end),
            _ => (2, end),
        },
    }
}
