//! What the registers say, joined: schools and groups in memory, persons one at a time.

mod among;
mod row_source;
mod stopped;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use among::Among;
pub use row_source::{AnyRows, RowSource, RowsAre};

use crate::assemble::Tally;
use crate::codec::{self, CodecError, PersonRow};
use crate::gate::Stopped;
use crate::sort::Retained;
use crate::supplement::Missed;
use crate::{
    Duty, Enrolment, Group, Key, Membership, Organisation, Person, PersonRecord, Precedence,
    Responsible, RowStream, SchoolUnit, SortedRows, Spool, SpoolError, Teaching,
};

/// Rows without those of persons whom the gate stopped, and without what points to them.
pub(crate) struct OpenRows<S> {
    rows: SortedRows<S>,
    stopped: Stopped,
    retained: Retained,
}

impl<S: Spool> OpenRows<S> {
    pub(crate) fn new(mut rows: SortedRows<S>, stopped: Stopped) -> Self {
        let retained = if stopped.is_nobody() {
            Retained::WhatWasAsked
        } else {
            let last = Cell::new(None);
            rows.retain(|row| !is_stopped(row, &stopped, &last))
        };
        Self { rows, stopped, retained }
    }
}

impl<S: Spool> RowSource for OpenRows<S> {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let rows = self.rows.stream()?;
        let stopped = &self.stopped;
        match self.retained {
            Retained::WhatWasAsked => Ok(rows),
            Retained::Everything => {
                Ok(Box::new(OpenStream { rows, stopped, last: Cell::new(None), row: Vec::new() }))
            }
        }
    }

    fn place(&self) -> RowsAre {
        self.rows.place()
    }
}

/// `last` is the person of the row before, and whether it is stopped.
fn is_stopped(row: &[u8], stopped: &Stopped, last: &Cell<Option<(Key, bool)>>) -> bool {
    let is_stopped_person = |person: Key| match last.get() {
        Some((last, is_stopped)) if last == person => is_stopped,
        Some(_) | None => {
            let is_stopped = stopped.stops_key(person);
            last.set(Some((person, is_stopped)));
            is_stopped
        }
    };
    let person = row.first_chunk::<16>().copied().map(Key::from_bytes);
    person.is_some_and(is_stopped_person)
        || codec::adult_of(row).is_some_and(|adult| stopped.stops_key(adult))
}

struct OpenStream<'a> {
    rows: Box<dyn RowStream + Send + 'a>,
    stopped: &'a Stopped,
    last: Cell<Option<(Key, bool)>>,
    row: Vec<u8>,
}

impl RowStream for OpenStream<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        loop {
            let Some(row) = self.rows.next_row()? else { return Ok(None) };
            self.row.clear();
            self.row.extend_from_slice(row);
            if !is_stopped(&self.row, self.stopped, &self.last) {
                return Ok(Some(&self.row));
            }
        }
    }
}

impl<S: Spool> RowSource for SortedRows<S> {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        Self::stream(self)
    }

    fn place(&self) -> RowsAre {
        Self::place(self)
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
    /// Organisations, schools and groups that one source describes twice, differently; the
    /// first description in byte order is used.
    pub repeated: BTreeSet<Key>,
    /// Persons, groups and schools of which a row was left out at reading: what is missing
    /// of them says nothing. Not kept in snapshots.
    pub left_out: BTreeSet<Key>,
    /// Persons who were taken in without a value that could not be understood: it blanks and
    /// removes nothing at a receiver. Not kept in snapshots.
    pub uncertain: BTreeSet<Key>,
    pub(crate) rows: AnyRows,
    pub(crate) precedence: Precedence,
}

impl Roster {
    /// A roster over stored rows.
    #[must_use]
    pub fn from_rows(
        organisations: BTreeMap<Key, Organisation>,
        schools: BTreeMap<Key, SchoolUnit>,
        groups: BTreeMap<Key, Group>,
        rows: AnyRows,
    ) -> Self {
        Self {
            organisations,
            schools,
            groups,
            tally: Tally::default(),
            ambiguous_numbers: 0,
            repeated: BTreeSet::new(),
            left_out: BTreeSet::new(),
            uncertain: BTreeSet::new(),
            rows,
            precedence: Precedence::default(),
        }
    }

