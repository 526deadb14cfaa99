//! The stream of wanted rows.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use roster::{Date, Key, PersonReader, PersonRecord, Roster, RowStream, SpoolError, TenantKey};
use state::{Card, Entity, Kind, Mark, ObjectRef, Reason, Row, RowBuilder, RowRef};

use super::compile::Compiled;
use super::employments::{self, EmploymentKeys};
use super::facts::Facts;
use super::lookup::Lookup;
use super::members::{self, Written};
use super::people::{self, Known, Surveyed};
use super::select;
use super::things::{self, ThingRows};
use super::values::Objects;

/// The wanted rows of one target, encoded, in the order of rows.
pub struct Wanted<'a> {
    shaper: Shaper<'a>,
    /// Rows of kinds that are in memory, by kind.
    things: Vec<VecDeque<Shaped>>,
    kind: usize,
    persons: Option<PersonReader<'a>>,
    shaped: Shaped,
    next: usize,
    omissions: BTreeMap<Reason, u64>,
}

/// Turns persons into wanted rows; each by itself, so that several may do it at once.
pub struct Shaper<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) known: Known,
    pub(super) objects: Objects,
}

/// Encoded rows of one or more things, in the order of rows.
#[derive(Debug, Default)]
pub struct Shaped {
    bytes: Vec<u8>,
    ready: Vec<Range<usize>>,
    omissions: BTreeMap<Reason, u64>,
    /// Memberships of one person, kept for its memory.
    members: Vec<Written>,
}

impl Shaped {
    /// Forgets the rows, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ready.clear();
        self.omissions.clear();
    }

    /// How many objects were marked, by reason.
    #[must_use]
    pub fn omissions(&self) -> &BTreeMap<Reason, u64> {
        &self.omissions
    }

    /// The row at `place`.
    #[must_use]
    pub fn row(&self, place: usize) -> Option<&[u8]> {
        self.ready.get(place).and_then(|range| self.bytes.get(range.clone()))
    }

    /// Bytes that the rows take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Writes an object, or gives back the mark it gets instead.
    pub(super) fn object(
        &mut self,
        id: ObjectRef,
        schools: &[Key],
        values: impl FnOnce(&mut RowBuilder<'_>) -> Result<(), Mark>,
    ) -> Result<(), Mark> {
        let start = self.bytes.len();
        let mut row = RowBuilder::object(&mut self.bytes, id);
        if let Err(mark) = values(&mut row) {
            self.bytes.truncate(start);
            return Err(mark);
        }
        row.finish(schools);
        self.ready.push(start..self.bytes.len());
        Ok(())
    }

    /// Puts the memberships in their order that `write` appends.
    pub(super) fn members(
        &mut self,
        card: &Card,
        write: impl FnOnce(&mut Vec<u8>, &mut Vec<Written>),
    ) {
        let Self { bytes, ready, members, omissions: _ } = self;
        members.clear();
        write(bytes, members);
        arrange(card, bytes, members, ready);
    }

    /// Appends the rows of another.
    pub(super) fn append(&mut self, other: &Self) {
        for place in 0..other.ready.len() {
            let Some(row) = other.row(place) else { continue };
            let start = self.bytes.len();
            self.bytes.extend_from_slice(row);
            self.ready.push(start..self.bytes.len());
        }
        for (reason, count) in &other.omissions {
            *self.omissions.entry(*reason).or_default() += count;
        }
    }

    pub(super) fn put(&mut self, row: &Row) {
        if let Row::Mark { mark: Mark::Withheld(reason) | Mark::Left { reason, .. }, .. } = row {
            *self.omissions.entry(*reason).or_default() += 1;
        }
        let start = self.bytes.len();
        row.encode(&mut self.bytes);
        self.ready.push(start..self.bytes.len());
    }
}

/// Rows of one kind, where the kinds are told one after the other.
pub enum Part {
    /// These rows.
    Things(VecDeque<Shaped>),
    /// Every person's, in the order of their keys, as [`Shaper::shape`] gives them for this
    /// kind.
    Persons(Kind),
}

