//! From objects of the register to rows that are kept; protected persons stop here.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use roster::codec::Writer;
use roster::replica::{Belongs, Recall, Replica, Thing};
use roster::terms::PersonStatus;
use roster::{Date, EntityKind, IdentityNumber, Intake, Key, Marking, PersonDraft, SpoolError};

use crate::notes::{Notes, Odd};
use crate::profile::{Collection, Profile};
use crate::rows::Item;
use crate::settings::{Numbers, Unmarked};
use crate::wire::{Meta, PersonReference, Reference, Scalar};

mod entities;
mod groups;
mod persons;
mod value;

/// Why an object cannot be taken.
#[derive(Debug)]
pub(crate) enum TakeError {
    /// It has no id: nobody can tell what it is, or whether it is gone.
    NoId(&'static str),
    /// Rows could not be put aside.
    Spool(SpoolError),
}

impl From<SpoolError> for TakeError {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

/// What is counted of a read.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    /// Objects that came, by collection, protected persons included: for empty lists alone.
    pub(crate) came: [u64; 7],
    /// Heads that were pushed.
    pub(crate) heads: u64,
    /// Persons whose marking says that they are not protected.
    pub(crate) open_persons: u64,
    /// Persons that have the field of the marking.
    pub(crate) marked_persons: u64,
    /// The newest change that an object tells of.
    pub(crate) newest: Option<jiff::Timestamp>,
    /// Objects of the page that is read.
    pub(crate) page: u64,
    /// Print of their ids.
    pub(crate) print: DefaultHasher,
}

/// Takes objects in.
pub(crate) struct Taker<'a, 'i> {
    pub(crate) intake: &'a mut Intake<'i>,
    pub(crate) replica: &'a mut Replica,
    pub(crate) profile: &'a Profile,
    /// Markings that mean "not protected", folded.
    pub(crate) open: &'a [String],
    pub(crate) unmarked: Unmarked,
    pub(crate) numbers: Numbers,
    pub(crate) today: Date,
    pub(crate) counts: &'a mut Counts,
    pub(crate) object: &'a mut Object,
}

/// The rows of one object.
#[derive(Debug, Default)]
pub(crate) struct Object {
    bytes: Vec<u8>,
    rows: Vec<(Belongs, [Option<Key>; 2], usize)>,
}

impl Taker<'_, '_> {
    /// Our key of what the register calls `id`.
    fn key(&self, collection: Collection, id: &str) -> Key {
        match collection {
            Collection::Organisations => self.intake.key(EntityKind::SchoolUnit, id),
            Collection::Persons => self.intake.key(EntityKind::Person, id),
            Collection::Groups => self.intake.key(EntityKind::Group, id),
            // Never seen by anybody: any kind serves, where the id cannot be another's.
            Collection::Syllabuses | Collection::Duties | Collection::Activities => {
                if Key::parse_uuid(id).is_some() {
                    return self.intake.key(EntityKind::Group, id);
                }
                self.intake.key(EntityKind::Group, &format!("{}/{id}", collection.name()))
            }
        }
    }

    fn reference(&self, collection: Collection, reference: Option<&Reference<'_>>) -> Option<Key> {
        let id = reference?.id.text()?;
        Some(self.key(collection, &id))
    }

    /// Begins an object: its thing, and what was kept of it holds no longer.
    fn begin<'s>(
        &mut self,
        collection: Collection,
        id: &'s Scalar<'_>,
        at: &'static str,
    ) -> Result<(Thing, std::borrow::Cow<'s, str>), TakeError> {
        let id = id.text().ok_or(TakeError::NoId(at))?;
        let thing = Thing { collection: collection as u8, key: self.key(collection, &id) };
        self.object.bytes.clear();
        self.object.rows.clear();
        if self.replica.recalls() == Recall::LastRead {
            self.replica.replace(thing)?;
        }
        self.counts.came[collection as usize] += 1;
        self.counts.page += 1;
        thing.key.hash(&mut self.counts.print);
        Ok((thing, id))
    }

    /// Adds a row to the object. The head comes last, since it bears the object's print.
    fn row(&mut self, belongs: Belongs, named: [Option<Key>; 2], item: &Item<'_>) {
        let start = self.object.bytes.len();
        item.encode(&mut Writer(&mut self.object.bytes));
        self.object.rows.push((belongs, named, start));
    }

    /// Notes that a reference of the object names nobody, so that what hangs on this
    /// organisation was not read completely: it may be the one that was meant (K211).
    fn names_nobody(
        &mut self,
        organisation: Option<&Reference<'_>>,
        (at, field): (&'static str, &'static str),
        notes: &mut Notes,
    ) {
        notes.note(Odd::NamesNobody, at, field);
        let place = self.reference(Collection::Organisations, organisation);
        self.row(Belongs::ToNobody, [None, None], &Item::Unread(place));
    }

