//! When a marking is lifted: the person is as anybody again.

use std::collections::BTreeSet;

use roster::{Gate, Key, Roster};
use rules::shape::EmploymentKeys;

use super::{keep_waiting, waiting};
use crate::{Engine, RunError};

/// Takes those out of the waiting whom this read has and the gate let through: when they leave,
/// their accounts end as anybody's. Who is simply gone from the register goes on waiting, since
/// nothing says that the marking was lifted (K070).
pub(crate) async fn let_out(engine: &Engine, gate: &Gate, roster: &Roster) -> Result<(), RunError> {
    let mut waits = Vec::new();
    let mut asked = BTreeSet::new();
    for target in &engine.targets {
        let keys = waiting(engine, &target.name).await?;
        asked.extend(keys.iter().copied().filter(|key| !gate.stops_key(*key)));
        waits.push((&target.name, keys));
    }
    let back = let_through(engine, roster, &asked)?;
    for (target, keys) in waits {
        let left: BTreeSet<Key> = keys.difference(&back).copied().collect();
        if left.len() < keys.len() {
            keep_waiting(engine, target, &left).await?;
        }
    }
    Ok(())
}

/// Those of these keys whose persons the roster has, and what their employments go by. The
/// persons are looked through only where somebody is asked for.
fn let_through(
    engine: &Engine,
    roster: &Roster,
    asked: &BTreeSet<Key>,
) -> Result<BTreeSet<Key>, RunError> {
    let mut found = BTreeSet::new();
    if asked.is_empty() {
        return Ok(found);
    }
    let employments = EmploymentKeys::new(&engine.tenant);
    let mut persons = roster.persons()?.without_groups_of_the_placed();
    while let Some(record) = persons.next_person()? {
        let person = record.person.key;
        if asked.contains(&person) {
            found.insert(person);
            found.extend(record.duties.iter().map(|duty| employments.key(person, duty.school)));
        }
    }
    Ok(found)
}