impl Shaper<'_> {
    /// Appends the rows of one person for a kind that is made from persons.
    pub fn shape(&self, kind: Kind, record: &PersonRecord, out: &mut Shaped) {
        let Self { facts, known, objects } = self;
        let Some(making) = facts.compiled.making(kind, Entity::Person) else { return };
        let judged = select::judge(facts, record);
        let view = people::view(facts, record, &judged);
        let id = ObjectRef { kind: making.kind, key: record.person.key };
        let start = out.bytes.len();
        if let Err(mark) = known.write(&view, &judged, making, objects, &mut out.bytes) {
            return out.put(&Row::Mark { id, mark });
        }
        out.ready.push(start..out.bytes.len());
        out.members(facts.compiled.rules.card, |bytes, members| {
            members::write(known, &view, &judged, id, objects, bytes, members);
        });
    }
}

/// Puts the memberships at the end of `bytes` in their order; of what is the same to the
/// receiver, what holds today counts; of several roles in what holds each member once, the highest.
fn arrange(card: &Card, bytes: &[u8], members: &[Written], ready: &mut Vec<Range<usize>>) {
    let ends = members.iter().skip(1).map(|it| it.start).chain([bytes.len()]);
    let row_id =
        |start: usize, end: usize| RowRef::new(&bytes[start..end]).map_or(&[][..], |it| it.id);
    let mut rows: Vec<(&[u8], bool, Range<usize>)> = members
        .iter()
        .zip(ends)
        .map(|(it, end)| (row_id(it.start, end), !it.holds, it.start..end))
        .collect();
    rows.sort_by(|one, two| (one.0, one.1).cmp(&(two.0, two.1)));
    rows.dedup_by(|later, earlier| later.0 == earlier.0);
    members::keep_highest(card, bytes, &mut rows);
    ready.extend(rows.into_iter().map(|(_, _, range)| range));
}

/// What comes before the first wanted row, in steps that several may take at once.
pub struct Groundwork<'a> {
    facts: Facts<'a>,
    known: Known,
    /// Makes the keys of employments.
    employments: EmploymentKeys,
}

/// Rows of what is in memory, by kind.
pub struct Things {
    rows: Vec<VecDeque<Shaped>>,
    objects: Objects,
}

impl<'a> Groundwork<'a> {
    /// Judges what is in memory; reads persons only where guardians are wanted.
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
        let facts = Facts::new(compiled, roster, today, tenant);
        let known = Known::new(&facts, tenant)?;
        Ok(Self { facts, known, employments: EmploymentKeys::new(tenant) })
    }

    /// Whether [`Self::survey`] must see every person.
    #[must_use]
    pub fn asks_everybody(&self) -> bool {
        people::asks_everybody(&self.facts)
    }

    /// Asks the persons in some of the roster's rows; which persons it is together with, and
    /// in which order, does not matter.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn survey(&self, rows: Box<dyn RowStream + Send + '_>) -> Result<Surveyed, SpoolError> {
        let mut surveyed = Surveyed::default();
        self.survey_more(rows, &mut surveyed)?;
        Ok(surveyed)
    }

    /// [`Self::survey`], added to what others said.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read.
    pub fn survey_more(
        &self,
        rows: Box<dyn RowStream + Send + '_>,
        surveyed: &mut Surveyed,
    ) -> Result<(), SpoolError> {
        let mut reader = self.facts.roster.persons_in(rows);
        if !people::asks_for_members(&self.facts) {
            reader = reader.without_groups_of_the_placed();
        }
        while let Some(record) = reader.next_person()? {
            surveyed.ask(&self.facts, &self.known, &record);
        }
        Ok(())
    }

    /// The rows of what is in memory, where no person has a say in them.
    #[must_use]
    pub fn things(&self) -> Option<Things> {
        (!people::asks_for_members(&self.facts)).then(|| Things::of(&self.facts))
    }

    /// The wanted rows, when everybody was asked that must be.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when persons cannot be read.
    pub fn finish(
        self,
        surveyed: Vec<Surveyed>,
        things: Option<Things>,
    ) -> Result<Wanted<'a>, SpoolError> {
        let Self { mut facts, mut known, employments } = self;
        known.settle(&mut facts, surveyed);
        let Things { rows, objects } = things.unwrap_or_else(|| Things::of(&facts));
        facts.note_containers(&objects);
        known.find_withheld(&facts, &objects)?;
        let (shaper, mut rows) = (Shaper { facts, known, objects }, rows);
        for (kind, made) in employments::rows(&shaper, &employments)? {
            if let Some(slot) = rows.get_mut(usize::from(kind.0)) {
                *slot = made;
            }
        }
        Ok(Wanted {
            shaper,
            things: rows,
            kind: 0,
            persons: None,
            shaped: Shaped::default(),
            next: 0,
            omissions: BTreeMap::new(),
        })
    }
}

