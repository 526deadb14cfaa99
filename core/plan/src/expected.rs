//! Which removals the last good snapshot already foresaw.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Date, Interval, Key, PersonRecord, Roster};
use state::{Expected, Operation, Subject};

use crate::PlanError;

/// The groups and persons that [`mark_expected`] looks for in the snapshot.
///
/// # Errors
///
/// [`PlanError`] when rows are damaged.
pub fn removed_from(operations: &[Operation]) -> Result<BTreeSet<Key>, PlanError> {
    let mut keys = BTreeSet::new();
    for operation in operations.iter().filter(|it| it.verb.is_removing()) {
        let (group, person) = subjects(operation)?;
        keys.extend([group, person]);
    }
    Ok(keys)
}

/// The group of an operation and the person, if it is about one: their keys are told apart by
/// where they are found.
fn subjects(operation: &Operation) -> Result<(Key, Key), PlanError> {
    Ok(match operation.subject()? {
        Subject::Object(id) => (id.key, id.key),
        Subject::Membership { kind: _, container, member, role: _ } => (container.key, member.key),
    })
}

/// Marks removals that are caused by an end date which `previous`, the last good snapshot,
/// already held and which lies before `today`:
///
/// * of a person, when all enrolments and duties had such an end;
/// * of a membership, when it had, or its person or its group;
/// * of a group, when it had.
///
/// # Errors
///
/// [`PlanError`] when the snapshot cannot be read or rows are damaged.
///
/// # Cost
///
/// One pass over the snapshot if the plan removes anything, else none.
pub fn mark_expected(
    operations: &mut [Operation],
    previous: &Roster,
    today: Date,
) -> Result<(), PlanError> {
    let mut by_person: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (at, operation) in operations.iter_mut().enumerate() {
        if !operation.verb.is_removing() {
            continue;
        }
        let (group, person) = subjects(operation)?;
        if previous.groups.get(&group).is_some_and(|group| group.interval.ended_before(today)) {
            operation.is_expected = Expected::Yes;
        } else {
            by_person.entry(person).or_default().push(at);
        }
    }
    if by_person.is_empty() {
        return Ok(());
    }
    let keys: BTreeSet<Key> = by_person.keys().copied().collect();
    let mut persons = previous.persons_among(&keys)?;
    while let Some(record) = persons.next_person()? {
        for &at in by_person.get(&record.person.key).into_iter().flatten() {
            let operation = &mut operations[at];
            if foresaw(&record, &operation.subject()?, today) {
                operation.is_expected = Expected::Yes;
            }
        }
    }
    Ok(())
}

fn foresaw(record: &PersonRecord, subject: &Subject, today: Date) -> bool {
    let PersonRecord { person: _, enrolments, duties, memberships, teachings, responsibles: _ } =
        record;
    let enrolled = enrolments.iter().map(|it| (it.school, it.interval));
    let places = enrolled.chain(duties.iter().map(|it| (it.school, it.interval)));
    let has_left = all_ended(places.clone().map(|(_, interval)| interval), today);
    match subject {
        Subject::Object(_) => has_left,
        Subject::Membership { kind: _, container, member: _, role: _ } => {
            let in_groups = memberships.iter().map(|it| (it.group, it.interval));
            let taught = teachings.iter().map(|it| (it.group, it.interval));
            let there = places.chain(in_groups).chain(taught);
            let there = there.filter(|(place, _)| *place == container.key);
            has_left || all_ended(there.map(|(_, interval)| interval), today)
        }
    }
}

/// Whether there are any, and all were over before `today`.
fn all_ended(intervals: impl Iterator<Item = Interval>, today: Date) -> bool {
    let mut intervals = intervals.peekable();
    intervals.peek().is_some() && intervals.all(|interval| interval.ended_before(today))
}
