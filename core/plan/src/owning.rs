//! Who is to own a container that belongs to one of its teachers: where that one is not there,
//! another who is.

use std::collections::{BTreeMap, BTreeSet};

use state::{Card, Kind, Object, ObjectRef, Operation, Relation, Row, RowRef, Value, Verb};

use crate::draft::Context;
use crate::obstacles::put_back;
use crate::owners::{Found, Stand};
use crate::{Conflict, PlanError};

/// An attribute of a kind that names its owner, and the memberships of those who teach there.
struct Owning {
    kind: Kind,
    attribute: usize,
    teachers: BTreeSet<Kind>,
}

/// Shape names the one who has taught longest and should have an account. Whether that account
/// is there is known now: if not, a new container gets another of its teachers, and one that is
/// there stays with whom it has. When the account is there, it is as it should be.
pub(crate) fn own_by_who_is_there(
    context: &Context<'_>,
    found: &mut Found,
    conflicts: &[Conflict],
) -> Result<(), PlanError> {
    let owning = owning(context.card);
    if owning.is_empty() {
        return Ok(());
    }
    let absent = absent(found, conflicts)?;
    if absent.is_empty() {
        return Ok(());
    }
    let mut ownerless = BTreeMap::new();
    for (place, operation) in found.operations.iter().enumerate() {
        if let Some((container, attribute)) = without_owner(&absent, &owning, operation)? {
            ownerless.insert(place, (container, attribute));
        }
    }
    let containers = ownerless.values().map(|it| it.0).collect();
    let mut teachers = teachers(found, &absent, &owning, &containers)?;
    let mut needless = BTreeSet::new();
    for (place, (container, attribute)) in ownerless {
        let operation = &mut found.operations[place];
        if stays_with(&found.stands, operation, attribute)? {
            if !put_back(operation, [attribute])? {
                needless.insert(place);
            }
        } else if let Some(teacher) = teachers.remove(&container) {
            name_owner(operation, attribute, teacher)?;
        }
    }
    found.without(&needless);
    Ok(())
}

/// Who has no account: nobody makes one, or its name is another's until a person has seen to it.
fn absent(found: &Found, conflicts: &[Conflict]) -> Result<BTreeSet<ObjectRef>, PlanError> {
    let stands = found.stands.iter().filter(|(_, stand)| **stand == Stand::Absent);
    let mut absent: BTreeSet<ObjectRef> = stands.map(|(object, _)| *object).collect();
    let waiting: BTreeSet<ObjectRef> = conflicts.iter().map(|it| it.object).collect();
    if waiting.is_empty() {
        return Ok(absent);
    }
    for operation in &found.operations {
        if matches!(operation.verb, Verb::Create | Verb::Link) {
            let row = RowRef::new(operation.after.as_deref().unwrap_or_default())?;
            if row.membership().is_none() && waiting.contains(&row.owner()) {
                absent.insert(row.owner());
            }
        }
    }
    Ok(absent)
}

fn owning(card: &Card) -> Vec<Owning> {
    let mut owning = Vec::new();
    for (kind, object) in (0_u8..).map(Kind).zip(card.objects) {
        for (attribute, declared) in object.attributes.iter().enumerate() {
            let Some(person) = declared.refers_to else { continue };
            let memberships = (0_u8..).map(Kind).zip(card.memberships);
            let teachers: BTreeSet<Kind> = memberships
                .filter(|(_, it)| it.container == kind && it.member == person)
                .filter(|(_, it)| it.from.iter().any(|it| it.0 == Relation::GroupTeacher))
                .map(|(number, _)| number)
                .collect();
            if !teachers.is_empty() {
                owning.push(Owning { kind, attribute, teachers });
            }
        }
    }
    owning
}

/// The container, and its attribute, if it is to belong to somebody who is not there.
fn without_owner(
    absent: &BTreeSet<ObjectRef>,
    owning: &[Owning],
    operation: &Operation,
) -> Result<Option<(ObjectRef, usize)>, PlanError> {
    let Some(after) = operation.after.as_deref().filter(|_| !operation.verb.is_removing()) else {
        return Ok(None);
    };
    let row = RowRef::new(after)?;
    let object = row.owner();
    let Some(it) = owning.iter().find(|it| it.kind == object.kind) else { return Ok(None) };
    if row.membership().is_some() {
        return Ok(None);
    }
    let values = row.values()?;
    let owner = values.get(it.attribute).and_then(|value| value.refs().first());
    let is_absent = owner.is_some_and(|it| absent.contains(it));
    Ok(is_absent.then_some((object, it.attribute)))
}

/// The first teacher who is put into each of the containers and is there.
fn teachers(
    found: &Found,
    absent: &BTreeSet<ObjectRef>,
    owning: &[Owning],
    containers: &BTreeSet<ObjectRef>,
) -> Result<BTreeMap<ObjectRef, ObjectRef>, PlanError> {
    let mut teachers = BTreeMap::new();
    if containers.is_empty() {
        return Ok(teachers);
    }
    for operation in &found.operations {
        let Some(after) = operation.after.as_deref().filter(|_| operation.verb != Verb::Remove)
        else {
            continue;
        };
        let row = RowRef::new(after)?;
        let Some((kind, container)) = row.membership() else { continue };
        let is_theirs = owning.iter().any(|it| it.teachers.contains(&kind));
        let is_there = !found.stands.contains_key(&row.owner()) && !absent.contains(&row.owner());
        if is_theirs && containers.contains(&container) && is_there {
            let first = teachers.entry(container).or_insert(row.owner());
            *first = row.owner().min(*first);
        }
    }
    Ok(teachers)
}

/// Whether whom it belongs to is there and stays.
fn stays_with(
    stands: &BTreeMap<ObjectRef, Stand>,
    operation: &Operation,
    attribute: usize,
) -> Result<bool, PlanError> {
    let Some(before) = operation.before.as_deref() else { return Ok(false) };
    let values = RowRef::new(before)?.values()?;
    let owner = values.get(attribute).and_then(|value| value.refs().first());
    Ok(owner.is_some_and(|it| !stands.contains_key(it)))
}

fn name_owner(
    operation: &mut Operation,
    attribute: usize,
    owner: ObjectRef,
) -> Result<(), PlanError> {
    let after = RowRef::new(operation.after.as_deref().unwrap_or_default())?;
    let Row::Object(Object { id, mut values, schools }) = after.decode()? else { return Ok(()) };
    if let Some(value) = values.get_mut(attribute) {
        *value = Value::Ref(owner);
    }
    operation.after =
        Some(Row::Object(Object { id, values, schools }).encoded().into_boxed_slice());
    Ok(())
}
