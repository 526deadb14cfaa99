//! From what sources read to one roster: the gate, the keys, the sorting, the joining.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{self, PersonRow};
use crate::joined::OpenRows;
use crate::replica::{Old, Replica};
use crate::source::Record;
use crate::{
    Duty, Enrolment, EntityKind, Gate, Group, HashedNumber, Key, KeyMaker, Marking, MarkingPolicy,
    MatchTable, Membership, Organisation, PersonDraft, Precedence, Responsible, Roster, RowStream,
    SchoolUnit, SortSink, SourceIndex, Spool, SpoolError, Teaching, TenantKey, snapshot,
};

mod beside;
mod kept;
mod numbers;
mod relations;

pub use beside::{Handed, Put, Putting};
pub use kept::Keyer;
pub use relations::Relations;

/// A spool of any kind.
pub type AnySpool = Box<dyn Spool + Send + Sync>;

impl Spool for AnySpool {
    fn work(&self, pieces: Vec<crate::Piece<'_>>) {
        self.as_ref().work(pieces);
    }

    fn put(&mut self, run: crate::Run) -> Result<crate::RunId, SpoolError> {
        self.as_mut().put(run)
    }

    fn settle(&mut self) -> Result<(), SpoolError> {
        self.as_mut().settle()
    }

    fn join(&mut self, runs: &[crate::RunId]) -> Result<crate::RunId, SpoolError> {
        self.as_mut().join(runs)
    }

    fn open(&self, run: crate::RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        self.as_ref().open(run)
    }
}

/// Takes in registers, one after the other, and becomes a [`Roster`].
pub struct Assembly {
    tenant: TenantKey,
    gate: Gate,
    /// `None` while another thread has it; [`Self::later`] likewise.
    rows: Option<SortSink<AnySpool>>,
    /// Whether another thread has one of the two.
    is_parted: bool,
    /// Rows of the second source and on wait here until all numbers are known.
    later: Option<SortSink<AnySpool>>,
    new_spool: Box<dyn FnMut() -> AnySpool + Send>,
    budget: usize,
    matches: MatchTable,
    organisations: BTreeMap<Key, Organisation>,
    schools: BTreeMap<Key, SchoolUnit>,
    /// In the order of reading.
    groups: Groups,
    repeated: BTreeSet<Key>,
    left_out: BTreeSet<Key>,
    uncertain: BTreeSet<Key>,
    /// Persons whose identity number could not be understood.
    unnumbered: BTreeSet<Key>,
    row: Vec<u8>,
    /// What sources kept of an earlier read, until they ask for it.
    old: BTreeMap<SourceIndex, Old>,
    /// What sources keep of this one.
    kept: BTreeMap<SourceIndex, Replica>,
}

/// Persons' numbers have this part of the budget, beside it.
const MATCHES: usize = 4;

/// What was taken in, for guards on the source. Persons and their relations are counted by
/// [`crate::Stats`], after the gate: a count made before would tell of protected persons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Organisations, schools and groups that one source describes twice, differently.
    pub repeated_entities: u64,
}

