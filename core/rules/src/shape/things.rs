//! Objects: their values, and those that are in memory (all but persons).

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{Entity, Kind, Mark, Object, ObjectRef, Reason, Row, Value};

use super::compile::{Compute, Making};
use super::expression::Expression;
use super::facts::Facts;
use super::field::{Field, Path};
use super::select::Fate;
use super::view::{CourseAt, View};

/// Keys of wanted objects by kind. Persons are not among them.
pub(super) type Objects = Vec<BTreeSet<Key>>;

/// The values, or why the object cannot be sent.
pub(super) fn values(
    view: &View<'_>,
    computes: &[Compute],
    objects: &Objects,
) -> Result<Vec<Value>, Reason> {
    computes.iter().map(|compute| value(view, compute, objects)).collect()
}

fn value(view: &View<'_>, compute: &Compute, objects: &Objects) -> Result<Value, Reason> {
    let value = if let Some(kind) = compute.attribute.refers_to {
        refs(view, &compute.expression, kind, objects)
    } else {
        let text = compute.expression.text(view, &view.facts.compiled.environment);
        text.map_or(Value::None, |text| Value::Text(text.into_owned()))
    };
    if value == Value::None && compute.is_required() {
        return Err(missing(&compute.expression));
    }
    Ok(value)
}

/// Only what is wanted itself is referred to.
fn refs(view: &View<'_>, expression: &Expression, kind: Kind, objects: &Objects) -> Value {
    let Expression::Copy(Path::Field(field)) = expression else { return Value::None };
    let known = objects.get(usize::from(kind.0));
    let keys = view.keys(*field).into_iter().filter(|key| known.is_some_and(|it| it.contains(key)));
    let mut found: Vec<ObjectRef> = keys.map(|key| ObjectRef { kind, key }).collect();
    found.sort_unstable();
    if *field == Field::GroupSessions {
        return if found.is_empty() { Value::None } else { Value::Refs(found) };
    }
    found.first().map_or(Value::None, |id| Value::Ref(*id))
}

fn missing(expression: &Expression) -> Reason {
    match expression {
        Expression::Copy(Path::Field(Field::PersonEmail)) => Reason::NoEmail,
        Expression::Copy(Path::Field(Field::SchoolCode)) => Reason::NoSchoolCode,
        Expression::Nothing
        | Expression::Constant(_)
        | Expression::Copy(_)
        | Expression::Template { .. } => Reason::RequiredMissing,
    }
}

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
    let wanted = drafts.iter().filter(|(_, draft)| draft.fate.is_wanted());
    let wanted = wanted.map(|(key, _)| *key).collect();
    if let Some(slot) = objects.get_mut(usize::from(kind.0)) {
        *slot = wanted;
    }
    let mut rows = Vec::new();
    for (key, draft) in drafts {
        let id = ObjectRef { kind, key };
        let values = match draft.fate {
            Fate::Marked(mark) => Err(mark),
            Fate::Wanted => {
                values(&draft.view, &draft.making.values, objects).map_err(Mark::Withheld)
            }
        };
        rows.push(match values {
            Ok(values) => Row::Object(Object { id, values, schools: draft.schools }),
            Err(mark) => Row::Mark { id, mark },
        });
    }
    withhold_shared(facts, kind, &mut rows);
    if let Some(slot) = objects.get_mut(usize::from(kind.0)) {
        let wanted = rows.iter().filter_map(|row| match row {
            Row::Object(object) => Some(object.id.key),
            Row::Member(_) | Row::Mark { .. } => None,
        });
        *slot = wanted.collect();
    }
    rows
}

/// Objects that share a value which must be unique are withheld, all of them.
fn withhold_shared(facts: &Facts<'_>, kind: Kind, rows: &mut [Row]) {
    let attributes = facts.compiled.rules.card.object(kind).map_or(&[][..], |it| it.attributes);
    for (place, _) in attributes.iter().enumerate().filter(|(_, it)| it.unique) {
        let text = |row: &Row| match row {
            Row::Object(object) => object.values.get(place)?.text().map(str::to_lowercase),
            Row::Member(_) | Row::Mark { .. } => None,
        };
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for text in rows.iter().filter_map(text) {
            *count.entry(text).or_default() += 1;
        }
        for row in rows.iter_mut() {
            let shared = text(row).is_some_and(|text| count.get(&text) > Some(&1));
            if let (true, Row::Object(object)) = (shared, &*row) {
                let mark = Mark::Withheld(Reason::DuplicateUsername);
                *row = Row::Mark { id: object.id, mark };
            }
        }
    }
}

fn drafts_of<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let base = View::new(facts);
    let draft = |view, fate, schools| Draft { making, view, fate, schools };
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
                (it.key, draft(view, fate_of(&facts.schools, it.key), vec![it.key]))
            })
            .collect()
        }
        Entity::Term => {
            let all = facts.terms.iter();
            all.map(|(key, term)| {
                let view = View { term: Some((*key, term)), ..base };
                (*key, draft(view, Fate::Wanted, Vec::new()))
            })
            .collect()
        }
        Entity::Course => courses(facts, making),
        Entity::Group => {
            let all = facts.roster.groups.values();
            all.map(|it| {
                let school = it.school.and_then(|key| facts.roster.schools.get(&key));
                let view = View { group: Some(it), school, ..base };
                (
                    it.key,
                    draft(view, fate_of(&facts.groups, it.key), it.school.into_iter().collect()),
                )
            })
            .collect()
        }
        Entity::Person => BTreeMap::new(),
    }
}

fn fate_of(fates: &BTreeMap<Key, Fate>, key: Key) -> Fate {
    fates.get(&key).copied().unwrap_or(Fate::left(Reason::NotInSource))
}

/// A course at a school is wanted while one of its groups is.
fn courses<'a>(facts: &'a Facts<'a>, making: &'a Making) -> BTreeMap<Key, Draft<'a>> {
    let mut drafts: BTreeMap<Key, Draft<'a>> = BTreeMap::new();
    for group in facts.roster.groups.values() {
        let (Some(key), Some(course)) = (facts.course_of.get(&group.key), &group.course) else {
            continue;
        };
        let fate = fate_of(&facts.groups, group.key);
        if drafts.get(key).is_some_and(|known| known.fate.is_wanted() || !fate.is_wanted()) {
            continue;
        }
        let school = group.school.and_then(|key| facts.roster.schools.get(&key));
        let at = CourseAt { key: *key, school: group.school, course };
        let view = View { course: Some(at), school, ..View::new(facts) };
        drafts.insert(
            *key,
            Draft { making, view, fate, schools: group.school.into_iter().collect() },
        );
    }
    drafts
}
