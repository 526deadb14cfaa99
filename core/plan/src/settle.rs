//! What the pass could not know yet: what became of containers, of objects referred to and
//! of changed keys.

use std::collections::{BTreeMap, BTreeSet};

use state::{LinkState, ObjectRef, Operation, Reason, RowRef, Subject, Verb};

use crate::draft::Context;
use crate::owners::{Found, Stand, operation};
use crate::{
    Continuity, Draft, DriftKind, Obstacle, Obstructs, PlanError, linked, obstacles, owning,
};

/// Everything that a row refers to, container and member included.
pub(crate) fn refs(row: &[u8]) -> Result<Vec<ObjectRef>, PlanError> {
    let row = RowRef::new(row)?;
    let mut refs = Vec::new();
    if let Some((_, container)) = row.membership() {
        refs.extend([container, row.owner()]);
    }
    for value in row.values()? {
        refs.extend_from_slice(value.refs());
    }
    Ok(refs)
}

/// The row with the keys that things have now.
pub(crate) fn rekeyed(row: &[u8], continuity: &Continuity) -> Result<Vec<u8>, PlanError> {
    Ok(RowRef::new(row)?.decode()?.with_ids(|id| continuity.now(id)).encoded())
}

pub(crate) fn row_of(operation: &Operation) -> Result<RowRef<'_>, PlanError> {
    let row = operation.after.as_deref().or(operation.before.as_deref());
    Ok(RowRef::new(row.unwrap_or_default())?)
}

pub(crate) fn settle(context: &Context<'_>, mut found: Found) -> Result<Draft, PlanError> {
    let mut draft = Draft::default();
    link_changed_keys(context, &mut found)?;
    obstacles::refuse_places(context, &mut found)?;
    if context.is_live() {
        obstacles::find_accounts(context, &mut found, &mut draft.conflicts)?;
        linked::leave_to_others(context, &mut found)?;
    }
    follow_containers(context, &mut found)?;
    owning::own_by_who_is_there(context, &mut found, &draft.conflicts)?;
    block_dangling(&mut found, &mut draft.blocked)?;
    keep_referred(context, &mut found, &mut draft.kept)?;
    if !context.is_live() {
        obstacles::find_accounts(context, &mut found, &mut draft.conflicts)?;
    }
    forget_strangers_groups(&mut found);
    let Found { mut operations, noted, drift, mut unsupported, totals, obstacles, unmade, .. } =
        found;
    draft.obstacles = obstacles;
    draft.obstacles.sort_unstable();
    draft.obstacles.dedup_by(|one, other| (one.object, &one.what) == (other.object, &other.what));
    draft.unmade = unmade;
    drop_unsupported(context, &mut operations, &mut unsupported)?;
    draft.operations = operations;
    draft.noted = noted.into_iter().collect();
    draft.drift = drift;
    draft.unsupported = unsupported;
    draft.totals = totals;
    Ok(draft)
}

/// Creates of what was there under another key become links; so do memberships.
fn link_changed_keys(context: &Context<'_>, found: &mut Found) -> Result<(), PlanError> {
    if context.continuity.same.is_empty() {
        return Ok(());
    }
    let mut linked = BTreeSet::new();
    for operation in &mut found.operations {
        let Some(after) = operation.after.as_deref() else { continue };
        match operation.before.as_deref() {
            None => {
                let id = RowRef::new(after)?.id;
                let Some(before) = found.rekeyed.remove(id) else { continue };
                let old = RowRef::new(&before)?;
                if old.membership().is_none() {
                    operation.was = Some(old.owner().key);
                    linked.insert(old.owner());
                }
                operation.before = Some(before);
            }
            Some(before) => {
                let now = rekeyed(before, context.continuity)?;
                let is_new = RowRef::new(&now)?.body != RowRef::new(before)?.body;
                if !is_new || RowRef::new(&now)?.body != RowRef::new(after)?.body {
                    continue;
                }
            }
        }
        operation.verb = Verb::Link;
        operation.reason = Some(why_linked(context, operation)?);
    }
    leave_the_rest(context, found, &linked)
}

fn why_linked(context: &Context<'_>, operation: &Operation) -> Result<Reason, PlanError> {
    let before = RowRef::new(operation.before.as_deref().unwrap_or_default())?;
    let is_reused = context.continuity.reused.contains(&before.owner().key);
    Ok(if is_reused { Reason::Reused } else { Reason::KeyChanged })
}

