//! From what sources read to one roster: the gate, the keys, the sorting, the joining.

use std::collections::BTreeMap;

use crate::codec::{self, CodecError, PersonRow};
use crate::source::Record;
use crate::{
    Aliases, Duty, Enrolment, EntityKind, Gate, Group, Key, KeyMaker, Marking, MarkingPolicy, MatchTable,
    Membership, Organisation, Person, PersonDraft, PersonRecord, Precedence, Responsible, RowStream,
    SchoolUnit, SortSink, SortedRows, SourceIndex, Spool, SpoolError, Teaching, TenantKey,
};

/// A spool of any kind.
pub type AnySpool = Box<dyn Spool + Send + Sync>;

impl Spool for AnySpool {
    fn put(&mut self, rows: &mut dyn RowStream) -> Result<crate::RunId, SpoolError> {
        self.as_mut().put(rows)
    }

    fn open(&self, run: crate::RunId) -> Result<Box<dyn RowStream + '_>, SpoolError> {
        self.as_ref().open(run)
    }
}

/// Takes in registers, one after the other, and becomes a [`Roster`].
pub struct Assembly {
    tenant: TenantKey,
    gate: Gate,
    rows: SortSink<AnySpool>,
    /// Rows of the second source and on wait here until all numbers are known.
    later: Option<SortSink<AnySpool>>,
    new_spool: Box<dyn FnMut() -> AnySpool + Send>,
    budget: usize,
    matches: MatchTable,
    organisations: BTreeMap<Key, Organisation>,
    schools: BTreeMap<Key, SchoolUnit>,
    groups: BTreeMap<Key, Group>,
    tally: Tally,
    row: Vec<u8>,
}

/// What was taken in, for guards on the source. Protected persons are in no number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Persons admitted.
    pub persons: u64,
    /// Relations taken in.
    pub relations: u64,
    /// Schools and groups that were named twice with different content.
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
            rows: SortSink::new(new_spool(), budget),
            later: None,
            new_spool: Box::new(new_spool),
            budget,
            matches: MatchTable::default(),
            organisations: BTreeMap::new(),
            schools: BTreeMap::new(),
            groups: BTreeMap::new(),
            tally: Tally::default(),
            row: Vec::new(),
        }
    }

    /// The way in for one source. `serial` makes its keys; `index` is its precedence.
    pub fn intake(&mut self, index: SourceIndex, serial: u32, policy: MarkingPolicy) -> Intake<'_> {
        if index.0 > 0 && self.later.is_none() {
            self.later = Some(SortSink::new((self.new_spool)(), self.budget));
        }
        let keys = KeyMaker::new(&self.tenant, serial);
        Intake { assembly: self, keys, index, policy }
    }

    /// Joins what was read.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside or read back.
    pub fn finish(mut self, precedence: Precedence) -> Result<(Roster, Gate), SpoolError> {
        let aliases = self.matches.aliases();
        if let Some(later) = self.later.take() {
            resolve(&aliases, &later.finish()?, &mut self.rows)?;
        }
        let rows = self.rows.finish()?;
        let mut roster = Roster {
            organisations: self.organisations,
            schools: self.schools,
            groups: self.groups,
            rows: Box::new(rows),
            precedence,
            tally: self.tally,
            ambiguous_numbers: aliases.ambiguous,
        };
        if !self.gate.is_quiet() {
            roster = roster.without_stopped(&mut self.gate, (self.new_spool)(), self.budget)?;
        }
        Ok((roster, self.gate))
    }
}

fn resolve(
    aliases: &Aliases,
    later: &SortedRows<AnySpool>,
    rows: &mut SortSink<AnySpool>,
) -> Result<(), SpoolError> {
    let mut stream = later.stream()?;
    let mut renamed = Vec::new();
    while let Some(row) = stream.next_row()? {
        renamed.clear();
        renamed.extend_from_slice(row);
        if let Some(head) = row.first_chunk::<16>() {
            let key = aliases.resolve(Key::from_bytes(*head));
            renamed[..16].copy_from_slice(key.as_bytes());
        }
        if let Some(adult) = codec::adult_of(row) {
            renamed[18..34].copy_from_slice(aliases.resolve(adult).as_bytes());
        }
        rows.push(&renamed)?;
    }
    Ok(())
}