impl Assembly {
    /// An empty roster in the making. Keeps about `budget` bytes of rows in memory; the
    /// rest goes to spools.
    pub fn new(
        tenant: &TenantKey,
        gate: Gate,
        mut new_spool: impl FnMut() -> AnySpool + Send + 'static,
        budget: usize,
    ) -> Self {
        Self {
            tenant: tenant.clone(),
            gate,
            rows: Some(SortSink::new(new_spool(), budget)),
            matches: MatchTable::new(SortSink::new(new_spool(), budget / MATCHES)),
            is_parted: false,
            later: None,
            new_spool: Box::new(new_spool),
            budget,
            organisations: BTreeMap::new(),
            schools: BTreeMap::new(),
            groups: Vec::new(),
            repeated: BTreeSet::new(),
            left_out: BTreeSet::new(),
            uncertain: BTreeSet::new(),
            unnumbered: BTreeSet::new(),
            row: Vec::new(),
            old: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// The way in for one source. `serial` makes its keys; `index` is its precedence.
    pub fn intake(&mut self, index: SourceIndex, serial: u32, policy: MarkingPolicy) -> Intake<'_> {
        if index.0 > 0 && self.later.is_none() && !self.is_parted {
            self.later = Some(SortSink::new((self.new_spool)(), self.budget));
        }
        let keys = KeyMaker::new(&self.tenant, serial);
        Intake { assembly: self, keys, index, policy, handing: None }
    }

    /// Joins what was read.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside or read back.
    pub fn finish(mut self, precedence: Precedence) -> Result<(Roster, Gate), SpoolError> {
        let has_later = self.later.is_some();
        let (matches, gate) = (self.matches, &mut self.gate);
        let rows = self.rows.filter(|_| !self.is_parted);
        let mut rows = rows.ok_or_else(beside::stopped)?;
        let (groups, repeated) = (std::mem::take(&mut self.groups), &mut self.repeated);
        let (aliases, rows, groups) = match self.later.take() {
            None => {
                let join = || joined(groups, repeated);
                numbers::side_by_side(&(self.new_spool)(), matches, gate, rows, join)?
            }
            Some(later) => {
                let aliases = numbers::aliases(matches, gate)?;
                numbers::resolve(&aliases, &later.finish()?, &mut rows)?;
                (aliases, rows.finish()?, joined(groups, repeated))
            }
        };
        if has_later || self.gate.knows_numbers() {
            self.left_out.append(&mut self.unnumbered);
        }
        self.uncertain.append(&mut self.unnumbered);
        let known = |keys: &BTreeSet<Key>| {
            let keys = keys.iter().map(|key| aliases.resolve(*key));
            keys.filter(|key| !self.gate.stops_key(*key)).collect()
        };
        let roster = Roster {
            left_out: known(&self.left_out),
            uncertain: known(&self.uncertain),
            organisations: self.organisations,
            schools: self.schools,
            groups,
            tally: Tally { repeated_entities: self.repeated.len() as u64 },
            ambiguous_numbers: aliases.ambiguous,
            repeated: self.repeated,
            rows: Box::new(OpenRows::new(rows, self.gate.stopped())),
            precedence,
        };
        Ok((roster, self.gate))
    }
}

/// Which value of a person could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The identity number. Where another source or an exclusion list may tell by that
    /// number that the person is protected, nothing about the person changes, and a new one
    /// waits (K069).
    IdentityNumber,
    /// Another value: a new person is taken without it.
    Value,
}

/// One source's way into an [`Assembly`].
pub struct Intake<'a> {
    assembly: &'a mut Assembly,
    keys: KeyMaker,
    index: SourceIndex,
    policy: MarkingPolicy,
    handing: Option<beside::Handing>,
}

impl Intake<'_> {
    /// The source's place in the settings.
    #[must_use]
    pub fn index(&self) -> SourceIndex {
        self.index
    }

    /// Our key of what the source calls `source_id`.
    #[must_use]
    pub fn key(&self, kind: EntityKind, source_id: &str) -> Key {
        self.keys.key(kind, source_id)
    }

    /// Hands a person to the gate. Whether it passed is not told.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn person(
        &mut self,
        draft: PersonDraft<'_>,
        marking: Marking<'_>,
    ) -> Result<(), SpoolError> {
        let key = self.keys.key(EntityKind::Person, draft.source_id);
        let number = draft.identity_number.as_ref().map(|it| self.assembly.gate.hashed(it));
        self.admitted(key, draft, number, marking)
    }

    fn admitted(
        &mut self,
        key: Key,
        draft: PersonDraft<'_>,
        number: Option<HashedNumber>,
        marking: Marking<'_>,
    ) -> Result<(), SpoolError> {
        let Assembly { gate, matches, .. } = &mut *self.assembly;
        let admitted = gate.pass(draft, number, marking, &self.policy, key, self.index);
        let Some(person) = admitted else { return Ok(()) };
        matches.note(&person)?;
        self.put(|bytes| codec::encode_admitted(&person, bytes))
    }

    /// Notes that a row of this entity was left out since it could not be understood: until
    /// it can be, nothing about the entity changes.
    pub fn left_out(&mut self, kind: EntityKind, source_id: &str) {
        let key = self.keys.key(kind, source_id);
        self.assembly.left_out.insert(key);
    }

    /// Notes that something is known of this person but for this value, which could not be
    /// understood: what receivers have of it stays.
    pub fn without(&mut self, person: &str, lack: Lack) {
        let key = self.keys.key(EntityKind::Person, person);
        match lack {
            Lack::Value => self.assembly.uncertain.insert(key),
            Lack::IdentityNumber => self.assembly.unnumbered.insert(key),
        };
    }

    /// Takes in what is not a person.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn record(&mut self, record: Record) -> Result<(), SpoolError> {
        let source = self.index;
        if let Some(person) = record.reversed() {
            self.assembly.left_out.insert(person);
        }
        match record {
            Record::Organisation(it) => {
                put_entity(&mut self.assembly.organisations, &mut self.assembly.repeated, it);
            }
            Record::SchoolUnit(it) => {
                put_entity(&mut self.assembly.schools, &mut self.assembly.repeated, it);
            }
            Record::Group(it) => {
                if it.interval.is_reversed() {
                    self.assembly.left_out.insert(it.key);
                }
                self.assembly.groups.push(Box::new(it));
            }
            Record::Enrolment { .. }
            | Record::Duty { .. }
            | Record::Membership { .. }
            | Record::Teaching { .. }
            | Record::Responsible { .. } => {
                if let Some((person, row)) = relation(source, &record) {
                    self.put(|bytes| codec::encode(person, &row, bytes))?;
                }
            }
        }
        Ok(())
    }

    /// Takes in a row, which `encode` writes.
    fn put(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> Result<(), SpoolError> {
        if let Some(handing) = &mut self.handing {
            return handing.put(encode);
        }
        let mut row = std::mem::take(&mut self.assembly.row);
        row.clear();
        encode(&mut row);
        let put = self.sink().as_mut().ok_or_else(beside::stopped)?.push(&row);
        self.assembly.row = row;
        put
    }

    fn sink(&mut self) -> &mut Option<SortSink<AnySpool>> {
        let Assembly { rows, later, .. } = &mut *self.assembly;
        if self.index.0 == 0 { rows } else { later }
    }
}

