//! Objects that are in memory: all but persons.

use std::collections::BTreeMap;

use roster::{Group, Key};
use state::{Entity, Kind, Mark, Object, ObjectRef, Reason, Row, Value};

use super::compile::Making;
use super::facts::Facts;
use super::select::Fate;
use super::values::{self, Objects};
use super::view::{CourseAt, View};

/// Whether the tenant's filter lets the object through.
pub(super) fn passes(view: &View<'_>, making: &Making) -> bool {
    making
        .filter
        .as_ref()
        .is_none_or(|filter| filter.text(view, &view.facts.compiled.environment).is_some())
}

/// An object in memory before its values are known.
struct Draft<'a> {
    making: &'a Making,
    view: View<'a>,
    fate: Fate,
    schools: Vec<Key>,
    values: Vec<Value>,
}

/// The rows of a kind in the order of keys; wanted keys go to `objects`.
pub(super) fn rows(facts: &Facts<'_>, kind: Kind, objects: &mut Objects) -> Vec<Row> {
    let mut drafts = BTreeMap::new();
    for making in facts.compiled.makings.iter().filter(|making| making.kind == kind) {
        drafts.extend(drafts_of(facts, making));
    }
    for draft in drafts.values_mut() {
        if draft.fate.is_wanted() && !passes(&draft.view, draft.making) {
            draft.fate = Fate::left(Reason::FilteredOut);
        }
    }
    // An object may refer to one of its own kind, and that one be withheld: so again, until
    // nothing more is withheld.
    while publish(kind, &drafts, objects) {
        if fill(facts, kind, &mut drafts, objects) == 0 {
            break;
        }
    }
    let row = |(key, draft): (Key, Draft<'_>)| {
        let id = ObjectRef { kind, key };
        match draft.fate {
            Fate::Wanted => {
                Row::Object(Object { id, values: draft.values, schools: draft.schools })
            }
            Fate::Marked(mark) => Row::Mark { id, mark },
        }
    };
    drafts.into_iter().map(row).collect()
}

/// Lets others refer to what is wanted now; false when the card has no such kind.
fn publish(kind: Kind, drafts: &BTreeMap<Key, Draft<'_>>, objects: &mut Objects) -> bool {
    let wanted = drafts.iter().filter(|(_, draft)| draft.fate.is_wanted());
    let Some(slot) = objects.get_mut(usize::from(kind.0)) else { return false };
    *slot = wanted.map(|(key, _)| (*key, ())).collect();
    true
}

/// Finds the values of what is wanted; how many could not be found and are withheld.
fn fill(
    facts: &Facts<'_>,
    kind: Kind,
    drafts: &mut BTreeMap<Key, Draft<'_>>,
    objects: &Objects,
) -> usize {
    let mut withheld = 0;
    for draft in drafts.values_mut().filter(|draft| draft.fate.is_wanted()) {
        match values::values(&draft.view, &draft.making.values, objects) {
            Ok(values) => draft.values = values,
            Err(missing) => {
                draft.fate = Fate::Marked(Mark::Withheld(missing.reason));
                withheld += 1;
            }
        }
    }
    withheld + withhold_shared(facts, kind, drafts)
}

/// Objects that share a value which must be unique are withheld, all of them.
fn withhold_shared(facts: &Facts<'_>, kind: Kind, drafts: &mut BTreeMap<Key, Draft<'_>>) -> usize {
    let attributes = facts.compiled.rules.card.object(kind).map_or(&[][..], |it| it.attributes);
    let mut withheld = 0;
    for (place, _) in attributes.iter().enumerate().filter(|(_, it)| it.unique) {
        let text = |draft: &Draft<'_>| {
            let value = draft.values.get(place).filter(|_| draft.fate.is_wanted())?;
            value.text().map(str::to_lowercase)
        };
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for text in drafts.values().filter_map(text) {
            *count.entry(text).or_default() += 1;
        }
        let is_shared =
            |draft: &Draft<'_>| text(draft).is_some_and(|text| count.get(&text) > Some(&1));
        for draft in drafts.values_mut() {
            if is_shared(draft) {
                draft.fate = Fate::Marked(Mark::Withheld(Reason::DuplicateUsername));
                withheld += 1;
            }
        }
    }
    withheld
}

fn drafts_of<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let base = View::new(facts);
    let draft = |view, fate, schools| Draft { making, view, fate, schools, values: Vec::new() };
    let organisation = |key: Option<Key>| key.and_then(|key| facts.organisation(key));
    match making.entity {
        Entity::Organisation => {
            let all = facts.organisations.iter();
            all.map(|(key, fate)| {
                let view = View { organisation: organisation(Some(*key)), ..base };
                (*key, draft(view, *fate, Vec::new()))
            })
            .collect()
        }
        Entity::SchoolUnit => {
            let all = facts.roster.schools.values();
            all.map(|it| {
                let above = organisation(facts.parent_of(it));
                let view = View { school: Some(it), organisation: above, ..base };
                (it.key, draft(view, facts.school_fate(it.key), vec![it.key]))
            })
            .collect()
        }
        Entity::Term => {
            let all = facts.calendar.terms.iter();
            all.map(|(key, term)| {
                let view = View { term: Some((*key, term)), ..base };
                (*key, draft(view, Fate::Wanted, Vec::new()))
            })
            .collect()
        }
        Entity::Course => courses(facts, making),
        Entity::Group => groups(facts, making),
        Entity::Person => BTreeMap::new(),
    }
}

fn groups<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let draft = |it: &'a Group| {
        let school = it.school.and_then(|key| facts.roster.schools.get(&key));
        let view = View { group: Some(it), school, ..View::new(facts) };
        let (fate, schools) = (facts.group_fate(it.key), it.school.into_iter().collect());
        (it.key, Draft { making, view, fate, schools, values: Vec::new() })
    };
    facts.roster.groups.values().map(draft).collect()
}

/// A course at a school is wanted while one of its groups is.
fn courses<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let mut drafts: BTreeMap<Key, Draft<'a>> = BTreeMap::new();
    for group in facts.roster.groups.values() {
        let Some((key, course)) = facts.course_at(group) else { continue };
        let fate = facts.group_fate(group.key);
        if drafts.get(&key).is_some_and(|known| known.fate.is_wanted() || !fate.is_wanted()) {
            continue;
        }
        let school = group.school.and_then(|key| facts.roster.schools.get(&key));
        let year = facts.made_up_year(group);
        let at = CourseAt { key, school: group.school, year, course };
        let view = View { course: Some(at), school, ..View::new(facts) };
        let schools = group.school.into_iter().collect();
        drafts.insert(key, Draft { making, view, fate, schools, values: Vec::new() });
    }
    drafts
}