impl Things {
    fn of(facts: &Facts<'_>) -> Self {
        let kinds = facts.compiled.rules.card.objects.len();
        let mut objects: Objects = std::iter::repeat_with(Lookup::default).take(kinds).collect();
        let rows = (0..).map(Kind).take(kinds).map(|kind| {
            let mut rows = ThingRows::default();
            things::rows(facts, kind, &mut objects, &mut rows);
            rows.0
        });
        Self { rows: rows.collect(), objects }
    }
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
        let ground = Groundwork::new(compiled, roster, today, tenant)?;
        let surveyed = if ground.asks_everybody() {
            ground.survey(roster.rows()?)?
        } else {
            Surveyed::default()
        };
        ground.finish(vec![surveyed], None)
    }

    /// How many objects were marked so far, by reason; all of them when the stream is at
    /// its end.
    #[must_use]
    pub fn omissions(&self) -> &BTreeMap<Reason, u64> {
        &self.omissions
    }

    /// The same rows part by part, for who shapes many persons at once.
    #[must_use]
    pub fn parts(self) -> (Shaper<'a>, Vec<Part>) {
        let Self { shaper, things, .. } = self;
        let is_person = |kind| shaper.facts.compiled.making(kind, Entity::Person).is_some();
        let parts = (0..).map(Kind).zip(things);
        let part = |(kind, things)| {
            if is_person(kind) { Part::Persons(kind) } else { Part::Things(things) }
        };
        let parts = parts.map(part).collect();
        (shaper, parts)
    }

    /// Fills `shaped` with the next rows; false at the end.
    fn fill(&mut self) -> Result<bool, SpoolError> {
        self.shaped.clear();
        self.next = 0;
        while self.kind < self.things.len() {
            let Ok(place) = u8::try_from(self.kind) else { return Ok(false) };
            let is_person =
                self.shaper.facts.compiled.making(Kind(place), Entity::Person).is_some();
            if is_person {
                self.fill_person(Kind(place))?;
            } else {
                self.shaped = self.things[self.kind].pop_front().unwrap_or_default();
            }
            for (reason, count) in &self.shaped.omissions {
                *self.omissions.entry(*reason).or_default() += count;
            }
            if !self.shaped.ready.is_empty() {
                return Ok(true);
            }
            self.kind += 1;
        }
        Ok(false)
    }

    fn fill_person(&mut self, kind: Kind) -> Result<(), SpoolError> {
        if self.persons.is_none() {
            self.persons = Some(self.shaper.facts.roster.persons()?);
        }
        let record = match &mut self.persons {
            Some(reader) => reader.next_person()?,
            None => None,
        };
        match record {
            Some(record) => self.shaper.shape(kind, &record, &mut self.shaped),
            None => self.persons = None,
        }
        Ok(())
    }
}

impl RowStream for Wanted<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        if self.next >= self.shaped.ready.len() && !self.fill()? {
            return Ok(None);
        }
        self.next += 1;
        Ok(self.shaped.row(self.next - 1))
    }
}
