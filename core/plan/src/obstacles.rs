//! What keeps an object from being as it should until a person has done something: a place
//! that does not exist (K127), an account of another (K136), an account that is an
//! administrator's.

use std::collections::BTreeSet;

use roster::Key;
use rules::OnReusedName;
use state::{
    Kind, LinkState, Object, ObjectRef, Operation, Reason, Row, RowRef, Tells, Value, Verb,
};

use crate::draft::Context;
use crate::owners::{Found, Stand};
use crate::unique::{self, Unique};
use crate::{Continuity, PlanError};

/// Who has the unique value that an object should get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// An object of ours that stays as it is: it waits, is withheld or was not read.
    Ours,
    /// An object that we suspended or archived.
    Suspended,
    /// An object at the receiver that we did not make, and that is in use.
    Another,
    /// An object at the receiver that we did not make, and that sleeps.
    Asleep,
    /// An administrator's, or one kept by another program.
    NotOurs,
}

/// A unique value that an object should get is held by another that is not wanted, but there:
/// another person's old account (K136).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The object that should get the value.
    pub object: ObjectRef,
    /// The object that has it.
    pub holder: ObjectRef,
    /// The attribute's place on the card.
    pub attribute: usize,
    /// Whose that is.
    pub whose: Holder,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstructs {
    /// The value names nothing that is there (T05).
    NoPlace {
        /// The attribute's place on the card.
        attribute: usize,
        /// What it names.
        place: String,
    },
    /// Another object has the value (P13).
    Account {
        /// The attribute's place on the card.
        attribute: usize,
        /// The object that has it.
        holder: ObjectRef,
        /// Whose that is.
        whose: Holder,
    },
    /// It is an administrator's, or kept by another program (T12).
    KeptByAnother,
    /// Others make such objects, and this one is not there (T14).
    NoAccount,
    /// The receiver lets nobody into it (T15).
    Shut,
}

impl Obstructs {
    /// The code that people see.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NoPlace { attribute: _, place: _ } => Reason::NoOrgUnit,
            Self::Account { attribute: _, holder: _, whose: _ } => Reason::AccountOfAnother,
            Self::KeptByAnother => Reason::KeptByAnother,
            Self::NoAccount => Reason::NoAccount,
            Self::Shut => Reason::Shut,
        }
    }
}

/// An object and what stands in its way. It is told again by every plan until that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// The object, by our key.
    pub object: ObjectRef,
    /// What stands in its way.
    pub what: Obstructs,
    /// Its schools.
    pub schools: Vec<Key>,
}

/// Lets new persons have the accounts that we suspended for others, where the tenant wants
/// that (K136): true when there is one.
pub fn reuse(found: &mut Continuity, conflicts: &[Conflict], policy: OnReusedName) -> bool {
    if policy == OnReusedName::Hold {
        return false;
    }
    let mut taken: BTreeSet<Key> = found.same.values().copied().collect();
    let before = found.reused.len();
    for Conflict { object, holder, attribute: _, whose } in conflicts {
        let is_open = *whose == Holder::Suspended
            && object.kind == holder.kind
            && !found.same.contains_key(&holder.key);
        if is_open && taken.insert(object.key) {
            found.same.insert(holder.key, object.key);
            found.reused.insert(holder.key);
            // Whoever it was: the tenant has decided.
            found.unclear.remove(&holder.key);
            found.unclear.remove(&object.key);
        }
    }
    found.reused.len() > before
}

/// An object at the receiver that is not ours.
pub(crate) struct Foreign {
    pub(crate) row: Box<[u8]>,
    pub(crate) tells: Tells,
}

impl Found {
    pub(crate) fn tell(&mut self, row: &RowRef<'_>, what: Obstructs) {
        let obstacle = Obstacle { object: row.owner(), what, schools: row.schools().collect() };
        self.obstacles.push(obstacle);
    }

    /// It is not made, and neither is what refers to it.
    pub(crate) fn leave_unmade(&mut self, object: ObjectRef) {
        self.stands.insert(object, Stand::Absent);
        self.unmade.insert(object);
    }
}

