//! Which schools, groups, relations and persons are wanted, and why the others are not.

use std::collections::BTreeSet;

use jiff::ToSpan;
use roster::school_register::is_school_code;
use roster::terms::{PersonStatus, SchoolType};
use roster::{
    Date, Duty, Enrolment, Group, Interval, Key, Membership, PersonRecord, SchoolUnit, Teaching,
};
use state::{Mark, Reason, Required};

use super::facts::{Facts, GroupFact};
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
    let has_code = school.code.as_deref().is_some_and(is_school_code);
    if facts.compiled.rules.card.school_code == Required::Always && !has_code {
        return Fate::Marked(Mark::Withheld(Reason::NoSchoolCode));
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
    match facts.known_school(school) {
        Some(Fate::Wanted) => None,
        Some(fate) => Some(fate),
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
    member(facts, facts.groups.get(it.group), &it.interval)
}

pub(super) fn teaching(facts: &Facts<'_>, it: &Teaching) -> Fate {
    teacher(facts, facts.groups.get(it.group), &it.interval)
}

/// A pupil's place in a group that was looked up.
pub(super) fn member(facts: &Facts<'_>, group: Option<&GroupFact>, interval: &Interval) -> Fate {
    in_group(facts, group, interval, DatedRelation::Membership, PersonRole::Pupil)
}

/// A teacher's place in a group that was looked up.
pub(super) fn teacher(facts: &Facts<'_>, group: Option<&GroupFact>, interval: &Interval) -> Fate {
    in_group(facts, group, interval, DatedRelation::Teaching, PersonRole::Teacher)
}

fn in_group(
    facts: &Facts<'_>,
    group: Option<&GroupFact>,
    interval: &Interval,
    relation: DatedRelation,
    role: PersonRole,
) -> Fate {
    let Some(known) = group else { return Fate::left(Reason::GroupNotChosen) };
    if !known.fate.is_wanted() {
        return known.fate;
    }
    if !has(&facts.compiled.rules.select.roles, role) {
        return Fate::left(Reason::WrongRole);
    }
    dated(facts, interval, relation, known.school_type, &PERSON)
}

/// A person's places at schools, judged once.
pub(super) struct Judged<'a> {
    pub(super) fate: Fate,
    /// Those that are wanted.
    pub(super) enrolments: Vec<&'a Enrolment>,
    /// Those that are wanted.
    pub(super) duties: Vec<&'a Duty>,
}

/// Judges a person: wanted by one wanted place at a school; or, where the register names
/// no places at all, by one wanted place in a group.
pub(super) fn judge<'a>(facts: &Facts<'_>, record: &'a PersonRecord) -> Judged<'a> {
    let mut judged = Judged { fate: NOWHERE, enrolments: Vec::new(), duties: Vec::new() };
    for it in &record.enrolments {
        let fate = enrolment(facts, it);
        judged.fate = better(judged.fate, fate);
        if fate.is_wanted() {
            judged.enrolments.push(it);
        }
    }
    for it in &record.duties {
        let fate = duty(facts, it);
        judged.fate = better(judged.fate, fate);
        if fate.is_wanted() {
            judged.duties.push(it);
        }
    }
    if record.enrolments.is_empty() && record.duties.is_empty() {
        let memberships = record.memberships.iter().map(|it| membership(facts, it));
        let teachings = record.teachings.iter().map(|it| teaching(facts, it));
        judged.fate = memberships.chain(teachings).fold(NOWHERE, better);
    }
    let inactive = record.person.status == PersonStatus::Inactive;
    if inactive && facts.compiled.rules.select.inactive_persons == InactivePersons::Left {
        judged.fate = NOWHERE;
    }
    judged
}

/// Of a person without places.
const NOWHERE: Fate = Fate::Marked(Mark::Left { reason: Reason::Ended, end: None });

/// The one that says more: wanted if one is.
fn better(one: Fate, other: Fate) -> Fate {
    if rank(other) > rank(one) { other } else { one }
}

/// Reasons that say more than an end, the least first: a choice of the tenant says more
/// than a date.
const SAY_MORE: [Reason; 7] = [
    Reason::GroupNotStarted,
    Reason::NotStarted,
    Reason::GroupNotChosen,
    Reason::FilteredOut,
    Reason::WrongRole,
    Reason::SchoolNotActive,
    Reason::SchoolNotChosen,
];

/// How much a fate says; of two with the same reason, the later end.
fn rank(fate: Fate) -> (usize, Option<Date>) {
    match fate {
        Fate::Wanted => (SAY_MORE.len() + 2, None),
        Fate::Marked(Mark::Withheld(_)) => (SAY_MORE.len() + 1, None),
        Fate::Marked(Mark::Left { reason, end }) => {
            (SAY_MORE.iter().position(|&more| more == reason).map_or(0, |at| at + 1), end)
        }
    }
}
