//! Kinds of object that are closed to us for now.

use state::Verb;

use crate::PlanError;
use crate::owners::Found;
use crate::settle::row_of;

/// Nobody is put to sleep who owns something that cannot be given to another for now.
pub(crate) fn keep_awake(found: &mut Found) -> Result<(), PlanError> {
    if found.held_awake.is_empty() {
        return Ok(());
    }
    let mut stays = Vec::with_capacity(found.operations.len());
    for operation in std::mem::take(&mut found.operations) {
        let owner = row_of(&operation)?.owner();
        if operation.verb != Verb::Suspend || !found.held_awake.contains(&owner) {
            stays.push(operation);
        }
    }
    found.operations = stays;
    Ok(())
}
