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
    /// Free where the first count is 0. Its length is a power of two.
    places: Vec<Place>,
    used: usize,
    /// What is not counted yet. Places are looked at in one go before any is counted: without a
    /// decision in between, the memory of all is asked for at once.
    open: Vec<Place>,
}

/// A key, how often it was counted, and how often as the special case.
#[derive(Clone, Copy, Default)]
struct Place {
    key: [u64; 2],
    counts: [u32; 2],
    kind: u8,
}

/// What is counted: how many of all are the special case is counted too.
#[derive(Clone, Copy)]
enum Case {
    Ordinary = 0,
    Special = 1,
}

/// Keys that are counted in one go.
const TOGETHER: usize = 64;

impl Default for Tally {
    fn default() -> Self {
        let open = Vec::with_capacity(TOGETHER);
        Self { places: vec![Place::default(); 256], used: 0, open }
    }
}

impl Tally {
    fn count(&mut self, kind: u8, key: Key, case: Case) {
        let (high, low) = key.as_bytes().split_at(8);
        let half = |bytes: &[u8]| bytes.first_chunk().map_or(0, |it| u64::from_be_bytes(*it));
        let key = [half(high), half(low)];
        // A person's rows stand together, and most are of one school.
        if let Some(last) = self.open.last_mut().filter(|it| it.key == key && it.kind == kind) {
            last.counts[0] = last.counts[0].saturating_add(1);
            last.counts[1] = last.counts[1].saturating_add(case as u32);
            return;
        }
        self.open.push(Place { key, counts: [1, case as u32], kind });
        if self.open.len() == TOGETHER {
            self.settle();
        }
    }

    fn settle(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        let mask = self.places.len() - 1;
        let counts = open.iter().map(|it| self.places[it.hash() & mask].counts[0]);
        std::hint::black_box(counts.fold(0, |all, count| all ^ count));
        for place in open.drain(..) {
            self.add(place);
        }
        self.open = open;
    }

    fn add(&mut self, more: Place) {
        let mask = self.places.len() - 1;
        let mut at = more.hash() & mask;
        loop {
            let place = &mut self.places[at];
            if place.counts[0] == 0 {
                *place = more;
                self.used += 1;
                break;
            }
            if place.key == more.key && place.kind == more.kind {
                for (count, more) in place.counts.iter_mut().zip(more.counts) {
                    *count = count.saturating_add(more);
                }
                return;
            }
            at = (at + 1) & mask;
        }
        if self.used * 4 > self.places.len() * 3 {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let double = vec![Place::default(); self.places.len() * 2];
        self.used = 0;
        for place in std::mem::replace(&mut self.places, double) {
            if place.counts[0] > 0 {
                self.add(place);
            }
        }
    }

    /// What was counted, and of it the special cases.
    fn finish<K: Ord + Copy>(
        mut self,
        name: impl Fn(Kind, Key) -> K,
    ) -> (BTreeMap<K, u64>, BTreeMap<K, u64>) {
        self.settle();
        let mut places = self.places;
        places.retain(|place| place.counts[0] > 0);
        places.sort_unstable_by_key(|place| (place.kind, place.key));
        let counted = |nth: usize| {
            let counts = places.iter().filter(|place| place.counts[nth] > 0);
            let named = counts.map(|place| {
                let mut key = [0; 16];
                key[..8].copy_from_slice(&place.key[0].to_be_bytes());
                key[8..].copy_from_slice(&place.key[1].to_be_bytes());
                (name(Kind(place.kind), Key::from_bytes(key)), u64::from(place.counts[nth]))
            });
            named.collect()
        };
        (counted(0), counted(1))
    }
}

impl Place {
    /// Registers' own ids may differ in any few bits: both halves are mixed in.
    fn hash(&self) -> usize {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let [high, low] = self.key;
        let mixed = (high ^ low.rotate_left(29) ^ u64::from(self.kind)).wrapping_mul(ODD);
        usize::try_from((mixed ^ low.wrapping_mul(ODD).rotate_left(17)) >> 20).unwrap_or_default()
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
    /// By container; teachers are the special case.
    members: Tally,
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
        }
    }

    pub(crate) fn count(&mut self, row: &RowRef<'_>) {
        let Some((kind, container)) = row.membership() else {
            let kind = usize::from(row.id[0]);
            self.objects[kind] += 1;
            if self.person_kinds.get(kind).copied().unwrap_or_default() {
                row.schools()
                    .for_each(|school| self.school_persons.count(0, school, Case::Ordinary));
            }
            return;
        };
        self.memberships += 1;
        row.schools().for_each(|school| self.school_memberships.count(0, school, Case::Ordinary));
        let roles = self.teacher_roles.get(usize::from(kind.0));
        let teaches =
            roles.is_some_and(|roles| roles.iter().any(|role| role.as_bytes() == &row.id[36..]));
        let case = if teaches { Case::Special } else { Case::Ordinary };
        self.members.count(container.kind.0, container.key, case);
    }

    pub(crate) fn finish(self) -> Totals {
        let object = |kind, key| ObjectRef { kind, key };
        let (members, teachers) = self.members.finish(object);
        Totals {
            objects: (0..=u8::MAX)
                .map(Kind)
                .zip(self.objects)
                .filter(|(_, count)| *count > 0)
                .collect(),
            memberships: self.memberships,
            school_persons: self.school_persons.finish(|_, key| key).0,
            school_memberships: self.school_memberships.finish(|_, key| key).0,
            members,
            teachers,
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
        let (mut tally, mut map) = (Tally::default(), [BTreeMap::new(), BTreeMap::new()]);
        for number in 0..20_000_u128 {
            // Runs of one key, and others.
            let number = if number % 5 == 0 { number } else { number / 9 };
            let key = Key::from_bytes(((number * number % 3001) << 40).to_be_bytes());
            let (kind, special) = (Kind(u8::from(number % 3 == 0)), number % 7 == 0);
            let case = if special { Case::Special } else { Case::Ordinary };
            tally.count(kind.0, key, case);
            *map[0].entry((kind, key)).or_default() += 1;
            if special {
                *map[1].entry((kind, key)).or_default() += 1;
            }
        }
        let [all, specials] = map;
        assert_eq!(tally.finish(|kind, key| (kind, key)), (all, specials));
    }
}