/// One source's way into an [`Assembly`].
pub struct Intake<'a> {
    assembly: &'a mut Assembly,
    keys: KeyMaker,
    index: SourceIndex,
    policy: MarkingPolicy,
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
    pub fn person(&mut self, draft: PersonDraft<'_>, marking: Marking<'_>) -> Result<(), SpoolError> {
        let key = self.keys.key(EntityKind::Person, draft.source_id);
        let admitted = self.assembly.gate.admit(draft, marking, &self.policy, key, self.index);
        let Some(person) = admitted else { return Ok(()) };
        self.assembly.matches.note(&person);
        self.assembly.tally.persons += 1;
        self.put(key, &PersonRow::Person(Box::new(person)))
    }

    /// Takes in what is not a person.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn record(&mut self, record: Record) -> Result<(), SpoolError> {
        let source = self.index;
        let (person, row) = match record {
            Record::Organisation(it) => {
                return Ok(put_entity(&mut self.assembly.organisations, &mut self.assembly.tally, it.key, it));
            }
            Record::SchoolUnit(it) => {
                return Ok(put_entity(&mut self.assembly.schools, &mut self.assembly.tally, it.key, it));
            }
            Record::Group(it) => {
                return Ok(put_entity(&mut self.assembly.groups, &mut self.assembly.tally, it.key, it));
            }
            Record::Enrolment { person, school, school_type, school_year, interval } => (
                person,
                PersonRow::Enrolment(Enrolment { source, school, school_type, school_year, interval }),
            ),
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
        };
        self.assembly.tally.relations += 1;
        self.put(person, &row)
    }

    fn put(&mut self, key: Key, row: &PersonRow) -> Result<(), SpoolError> {
        let Assembly { row: bytes, rows, later, .. } = &mut *self.assembly;
        bytes.clear();
        codec::encode(key, row, bytes);
        let sink = if self.index.0 == 0 { Some(rows) } else { later.as_mut() };
        sink.map_or(Ok(()), |sink| sink.push(bytes))
    }
}

/// The first to name an entity decides; the same key with other content is counted.
fn put_entity<T: PartialEq>(entities: &mut BTreeMap<Key, T>, tally: &mut Tally, key: Key, entity: T) {
    match entities.get(&key) {
        None => drop(entities.insert(key, entity)),
        Some(known) if *known != entity => tally.repeated_entities += 1,
        Some(_) => {}
    }
}

/// Rows of persons that can be read again and again: sorted in memory, spilled, or a stored
/// snapshot.
pub trait RowSource {
    /// The rows from the beginning, sorted by person.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when they cannot be read.
    fn stream(&self) -> Result<Box<dyn RowStream + '_>, SpoolError>;
}

impl<S: Spool> RowSource for SortedRows<S> {
    fn stream(&self) -> Result<Box<dyn RowStream + '_>, SpoolError> {
        Self::stream(self)
    }
}

/// What the registers say, joined. Schools and groups are in memory; persons pass with
/// their relations one at a time, in the order of their keys.
pub struct Roster {
    /// Organisations by key.
    pub organisations: BTreeMap<Key, Organisation>,
    /// School units by key.
    pub schools: BTreeMap<Key, SchoolUnit>,
    /// Groups by key.
    pub groups: BTreeMap<Key, Group>,
    /// What was taken in.
    pub tally: Tally,
    /// Numbers that one source gives to several persons.
    pub ambiguous_numbers: usize,
    pub(crate) rows: Box<dyn RowSource + Send + Sync>,
    pub(crate) precedence: Precedence,
}

impl Roster {
    /// A roster over stored rows.
    #[must_use]
    pub fn from_rows(
        organisations: BTreeMap<Key, Organisation>,
        schools: BTreeMap<Key, SchoolUnit>,
        groups: BTreeMap<Key, Group>,
        rows: Box<dyn RowSource + Send + Sync>,
    ) -> Self {
        let (tally, precedence) = (Tally::default(), Precedence::default());
        Self { organisations, schools, groups, tally, ambiguous_numbers: 0, rows, precedence }
    }

