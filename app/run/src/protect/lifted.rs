//! When a marking is lifted: the person is as anybody again.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Gate, Key, Mac, Roster};
use rules::shape::EmploymentKeys;

use super::numbers::{Numbers, forget_numbers, numbers};
use super::{keep_waiting, waiting};
use crate::{Engine, RunError};

/// Takes those out of the waiting whom this read has and the gate let through: when they leave,
/// their accounts end as anybody's. Who has another id now is known by number. Who is simply gone
/// from the register goes on waiting, since nothing says that the marking was lifted (K070).
pub(crate) async fn let_out(engine: &Engine, gate: &Gate, roster: &Roster) -> Result<(), RunError> {
    let mut waits = Vec::new();
    let (mut asked, mut known) = (BTreeSet::new(), Numbers::new());
    for target in &engine.targets {
        let keys = waiting(engine, &target.name).await?;
        let open = |key: &Key| !gate.stops_key(*key);
        asked.extend(keys.iter().copied().filter(open));
        let numbers = numbers(engine, &target.name).await?.into_iter();
        known.extend(numbers.filter(|(key, _)| keys.contains(key) && open(key)));
        waits.push((&target.name, keys));
    }
    let back = let_through(engine, roster, &asked, &known)?;
    for (target, keys) in waits {
        let left: BTreeSet<Key> = keys.difference(&back).copied().collect();
        if left.len() < keys.len() {
            keep_waiting(engine, target, &left).await?;
        }
        forget_numbers(engine, target, &left).await?;
    }
    Ok(())
}

/// Those of these keys whose persons the roster has, under them or with the same number, and what
/// their employments go by. The persons are looked through only where somebody is asked for.
fn let_through(
    engine: &Engine,
    roster: &Roster,
    asked: &BTreeSet<Key>,
    known: &Numbers,
) -> Result<BTreeSet<Key>, RunError> {
    let mut found = BTreeSet::new();
    if asked.is_empty() {
        return Ok(found);
    }
    let old: BTreeMap<Mac, Key> = known.iter().map(|(key, number)| (*number, *key)).collect();
    let employments = EmploymentKeys::new(&engine.tenant);
    let mut persons = roster.persons()?.without_groups_of_the_placed();
    while let Some(record) = persons.next_person()? {
        let person = record.person.key;
        let before = record.person.number.and_then(|number| old.get(&number).copied());
        for key in [Some(person).filter(|key| asked.contains(key)), before].into_iter().flatten() {
            found.insert(key);
            found.extend(record.duties.iter().map(|duty| employments.key(key, duty.school)));
        }
    }
    Ok(found)
}