    /// Puts the object's rows aside, its head with a print of them all: two objects with the
    /// same id and other content have two heads.
    fn end(
        &mut self,
        thing: Thing,
        belongs: Belongs,
        named: [Option<Key>; 2],
        head: &Item<'_>,
    ) -> Result<(), TakeError> {
        let is_head = head.is_head();
        self.row(belongs, named, head);
        let Object { bytes, rows } = &mut *self.object;
        let mut ends: Vec<usize> = rows.iter().skip(1).map(|row| row.2).collect();
        ends.push(bytes.len());
        let mut parts: Vec<_> = rows
            .iter()
            .zip(&ends)
            .map(|(&(belongs, named, start), &end)| (belongs, named, start..end))
            .collect();
        let head = parts.pop();
        parts.sort_by(|one, two| {
            (one.1, &bytes[one.2.clone()]).cmp(&(two.1, &bytes[two.2.clone()]))
        });
        let mut print = DefaultHasher::new();
        for (_, named, range) in parts.iter().chain(&head) {
            named.hash(&mut print);
            bytes[range.clone()].hash(&mut print);
        }
        for (belongs, named, range) in parts {
            self.replica.push(thing, belongs, named, &bytes[range])?;
        }
        if let Some((belongs, named, range)) = head {
            let mut with_print = bytes[range].to_vec();
            with_print.extend_from_slice(&print.finish().to_be_bytes());
            self.replica.push(thing, belongs, named, &with_print)?;
            // What could not be understood has none.
            self.counts.heads += u64::from(is_head);
        }
        Ok(())
    }

    fn says(&self, marking: &Scalar<'_>) -> Says {
        match marking {
            Scalar::Absent | Scalar::Null => Says::Nothing,
            Scalar::Text(text) if text.trim().is_empty() => Says::Nothing,
            Scalar::Text(text) if self.open.contains(&text.trim().to_lowercase()) => Says::Open,
            // Not a value that anybody can have meant as "not protected".
            Scalar::Text(_) | Scalar::Number(_) | Scalar::Bool(_) | Scalar::Wrong => {
                Says::Protected
            }
        }
    }

    /// The person that a reference names; `None` when it names nobody, or somebody who is
    /// protected, whom the gate is told of.
    fn named(&mut self, reference: Option<&PersonReference<'_>>) -> Result<Named, TakeError> {
        let Some(reference) = reference else { return Ok(Named::Nobody) };
        let Some(id) = reference.id.text() else { return Ok(Named::Nobody) };
        let key = self.key(Collection::Persons, &id);
        match self.says(&reference.security_marking) {
            Says::Protected => {
                self.stop(&id, None)?;
                return Ok(Named::Protected);
            }
            Says::Open => self.intake.let_go(key),
            // References seldom bear it: the person's own marking counts.
            Says::Nothing => {}
        }
        Ok(Named::Somebody(key))
    }

    /// Tells the gate of a protected person, and forgets the rest.
    fn stop(&mut self, id: &str, number: Option<IdentityNumber>) -> Result<(), SpoolError> {
        let draft = PersonDraft {
            source_id: id,
            given_name: "",
            family_name: "",
            email: None,
            username: None,
            birth_date: None,
            sex: None,
            status: PersonStatus::Active,
            identity_number: number,
            extra: Vec::new(),
        };
        self.intake.person(draft, Marking::Value(PROTECTED))
    }

    /// Notes when the object changed.
    fn changed(&mut self, meta: Option<&Meta<'_>>, at: &'static str, notes: &mut Notes) {
        let Some(text) = meta.and_then(|meta| meta.modified.text()) else { return };
        if !has_offset(&text) {
            notes.note(Odd::NoOffset, at, "meta/modified");
            return;
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(changed) => self.counts.newest = self.counts.newest.max(Some(changed)),
            Err(_) => notes.note(Odd::NoOffset, at, "meta/modified"),
        }
    }
}

/// A marking that no policy calls open.
const PROTECTED: &str = "\u{1}protected";

/// What a marking says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Open,
    Protected,
    Nothing,
}

/// Whom a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Nobody,
    Protected,
    Somebody(Key),
}

fn has_offset(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.ends_with(b"Z")
        || bytes.ends_with(b"z")
        || bytes.len().checked_sub(6).is_some_and(|at| matches!(bytes[at], b'+' | b'-'))
}

/// The source's own id, where it is not the key itself.
fn own_id(id: &str) -> Option<&str> {
    Key::parse_uuid(id).is_none().then_some(id)
}
