//! Several registers become one roster.
//!
//! The same person is found by a secured match alone: the same real identity number on
//! exactly one person of each source. Temporary numbers never match (K073); everything
//! else is two persons and, where it looks odd, a quality issue. Where two sources describe
//! one person, each field comes from the source with the highest precedence that has it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Gate, Key, Mac, Person, SourceIndex};

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

/// The persons of several sources by their number, until all are read. Sorted when it is
/// asked: a tree of a million numbers costs several times as much.
#[derive(Debug, Default)]
pub struct MatchTable(Vec<(Mac, SourceIndex, Key)>);

impl MatchTable {
    /// Notes a person with a real number.
    pub fn note(&mut self, person: &Person) {
        self.0.extend(person.number.map(|number| (number, person.source, person.key)));
    }

    /// Lets the gate stop everybody who is found, by number, to be somebody it stopped, and
    /// forgets those. A number stops all keys that carry it, a key all its numbers, until
    /// nobody is left to stop: so the order of sources and rows means nothing.
    pub(crate) fn stop(&mut self, gate: &mut Gate) {
        self.0.sort_unstable();
        self.0.dedup();
        while !gate.is_quiet() {
            let before = self.0.len();
            let mut left = Vec::with_capacity(before);
            for seen in self.0.chunk_by(|one, two| one.0 == two.0) {
                let is_stopped = |&(number, _, key): &(Mac, SourceIndex, Key)| {
                    gate.stops_number(number) || gate.stops_key(key)
                };
                if seen.iter().any(is_stopped) {
                    for &(number, _, key) in seen {
                        gate.protect(key, Some(number));
                    }
                } else {
                    left.extend_from_slice(seen);
                }
            }
            self.0 = left;
            if self.0.len() == before {
                return;
            }
        }
    }

    /// Which keys mean the same person. A number that one source gives to two persons
    /// joins nobody, nor does a key that numbers join to several: they are counted in
    /// [`Aliases::ambiguous`].
    #[must_use]
    pub fn aliases(&self) -> Aliases {
        let mut aliases = Aliases::default();
        let mut doubtful = BTreeSet::new();
        let mut all = Cow::Borrowed(&self.0);
        if !all.is_sorted() {
            all.to_mut().sort_unstable();
        }
        for seen in all.chunk_by(|one, two| one.0 == two.0) {
            if seen.len() == 1 {
                continue;
            }
            let mut seen: Vec<(SourceIndex, Key)> =
                seen.iter().map(|&(_, source, key)| (source, key)).collect();
            seen.dedup();
            if seen.windows(2).any(|two| two[0].0 == two[1].0) {
                aliases.ambiguous += 1;
                continue;
            }
            let Some(&(_, first)) = seen.first() else { continue };
            for &(_, other) in seen.iter().skip(1).filter(|(_, other)| *other != first) {
                if aliases.keys.insert(other, first).is_some_and(|known| known != first) {
                    doubtful.insert(other);
                }
            }
        }
        aliases.forget(&doubtful);
        aliases
    }
}

/// Keys of later sources that mean a person of an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases {
    keys: BTreeMap<Key, Key>,
    /// Numbers that one source gives to several persons, so that they join nobody.
    pub ambiguous: usize,
}

impl Aliases {
    /// The key that the roster uses for `key`.
    #[must_use]
    pub fn resolve(&self, key: Key) -> Key {
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

    /// Whether no key means another.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
