//! From keys to places in a table, for passes that look up hundreds of thousands of keys.

use crate::{Key, PersonRecord, Roster};

/// Finds a key's place in the order it was given in. About ten times as fast as a
/// `BTreeMap` with 10,000 keys, and like it without a random order: places come from
/// outside. A look-up touches one line of memory as a rule: a nation's groups fill the
/// processor's own memory several times over.
pub(crate) struct KeyIndex {
    keys: Vec<Key>,
    /// A third more slots than keys at least.
    slots: Vec<Slot>,
}

/// A key and its place + 1, or 0 where nothing is.
#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    place: u32,
}

impl KeyIndex {
    pub(crate) fn new(keys: impl Iterator<Item = Key>) -> Self {
        let keys: Vec<Key> = keys.collect();
        let room = (keys.len() + keys.len() / 3 + 2).next_power_of_two();
        let empty = Slot { key: Key::from_bytes([0; 16]), place: 0 };
        let mut index = Self { slots: vec![empty; room], keys };
        for (&key, place) in index.keys.iter().zip(1..) {
            let slot = slot_of(&index.slots, key);
            index.slots[slot] = Slot { key, place };
        }
        index
    }

    pub(crate) fn get(&self, key: Key) -> Option<usize> {
        (self.slots[slot_of(&self.slots, key)].place as usize).checked_sub(1)
    }

    /// Looks at where these keys begin to be looked for: without a decision in between, the memory
    /// of all is asked for at once.
    fn ask_for(&self, keys: impl Iterator<Item = Key>) {
        let places = keys.map(|key| self.slots[first_slot(&self.slots, key)].place);
        std::hint::black_box(places.fold(0, |all, place| all ^ place));
    }

    pub(crate) fn key(&self, place: usize) -> Option<Key> {
        self.keys.get(place).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

/// The slot where a key is looked for first.
fn first_slot(slots: &[Slot], key: Key) -> usize {
    let (first, second) = halves(key);
    // Odd constant of the golden ratio: spreads keys that differ in few bits.
    let hash = (first ^ second.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 32) as usize & (slots.len() - 1)
}

/// The key's slot, or the empty one where it belongs.
fn slot_of(slots: &[Slot], key: Key) -> usize {
    let mask = slots.len() - 1;
    let mut at = first_slot(slots, key);
    while slots[at].place != 0 && slots[at].key != key {
        at = (at + 1) & mask;
    }
    at
}

fn halves(key: Key) -> (u64, u64) {
    let number = u128::from_be_bytes(*key.as_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are meant")]
    ((number >> 64) as u64, number as u64)
}

/// A roster's schools and groups by place.
pub struct Places {
    pub(crate) schools: KeyIndex,
    pub(crate) groups: KeyIndex,
    /// Each group's school, by place; `None` also when the school is unknown.
    pub(crate) group_schools: Vec<Option<u32>>,
}

/// The places of the groups that a person is in and teaches, where they are known.
#[derive(Debug, Default)]
pub struct InGroups {
    pub(crate) memberships: Vec<Option<u32>>,
    pub(crate) teachings: Vec<Option<u32>>,
}

impl Places {
    /// Looks up the groups of a person.
    pub fn look_up(&self, record: &PersonRecord, found: &mut InGroups) {
        let taught = record.teachings.iter().map(|it| it.group);
        self.groups.ask_for(record.memberships.iter().map(|it| it.group).chain(taught));
        let place = |group: Key| self.groups.get(group).and_then(|at| u32::try_from(at).ok());
        found.memberships.clear();
        found.memberships.extend(record.memberships.iter().map(|it| place(it.group)));
        found.teachings.clear();
        found.teachings.extend(record.teachings.iter().map(|it| place(it.group)));
    }

    /// The places of what is in `roster`.
    #[must_use]
    pub fn of(roster: &Roster) -> Self {
        let schools = KeyIndex::new(roster.schools.keys().copied());
        let school = |key| schools.get(key).and_then(|place| u32::try_from(place).ok());
        let group_schools = roster.groups.values().map(|group| school(group.school?)).collect();
        Self { schools, groups: KeyIndex::new(roster.groups.keys().copied()), group_schools }
    }

    /// The place of the school that owns the group at `place`.
    pub(crate) fn school_of(&self, place: usize) -> Option<usize> {
        self.group_schools.get(place).copied().flatten().map(|school| school as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_at_its_place_and_no_other() {
        let key = |n: u32| Key::from_bytes((u128::from(n) << 90 | u128::from(n)).to_be_bytes());
        let index = KeyIndex::new((0..1000).map(key));
        assert!((0..1000_u32).all(|n| index.get(key(n)) == Some(n as usize)));
        assert!((1000..3000).all(|n| index.get(key(n)).is_none()));
        assert_eq!(KeyIndex::new(std::iter::empty()).get(key(1)), None);
    }
}