    /// All persons with their relations, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn persons(&self) -> Result<PersonReader<'_>, SpoolError> {
        Ok(PersonReader {
            rows: self.rows.stream()?,
            precedence: &self.precedence,
            ahead: None,
            people: Vec::new(),
            strays: 0,
            repeated: 0,
        })
    }

    /// The same roster without those whom the gate has stopped since (design §3: after all
    /// sources are read, matches from other sources are dropped too).
    fn without_stopped(
        self,
        gate: &mut Gate,
        spool: AnySpool,
        budget: usize,
    ) -> Result<Self, SpoolError> {
        // First pass: persons found by number become known by key; second: what points to them.
        let mut stopped_here = 0_u64;
        let mut stream = self.rows.stream()?;
        while let Some(row) = stream.next_row()? {
            if let PersonRow::Person(person) = codec::decode(row).map_err(damaged)?.1
                && gate.stops(&person)
            {
                stopped_here += 1;
            }
        }
        drop(stream);
        let mut rows = SortSink::new(spool, budget);
        let mut stream = self.rows.stream()?;
        while let Some(row) = stream.next_row()? {
            let head = row.first_chunk::<16>().copied().map(Key::from_bytes);
            let stopped = head.is_some_and(|key| gate.stops_key(key))
                || matches!(codec::adult_of(row), Some(adult) if gate.stops_key(adult));
            if !stopped {
                rows.push(row)?;
            }
        }
        drop(stream);
        let rows = Box::new(rows.finish()?);
        let tally = Tally { persons: self.tally.persons.saturating_sub(stopped_here), ..self.tally };
        Ok(Self { rows, tally, ..self })
    }
}

fn damaged(error: CodecError) -> SpoolError {
    SpoolError(Box::new(error))
}

/// Reads persons one at a time.
pub struct PersonReader<'a> {
    rows: Box<dyn RowStream + 'a>,
    precedence: &'a Precedence,
    ahead: Option<(Key, PersonRow)>,
    people: Vec<Person>,
    strays: u64,
    repeated: u64,
}

impl PersonReader<'_> {
    /// The next person with all relations.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn next_person(&mut self) -> Result<Option<PersonRecord>, SpoolError> {
        loop {
            let Some((key, first)) = self.take()? else { return Ok(None) };
            let mut found = Found::default();
            self.people.clear();
            self.place(first, &mut found);
            while let Some((_, row)) = self.take_if(key)? {
                self.place(row, &mut found);
            }
            if self.people.windows(2).any(|two| two[0].source == two[1].source) {
                self.repeated += 1;
            }
            let Some(person) = self.precedence.merge(&self.people) else {
                self.strays += found.count();
                continue;
            };
            return Ok(Some(found.of(person)));
        }
    }

    /// Relations read so far whose person no source has; they are left out.
    #[must_use]
    pub fn strays(&self) -> u64 {
        self.strays
    }

    /// Persons read so far that one source describes twice, differently. The first
    /// description in byte order is used.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    fn take(&mut self) -> Result<Option<(Key, PersonRow)>, SpoolError> {
        match self.ahead.take() {
            Some(row) => Ok(Some(row)),
            None => self.rows.next_row()?.map(codec::decode).transpose().map_err(damaged),
        }
    }

    fn take_if(&mut self, key: Key) -> Result<Option<(Key, PersonRow)>, SpoolError> {
        let next = self.take()?;
        if next.as_ref().is_some_and(|(next_key, _)| *next_key != key) {
            self.ahead = next;
            return Ok(None);
        }
        Ok(next)
    }

    fn place(&mut self, row: PersonRow, found: &mut Found) {
        match row {
            PersonRow::Person(person) => self.people.push(*person),
            PersonRow::Enrolment(it) => found.enrolments.push(it),
            PersonRow::Duty(it) => found.duties.push(it),
            PersonRow::Membership(it) => found.memberships.push(it),
            PersonRow::Teaching(it) => found.teachings.push(it),
            PersonRow::Responsible(it) => found.responsibles.push(it),
        }
    }
}

#[derive(Default)]
struct Found {
    enrolments: Vec<Enrolment>,
    duties: Vec<Duty>,
    memberships: Vec<Membership>,
    teachings: Vec<Teaching>,
    responsibles: Vec<Responsible>,
}

impl Found {
    fn count(&self) -> u64 {
        let Self { enrolments, duties, memberships, teachings, responsibles } = self;
        (enrolments.len() + duties.len() + memberships.len() + teachings.len() + responsibles.len()) as u64
    }

    fn of(self, person: Person) -> PersonRecord {
        let Self { enrolments, duties, memberships, teachings, responsibles } = self;
        PersonRecord { person, enrolments, duties, memberships, teachings, responsibles }
    }
}
