//! Objects that are in memory: all but persons.

use std::collections::{BTreeMap, VecDeque};

use roster::{Course, Group, Key};
use state::{Attribute, Entity, Kind, Mark, Object, ObjectRef, Reason, Row, Value};

use super::compile::Making;
use super::facts::Facts;
use super::select::Fate;
use super::values::{self, Objects};
use super::view::{CourseAt, View, is_school_group};
use super::wanted::Shaped;

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

/// Gives the rows of a kind in the order of keys; wanted keys go to `objects`.
pub(super) fn rows(facts: &Facts<'_>, kind: Kind, objects: &mut Objects, out: &mut ThingRows) {
    let mut makings = facts.compiled.makings.iter().filter(|making| making.kind == kind);
    match (makings.next(), makings.next()) {
        (Some(making), None) if stands_alone(facts, making) => {
            each_alone(facts, making, objects, out);
        }
        _ => settled(facts, kind, objects, out),
    }
}

/// Rows of things, in parts of moderate size: one buffer would be copied as it grows, and
/// stand in memory twice while it is.
#[derive(Debug, Default)]
pub(super) struct ThingRows(pub(super) VecDeque<Shaped>);

const PART: usize = 1 << 20;

impl ThingRows {
    fn last(&mut self) -> &mut Shaped {
        if self.0.back().is_none_or(|last| last.size() >= PART) {
            self.0.push_back(Shaped::default());
        }
        let last = self.0.len() - 1;
        &mut self.0[last]
    }
}

/// Whether the rows of the kind depend on no other row of it: then a group need not be held
/// in memory with its values until all are known. There may be 700,000.
fn stands_alone(facts: &Facts<'_>, making: &Making) -> bool {
    let attributes = facts.compiled.rules.card.object(making.kind).map(|it| it.attributes);
    let depends = |it: &Attribute| it.unique || it.refers_to == Some(making.kind);
    let alone = attributes.is_some_and(|all| !all.iter().any(depends));
    alone && matches!(making.entity, Entity::Group | Entity::Course)
}

fn each_alone(facts: &Facts<'_>, making: &Making, objects: &mut Objects, out: &mut ThingRows) {
    let mut wanted = Vec::new();
    let mut take = |key: Key, view: View<'_>, fate: Fate, school: Option<Key>| {
        let id = ObjectRef { kind: making.kind, key };
        let fate = if fate.is_wanted() && !passes(&view, making) {
            Fate::left(Reason::FilteredOut)
        } else {
            fate
        };
        let mark = match fate {
            Fate::Wanted => out.last().object(id, school.as_slice(), |row| {
                values::write(&view, &making.values, objects, row)
                    .map_err(|missing| Mark::Withheld(missing.reason))
            }),
            Fate::Marked(mark) => Err(mark),
        };
        match mark {
            Ok(()) => wanted.push((key, ())),
            Err(mark) => out.last().put(&Row::Mark { id, mark }),
        }
    };
    let school_of = |key: Option<Key>| key.and_then(|key| facts.school(key));
    if making.entity == Entity::Group {
        for it in facts.roster.groups.values() {
            let view = View { group: Some(it), school: school_of(it.school), ..View::new(facts) };
            take(it.key, view, facts.group_fate(it.key), it.school);
        }
    } else {
        for (key, group, course) in courses_of(facts) {
            let school = group.school;
            let at = CourseAt { key, school, year: facts.made_up_year(group), course };
            let view = View { course: Some(at), school: school_of(school), ..View::new(facts) };
            take(key, view, facts.group_fate(group.key), school);
        }
    }
    if let Some(slot) = objects.get_mut(usize::from(making.kind.0)) {
        *slot = wanted.into_iter().collect();
    }
}

/// Courses at schools by key, each with the group that speaks for it: the first that is
/// wanted, else the first.
fn courses_of<'a>(facts: &'a Facts<'_>) -> Vec<(Key, &'a Group, &'a Course)> {
    let groups = facts.roster.groups.values();
    let known = groups.filter_map(|group| {
        let (key, course) = facts.course_at(group)?;
        // Asked once: the sort asks for it again and again.
        let has_left = !facts.group_fate(group.key).is_wanted();
        Some((key, has_left, group, course))
    });
    let mut all: Vec<_> = known.collect();
    // The order of groups stays, within a course.
    all.sort_by_key(|&(key, has_left, ..)| (key, has_left));
    all.dedup_by_key(|(key, ..)| *key);
    all.into_iter().map(|(key, _, group, course)| (key, group, course)).collect()
}

/// An object may refer to one of its own kind, and that one be withheld; or share a value
/// that must be unique: so all are held until nothing more is withheld.
fn settled(facts: &Facts<'_>, kind: Kind, objects: &mut Objects, out: &mut ThingRows) {
    let mut drafts = BTreeMap::new();
    for making in facts.compiled.makings.iter().filter(|making| making.kind == kind) {
        drafts.extend(drafts_of(facts, making));
    }
    for draft in drafts.values_mut() {
        if draft.fate.is_wanted() && !passes(&draft.view, draft.making) {
            draft.fate = Fate::left(Reason::FilteredOut);
        }
    }
    while publish(kind, &drafts, objects) {
        if fill(facts, kind, &mut drafts, objects) == 0 {
            break;
        }
    }
    for (key, draft) in drafts {
        let id = ObjectRef { kind, key };
        out.last().put(&match draft.fate {
            Fate::Wanted => {
                Row::Object(Object { id, values: draft.values, schools: draft.schools })
            }
            Fate::Marked(mark) => Row::Mark { id, mark },
        });
    }
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
        Entity::Organisation | Entity::SchoolGroup => {
            let all = facts.organisations.iter();
            let all = all.filter(|(key, _)| is_made(facts, making.entity, **key));
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
        Entity::Person | Entity::Duty => BTreeMap::new(),
    }
}

/// Whether an organisation becomes an object of the entity's kind: schools made of several
/// units are told apart where the card does.
fn is_made(facts: &Facts<'_>, entity: Entity, organisation: Key) -> bool {
    let mut kinds = facts.compiled.makings.iter();
    let tells_apart = kinds.any(|making| making.entity == Entity::SchoolGroup);
    let is_group = facts.organisation(organisation).is_some_and(is_school_group);
    !tells_apart || is_group == (entity == Entity::SchoolGroup)
}

fn groups<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let draft = |it: &'a Group| {
        let school = it.school.and_then(|key| facts.school(key));
        let view = View { group: Some(it), school, ..View::new(facts) };
        let (fate, schools) = (facts.group_fate(it.key), it.school.into_iter().collect());
        (it.key, Draft { making, view, fate, schools, values: Vec::new() })
    };
    facts.roster.groups.values().map(draft).collect()
}

/// A course at a school is wanted while one of its groups is.
fn courses<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let draft = |(key, group, course): (Key, &'a Group, &'a Course)| {
        let school = group.school.and_then(|key| facts.school(key));
        let at = CourseAt { key, school: group.school, year: facts.made_up_year(group), course };
        let view = View { course: Some(at), school, ..View::new(facts) };
        let (fate, schools) = (facts.group_fate(group.key), group.school.into_iter().collect());
        (key, Draft { making, view, fate, schools, values: Vec::new() })
    };
    courses_of(facts).into_iter().map(draft).collect()
}
