//! Which of the register's keys a plan has lost, and which it has first.

use std::collections::BTreeSet;

use plan::Draft;
use roster::Key;
use state::{Card, Entity, ObjectRef, Operation, RowRef, Verb};

use super::Planner;
use crate::RunError;

impl Planner<'_> {
    /// The keys that a draft, or an earlier one, no longer has, and those that it has first.
    pub(super) fn came_and_went(
        &self,
        draft: &Draft,
    ) -> Result<(BTreeSet<Key>, BTreeSet<Key>), RunError> {
        let card = self.target.target.card();
        let (mut gone, mut new) = (BTreeSet::new(), BTreeSet::new());
        for operation in &draft.operations {
            let has_gone = matches!(operation.verb, Verb::Delete | Verb::Suspend | Verb::Archive);
            let side = if operation.verb == Verb::Create {
                &mut new
            } else if has_gone && operation.reason.is_some() {
                &mut gone
            } else {
                continue;
            };
            if let Some(object) = registered(card, operation)? {
                side.insert(object.key);
            }
        }
        // Who is in the way of their own new key must be found all the same.
        new.extend(draft.unmade.iter().map(|object| object.key));
        gone.extend(draft.noted.iter().map(|(object, _)| object.key));
        gone.extend(self.links.0.keys().map(|object| object.key));
        Ok((gone, new))
    }
}

/// The object of an operation, if the register itself has keys of its kind.
fn registered(card: &Card, operation: &Operation) -> Result<Option<ObjectRef>, RunError> {
    let Some(row) = operation.after.as_deref().or(operation.before.as_deref()) else {
        return Ok(None);
    };
    let row = RowRef::new(row)?;
    if row.membership().is_some() {
        return Ok(None);
    }
    let owner = row.owner();
    let from = card.object(owner.kind).map_or(&[][..], |kind| kind.from);
    let is_registered =
        from.iter().any(|it| matches!(it, Entity::Person | Entity::Group | Entity::SchoolUnit));
    Ok(is_registered.then_some(owner))
}
