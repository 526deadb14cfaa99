//! The gate that protected persons do not pass (K069, K070).
//!
//! No reader can build a [`Person`]: it hands a draft and the register's marking to the
//! gate, which lets through or forgets. The gate keeps keyed hashes only.

use std::collections::BTreeSet;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::terms::{PersonStatus, Sex};
use crate::{Date, IdentityNumber, Key, Mac, Maccer, Person, SourceIndex, TenantKey};

mod carried;
mod hashes;

use self::hashes::Hashes;

pub use carried::{HashedNumber, Released};

/// What the register says of a person's protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marking<'a> {
    /// The value of the field that carries the marking; may be empty.
    Value(&'a str),
    /// The source carries no marking, and somebody with the right to say so has accepted it.
    NotCarriedAcknowledged,
}

/// Which values of the marking mean "not protected". All others mean protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkingPolicy {
    open: Vec<String>,
}

impl Default for MarkingPolicy {
    /// `Ingen`, as SS12000 says (reference/portal.md §2.9), and an empty field.
    fn default() -> Self {
        Self::open_values(["Ingen", ""])
    }
}

impl MarkingPolicy {
    /// These values, in any case, mean "not protected".
    pub fn open_values<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self { open: values.into_iter().map(|value| value.into().trim().to_lowercase()).collect() }
    }

    fn is_open(&self, marking: Marking<'_>) -> bool {
        match marking {
            Marking::NotCarriedAcknowledged => true,
            Marking::Value(value) => {
                let value = value.trim();
                self.open.iter().any(|open| open == value || *open == value.to_lowercase())
            }
        }
    }
}

/// A person as a reader found it, before the gate.
pub struct PersonDraft<'a> {
    /// The source's own id.
    pub source_id: &'a str,
    /// Given name or names.
    pub given_name: &'a str,
    /// Family name.
    pub family_name: &'a str,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// User name.
    pub username: Option<&'a str>,
    /// Date of birth; where it is missing, the identity number's is taken.
    pub birth_date: Option<Date>,
    /// Sex; where it is missing, the identity number's is taken.
    pub sex: Option<Sex>,
    /// Whether the register counts the person as active.
    pub status: PersonStatus,
    /// Identity number, dropped in the gate: a keyed hash is all that passes.
    pub identity_number: Option<IdentityNumber>,
    /// Further fields that the profile declares.
    pub extra: Vec<(String, String)>,
}

/// Persons to leave out whatever their marking says: from a local list or a directory
/// group. Read before the registers, hashed at once.
#[derive(Debug, Clone, Default)]
pub struct Exclusions {
    keys: BTreeSet<Mac>,
    numbers: BTreeSet<Mac>,
    names: BTreeSet<Mac>,
}

/// A person that passed the gate, still as its reader has it: nobody else can make one.
pub(crate) struct Admitted<'a> {
    pub(crate) key: Key,
    pub(crate) source: SourceIndex,
    /// Without the identity number.
    pub(crate) draft: PersonDraft<'a>,
    pub(crate) number: Option<Mac>,
    pub(crate) temporary_number: Option<Mac>,
}

impl Admitted<'_> {
    fn person(self) -> Person {
        let Self { key, source, draft, number, temporary_number } = self;
        Person {
            key,
            source,
            source_id: draft.source_id.to_owned(),
            given_name: draft.given_name.to_owned(),
            family_name: draft.family_name.to_owned(),
            email: draft.email.map(str::to_owned),
            username: draft.username.map(str::to_owned),
            birth_date: draft.birth_date,
            sex: draft.sex,
            status: draft.status,
            number,
            temporary_number,
            extra: draft.extra,
        }
    }
}

/// Lets persons through, or forgets them.
pub struct Gate {
    marks: Maccer,
    numbers: Maccer,
    fast: SipHasher13,
    exclusions: Exclusions,
    protected: Protected,
    /// Keys that were stopped at the last complete read, hashed.
    carried: BTreeSet<u128>,
    released: Released,
}

#[derive(Default)]
struct Protected {
    fast_keys: Hashes,
    marks: BTreeSet<Mac>,
    numbers: Hashes,
    /// What belongs to a stopped person and has an id of its own, such as a duty.
    things: Hashes,
}

impl Gate {
    /// A gate of this tenant.
    #[must_use]
    pub fn new(tenant: &TenantKey) -> Self {
        let mut fast = [0; 16];
        fast.copy_from_slice(&tenant.derive("gate")[..16]);
        Self {
            marks: tenant.maccer("protected"),
            numbers: tenant.maccer("number"),
            fast: SipHasher13::new_with_key(&fast),
            exclusions: Exclusions::default(),
            protected: Protected::default(),
            carried: BTreeSet::new(),
            released: Released::Nobody,
        }
    }