/// What names a place that is not there is not made, and not moved there (K127).
pub(crate) fn refuse_places(context: &Context<'_>, found: &mut Found) -> Result<(), PlanError> {
    let naming = naming(context);
    if naming.is_empty() {
        return Ok(());
    }
    let mut stays = Vec::with_capacity(found.operations.len());
    for mut operation in std::mem::take(&mut found.operations) {
        let (false, Some(after)) = (operation.verb.is_removing(), operation.after.clone()) else {
            stays.push(operation);
            continue;
        };
        let after = RowRef::new(&after)?;
        let missing = missing(context, found, &naming, &after)?;
        if missing.is_empty() {
            stays.push(operation);
            continue;
        }
        for (attribute, place) in &missing {
            let (attribute, place) = (*attribute, place.clone());
            found.tell(&after, Obstructs::NoPlace { attribute, place });
        }
        if operation.before.is_none() {
            found.leave_unmade(after.owner());
        } else if put_back(&mut operation, missing.iter().map(|it| it.0))? {
            stays.push(operation);
        }
    }
    found.operations = stays;
    Ok(())
}

/// Kinds of object, with the attribute of each that names one of a kind that was all seen.
fn naming(context: &Context<'_>) -> Vec<(Kind, usize, Kind)> {
    let mut naming = Vec::new();
    for (number, kind) in (0_u8..).zip(context.card.objects) {
        for (at, attribute) in kind.attributes.iter().enumerate() {
            if let Some(named) = attribute.names.filter(|it| context.sees_all(*it)) {
                naming.push((Kind(number), at, named));
            }
        }
    }
    naming
}

fn missing(
    context: &Context<'_>,
    found: &Found,
    naming: &[(Kind, usize, Kind)],
    row: &RowRef<'_>,
) -> Result<Vec<(usize, String)>, PlanError> {
    let kind = row.owner().kind;
    let is_others = context.policies.linked_only.contains(&kind);
    if row.membership().is_some() || is_others || !naming.iter().any(|it| it.0 == kind) {
        return Ok(Vec::new());
    }
    let values = row.values()?;
    let mut missing = Vec::new();
    for (_, at, named) in naming.iter().filter(|it| it.0 == kind) {
        let Some(place) = values.get(*at).and_then(Value::text) else { continue };
        let form = unique::form(context.card, place);
        if !found.named.get(named).is_some_and(|there| there.contains(form.as_ref())) {
            missing.push((*at, place.to_owned()));
        }
    }
    Ok(missing)
}

/// Leaves these attributes as they are; false when nothing else would change.
pub(crate) fn put_back(
    operation: &mut Operation,
    attributes: impl IntoIterator<Item = usize>,
) -> Result<bool, PlanError> {
    let (Some(before), Some(after)) = (&operation.before, &operation.after) else {
        return Ok(true);
    };
    let (before, Row::Object(object)) = (RowRef::new(before)?, RowRef::new(after)?.decode()?)
    else {
        return Ok(true);
    };
    let Object { id, mut values, schools } = object;
    let are = before.values()?;
    for at in attributes {
        if let Some(value) = values.get_mut(at) {
            *value = are.get(at).cloned().unwrap_or_default();
        }
    }
    let row = Row::Object(Object { id, values, schools }).encoded();
    let is_change = matches!(operation.verb, Verb::Update | Verb::Rename | Verb::Move);
    let is_left = !is_change || RowRef::new(&row)?.body != before.body;
    operation.after = Some(row.into_boxed_slice());
    Ok(is_left)
}

