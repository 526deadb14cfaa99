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

/// Counts keys in bulk: a tree look-up per row would cost more than the comparison.
#[derive(Default)]
struct Bulk {
    buffer: Vec<(u128, u8)>,
    counts: BTreeMap<(u8, u128), u64>,
}

impl Bulk {
    const SIZE: usize = 1 << 17;

    fn push(&mut self, kind: u8, key: Key) {
        self.buffer.push((u128::from_be_bytes(*key.as_bytes()), kind));
        if self.buffer.len() == Self::SIZE {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.buffer.sort_unstable();
        for same in self.buffer.chunk_by(|one, two| one == two) {
            if let Some(&(key, kind)) = same.first() {
                *self.counts.entry((kind, key)).or_default() += same.len() as u64;
            }
        }
        self.buffer.clear();
    }

    fn finish<K: Ord>(mut self, name: impl Fn(Kind, Key) -> K) -> BTreeMap<K, u64> {
        self.settle();
        self.counts
            .into_iter()
            .map(|((kind, key), count)| {
                (name(Kind(kind), Key::from_bytes(key.to_be_bytes())), count)
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
    school_persons: Bulk,
    school_memberships: Bulk,
    members: Bulk,
    teachers: Bulk,
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
            school_persons: Bulk::default(),
            school_memberships: Bulk::default(),
            members: Bulk::default(),
            teachers: Bulk::default(),
        }
    }

    pub(crate) fn count(&mut self, row: &RowRef<'_>) {
        let Some((kind, container)) = row.membership() else {
            let kind = usize::from(row.id[0]);
            self.objects[kind] += 1;
            if self.person_kinds.get(kind).copied().unwrap_or_default() {
                row.schools().for_each(|school| self.school_persons.push(0, school));
            }
            return;
        };
        self.memberships += 1;
        row.schools().for_each(|school| self.school_memberships.push(0, school));
        self.members.push(container.kind.0, container.key);
        let roles = self.teacher_roles.get(usize::from(kind.0));
        if roles.is_some_and(|roles| roles.iter().any(|role| role.as_bytes() == &row.id[36..])) {
            self.teachers.push(container.kind.0, container.key);
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
