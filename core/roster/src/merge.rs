//! Several registers become one roster.
//!
//! The same person is found by a secured match alone: the same real identity number on
//! exactly one person of each source. Temporary numbers never match (K073); everything
//! else is two persons and, where it looks odd, a quality issue. Where two sources describe
//! one person, each field comes from the source with the highest precedence that has it.

use std::collections::{BTreeMap, BTreeSet};

use crate::assemble::AnySpool;
use crate::codec::CodecError;
use crate::gate::Admitted;
use crate::joined::damaged;
use crate::{Gate, Key, Mac, Person, SortSink, SortedRows, SourceIndex, SpoolError};

/// The fields that sources may differ on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonField {
    /// Given and family name, always together.
    Name,
    /// E-mail address.
    Email,
    /// User name.
    Username,
    /// Date of birth.
    BirthDate,
    /// Sex.
    Sex,
}

impl PersonField {
    /// Every field; stored rows name one by its place here.
    pub(crate) const ALL: &[Self] =
        &[Self::Name, Self::Email, Self::Username, Self::BirthDate, Self::Sex];
}

/// Which source decides a field; where nothing is said, the order of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precedence(BTreeMap<PersonField, Vec<SourceIndex>>);

impl Precedence {
    /// Lets `order` decide `field`; sources that are not named come after, in their order.
    pub fn set(&mut self, field: PersonField, order: Vec<SourceIndex>) {
        self.0.insert(field, order);
    }

    /// The orders that were set, for storing.
    pub(crate) fn orders(&self) -> &BTreeMap<PersonField, Vec<SourceIndex>> {
        &self.0
    }

    fn rank(&self, field: PersonField, source: SourceIndex) -> (usize, SourceIndex) {
        let order = self.0.get(&field).map_or(&[][..], Vec::as_slice);
        (order.iter().position(|&named| named == source).unwrap_or(order.len()), source)
    }

    fn best<'a, T>(
        &self,
        field: PersonField,
        people: &'a [Person],
        value: impl Fn(&'a Person) -> Option<T>,
    ) -> Option<T> {
        people
            .iter()
            .filter_map(|person| Some((self.rank(field, person.source), value(person)?)))
            .min_by_key(|&(rank, _)| rank)
            .map(|(_, value)| value)
    }

    /// One person out of what the sources say of it; `people` is not empty and stands in
    /// the order of the settings.
    #[must_use]
    pub fn merge(&self, people: &[Person]) -> Option<Person> {
        let first = people.first()?;
        if people.len() == 1 {
            return Some(first.clone());
        }
        let named =
            |person: &'_ Person| !person.given_name.is_empty() || !person.family_name.is_empty();
        let name = self.best(PersonField::Name, people, |p| {
            named(p).then(|| (p.given_name.clone(), p.family_name.clone()))
        });
        let (given_name, family_name) = name.unwrap_or_default();
        let mut extra: BTreeMap<&str, &str> = BTreeMap::new();
        for (field, value) in people.iter().flat_map(|person| &person.extra) {
            extra.entry(field).or_insert(value);
        }
        Some(Person {
            key: first.key,
            source: first.source,
            source_id: first.source_id.clone(),
            given_name,
            family_name,
            email: self.best(PersonField::Email, people, |p| p.email.clone()),
            username: self.best(PersonField::Username, people, |p| p.username.clone()),
            birth_date: self.best(PersonField::BirthDate, people, |p| p.birth_date),
            sex: self.best(PersonField::Sex, people, |p| p.sex),
            status: people.iter().map(|p| p.status).min().unwrap_or(first.status),
            number: people.iter().find_map(|p| p.number),
            temporary_number: people.iter().find_map(|p| p.temporary_number),
            extra: extra.into_iter().map(|(f, v)| (f.to_owned(), v.to_owned())).collect(),
        })
    }
}

/// The persons of several sources by their number, until all are read. Sorted as rows are, so
/// that memory is set by the budget and not by the register.
pub(crate) struct MatchTable {
    rows: SortSink<AnySpool>,
    row: Vec<u8>,
}

impl MatchTable {
    /// An empty table.
    pub(crate) fn new(rows: SortSink<AnySpool>) -> Self {
        Self { rows, row: Vec::new() }
    }

    /// Notes a person with a real number.
    pub(crate) fn note(&mut self, person: &Admitted<'_>) -> Result<(), SpoolError> {
        let Some(number) = person.number else { return Ok(()) };
        self.row.clear();
        self.row.extend_from_slice(number.as_bytes());
        self.row.push(person.source.0);
        self.row.extend_from_slice(person.key.as_bytes());
        self.rows.push(&self.row)
    }