/// The person and the row of a relation; `None` of anything else.
fn relation(source: SourceIndex, record: &Record) -> Option<(Key, PersonRow)> {
    Some(match *record {
        Record::Organisation(_) | Record::SchoolUnit(_) | Record::Group(_) => return None,
        Record::Enrolment { person, school, school_type, school_year, interval } => {
            let enrolment = Enrolment { source, school, school_type, school_year, interval };
            (person, PersonRow::Enrolment(enrolment))
        }
        Record::Duty { person, school, role, interval } => {
            (person, PersonRow::Duty(Duty { source, school, role, interval }))
        }
        Record::Membership { person, group, interval } => {
            (person, PersonRow::Membership(Membership { source, group, interval }))
        }
        Record::Teaching { person, group, interval } => {
            (person, PersonRow::Teaching(Teaching { source, group, interval }))
        }
        Record::Responsible { person, adult, relation } => {
            (person, PersonRow::Responsible(Responsible { source, adult, relation }))
        }
    })
}

/// What is named by a key and kept in memory whole.
trait Entity: PartialEq {
    fn key(&self) -> Key;
    /// The source, then the content: what is least is used.
    fn rank(&self) -> (SourceIndex, Vec<u8>);
}

/// Implements [`Entity`] with the stored form for content.
macro_rules! entity {
    ($($entity:ty: $encode:path),+) => {$(
        impl Entity for $entity {
            fn key(&self) -> Key {
                self.key
            }

            fn rank(&self) -> (SourceIndex, Vec<u8>) {
                let mut bytes = Vec::new();
                $encode(self, &mut codec::Writer(&mut bytes));
                (self.source, bytes)
            }
        }
    )+};
}

entity!(
    Organisation: snapshot::encode_organisation,
    SchoolUnit: snapshot::encode_school,
    Group: snapshot::encode_group
);

/// Boxed, so that a list of 700,000 grows and is sorted without being copied.
type Groups = Vec<Box<Group>>;

/// Groups by key; those that are told several times are settled by [`put_entity`].
fn joined(mut all: Groups, repeated: &mut BTreeSet<Key>) -> BTreeMap<Key, Group> {
    all.sort_by_key(|group| group.key);
    let is_repeated = all.windows(2).any(|two| two[0].key == two[1].key);
    if !is_repeated {
        return all.into_iter().map(|group| (group.key, *group)).collect();
    }
    let mut groups = BTreeMap::new();
    for group in all {
        put_entity(&mut groups, repeated, *group);
    }
    groups
}

/// The source with the highest precedence decides, and within it the first description in
/// byte order, so that the order of rows means nothing. One source's contradiction is noted.
fn put_entity<T: Entity>(entities: &mut BTreeMap<Key, T>, repeated: &mut BTreeSet<Key>, entity: T) {
    let key = entity.key();
    match entities.get_mut(&key) {
        None => drop(entities.insert(key, entity)),
        Some(known) if *known != entity => {
            let (known_rank, rank) = (known.rank(), entity.rank());
            if known_rank.0 == rank.0 {
                repeated.insert(key);
            }
            if rank < known_rank {
                *known = entity;
            }
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests;
