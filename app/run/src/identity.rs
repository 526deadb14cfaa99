//! What finds a person or group again when its key has changed.
//!
//! Of those that vanish, keyed hashes are taken from the last snapshot that had them and are
//! kept for as long as the receiver has them (decision 0005).

use std::collections::BTreeSet;

use plan::{EntryKind, IdentityIndex, IndexEntry, group_entries, index_entries, school_entries};
use roster::{Key, Maccer, Roster};
use store::IdentityRow;

use crate::before::Before;
use crate::protect::Numbers;
use crate::{Engine, RunError};

fn number(kind: EntryKind) -> u8 {
    EntryKind::ALL
        .iter()
        .position(|it| *it == kind)
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or(u8::MAX)
}

/// Which of the keys `gone` a roster knows, and the entries of the keys `new` in it: persons
/// are read once.
pub(crate) fn of_roster(
    engine: &Engine,
    roster: &Roster,
    gone: &BTreeSet<Key>,
    new: &BTreeSet<Key>,
) -> Result<(BTreeSet<Key>, IdentityIndex), RunError> {
    let maccer = engine.tenant.maccer("identity");
    let in_memory =
        |key: &&Key| roster.schools.contains_key(key) || roster.groups.contains_key(key);
    let mut known: BTreeSet<Key> = gone.iter().filter(in_memory).copied().collect();
    let mut index = IdentityIndex::default();
    of_things(roster, new, &maccer, &mut |key, entries| index.add(key, entries));
    let either = gone.union(new).copied().collect();
    let mut persons = roster.persons_among(&either)?;
    while let Some(record) = persons.next_person()? {
        let key = record.person.key;
        if gone.contains(&key) {
            known.insert(key);
        }
        if new.contains(&key) {
            index.add(key, index_entries(&record, &roster.schools, &maccer));
        }
    }
    Ok((known, index))
}

fn of_things(
    roster: &Roster,
    keys: &BTreeSet<Key>,
    maccer: &Maccer,
    found: &mut dyn FnMut(Key, Vec<IndexEntry>),
) {
    for key in keys {
        if let Some(school) = roster.schools.get(key) {
            found(*key, school_entries(school, maccer));
        }
        if let Some(group) = roster.groups.get(key) {
            found(*key, group_entries(group, &roster.schools, maccer));
        }
    }
}

fn each(
    engine: &Engine,
    roster: &Roster,
    keys: &BTreeSet<Key>,
    found: &mut dyn FnMut(Key, Vec<IndexEntry>),
) -> Result<(), RunError> {
    let maccer = engine.tenant.maccer("identity");
    of_things(roster, keys, &maccer, found);
    let mut persons = roster.persons_among(keys)?;
    while let Some(record) = persons.next_person()? {
        found(record.person.key, index_entries(&record, &roster.schools, &maccer));
    }
    Ok(())
}

/// The entries of keys that the register no longer has: from the store, and from the
/// previous snapshot for those that vanished since; these are stored now. Of who was protected
/// meanwhile no snapshot has anything, and the number alone is known.
pub(crate) async fn of_vanished(
    engine: &Engine,
    before: &Before<'_>,
    keys: &BTreeSet<Key>,
    protected: &Numbers,
) -> Result<IdentityIndex, RunError> {
    let known = engine.store.identities_of(keys).await?;
    let unknown: BTreeSet<Key> =
        keys.iter().filter(|key| !known.contains_key(*key)).copied().collect();
    let mut rows: Vec<IdentityRow> = known.into_values().flatten().collect();
    let previous = if unknown.is_empty() { None } else { before.roster()? };
    if let Some(previous) = previous {
        each(engine, previous, &unknown, &mut |key, entries| {
            rows.extend(entries.into_iter().map(|it| IdentityRow {
                kind: number(it.kind),
                mac: it.mac,
                key,
            }));
        })?;
        engine.store.replace_identities(rows.clone()).await?;
    }
    // Not stored here: it goes with the last trace of the person.
    let told: BTreeSet<Key> = rows.iter().map(|it| it.key).collect();
    let alone = protected.iter().filter(|(key, _)| keys.contains(*key) && !told.contains(*key));
    let alone = alone.map(|(key, mac)| (number(EntryKind::Number), *mac, *key));
    rows.extend(alone.map(|(kind, mac, key)| IdentityRow { kind, mac, key }));
    let mut index = IdentityIndex::default();
    for row in rows {
        if let Some(&kind) = EntryKind::ALL.get(usize::from(row.kind)) {
            index.add(row.key, [IndexEntry { kind, mac: row.mac }]);
        }
    }
    Ok(index)
}