/// Whose the accounts are that have the names of new objects: what was not ours is linked
/// openly, or stands in the way.
pub(crate) fn find_accounts(
    context: &Context<'_>,
    found: &mut Found,
    conflicts: &mut Vec<Conflict>,
) -> Result<(), PlanError> {
    if found.foreign.is_empty() && found.held_values.is_empty() {
        return Ok(());
    }
    let mut stays = Vec::with_capacity(found.operations.len());
    for mut operation in std::mem::take(&mut found.operations) {
        let first = conflicts.len();
        if !operation.verb.is_removing() {
            link_foreign(context, found, &mut operation, conflicts)?;
            held(context, found, &operation, conflicts)?;
        }
        let [conflict, ..] = conflicts[first..] else {
            stays.push(operation);
            continue;
        };
        let row = operation.after.clone().unwrap_or_default();
        let row = RowRef::new(&row)?;
        let Conflict { object, holder, attribute, whose } = conflict;
        found.tell(&row, Obstructs::Account { attribute, holder, whose });
        // What a person can solve, or say yes to, is held; the rest is not planned.
        match whose {
            Holder::Ours | Holder::Suspended | Holder::Asleep => stays.push(operation),
            Holder::Another | Holder::NotOurs if operation.before.is_none() => {
                found.leave_unmade(object);
            }
            Holder::Another | Holder::NotOurs => {}
        }
    }
    found.operations = stays;
    conflicts.sort_unstable();
    Ok(())
}

fn link_foreign(
    context: &Context<'_>,
    found: &Found,
    operation: &mut Operation,
    conflicts: &mut Vec<Conflict>,
) -> Result<(), PlanError> {
    let is_new = operation.verb == Verb::Create;
    let Some(after) = operation.after.as_deref().filter(|_| is_new || context.is_live()) else {
        return Ok(());
    };
    if found.foreign.is_empty() {
        return Ok(());
    }
    let object = RowRef::new(after)?.owner();
    for value in changed_values(context, operation)? {
        let Some(Foreign { row, tells }) = found.foreign.get(&value) else { continue };
        if context.policies.linked_only.contains(&object.kind) {
            // Nothing of it is changed, so that it may be anybody's.
            link(operation, row, Reason::FoundAtReceiver);
            return Ok(());
        }
        let holder = RowRef::new(row)?.owner();
        let whose = match tells {
            Tells::NotOurs => Holder::NotOurs,
            Tells::Itself if !is_new => Holder::Another,
            Tells::Asleep => Holder::Asleep,
            Tells::Itself => {
                link(operation, row, Reason::FoundAtReceiver);
                return Ok(());
            }
        };
        let is_linked = is_new && whose == Holder::Asleep;
        if is_linked && context.policies.on_reused_name == OnReusedName::Reuse {
            link(operation, row, Reason::Reused);
            return Ok(());
        }
        let whose = if whose == Holder::Asleep && !is_new { Holder::Another } else { whose };
        conflicts.push(Conflict { object, holder, attribute: value.1, whose });
        if is_linked {
            link(operation, row, Reason::Reused);
        }
        return Ok(());
    }
    Ok(())
}

fn link(operation: &mut Operation, row: &[u8], reason: Reason) {
    operation.verb = Verb::Link;
    operation.before = Some(row.into());
    operation.reason = Some(reason);
}

/// The unique values that the object has not had.
fn changed_values(context: &Context<'_>, operation: &Operation) -> Result<Vec<Unique>, PlanError> {
    let row =
        |row: Option<&[u8]>| row.map_or(Ok(Vec::new()), |it| unique::values(context.card, it));
    let before = row(operation.before.as_deref())?;
    let mut values = row(operation.after.as_deref())?;
    if context.is_live() {
        values.retain(|value| !before.contains(value));
    }
    Ok(values)
}

/// Values of objects of ours that stay though they are not wanted.
fn held(
    context: &Context<'_>,
    found: &Found,
    operation: &Operation,
    conflicts: &mut Vec<Conflict>,
) -> Result<(), PlanError> {
    let Some(after) = operation.after.as_deref().filter(|_| !found.held_values.is_empty()) else {
        return Ok(());
    };
    let object = RowRef::new(after)?.owner();
    for value in unique::values(context.card, after)? {
        if let Some(&holder) = found.held_values.get(&value).filter(|it| **it != object) {
            let state = context.links.get(holder).state;
            let whose = match state {
                LinkState::Suspended | LinkState::Archived => Holder::Suspended,
                LinkState::Active | LinkState::Ended => Holder::Ours,
            };
            conflicts.push(Conflict { object, holder, attribute: value.1, whose });
        }
    }
    Ok(())
}
