//! When a person has become protected: everything of ours that names the person is
//! rewritten before anything else is done (design §3, K069, K070).

use std::collections::BTreeSet;

use roster::{Gate, Key, Mac, Roster, RowStream, Stopped};
use state::{Entity, Kind, Member, Object, Row, RowRef, Value};
use store::{BlobKind, PlanStatus};

use crate::Work;
use crate::memory::finish_rows;
use crate::replicas::Forgotten;
use crate::{BoundTarget, Engine, RunError};

mod lifted;
mod numbers;

pub(crate) use lifted::let_out;
pub(crate) use numbers::{Numbers, numbers};

/// Keys of persons who became protected and still stand at a target, by its name.
const WAITING: &str = "protected";

/// Forgets those whom the gate stopped and that it had not stopped before. Done before
/// anything else is decided of a read, also of one that a guard stops.
///
/// # Errors
///
/// [`RunError::MarkingsGone`] when nearly all whom earlier reads stopped are let through now:
/// a column that was emptied must not let protected persons out (K069). A person may accept
/// exactly this content.
pub(crate) async fn forget_new(
    engine: &Engine,
    gate: &mut Gate,
    hash: &str,
    acceptance: Acceptance,
    persons_before: u64,
) -> Result<Forgotten, RunError> {
    let known = engine.store.protected_marks().await?;
    if acceptance == Acceptance::No {
        refuse_gone(engine, gate, hash).await?;
        if are_too_many(gate.marks().difference(&known).count() as u64, persons_before) {
            return Err(RunError::MarkingsFlood { hash: hash.to_owned() });
        }
    }
    if gate.marks().is_subset(&known) {
        if known.len() != gate.marks().len() {
            engine.store.set_protected_marks(gate.marks(), engine.now()).await?;
        }
        return Ok(Forgotten::Nothing);
    }
    forget(engine, gate).await
}

/// Whether more became protected at once than any day explains: more than a twentieth of all,
/// and more than ten (0.00005 % do on a day, reference/sizing.md §4.3). A first read has none
/// before it.
fn are_too_many(new: u64, persons_before: u64) -> bool {
    persons_before > 0 && new > 10 && new * 20 > persons_before
}

/// Refuses a read in which the markings of earlier ones are gone.
pub(crate) async fn refuse_gone(engine: &Engine, gate: &Gate, hash: &str) -> Result<(), RunError> {
    if have_gone(&engine.store.protected_marks().await?, gate.marks()) {
        return Err(RunError::MarkingsGone { hash: hash.to_owned() });
    }
    Ok(())
}

/// Forgets all whom the gate stops, known before or not.
pub(crate) async fn forget(engine: &Engine, gate: &mut Gate) -> Result<Forgotten, RunError> {
    engine.store.erase_blobs(BlobKind::Replica).await?;
    let (keys, numbers) = kept_of(engine, gate).await?;
    // Before the snapshots that tell them are rewritten: a run may be killed in between.
    for target in &engine.targets {
        numbers::remember_numbers(engine, &target.name, &numbers).await?;
    }
    if !keys.is_empty() {
        engine.memory().forget_in_snapshots(&keys, engine.now()).await?;
    }
    for target in &engine.targets {
        forget_at(engine, target, &keys).await?;
    }
    let forgotten: Vec<Key> = keys.into_iter().collect();
    engine.store.forget_issues(&forgotten).await?;
    engine.store.forget_obstacles(&forgotten).await?;
    engine.store.forget_passwords_of(&forgotten).await?;
    if !forgotten.is_empty() {
        engine.store.overwrite_free().await?;
    }
    // Last, so that a run that is killed before does it all again.
    engine.store.set_protected_marks(gate.marks(), engine.now()).await?;
    Ok(Forgotten::All)
}

/// Whether a person has accepted what was read, in spite of what guards said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Whether fewer are stopped now than any day explains: none, or less than half. Marks are of
/// keys, so where all ids have changed there are as many, and other ones.
fn have_gone(known: &BTreeSet<Mac>, now: &BTreeSet<Mac>) -> bool {
    !known.is_empty() && (now.is_empty() || now.len() * 2 < known.len())
}

/// Those whom the gate stops and who stand in a snapshot or in what was written, in any
/// generation that is kept. Both are looked through at once: who is found in a snapshot by
/// number alone is forgotten in what was written by the key found there.
async fn kept_of(engine: &Engine, gate: &mut Gate) -> Result<(BTreeSet<Key>, Numbers), RunError> {
    let rosters = engine.memory().rosters().await?;
    let mut written = Vec::new();
    for target in &engine.targets {
        for kept in engine.store.blob_generations(BlobKind::Written, &target.name).await? {
            written.push(engine.memory().written_at(&target.name, Some(kept.generation))?);
        }
    }
    let stopped = gate.stopped();
    std::thread::scope(|scope| {
        let owners = scope.spawn(move || in_written(written, &stopped));
        let (mut keys, numbers) = in_snapshots(&rosters, gate)?;
        let stopped = |_| RunError::Internal("a thread that reads rows stopped".to_owned());
        keys.extend(owners.join().map_err(stopped)??);
        Ok((keys, numbers))
    })
}