/// Rows of changed keys that nothing was linked to.
fn leave_the_rest(
    context: &Context<'_>,
    found: &mut Found,
    linked: &BTreeSet<ObjectRef>,
) -> Result<(), PlanError> {
    let is_open =
        |id: ObjectRef| context.continuity.same.contains_key(&id.key) && !linked.contains(&id);
    for (_, row) in std::mem::take(&mut found.rekeyed) {
        let old = RowRef::new(&row)?;
        match old.membership() {
            Some((_, container)) if !is_open(container) && !is_open(old.owner()) => {
                let reason = Some(Reason::NotMember);
                found.operations.push(operation(Verb::Remove, Some(row), None, reason));
            }
            // The new key is withheld or not wanted: the old stays until that is settled.
            Some(_) | None => {
                found.held_refs.extend(refs(&row)?);
            }
        }
    }
    Ok(())
}

/// Memberships in a container that stays as it is stay; those in one that goes, go for its
/// reason; those of a member that is deleted from one that stays, go with the member.
fn follow_containers(context: &Context<'_>, found: &mut Found) -> Result<(), PlanError> {
    if found.stands.is_empty() {
        return Ok(());
    }
    let mut stays = Vec::with_capacity(found.operations.len());
    for mut operation in std::mem::take(&mut found.operations) {
        let row = row_of(&operation)?;
        let Some((kind, container)) = row.membership() else {
            stays.push(operation);
            continue;
        };
        let container = found.stands.get(&container).copied().unwrap_or(Stand::Active);
        let owner = found.stands.get(&row.owner()).copied().unwrap_or(Stand::Active);
        match (container, owner, operation.verb) {
            (Stand::Kept, Stand::Going(Some(_)), Verb::Remove) if context.falls_away(kind) => {}
            (_, Stand::Going(_), _) | (Stand::Active | Stand::Rekeyed, _, _) => {
                stays.push(operation);
            }
            (Stand::Going(reason), _, Verb::Remove) => {
                operation.reason = reason;
                stays.push(operation);
            }
            (Stand::Kept | Stand::Absent | Stand::Going(_), _, _) => {
                if let Some(before) = operation.before.as_deref() {
                    found.held_refs.extend(refs(before)?);
                }
                let is_shut = row.membership().filter(|it| context.shut.contains(&it.1));
                if let Some((_, object)) = is_shut {
                    let schools = row.schools().collect();
                    found.obstacles.push(Obstacle { object, what: Obstructs::Shut, schools });
                }
            }
        }
    }
    found.operations = stays;
    Ok(())
}

/// Nothing is written that refers to something withheld that is not there.
fn block_dangling(found: &mut Found, blocked: &mut BTreeSet<ObjectRef>) -> Result<(), PlanError> {
    let mut absent: BTreeSet<ObjectRef> = found
        .stands
        .iter()
        .filter(|(_, stand)| **stand == Stand::Absent)
        .map(|(id, _)| *id)
        .collect();
    while !absent.is_empty() {
        let mut more = BTreeSet::new();
        let mut stays = Vec::with_capacity(found.operations.len());
        for operation in std::mem::take(&mut found.operations) {
            let written = operation.after.as_deref().filter(|_| !operation.verb.is_removing());
            let Some(after) = written else {
                stays.push(operation);
                continue;
            };
            if !refs(after)?.iter().any(|id| absent.contains(id)) {
                stays.push(operation);
                continue;
            }
            let row = RowRef::new(after)?;
            if row.membership().is_none() {
                blocked.insert(row.owner());
                if operation.verb == Verb::Create {
                    more.insert(row.owner());
                }
            }
            if let Some(before) = operation.before.as_deref() {
                let before = refs(before)?;
                if row.membership().is_none() {
                    let after = refs(after)?;
                    let let_go = before.iter().filter(|id| !after.contains(id));
                    found.waited_for.extend(let_go.copied());
                }
                found.held_refs.extend(before);
            }
        }
        found.operations = stays;
        // What was absent before has been looked for already.
        absent = more;
    }
    Ok(())
}