    /// Leaves out the person with this id in any source, or with this identity number.
    pub fn exclude(&mut self, id_or_number: &str, today: Date) {
        let text = id_or_number.trim();
        self.exclusions.names.insert(self.marks.mac(&[b"source_id", text.as_bytes()]));
        if let Some(key) = Key::parse_uuid(text) {
            self.exclusions.keys.insert(self.mark(key));
        }
        if let Ok(number) = IdentityNumber::parse(text, today) {
            self.exclusions.numbers.insert(self.number(&number));
        }
    }

    /// The person, or `None` when it is protected; then no trace but keyed hashes stays.
    pub fn admit(
        &mut self,
        draft: PersonDraft<'_>,
        marking: Marking<'_>,
        policy: &MarkingPolicy,
        key: Key,
        source: SourceIndex,
    ) -> Option<Person> {
        let number = draft.identity_number.as_ref().map(|number| self.hashed(number));
        self.pass(draft, number, marking, policy, key, source).map(Admitted::person)
    }

    /// As [`Self::admit`], with the number as its keyed hash, and nothing copied.
    pub(crate) fn pass<'a>(
        &mut self,
        draft: PersonDraft<'a>,
        number: Option<HashedNumber>,
        marking: Marking<'_>,
        policy: &MarkingPolicy,
        key: Key,
        source: SourceIndex,
    ) -> Option<Admitted<'a>> {
        let mac = number.map(|number| number.mac);
        if !policy.is_open(marking) || self.is_excluded(draft.source_id, key, mac) {
            self.stop(key, number);
            return None;
        }
        self.let_go(key);
        let (number, temporary_number) = number.map_or((None, None), HashedNumber::parts);
        let mut draft = draft;
        draft.extra.sort();
        let from_number = draft.identity_number.take();
        let from_number = from_number.as_ref();
        draft.birth_date = draft.birth_date.or_else(|| from_number?.birth_date());
        draft.sex = draft.sex.or_else(|| from_number?.sex());
        Some(Admitted { key, source, draft, number, temporary_number })
    }

    fn is_excluded(&self, source_id: &str, key: Key, number: Option<Mac>) -> bool {
        let Exclusions { keys, numbers, names } = &self.exclusions;
        (!keys.is_empty() && keys.contains(&self.mark(key)))
            || number.is_some_and(|number| numbers.contains(&number))
            || (!names.is_empty()
                && names.contains(&self.marks.mac(&[b"source_id", source_id.as_bytes()])))
    }

    /// Whether a list of exclusions names persons by identity number.
    pub(crate) fn knows_numbers(&self) -> bool {
        !self.exclusions.numbers.is_empty()
    }

    pub(crate) fn stops_number(&self, number: Mac) -> bool {
        self.protected.numbers.contains(whole(number))
    }

    /// Who is stopped as things are known now, for passing over their rows.
    #[must_use]
    pub fn stopped(&self) -> Stopped {
        Stopped { fast: self.fast, keys: self.protected.fast_keys.clone() }
    }

    pub(crate) fn protect(&mut self, key: Key, number: Option<Mac>) {
        self.protected.marks.insert(self.mark(key));
        self.protected.fast_keys.insert(self.fast(key));
        self.protected.numbers.extend(number.map(whole));
    }

    /// Whether an entity with this key was stopped, by its own source or by another.
    #[must_use]
    pub fn stops_key(&self, key: Key) -> bool {
        !self.protected.fast_keys.is_empty() && self.protected.fast_keys.contains(self.fast(key))
    }

    /// Keys and numbers that are stopped: more when more is known.
    pub(crate) fn stops_so_many(&self) -> usize {
        self.protected.fast_keys.len() + self.protected.numbers.len()
    }

    /// Keyed hashes of the keys of those who were stopped, for telling which are new. They
    /// name nobody without the tenant's key.
    #[must_use]
    pub fn marks(&self) -> &BTreeSet<Mac> {
        &self.protected.marks
    }

    /// The mark of a key, to look up in [`Self::marks`].
    #[must_use]
    pub fn mark(&self, key: Key) -> Mac {
        self.marks.mac(&[b"key", key.as_bytes()])
    }

    fn number(&self, number: &IdentityNumber) -> Mac {
        self.numbers.mac(&[number.canonical()])
    }

    fn fast(&self, key: Key) -> u128 {
        fast(self.fast, key)
    }
}

/// The keys that were stopped when all sources were read, hashed.
pub struct Stopped {
    fast: SipHasher13,
    keys: Hashes,
}

impl Stopped {
    pub(crate) fn is_nobody(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether an entity with this key was stopped.
    #[must_use]
    pub fn stops_key(&self, key: Key) -> bool {
        !self.keys.is_empty() && self.keys.contains(fast(self.fast, key))
    }
}

/// A keyed hash as a number that sorts as it does.
fn whole(mac: Mac) -> u128 {
    u128::from_be_bytes(*mac.as_bytes())
}

fn fast(mut hasher: SipHasher13, key: Key) -> u128 {
    use std::hash::Hasher as _;
    hasher.write(key.as_bytes());
    hasher.finish128().as_u128()
}
