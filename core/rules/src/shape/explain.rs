//! Why one person is at a receiver or not, step by step.

use roster::{Date, Key, PersonRecord, Roster, TenantKey};
use state::{Entity, Mark};

use super::compile::Compiled;
use super::facts::Facts;
use super::select::{self, Fate};

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Whether the person is wanted at all.
    Person(Option<Mark>),
    /// A place at a school: wanted, or why not.
    Enrolment(Key, Option<Mark>),
    /// Work at a school: wanted, or why not.
    Duty(Key, Option<Mark>),
    /// A place in a group: wanted, or why not.
    Membership(Key, Option<Mark>),
    /// A group taught: wanted, or why not.
    Teaching(Key, Option<Mark>),
    /// Whether required values are there.
    Values(Option<Mark>),
}

/// The steps for one person. What only a look at everybody tells (shared user names,
/// groups without pupils, guardians) is in the stream's marks, not here.
#[must_use]
pub fn explain_person(
    compiled: &Compiled,
    roster: &Roster,
    record: &PersonRecord,
    today: Date,
    tenant: &TenantKey,
) -> Vec<Step> {
    let facts = Facts::new(compiled, roster, today, tenant);
    let mark = |fate: Fate| fate.mark();
    let mut steps = vec![Step::Person(mark(select::person(&facts, record)))];
    let enrolments = record.enrolments.iter();
    steps.extend(
        enrolments.map(|it| Step::Enrolment(it.school, mark(select::enrolment(&facts, it)))),
    );
    let duties = record.duties.iter();
    steps.extend(duties.map(|it| Step::Duty(it.school, mark(select::duty(&facts, it)))));
    let places = record.memberships.iter();
    steps.extend(places.map(|it| Step::Membership(it.group, mark(select::membership(&facts, it)))));
    let taught = record.teachings.iter();
    steps.extend(taught.map(|it| Step::Teaching(it.group, mark(select::teaching(&facts, it)))));
    let objects = vec![std::collections::BTreeSet::new(); compiled.rules.card.objects.len()];
    let view = super::people::view(&facts, record);
    let persons = compiled.makings.iter().filter(|making| making.entity == Entity::Person);
    steps.extend(persons.map(|making| {
        let values = super::things::values(&view, &making.values, &objects);
        Step::Values(values.err().map(Mark::Withheld))
    }));
    steps
}