    /// Ends the noting.
    pub(crate) fn finish(self) -> Result<Matches, SpoolError> {
        Ok(Matches(self.rows.finish()?))
    }
}

type Take<'a> = dyn FnMut(Mac, &[(SourceIndex, Key)]) + 'a;

/// A [`MatchTable`] when all is noted.
pub(crate) struct Matches(SortedRows<AnySpool>);

impl Matches {
    /// Hands each number to `take`, with the sources and keys that bear it, in order.
    fn each(&self, take: &mut Take<'_>) -> Result<(), SpoolError> {
        let mut stream = self.0.stream()?;
        let (mut at, mut seen) = (None, Vec::new());
        while let Some(row) = stream.next_row()? {
            let (number, source, key) = parts(row).ok_or_else(|| damaged(CodecError))?;
            if let Some(before) = at.replace(number).filter(|before| *before != number) {
                take(before, &seen);
                seen.clear();
            }
            seen.push((source, key));
        }
        if let Some(last) = at {
            take(last, &seen);
        }
        Ok(())
    }

    /// Lets the gate stop everybody who is found, by number, to be somebody it stopped, and says
    /// which keys of the others mean the same person. A number stops all keys that carry it, a
    /// key all its numbers, until nobody is left to stop: so the order of sources and rows means
    /// nothing.
    pub(crate) fn settle(&self, gate: &mut Gate) -> Result<Aliases, SpoolError> {
        loop {
            let before = gate.stops_so_many();
            let mut found = Found::default();
            self.each(&mut |number, seen| {
                if !is_stopped(gate, number, seen) {
                    found.look_at(seen);
                    return;
                }
                for &(_, key) in seen {
                    gate.protect(key, Some(number));
                }
            })?;
            if gate.stops_so_many() == before {
                return Ok(found.aliases());
            }
        }
    }
}

/// Which keys mean the same person. A number that one source gives to two persons joins nobody,
/// nor does a key that numbers join to several: they are counted in [`Aliases::ambiguous`].
#[derive(Default)]
struct Found {
    aliases: Aliases,
    doubtful: BTreeSet<Key>,
}

impl Found {
    /// Looks at the sources and keys that bear one number.
    fn look_at(&mut self, seen: &[(SourceIndex, Key)]) {
        let [(_, first), others @ ..] = seen else { return };
        if seen.windows(2).any(|two| two[0].0 == two[1].0) {
            self.aliases.ambiguous += 1;
            return;
        }
        for &(_, other) in others.iter().filter(|(_, other)| other != first) {
            let known = self.aliases.keys.insert(other, *first);
            if known.is_some_and(|known| known != *first) {
                self.doubtful.insert(other);
            }
        }
    }

    fn aliases(mut self) -> Aliases {
        self.aliases.forget(&self.doubtful);
        self.aliases
    }
}

fn is_stopped(gate: &Gate, number: Mac, seen: &[(SourceIndex, Key)]) -> bool {
    gate.stops_number(number) || seen.iter().any(|&(_, key)| gate.stops_key(key))
}

fn parts(row: &[u8]) -> Option<(Mac, SourceIndex, Key)> {
    let (number, row) = row.split_first_chunk::<16>()?;
    let (source, key) = row.split_first()?;
    let key = Key::from_bytes(key.try_into().ok()?);
    Some((Mac::from_bytes(*number), SourceIndex(*source), key))
}

/// Keys of later sources that mean a person of an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Aliases {
    keys: BTreeMap<Key, Key>,
    /// Numbers that one source gives to several persons, so that they join nobody.
    pub(crate) ambiguous: usize,
}

impl Aliases {
    /// The key that the roster uses for `key`.
    pub(crate) fn resolve(&self, key: Key) -> Key {
        self.keys.get(&key).copied().unwrap_or(key)
    }

    /// Joins nobody by these keys, nor by way of a key that itself means another.
    fn forget(&mut self, doubtful: &BTreeSet<Key>) {
        let before = self.keys.len();
        self.keys.retain(|key, _| !doubtful.contains(key));
        let aliased: BTreeSet<Key> = self.keys.keys().copied().collect();
        self.keys.retain(|_, first| !aliased.contains(first));
        self.ambiguous += before - self.keys.len();
    }
}
