//! Values into persons' rows, as they pass.

use std::sync::{Arc, Mutex};

use super::{Directory, Fills, Match, MatchBy, Matching, Miss, Missed, Overwrite};
use crate::codec::{self, CodecError, PersonParts, PersonRow, is_person};
use crate::joined::damaged;
use crate::{Key, Mac, Roster, RowSource, RowStream, RowsAre, SourceIndex, SpoolError};

/// A supplement that was read.
pub struct Completed {
    /// Its name in the settings.
    pub name: String,
    /// What the tenant wants of it.
    pub matching: Matching,
    /// What it says.
    pub directory: Directory,
}

/// How often a supplement was of use. Made when all is read, of persons who passed the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Persons whose value it was to give.
    pub of: u64,
    /// Those to whom it gave one.
    pub filled: u64,
}

/// All supplements, in the order of the settings: each fills in what is missing after those
/// before it.
pub struct Completion {
    supplements: Vec<Completed>,
    tallies: Mutex<Option<Vec<Tally>>>,
}

impl Completion {
    /// Of these supplements.
    #[must_use]
    pub fn new(supplements: Vec<Completed>) -> Self {
        Self { supplements, tallies: Mutex::new(None) }
    }

    /// Name, what is counted, and how often; empty until the rows have passed once.
    #[must_use]
    pub fn tallies(&self) -> Vec<(&Completed, Tally)> {
        let tallies = self.tallies.lock().ok().and_then(|it| it.clone()).unwrap_or_default();
        self.supplements.iter().zip(tallies).collect()
    }
}

impl Completed {
    fn find(&self, who: &Who<'_>) -> Match<'_> {
        match self.directory.by() {
            MatchBy::Number => self.directory.of_number(who.number),
            MatchBy::SourceId(source) => {
                self.directory.of_id((who.source == *source).then_some(who.source_id))
            }
            MatchBy::Extra(name) => self.directory.of_id((who.extra)(name)),
        }
    }
}

/// What a person is found by.
struct Who<'a> {
    source: SourceIndex,
    source_id: &'a str,
    number: Option<Mac>,
    extra: &'a dyn Fn(&str) -> Option<&'a str>,
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

impl Roster {
    /// The roster with what the supplements fill in.
    #[must_use]
    pub fn completed_by(mut self, completion: Arc<Completion>) -> Self {
        let rows = self.rows;
        self.rows = Box::new(CompletedRows { rows, completion });
        self
    }
}

struct CompletedRows {
    rows: Box<dyn RowSource + Send + Sync>,
    completion: Arc<Completion>,
}

impl RowSource for CompletedRows {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let completion = self.completion.as_ref();
        Ok(Box::new(CompletedStream {
            rows: self.rows.stream()?,
            completion,
            row: Vec::new(),
            is_ahead: false,
            held: Vec::new(),
            count: 0,
            given: 0,
            spare: Vec::new(),
            tallies: vec![Tally::default(); completion.supplements.len()],
            is_over: false,
        }))
    }

    fn place(&self) -> RowsAre {
        self.rows.place()
    }
}

/// Holds back a person's own rows, one for each source that has the person, until all are
/// there: a supplement fills in what none of them has.
struct CompletedStream<'a> {
    rows: Box<dyn RowStream + Send + 'a>,
    completion: &'a Completion,
    /// The row at hand, or the one after the person's own.
    row: Vec<u8>,
    is_ahead: bool,
    held: Vec<Vec<u8>>,
    /// How many of `held` count, and how many of them were given.
    count: usize,
    given: usize,
    spare: Vec<u8>,
    tallies: Vec<Tally>,
    is_over: bool,
}

impl RowStream for CompletedStream<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        if self.given == self.count {
            if !std::mem::take(&mut self.is_ahead) && !self.advance()? {
                self.tell();
                return Ok(None);
            }
            if !is_person(&self.row) {
                return Ok(Some(&self.row));
            }
            self.hold()?;
            self.fill().map_err(damaged)?;
        }
        self.given += 1;
        Ok(Some(&self.held[self.given - 1]))
    }
}

