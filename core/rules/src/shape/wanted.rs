//! The stream of wanted rows.

use std::collections::BTreeMap;
use std::ops::Range;

use roster::{Date, PersonReader, PersonRecord, Roster, RowStream, SpoolError, TenantKey};
use state::{Entity, Kind, Mark, ObjectRef, Reason, Row, RowRef};

use super::compile::{Compiled, Making};
use super::facts::Facts;
use super::lookup::Lookup;
use super::members::{self, Written};
use super::people::{self, Known};
use super::values::Objects;
use super::{select, things};

/// The wanted rows of one target, encoded, in the order of rows.
pub struct Wanted<'a> {
    facts: Facts<'a>,
    known: Known,
    objects: Objects,
    /// Rows of kinds that are in memory, by kind.
    things: Vec<Vec<Row>>,
    kind: usize,
    persons: Option<PersonReader<'a>>,
    bytes: Vec<u8>,
    ready: Vec<Range<usize>>,
    /// Memberships of one person, kept for its memory.
    members: Vec<Written>,
    next: usize,
    omissions: BTreeMap<Reason, u64>,
}

impl<'a> Wanted<'a> {
    /// Makes ready what must be known before the first row. Persons are read once for it,
    /// and twice more where guardians are wanted.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when persons cannot be read.
    pub fn new(
        compiled: &'a Compiled,
        roster: &'a Roster,
        today: Date,
        tenant: &TenantKey,
    ) -> Result<Self, SpoolError> {
        let mut facts = Facts::new(compiled, roster, today, tenant);
        let mut known = Known::new(&mut facts, tenant)?;
        let kinds = compiled.rules.card.objects.len();
        let mut objects: Objects = std::iter::repeat_with(Lookup::default).take(kinds).collect();
        let kinds = (0..).map(Kind).take(kinds);
        let things = kinds.map(|kind| things::rows(&facts, kind, &mut objects)).collect();
        known.find_withheld(&facts, &objects)?;
        Ok(Self {
            facts,
            known,
            objects,
            things,
            kind: 0,
            persons: None,
            bytes: Vec::new(),
            ready: Vec::new(),
            members: Vec::new(),
            next: 0,
            omissions: BTreeMap::new(),
        })
    }

    /// How many objects were marked so far, by reason; all of them when the stream is at
    /// its end.
    #[must_use]
    pub fn omissions(&self) -> &BTreeMap<Reason, u64> {
        &self.omissions
    }

    /// Fills `ready` with the next rows; false at the end.
    fn fill(&mut self) -> Result<bool, SpoolError> {
        self.bytes.clear();
        self.ready.clear();
        self.next = 0;
        while self.kind < self.things.len() {
            let Ok(place) = u8::try_from(self.kind) else { return Ok(false) };
            let making = self.facts.compiled.making(Kind(place), Entity::Person);
            let more = match making {
                None => self.fill_things(),
                Some(making) => self.fill_person(making)?,
            };
            if more {
                return Ok(true);
            }
            self.kind += 1;
        }
        Ok(false)
    }

    fn fill_things(&mut self) -> bool {
        let rows = self.things.get_mut(self.kind).map(std::mem::take).unwrap_or_default();
        for row in &rows {
            note(row, &mut self.omissions);
            put(row, &mut self.bytes, &mut self.ready);
        }
        !rows.is_empty()
    }

    fn fill_person(&mut self, making: &Making) -> Result<bool, SpoolError> {
        if self.persons.is_none() {
            self.persons = Some(self.facts.roster.persons()?);
        }
        let record = match &mut self.persons {
            Some(reader) => reader.next_person()?,
            None => None,
        };
        let Some(record) = record else {
            self.persons = None;
            return Ok(false);
        };
        self.fill_record(making, &record);
        Ok(true)
    }

    fn fill_record(&mut self, making: &Making, record: &PersonRecord) {
        let Self { facts, known, objects, bytes, ready, omissions, .. } = self;
        let judged = select::judge(facts, record);
        let view = people::view(facts, record, &judged);
        let id = ObjectRef { kind: making.kind, key: record.person.key };
        let outcome = known.write(&view, &judged, making, objects, bytes);
        if let Err(mark) = outcome {
            let row = Row::Mark { id, mark };
            note(&row, omissions);
            return put(&row, bytes, ready);
        }
        ready.push(0..bytes.len());
        let members = &mut self.members;
        members.clear();
        members::write(known, &view, &judged, id, objects, bytes, members);
        let ends: Vec<usize> =
            members.iter().skip(1).map(|it| it.start).chain([bytes.len()]).collect();
        let row_id =
            |start: usize, end: usize| RowRef::new(&bytes[start..end]).map_or(&[][..], |it| it.id);
        let mut rows: Vec<(&[u8], bool, Range<usize>)> = members
            .iter()
            .zip(ends)
            .map(|(it, end)| (row_id(it.start, end), !it.holds, it.start..end))
            .collect();
        rows.sort_by(|one, two| (one.0, one.1).cmp(&(two.0, two.1)));
        rows.dedup_by(|later, earlier| later.0 == earlier.0);
        ready.extend(rows.into_iter().map(|(_, _, range)| range));
    }
}

fn put(row: &Row, bytes: &mut Vec<u8>, ready: &mut Vec<Range<usize>>) {
    let start = bytes.len();
    row.encode(bytes);
    ready.push(start..bytes.len());
}

fn note(row: &Row, omissions: &mut BTreeMap<Reason, u64>) {
    if let Row::Mark { mark: Mark::Withheld(reason) | Mark::Left { reason, .. }, .. } = row {
        *omissions.entry(*reason).or_default() += 1;
    }
}

impl RowStream for Wanted<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        if self.next >= self.ready.len() && !self.fill()? {
            return Ok(None);
        }
        let range = self.ready.get(self.next).cloned();
        self.next += 1;
        Ok(range.and_then(|range| self.bytes.get(range)))
    }
}
