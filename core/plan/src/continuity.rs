//! The same persons and groups under new keys.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Group, Key, Mac, Maccer, PersonRecord, SchoolUnit};

use crate::Continuity;

/// What a keyed hash is of. Earlier ones bind more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Personnummer or samordningsnummer, never a temporary number.
    Number,
    /// Skolenhetskod.
    SchoolCode,
    /// E-mail address.
    Email,
    /// Folded name, date of birth and school.
    NameBirthSchool,
    /// Folded name of a group, its school and its first day: next year's 7A is another group.
    GroupPeriod,
}

impl EntryKind {
    /// In the order in which they are tried.
    pub const ALL: &[Self] =
        &[Self::Number, Self::SchoolCode, Self::Email, Self::NameBirthSchool, Self::GroupPeriod];

    /// The word in the store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::SchoolCode => "school_code",
            Self::Email => "email",
            Self::NameBirthSchool => "name_birth_school",
            Self::GroupPeriod => "group_period",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

/// One keyed hash that finds a person or group again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// Of what.
    pub kind: EntryKind,
    /// The hash.
    pub mac: Mac,
}

fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A school by what outlives its key.
fn school_token(key: Key, schools: &BTreeMap<Key, SchoolUnit>) -> String {
    match schools.get(&key) {
        Some(SchoolUnit { code: Some(code), .. }) => code.clone(),
        Some(school) => folded(&school.name),
        None => key.to_string(),
    }
}

fn entry(maccer: &Maccer, kind: EntryKind, parts: &[&str]) -> IndexEntry {
    let mut all = vec![kind.word().as_bytes()];
    all.extend(parts.iter().map(|part| part.as_bytes()));
    IndexEntry { kind, mac: maccer.mac(&all) }
}

/// What finds a person again, sorted. Names and addresses are not in it, only keyed hashes.
#[must_use]
pub fn index_entries(
    record: &PersonRecord,
    schools: &BTreeMap<Key, SchoolUnit>,
    maccer: &Maccer,
) -> Vec<IndexEntry> {
    let person = &record.person;
    let mut entries = Vec::new();
    // Already keyed by the gate; a temporary number is in another field.
    entries.extend(person.number.map(|mac| IndexEntry { kind: EntryKind::Number, mac }));
    if let Some(email) = &person.email {
        entries.push(entry(maccer, EntryKind::Email, &[&folded(email)]));
    }
    if let Some(birth) = person.birth_date {
        let (given, family) = (folded(&person.given_name), folded(&person.family_name));
        let enrolled = record.enrolments.iter().map(|it| it.school);
        let at: BTreeSet<Key> = enrolled.chain(record.duties.iter().map(|it| it.school)).collect();
        for school in at {
            let school = school_token(school, schools);
            let parts = [given.as_str(), &family, &birth.to_string(), &school];
            entries.push(entry(maccer, EntryKind::NameBirthSchool, &parts));
        }
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// What finds a group again, sorted.
#[must_use]
pub fn group_entries(
    group: &Group,
    schools: &BTreeMap<Key, SchoolUnit>,
    maccer: &Maccer,
) -> Vec<IndexEntry> {
    let Some(school) = group.school.map(|key| school_token(key, schools)) else {
        return Vec::new();
    };
    // Without a first day next year's namesake cannot be told from it (decision 0031).
    let Some(start) = group.interval.start.map(|date| date.to_string()) else { return Vec::new() };
    let name = folded(&group.name);
    vec![entry(maccer, EntryKind::GroupPeriod, &[&name, &school, &start])]
}

/// What finds a school again: its code.
#[must_use]
pub fn school_entries(school: &SchoolUnit, maccer: &Maccer) -> Vec<IndexEntry> {
    let code = school.code.as_deref();
    code.map(|code| entry(maccer, EntryKind::SchoolCode, &[code])).into_iter().collect()
}

/// The entries of keys that vanished, or of keys that appeared.
#[derive(Debug, Clone, Default)]
pub struct IdentityIndex(BTreeMap<IndexEntry, BTreeSet<Key>>);

impl IdentityIndex {
    /// Notes the entries of a key.
    pub fn add(&mut self, key: Key, entries: impl IntoIterator<Item = IndexEntry>) {
        for entry in entries {
            self.0.entry(entry).or_default().insert(key);
        }
    }

    fn numbers(&self) -> BTreeMap<Key, Mac> {
        let numbers = self.0.iter().filter(|(entry, _)| entry.kind == EntryKind::Number);
        numbers.flat_map(|(entry, keys)| keys.iter().map(|key| (*key, entry.mac))).collect()
    }
}

/// Which keys that vanished are now which keys that appeared.
///
/// # Shapes
///
/// * One to one by the strongest hash that both have: the same.
/// * Several possible partners, or the same address under different numbers: unclear, all
///   of them.
/// * The same name, birth and school under different numbers: two persons.
///
/// # Cost
///
/// Memory for what vanished and appeared, never for the roster.
#[must_use]
pub fn match_keys(vanished: &IdentityIndex, appeared: &IdentityIndex) -> Continuity {
    let mut found = Continuity::default();
    let mut settled: BTreeSet<Key> = BTreeSet::new();
    let (old_numbers, new_numbers) = (vanished.numbers(), appeared.numbers());
    let other_number = |old: Key, new: Key| match (old_numbers.get(&old), new_numbers.get(&new)) {
        (Some(old), Some(new)) => old != new,
        (Some(_) | None, None) | (None, Some(_)) => false,
    };
    for &kind in EntryKind::ALL {
        let mut partners: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
        let (mut gone, mut doubted) = (BTreeSet::new(), BTreeSet::new());
        for (entry, olds) in vanished.0.iter().filter(|(entry, _)| entry.kind == kind) {
            let Some(news) = appeared.0.get(entry) else { continue };
            for &old in olds.iter().filter(|key| !settled.contains(key)) {
                for &new in news.iter().filter(|key| !settled.contains(key)) {
                    if other_number(old, new) {
                        if kind != EntryKind::Email {
                            continue;
                        }
                        doubted.extend([old, new]);
                    }
                    gone.insert(old);
                    partners.entry(old).or_default().insert(new);
                    partners.entry(new).or_default().insert(old);
                }
            }
        }
        let single = |key: Key| match partners.get(&key) {
            Some(with) if with.len() == 1 && !doubted.contains(&key) => with.first().copied(),
            Some(_) | None => None,
        };
        for &key in partners.keys() {
            match single(key).filter(|with| single(*with) == Some(key)) {
                Some(new) if gone.contains(&key) => {
                    found.same.insert(key, new);
                }
                Some(_) => {}
                None => {
                    found.unclear.insert(key);
                }
            }
        }
        settled.extend(partners.keys());
    }
    found
}