impl CompletedStream<'_> {
    /// Tells what came of it all.
    fn tell(&self) {
        if let Ok(mut tallies) = self.completion.tallies.lock() {
            tallies.get_or_insert_with(|| self.tallies.clone());
        }
    }

    /// Reads the next row; `false` at the end.
    fn advance(&mut self) -> Result<bool, SpoolError> {
        if self.is_over {
            return Ok(false);
        }
        if let Some(row) = self.rows.next_row()? {
            self.row.clear();
            self.row.extend_from_slice(row);
            return Ok(true);
        }
        self.is_over = true;
        Ok(false)
    }

    /// Holds the person's own rows; the row at hand is the first.
    fn hold(&mut self) -> Result<(), SpoolError> {
        (self.count, self.given) = (0, 0);
        loop {
            let row = std::mem::take(&mut self.row);
            self.row = std::mem::replace(self.place(), row);
            if !self.advance()? {
                return Ok(());
            }
            if !is_person(&self.row) || self.row[..16] != self.held[0][..16] {
                self.is_ahead = true;
                return Ok(());
            }
        }
    }

    fn fill(&mut self) -> Result<(), CodecError> {
        let completion = self.completion;
        let held = &mut self.held[..self.count];
        let parts = held.iter().map(|row| PersonParts::of(row)).collect::<Result<Vec<_>, _>>()?;
        let Given { new, missed } = completion.given(&parts, &mut self.tallies);
        drop(parts);
        for (at, row) in held.iter_mut().enumerate() {
            let new = new.map(|it| it.filter(|it| it.goes_into(at)));
            if new.iter().all(Option::is_none) {
                continue;
            }
            let parts = PersonParts::of(row)?;
            let [email, username] = new.map(|it| it.map(|it| it.value));
            self.spare.clear();
            parts.write(email.or(parts.email), username.or(parts.username), &mut self.spare);
            std::mem::swap(row, &mut self.spare);
        }
        let Some(key) = held.first().and_then(|row| row.first_chunk()).copied() else {
            return Ok(());
        };
        for it in missed {
            let row = self.place();
            row.clear();
            codec::encode(Key::from_bytes(key), &PersonRow::Missed(it), row);
        }
        Ok(())
    }

    /// Room for one more row that is held.
    fn place(&mut self) -> &mut Vec<u8> {
        if self.held.len() == self.count {
            self.held.push(Vec::new());
        }
        self.count += 1;
        &mut self.held[self.count - 1]
    }
}

/// A value that a supplement gives.
#[derive(Clone, Copy)]
struct New<'a> {
    value: &'a str,
    overwrite: Overwrite,
}

impl New<'_> {
    /// Whether it goes into the person's row with this number: what is missing stands nowhere,
    /// so one is enough; what is written over must stand nowhere else.
    fn goes_into(self, row: usize) -> bool {
        row == 0 || self.overwrite == Overwrite::Yes
    }
}

/// What the supplements give a person, by field, and what they could not give.
struct Given<'a> {
    new: [Option<New<'a>>; 2],
    missed: Vec<Missed>,
}

impl Completion {
    fn given(&self, rows: &[PersonParts<'_>], tallies: &mut [Tally]) -> Given<'_> {
        let mut given = Given { new: [None, None], missed: Vec::new() };
        let Some(first) = rows.first() else { return given };
        let extra = |name: &str| rows.iter().find_map(|it| it.extra(name).ok().flatten());
        let who = Who {
            source: first.source,
            source_id: first.source_id,
            number: rows.iter().find_map(|it| it.number),
            extra: &extra,
        };
        let stands = |field: Fills| rows.iter().any(|it| !is_blank(value(it, field)));
        let mut misses: Vec<(bool, Missed)> = Vec::new();
        for (supplement, tally) in self.supplements.iter().zip(tallies) {
            let Matching { fills, overwrite, .. } = &supplement.matching;
            let is_over = *overwrite == Overwrite::Yes;
            let asked: Vec<Fills> = fills
                .iter()
                .copied()
                .filter(|it| is_over || !(stands(*it) || given.new[*it as usize].is_some()))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let (found, why) = values_of(supplement.find(&who));
            for field in asked {
                let found = found[field as usize];
                if field == supplement.matching.counted() {
                    tally.of += 1;
                    tally.filled += u64::from(found.is_some());
                }
                match found {
                    Some(value) => {
                        given.new[field as usize] = Some(New { value, overwrite: *overwrite });
                    }
                    None => misses.push((is_over, Missed { field, why })),
                }
            }
        }
        // What a later supplement gave is not missing.
        misses.retain(|(is_over, it)| *is_over || given.new[it.field as usize].is_none());
        given.missed.extend(misses.into_iter().map(|it| it.1));
        // One reason is one thing to mend, whatever is missing by it.
        given.missed.sort_unstable_by_key(|it| (it.why, it.field));
        given.missed.dedup_by_key(|it| it.why);
        given
    }
}

/// The values of a match, by field; why there are none otherwise.
fn values_of(found: Match<'_>) -> ([Option<&str>; 2], Miss) {
    match found {
        Match::One { email, username } => ([email, username], Miss::NoValue),
        Match::Nobody => ([None, None], Miss::Nobody),
        Match::Several => ([None, None], Miss::Several),
        Match::Disabled => ([None, None], Miss::Disabled),
        Match::WrongDomain => ([None, None], Miss::WrongDomain),
        Match::Unidentified => ([None, None], Miss::Unidentified),
    }
}

fn value<'a>(parts: &PersonParts<'a>, field: Fills) -> Option<&'a str> {
    match field {
        Fills::Email => parts.email,
        Fills::Username => parts.username,
    }
}
