//! What there was before the plan, counted while it is made.

use std::collections::BTreeMap;

use roster::Key;
use state::{Card, Entity, Kind, ObjectRef, Relation, RowRef};

/// How much was written last: what the guards' shares are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Objects by kind.
    pub objects: BTreeMap<Kind, u64>,
    /// Memberships of all kinds.
    pub memberships: u64,
    /// Persons' objects by school.
    pub school_persons: BTreeMap<Key, u64>,
    /// Memberships by school.
    pub school_memberships: BTreeMap<Key, u64>,
    /// Memberships by container.
    pub members: BTreeMap<ObjectRef, u64>,
    /// Teachers' memberships by container.
    pub teachers: BTreeMap<ObjectRef, u64>,
}

/// Counts by key with open addressing: a tree look-up per row would cost more than the
/// comparison of rows. No order comes from it: [`Tally::finish`] sorts.
struct Tally {
    /// Kind, key and count; a count of 0 is a free place. Its length is a power of two. Counts
    /// of four bytes: a place is then half a line of memory.
    places: Vec<(u8, u128, u32)>,
    used: usize,
}

impl Default for Tally {
    fn default() -> Self {
        Self { places: vec![(0, 0, 0); 256], used: 0 }
    }
}

impl Tally {
    fn count(&mut self, kind: u8, key: Key) {
        self.add(kind, u128::from_be_bytes(*key.as_bytes()), 1);
    }

    fn add(&mut self, kind: u8, key: u128, more: u32) {
        let mask = self.places.len() - 1;
        let mut at = Self::hash(kind, key) & mask;
        loop {
            let place = &mut self.places[at];
            if place.2 == 0 {
                *place = (kind, key, more);
                self.used += 1;
                break;
            }
            if place.1 == key && place.0 == kind {
                place.2 = place.2.saturating_add(more);
                return;
            }
            at = (at + 1) & mask;
        }
        if self.used * 2 > self.places.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let double = vec![(0, 0, 0); self.places.len() * 2];
        self.used = 0;
        for (kind, key, count) in std::mem::replace(&mut self.places, double) {
            if count > 0 {
                self.add(kind, key, count);
            }
        }
    }

    /// Registers' own ids may differ in any few bits: both halves are mixed in.
    fn hash(kind: u8, key: u128) -> usize {
        const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let mixed = (key ^ key.rotate_right(61) ^ u128::from(kind)).wrapping_mul(ODD);
        usize::try_from(mixed >> 96).unwrap_or_default()
    }

    fn finish<K: Ord>(self, name: impl Fn(Kind, Key) -> K) -> BTreeMap<K, u64> {
        self.places
            .into_iter()
            .filter(|(_, _, count)| *count > 0)
            .map(|(kind, key, count)| {
                let key = Key::from_bytes(key.to_be_bytes());
                (name(Kind(kind), key), u64::from(count))
            })
            .collect()
    }
}

/// Counts written rows as they pass.
pub(crate) struct Counter {
    person_kinds: Vec<bool>,
    teacher_roles: Vec<Vec<&'static str>>,
    objects: Vec<u64>,
    memberships: u64,
    school_persons: Tally,
    school_memberships: Tally,
    members: Tally,
    teachers: Tally,
}

impl Counter {
    pub(crate) fn new(card: &Card) -> Self {
        let person_kinds =
            card.objects.iter().map(|kind| kind.from.contains(&Entity::Person)).collect();
        Self {
            person_kinds,
            teacher_roles: teacher_roles(card),
            objects: vec![0; 256],
            memberships: 0,
            school_persons: Tally::default(),
            school_memberships: Tally::default(),
            members: Tally::default(),
            teachers: Tally::default(),
        }
    }

    pub(crate) fn count(&mut self, row: &RowRef<'_>) {
        let Some((kind, container)) = row.membership() else {
            let kind = usize::from(row.id[0]);
            self.objects[kind] += 1;
            if self.person_kinds.get(kind).copied().unwrap_or_default() {
                row.schools().for_each(|school| self.school_persons.count(0, school));
            }
            return;
        };
        self.memberships += 1;
        row.schools().for_each(|school| self.school_memberships.count(0, school));
        self.members.count(container.kind.0, container.key);
        let roles = self.teacher_roles.get(usize::from(kind.0));
        if roles.is_some_and(|roles| roles.iter().any(|role| role.as_bytes() == &row.id[36..])) {
            self.teachers.count(container.kind.0, container.key);
        }
    }

    pub(crate) fn finish(self) -> Totals {
        let object = |kind, key| ObjectRef { kind, key };
        Totals {
            objects: (0..=u8::MAX)
                .map(Kind)
                .zip(self.objects)
                .filter(|(_, count)| *count > 0)
                .collect(),
            memberships: self.memberships,
            school_persons: self.school_persons.finish(|_, key| key),
            school_memberships: self.school_memberships.finish(|_, key| key),
            members: self.members.finish(object),
            teachers: self.teachers.finish(object),
        }
    }
}

/// By kind of membership, the roles of those who answer for a container and that no pupil
/// has: a class must not stand without.
pub(crate) fn teacher_roles(card: &Card) -> Vec<Vec<&'static str>> {
    card.memberships
        .iter()
        .map(|kind| {
            let role_of = |wanted: Relation| {
                kind.from.iter().filter(move |(relation, _)| *relation == wanted).map(|it| it.1)
            };
            role_of(Relation::GroupTeacher)
                .filter(|role| !role_of(Relation::GroupMember).any(|other| other == *role))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_as_a_map_does() {
        let (mut tally, mut map) = (Tally::default(), BTreeMap::new());
        for number in 0..20_000_u128 {
            let key = Key::from_bytes(((number * number % 3001) << 40).to_be_bytes());
            let kind = Kind(u8::from(number % 3 == 0));
            tally.count(kind.0, key);
            *map.entry((kind, key)).or_default() += 1;
        }
        assert_eq!(tally.finish(|kind, key| (kind, key)), map);
    }
}
