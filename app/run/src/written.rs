//! What we last confirmed at a receiver: its rows, and what is remembered of its objects.

use std::collections::{BTreeMap, BTreeSet};

use apply::{Changes, Merged};
use plan::link_after;
use roster::{Date, RowStream as _};
use sha2::{Digest as _, Sha256};
use state::{Card, Link, Links, ObjectRef, Operation, RowRef, Verb};
use store::{BlobKind, LinkRow};

use crate::Work;
use crate::document::WRITTEN_HASH;
use crate::memory::finish_rows;
use crate::read::hex;
use crate::{BoundTarget, Engine, RunError, stamp};

/// Lays what is done over the rows written last, as a new generation.
pub(crate) async fn keep(
    engine: &Engine,
    target: &BoundTarget,
    done: &[Operation],
) -> Result<(), RunError> {
    let memory = engine.memory();
    let deleted = deleted(done)?;
    let mut rows = Merged::new(memory.written(&target.name).await?, Changes::of(done)?);
    let mut out = memory.write_rows(BlobKind::Written, &target.name, engine.now())?;
    let mut hash = Sha256::new();
    while let Some(row) = rows.next_row()? {
        let seen = RowRef::new(row)?;
        if seen.membership().is_some() && deleted.contains(&seen.owner()) {
            continue;
        }
        hash.update(row);
        out.row(row).map_err(|source| RunError::Io { what: Work::Memory, source })?;
    }
    finish_rows(out)?;
    let hash = hex(&hash.finalize());
    let number = stamp::begun(engine, &target.name).await?;
    let values = [(WRITTEN_HASH, hash.as_bytes()), (stamp::CONFIRMED, number.as_bytes())];
    Ok(engine.store.set(&target.name, &values).await?)
}

/// Objects that are deleted, with which all their memberships go: those in a container that
/// stays as it is have no operation of their own (decision 0028).
fn deleted(done: &[Operation]) -> Result<BTreeSet<ObjectRef>, RunError> {
    let mut deleted = BTreeSet::new();
    for operation in done.iter().filter(|it| it.verb == Verb::Delete) {
        deleted.extend(objects(operation)?.map(|(now, _)| now));
    }
    Ok(deleted)
}

/// The object that an operation is about, and the one that it was before its key changed.
fn objects(operation: &Operation) -> Result<Option<(ObjectRef, ObjectRef)>, RunError> {
    let Some(row) = operation.after.as_deref().or(operation.before.as_deref()) else {
        return Ok(None);
    };
    let row = RowRef::new(row)?;
    if row.membership().is_some() {
        return Ok(None);
    }
    let now = row.owner();
    let was = ObjectRef { kind: now.kind, key: operation.was.unwrap_or(now.key) };
    Ok(Some((now, was)))
}

/// What is remembered of an object whose key may have changed. When the run was killed after
/// the link was moved, it stands under the new key already.
fn remembered(links: &Links, now: ObjectRef, was: ObjectRef) -> Link {
    let is_moved = now != was && !links.0.contains_key(&was) && links.0.contains_key(&now);
    links.get(if is_moved { now } else { was })
}

/// The links as they will be when these operations are done.
pub(crate) fn links_after(
    links: &Links,
    operations: &[Operation],
    today: Date,
) -> Result<Links, RunError> {
    let mut after = links.clone();
    for operation in operations {
        let Some((now, was)) = objects(operation)? else { continue };
        let link = remembered(links, now, was);
        if now != was {
            after.0.remove(&was);
        }
        match link_after(operation, &link, today) {
            Some(link) if link == Links::default().get(now) => drop(after.0.remove(&now)),
            Some(link) => drop(after.0.insert(now, link)),
            None => drop(after.0.remove(&now)),
        }
    }
    Ok(after)
}

/// Remembers the links after what is done, with the receiver's ids that were `learnt`. Only
/// those that say more than "active, ours, under its own key" take a row, or had one.
pub(crate) async fn keep_links(
    engine: &Engine,
    target: &BoundTarget,
    done: &[Operation],
    learnt: &BTreeMap<ObjectRef, String>,
) -> Result<(), RunError> {
    let before = engine.store.links(&target.name).await?;
    let today = engine.today();
    let (mut rows, mut gone, mut deleted) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut untold = Vec::new();
    // Who comes back within six months is no longer deleted.
    let markers = engine.store.deleted_links(&target.name).await?;
    let markers: BTreeSet<ObjectRef> = markers.into_iter().map(|it| it.object).collect();
    for operation in done {
        let Some((now, was)) = objects(operation)? else { continue };
        if now != was {
            gone.push(was);
        }
        match link_after(operation, &remembered(&before, now, was), today) {
            // Of a person who became protected no marker stays (reference/portal.md §2.9).
            None if operation.reason.is_none() => {
                gone.push(now);
                untold.push(now);
            }
            None => deleted.push(now),
            Some(mut link) => {
                link.receiver_id = learnt.get(&now).cloned().or(link.receiver_id);
                if before.0.contains_key(&now) || link != Links::default().get(now) {
                    rows.insert(now, row(now, link, operation)?);
                }
            }
        }
        if operation.verb == Verb::Delete {
            rows.remove(&now);
        } else if markers.contains(&now) && !rows.contains_key(&now) {
            gone.push(now);
        }
    }
    for object in learnt_beside(target.target.card(), done, learnt)? {
        let link = before.get(object);
        let receiver_id = learnt.get(&object).cloned();
        if !rows.contains_key(&object) && link.receiver_id != receiver_id {
            let schools = engine.store.link(&target.name, object).await?;
            let schools = schools.map_or_else(Vec::new, |it| it.schools);
            rows.insert(object, LinkRow { object, link: Link { receiver_id, ..link }, schools });
        }
    }
    let rows: Vec<LinkRow> = rows.into_values().collect();
    engine.store.put_links(&target.name, &rows).await?;
    engine.store.forget_links(&target.name, &gone).await?;
    engine.store.forget_ledger(&target.name, &untold).await?;
    Ok(engine.store.mark_deleted(&target.name, &deleted, today).await?)
}

/// The objects in which a membership was changed, and whose id at the receiver was learnt by
/// that: somebody had taken them away, and they were made anew.
fn learnt_beside(
    card: &Card,
    done: &[Operation],
    learnt: &BTreeMap<ObjectRef, String>,
) -> Result<BTreeSet<ObjectRef>, RunError> {
    let mut beside = BTreeSet::new();
    if learnt.is_empty() {
        return Ok(beside);
    }
    let mut gone = BTreeSet::new();
    for operation in done {
        for row in [&operation.before, &operation.after].into_iter().flatten() {
            beside.insert(card.home(&RowRef::new(row)?));
        }
        if let (Some((now, _)), None) = (objects(operation)?, &operation.after) {
            gone.insert(now);
        }
    }
    beside.retain(|it| learnt.contains_key(it) && !gone.contains(it));
    Ok(beside)
}

fn row(object: ObjectRef, link: Link, operation: &Operation) -> Result<LinkRow, RunError> {
    Ok(LinkRow { object, link, schools: operation.schools()? })
}

/// Remembers waiting times that began or were cancelled.
pub(crate) async fn note(
    engine: &Engine,
    target: &BoundTarget,
    noted: &[(ObjectRef, Link)],
) -> Result<(), RunError> {
    let mut rows = Vec::new();
    for (object, link) in noted {
        let schools =
            engine.store.link(&target.name, *object).await?.map_or_else(Vec::new, |it| it.schools);
        rows.push(LinkRow { object: *object, link: link.clone(), schools });
    }
    engine.store.put_links(&target.name, &rows).await?;
    Ok(())
}
