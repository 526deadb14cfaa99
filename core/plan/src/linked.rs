//! Kinds of object that others make: they are found at the receiver and linked, and nothing of
//! them is ever changed (K118).

use state::{Object, Row, RowRef, Verb};

use crate::PlanError;
use crate::draft::Context;
use crate::obstacles::Obstructs;
use crate::owners::Found;

/// What is not there is not made; what is found is linked as it is.
pub(crate) fn leave_to_others(context: &Context<'_>, found: &mut Found) -> Result<(), PlanError> {
    let linked = &context.policies.linked_only;
    if linked.is_empty() {
        return Ok(());
    }
    let mut stays = Vec::with_capacity(found.operations.len());
    for mut operation in std::mem::take(&mut found.operations) {
        let row = operation.after.clone().or_else(|| operation.before.clone()).unwrap_or_default();
        let row = RowRef::new(&row)?;
        if row.membership().is_some() || !linked.contains(&row.owner().kind) {
            stays.push(operation);
            continue;
        }
        match (operation.verb, operation.before.as_deref()) {
            (Verb::Create, _) => {
                found.tell(&row, Obstructs::NoAccount);
                found.leave_unmade(row.owner());
            }
            (Verb::Link, Some(before)) => {
                let values = RowRef::new(before)?.values()?;
                let (id, schools) = (row.owner(), row.schools().collect());
                let as_it_is = Row::Object(Object { id, values, schools }).encoded();
                operation.after = Some(as_it_is.into_boxed_slice());
                stays.push(operation);
            }
            // A person who became protected leaves our memory.
            (Verb::Delete, _) if operation.reason.is_none() => stays.push(operation),
            (_, _) => {}
        }
    }
    found.operations = stays;
    Ok(())
}
