//! Objects for which the register has no key, or none that outlives its own: employments,
//! organisations, courses. They follow those that they are about.

use std::collections::{BTreeMap, BTreeSet};

use state::{Card, Entity, Kind, ObjectRef, Operation, RowRef, Value, Verb};

use crate::{Continuity, PlanError};

/// What an object is known by when its key is another.
type Said = (Kind, Vec<Value>);

/// Adds to `found` what goes and comes again under another key: one to one, where it says the
/// same of the same persons, schools and groups. Of an employment it is enough whose it is, and
/// where.
///
/// # Errors
///
/// [`PlanError`] when a row is damaged.
pub fn follow(
    found: &mut Continuity,
    operations: &[Operation],
    card: &Card,
) -> Result<(), PlanError> {
    let [gone, new] = sides(operations, card)?;
    if gone.is_empty() || new.is_empty() {
        return Ok(());
    }
    // Organisations refer to each other: as often as something is found.
    while pair(found, &gone, &new, card) {}
    Ok(())
}

type Objects = Vec<(ObjectRef, Vec<Value>)>;

/// What goes, and what is made, of the kinds that follow others.
fn sides(operations: &[Operation], card: &Card) -> Result<[Objects; 2], PlanError> {
    let mut sides = [Vec::new(), Vec::new()];
    for operation in operations {
        let (side, row) = match (operation.verb, &operation.before, &operation.after) {
            (Verb::Create, _, Some(row)) => (1, row),
            (Verb::Delete | Verb::Suspend | Verb::Archive, Some(row), _)
                if operation.reason.is_some() =>
            {
                (0, row)
            }
            (_, _, _) => continue,
        };
        let row = RowRef::new(row)?;
        if row.membership().is_none() && follows(card, row.owner().kind) {
            sides[side].push((row.owner(), row.values()?));
        }
    }
    Ok(sides)
}

fn is_from(card: &Card, kind: Kind, entity: Entity) -> bool {
    card.object(kind).is_some_and(|kind| kind.from.contains(&entity))
}

fn follows(card: &Card, kind: Kind) -> bool {
    [Entity::Duty, Entity::Organisation, Entity::SchoolGroup, Entity::Course]
        .into_iter()
        .any(|entity| is_from(card, kind, entity))
}

/// One pass; true when it found something.
fn pair(found: &mut Continuity, gone: &Objects, new: &Objects, card: &Card) -> bool {
    let taken: BTreeSet<_> = found.same.values().copied().collect();
    let mut by_word: BTreeMap<Said, [Vec<ObjectRef>; 2]> = BTreeMap::new();
    let open = |id: &ObjectRef| !found.unclear.contains(&id.key);
    for (id, values) in gone.iter().filter(|(id, _)| open(id)) {
        if !found.same.contains_key(&id.key) {
            let values = values.iter().map(|value| now(value, found)).collect();
            by_word.entry(said(card, id.kind, values)).or_default()[0].push(*id);
        }
    }
    for (id, values) in new.iter().filter(|(id, _)| open(id) && !taken.contains(&id.key)) {
        by_word.entry(said(card, id.kind, values.clone())).or_default()[1].push(*id);
    }
    let before = found.same.len();
    for ((_, values), [gone, new]) in &by_word {
        // What says nothing is like everything.
        if values.iter().all(|value| *value == Value::None) {
            continue;
        }
        if let ([gone], [new]) = (&gone[..], &new[..]) {
            found.same.insert(gone.key, new.key);
        }
    }
    found.same.len() > before
}

fn said(card: &Card, kind: Kind, mut values: Vec<Value>) -> Said {
    if is_from(card, kind, Entity::Duty) {
        values.retain(|value| !value.refs().is_empty());
    }
    (kind, values)
}

fn now(value: &Value, found: &Continuity) -> Value {
    match value {
        Value::None | Value::Text(_) => value.clone(),
        Value::Ref(one) => Value::Ref(found.now(*one)),
        Value::Refs(several) => {
            let mut several: Vec<_> = several.iter().map(|it| found.now(*it)).collect();
            several.sort_unstable();
            Value::Refs(several)
        }
    }
}
