//! Why one person is at a receiver or not, step by step.

use roster::{Date, Key, PersonRecord, Roster, TenantKey};
use state::{Entity, Kind, Mark};

use super::compile::{Compiled, Making};
use super::facts::Facts;
use super::lookup::Lookup;
use super::select::{self, Fate};
use super::things;
use super::values::{self, Missing, Objects};
use super::view::View;

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
    let judged = select::judge(&facts, record);
    let mut steps = vec![Step::Person(judged.fate.mark())];
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
    let view = super::people::view(&facts, record, &judged);
    let objects = objects(&facts);
    let missing = missing(&view, &objects);
    steps.extend(
        missing.map(|(_, missing)| Step::Values(missing.map(|it| Mark::Withheld(it.reason)))),
    );
    steps
}

/// The attributes, by kind and name, that keep the person's objects back since they have
/// no value and must have one; the first of each kind.
#[must_use]
pub fn missing_values(
    compiled: &Compiled,
    roster: &Roster,
    record: &PersonRecord,
    today: Date,
    tenant: &TenantKey,
) -> Vec<(&'static str, &'static str)> {
    let facts = Facts::new(compiled, roster, today, tenant);
    let judged = select::judge(&facts, record);
    let view = super::people::view(&facts, record, &judged);
    let objects = objects(&facts);
    let named = missing(&view, &objects).filter_map(|(making, missing)| {
        let kind = compiled.rules.card.object(making.kind)?;
        Some((kind.name, kind.attributes.get(missing?.attribute)?.name))
    });
    named.collect()
}

fn missing<'a>(
    view: &'a View<'a>,
    objects: &'a Objects,
) -> impl Iterator<Item = (&'a Making, Option<Missing>)> {
    let makings = view.facts.compiled.makings.iter();
    let persons = makings.filter(|making| making.entity == Entity::Person);
    persons.map(|making| (making, values::values(view, &making.values, objects).err()))
}

/// What a person's values may refer to.
fn objects(facts: &Facts<'_>) -> Objects {
    let kinds = facts.compiled.rules.card.objects.len();
    let mut objects: Objects = std::iter::repeat_with(Lookup::default).take(kinds).collect();
    for kind in (0..).map(Kind).take(kinds) {
        things::rows(facts, kind, &mut objects, &mut things::ThingRows::default());
    }
    objects
}