/// Those of the kept snapshots whom the gate stops, by key or by number: an id may change
/// the same night as a marking. With the keyed hashes of their numbers.
fn in_snapshots(rosters: &[Roster], gate: &mut Gate) -> Result<(BTreeSet<Key>, Numbers), RunError> {
    let (mut keys, mut numbers) = (BTreeSet::new(), Numbers::new());
    for roster in rosters {
        for (key, number) in roster.stopped_by(gate)? {
            keys.insert(key);
            numbers.extend(number.map(|number| (key, number)));
        }
    }
    Ok((keys, numbers))
}

/// Those who stand in what was written, by key.
fn in_written(
    generations: Vec<Box<dyn RowStream + Send>>,
    stopped: &Stopped,
) -> Result<BTreeSet<Key>, RunError> {
    let mut found = BTreeSet::new();
    for mut written in generations {
        let mut last = None;
        while let Some(row) = written.next_row()? {
            let owner = RowRef::new(row)?.owner();
            if last.replace(owner) != Some(owner) && stopped.stops_key(owner.key) {
                found.insert(owner.key);
            }
        }
    }
    Ok(found)
}

/// Blanks what was written to the target, and everything that the target keeps of earlier
/// deliveries; erases the plans, whoever they speak of.
async fn forget_at(
    engine: &Engine,
    target: &BoundTarget,
    keys: &BTreeSet<Key>,
) -> Result<(), RunError> {
    erase_plans(engine, &target.name).await?;
    if keys.is_empty() {
        return Ok(());
    }
    let keys = with_employments(engine, target, keys).await?;
    // Twice, since two generations are kept.
    blank(engine, target, &keys).await?;
    blank(engine, target, &keys).await?;
    remember(engine, &target.name, &keys).await?;
    let links = engine.store.links(&target.name).await?;
    let published = published(target, &keys, &links.published());
    let forgotten = target.target.forget(&published).await;
    forgotten.map_err(|error| RunError::target(&target.name, error))
}

/// These persons, and what was written of their employments: objects with keys of their own,
/// which say whose they are.
async fn with_employments(
    engine: &Engine,
    target: &BoundTarget,
    keys: &BTreeSet<Key>,
) -> Result<BTreeSet<Key>, RunError> {
    let card = target.target.card();
    let is_made_so = |kind| card.object(kind).is_some_and(|it| it.from.contains(&Entity::Duty));
    let mut all = keys.clone();
    if !(0_u8..).map(Kind).take(card.objects.len()).any(is_made_so) {
        return Ok(all);
    }
    let mut written = engine.memory().written(&target.name).await?;
    while let Some(row) = written.next_row()? {
        let row = RowRef::new(row)?;
        if row.membership().is_none()
            && is_made_so(row.owner().kind)
            && row.values()?.iter().flat_map(Value::refs).any(|it| keys.contains(&it.key))
        {
            all.insert(row.owner().key);
        }
    }
    Ok(all)
}

/// The ids under which the target knows these persons, whatever kinds of object they have.
pub(crate) fn published(
    target: &BoundTarget,
    keys: &BTreeSet<Key>,
    ids: &state::PublishedIds,
) -> Vec<Key> {
    let kinds = (0_u8..).map(state::Kind).take(target.target.card().objects.len());
    let mut published: Vec<Key> = kinds
        .flat_map(|kind| keys.iter().map(move |&key| state::ObjectRef { kind, key }))
        .map(|object| ids.of(object))
        .collect();
    published.sort_unstable();
    published.dedup();
    published
}

/// Keeps the ids of their rows, so that a removal can be told, and nothing else.
async fn blank(
    engine: &Engine,
    target: &BoundTarget,
    keys: &BTreeSet<Key>,
) -> Result<(), RunError> {
    let memory = engine.memory();
    let mut written = memory.written(&target.name).await?;
    if engine.store.blob_generations(BlobKind::Written, &target.name).await?.is_empty() {
        return Ok(());
    }
    let mut rows = memory.write_rows(BlobKind::Written, &target.name, engine.now())?;
    let failed = |source| RunError::Io { what: Work::Memory, source };
    while let Some(row) = written.next_row()? {
        let seen = RowRef::new(row)?;
        if keys.contains(&seen.owner().key) {
            rows.row(&blanked(seen.decode()?).encoded()).map_err(failed)?;
        } else {
            rows.row(row).map_err(failed)?;
        }
    }
    finish_rows(rows)
}