/// What rows that stay refer to is not deleted, and then keeps what it refers to itself.
fn keep_referred(
    context: &Context<'_>,
    found: &mut Found,
    kept: &mut BTreeSet<ObjectRef>,
) -> Result<(), PlanError> {
    keep_awake(context, found, kept)?;
    let mut deletes = BTreeMap::new();
    let mut removes: BTreeMap<ObjectRef, Vec<usize>> = BTreeMap::new();
    for (at, operation) in found.operations.iter().enumerate() {
        // A person who became protected leaves in any case: without a reason.
        if operation.after.is_some() || operation.reason.is_none() {
            continue;
        }
        let row = row_of(operation)?;
        match row.membership() {
            None => {
                deletes.insert(row.owner(), at);
            }
            Some((_, container)) => {
                removes.entry(row.owner()).or_default().push(at);
                removes.entry(container).or_default().push(at);
            }
        }
    }
    let mut open: Vec<ObjectRef> =
        deletes.keys().filter(|id| found.held_refs.contains(id)).copied().collect();
    let mut cancelled = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(at) = deletes.remove(&id) else { continue };
        kept.insert(id);
        let rows = removes.get(&id).into_iter().flatten().copied().chain([at]);
        for at in rows {
            cancelled.insert(at);
            if let Some(before) = found.operations[at].before.as_deref() {
                open.extend(refs(before)?);
            }
        }
        found.note_waiting(context, id);
    }
    found.without(&cancelled);
    Ok(())
}

/// Who has what should be another's, and cannot yet be, is not put to sleep: a course of somebody
/// who sleeps is nobody's (reference/google.md §0 no 6).
fn keep_awake(
    context: &Context<'_>,
    found: &mut Found,
    kept: &mut BTreeSet<ObjectRef>,
) -> Result<(), PlanError> {
    if found.waited_for.is_empty() {
        return Ok(());
    }
    let mut cancelled = BTreeSet::new();
    for (at, operation) in found.operations.iter().enumerate() {
        if operation.verb == Verb::Suspend && found.waited_for.contains(&row_of(operation)?.owner())
        {
            cancelled.insert(at);
        }
    }
    for at in &cancelled {
        let id = row_of(&found.operations[*at])?.owner();
        kept.insert(id);
        found.note_waiting(context, id);
    }
    found.without(&cancelled);
    Ok(())
}

impl Found {
    /// Its time begins today, though nothing is done.
    fn note_waiting(&mut self, context: &Context<'_>, id: ObjectRef) {
        let link = context.links.get(id);
        if link.state == LinkState::Active {
            let since = Some(context.today);
            self.noted.insert(id, state::Link { state: LinkState::Ended, since, ..link });
        }
    }

    /// Takes out the operations at these places.
    pub(crate) fn without(&mut self, cancelled: &BTreeSet<usize>) {
        let mut at = 0;
        self.operations.retain(|_| {
            at += 1;
            !cancelled.contains(&(at - 1))
        });
    }
}

/// That somebody put one of ours into a container that is not ours is no drift.
fn forget_strangers_groups(found: &mut Found) {
    let stands = &found.stands;
    found.drift.retain(|item| match (&item.subject, item.kind) {
        (Subject::Membership { container, .. }, DriftKind::Extra) => {
            stands.get(container) != Some(&Stand::Absent)
        }
        (
            Subject::Membership { .. } | Subject::Object(_),
            DriftKind::Extra | DriftKind::Value(_) | DriftKind::Gone | DriftKind::Changed,
        ) => true,
    });
}

fn drop_unsupported(
    context: &Context<'_>,
    operations: &mut Vec<Operation>,
    unsupported: &mut BTreeSet<ObjectRef>,
) -> Result<(), PlanError> {
    let mut stays = Vec::with_capacity(operations.len());
    for operation in std::mem::take(operations) {
        let row = row_of(&operation)?;
        let verbs = match row.membership() {
            Some((kind, _)) => context.card.membership(kind).map(|kind| kind.verbs),
            None => context.card.object(row.owner().kind).map(|kind| kind.verbs),
        };
        // Links are our own memory: every target has them.
        if operation.verb == Verb::Link || verbs.is_some_and(|verbs| verbs.has(operation.verb)) {
            stays.push(operation);
        } else {
            unsupported.insert(row.owner());
        }
    }
    *operations = stays;
    Ok(())
}