    /// All persons with their relations, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn persons(&self) -> Result<PersonReader<'_>, SpoolError> {
        Ok(self.persons_in(self.rows.stream()?))
    }

    /// Of all persons those with these keys; the others cost next to nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn persons_among<'a>(
        &'a self,
        keys: &'a BTreeSet<Key>,
    ) -> Result<PersonReader<'a>, SpoolError> {
        Ok(self.persons_in(Box::new(Among::new(self.rows.stream()?, keys))))
    }

    /// The persons in some of this roster's rows, all rows of a person included.
    #[must_use]
    pub fn persons_in<'a>(&'a self, rows: Box<dyn RowStream + Send + 'a>) -> PersonReader<'a> {
        PersonReader {
            rows,
            precedence: &self.precedence,
            wanted: Rows::All,
            ahead: None,
            people: Vec::new(),
            strays: 0,
            stray_persons: 0,
            repeated: 0,
            last_repeated: false,
            missed: Vec::new(),
        }
    }

    /// The rows of all persons, sorted: the first 16 bytes of each are the person's key.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when they cannot be read.
    pub fn rows(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        self.rows.stream()
    }

    /// Where the rows are.
    #[must_use]
    pub fn rows_are(&self) -> RowsAre {
        self.rows.place()
    }

    /// The roster with the same rows from elsewhere; `with` is given where they were.
    #[must_use]
    pub fn replace_rows(self, with: impl FnOnce(AnyRows) -> AnyRows) -> Self {
        Self { rows: with(self.rows), ..self }
    }

    pub(crate) fn with_rows(self, rows: AnyRows) -> Self {
        Self { rows, ..self }
    }
}

pub(crate) fn damaged(error: CodecError) -> SpoolError {
    SpoolError(Box::new(error))
}

/// Which rows a reader takes in.
#[derive(PartialEq, Eq)]
enum Rows {
    All,
    NoGroupsOfThePlaced,
}

/// Reads persons one at a time.
pub struct PersonReader<'a> {
    rows: Box<dyn RowStream + Send + 'a>,
    precedence: &'a Precedence,
    wanted: Rows,
    ahead: Option<(Key, PersonRow)>,
    people: Vec<Person>,
    strays: u64,
    stray_persons: u64,
    repeated: u64,
    last_repeated: bool,
    missed: Vec<Missed>,
}

impl PersonReader<'_> {
    /// Leaves out the groups of persons who have a place at a school, for who asks nothing of
    /// them: most rows are these.
    #[must_use]
    pub fn without_groups_of_the_placed(mut self) -> Self {
        self.wanted = Rows::NoGroupsOfThePlaced;
        self
    }

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
            self.missed.clear();
            self.place(first, &mut found);
            loop {
                let is_placed = !found.enrolments.is_empty() || !found.duties.is_empty();
                if is_placed && self.wanted == Rows::NoGroupsOfThePlaced {
                    self.pass_groups(key)?;
                }
                let Some((_, row)) = self.take_if(key)? else { break };
                self.place(row, &mut found);
            }
            self.last_repeated = self.people.windows(2).any(|two| two[0].source == two[1].source);
            self.repeated += u64::from(self.last_repeated);
            // One source is the rule; merging would copy every text of the person.
            let merged = match self.people.len() {
                1 => self.people.pop(),
                _ => self.precedence.merge(&self.people),
            };
            let Some(person) = merged else {
                self.strays += found.count();
                self.stray_persons += 1;
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

    /// Persons whom no source has, and to whom [`Self::strays`] belong.
    #[must_use]
    pub fn stray_persons(&self) -> u64 {
        self.stray_persons
    }

    /// Persons read so far that one source describes twice, differently. The first
    /// description in byte order is used.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Whether the person read last is one of [`Self::repeated`] (quality check D11).
    #[must_use]
    pub fn last_repeated(&self) -> bool {
        self.last_repeated
    }

    /// What supplements could not fill in for the person read last (D20–D25).
    #[must_use]
    pub fn last_missed(&self) -> &[Missed] {
        &self.missed
    }

    /// Passes over rows of this person's groups.
    fn pass_groups(&mut self, key: Key) -> Result<(), SpoolError> {
        while self.ahead.is_none() {
            let Some(row) = self.rows.next_row()? else { return Ok(()) };
            if !(row.starts_with(key.as_bytes()) && codec::is_in_group(row)) {
                self.ahead = Some(codec::decode(row).map_err(damaged)?);
            }
        }
        Ok(())
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
            PersonRow::Missed(it) => self.missed.push(it),
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
        (enrolments.len() + duties.len() + memberships.len() + teachings.len() + responsibles.len())
            as u64
    }

    fn of(self, person: Person) -> PersonRecord {
        let Self { enrolments, duties, memberships, teachings, responsibles } = self;
        PersonRecord { person, enrolments, duties, memberships, teachings, responsibles }
    }
}