fn blanked(row: Row) -> Row {
    let nothing = |values: Vec<Value>| vec![Value::None; values.len()];
    match row {
        Row::Object(Object { id, values, schools: _ }) => {
            Row::Object(Object { id, values: nothing(values), schools: Vec::new() })
        }
        // The schools are those of the container, which the row names.
        Row::Member(Member { kind, container, member, role, values, schools }) => {
            let values = nothing(values);
            Row::Member(Member { kind, container, member, role, values, schools })
        }
        Row::Mark { id, mark } => Row::Mark { id, mark },
    }
}

/// Blanks what was written of them once more, in both generations: it was told of late.
pub(crate) async fn blank_again(
    engine: &Engine,
    target: &BoundTarget,
    keys: &BTreeSet<Key>,
) -> Result<(), RunError> {
    if !keys.is_empty() {
        blank(engine, target, keys).await?;
        blank(engine, target, keys).await?;
    }
    Ok(())
}

async fn remember(engine: &Engine, target: &str, keys: &BTreeSet<Key>) -> Result<(), RunError> {
    let mut all = waiting(engine, target).await?;
    all.extend(keys);
    keep_waiting(engine, target, &all).await
}

async fn keep_waiting(engine: &Engine, target: &str, keys: &BTreeSet<Key>) -> Result<(), RunError> {
    if keys.is_empty() {
        return Ok(engine.store.unset(target, WAITING).await?);
    }
    let bytes: Vec<u8> = keys.iter().flat_map(|key| *key.as_bytes()).collect();
    let sealed = engine.memory().seal_small(&format!("{WAITING}/{target}"), &bytes)?;
    Ok(engine.store.set(target, &[(WAITING, &sealed)]).await?)
}

/// Those who became protected and still stand at the target: to be removed without a reason.
pub(crate) async fn waiting(engine: &Engine, target: &str) -> Result<BTreeSet<Key>, RunError> {
    let Some(sealed) = engine.store.get(target, WAITING).await? else { return Ok(BTreeSet::new()) };
    let bytes = engine.memory().open_small(&format!("{WAITING}/{target}"), &sealed)?;
    Ok(bytes.as_chunks::<16>().0.iter().copied().map(Key::from_bytes).collect())
}

/// When the removals are acknowledged: the last traces go. Does nothing until then, and may
/// be done again by a run after one that was killed: what says that there is something to do
/// goes last.
pub(crate) async fn removed(engine: &Engine, target: &BoundTarget) -> Result<(), RunError> {
    let keys = waiting(engine, &target.name).await?;
    if keys.is_empty() || !standing(engine, &target.name, &keys).await?.is_empty() {
        return Ok(());
    }
    let links = engine.store.links(&target.name).await?;
    let ids = published(target, &keys, &links.published());
    target.target.forget(&ids).await.map_err(|error| RunError::target(&target.name, error))?;
    let kinds = (0_u8..).map(state::Kind).take(target.target.card().objects.len());
    let objects: Vec<_> = kinds
        .flat_map(|kind| keys.iter().map(move |&key| state::ObjectRef { kind, key }))
        .collect();
    engine.store.forget_links(&target.name, &objects).await?;
    // Pushes out the generation that still has their ids.
    blank(engine, target, &keys).await?;
    erase_plans(engine, &target.name).await?;
    numbers::forget_numbers(engine, &target.name, &BTreeSet::new()).await?;
    Ok(engine.store.unset(&target.name, WAITING).await?)
}

/// Those of whom a row is still written at the target.
async fn standing(
    engine: &Engine,
    target: &str,
    keys: &BTreeSet<Key>,
) -> Result<BTreeSet<Key>, RunError> {
    let mut written = engine.memory().written(target).await?;
    let mut found = BTreeSet::new();
    while let Some(row) = written.next_row()? {
        let owner = RowRef::new(row)?.owner().key;
        if keys.contains(&owner) {
            found.insert(owner);
        }
    }
    Ok(found)
}

/// Erases what plans say. One that was started is not touched: it is to be taken up again.
async fn erase_plans(engine: &Engine, target: &str) -> Result<(), RunError> {
    for plan in engine.store.plans(target, u32::MAX).await? {
        if plan.status != PlanStatus::Started {
            engine.store.erase_blob(BlobKind::Plan, &plan.id).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K069: some become protected on a day; a twentieth of all does not.
    #[test]
    fn a_twentieth_of_all_does_not_become_protected_on_one_day() {
        #[rustfmt::skip]
        let table = [
            // shows                     new  before   too many
            ("a first read",             300,      0,  false),
            ("nobody",                     0,  1_000,  false),
            ("a family in a small town",  10,     60,  false),
            ("a twentieth",               50,  1_000,  false),
            ("more",                      51,  1_000,  true),
            ("nearly all",             1_000,  1_000,  true),
        ];
        for (shows, new, before, too_many) in table {
            assert_eq!(are_too_many(new, before), too_many, "{shows}");
        }
    }
}
