//! From objects of the register to rows that are kept; protected persons stop here.

use std::ops::Range;
use std::sync::Arc;

use roster::codec::Writer;
use roster::replica::{Batch, Belongs, Recall, Thing};
use roster::{Date, EntityKind, HashedNumber, IdentityNumber, Intake, Key, Keyer};

use crate::notes::{Notes, Odd};
use crate::print::{self, Ids, Print};
use crate::profile::{Collection, Profile};
use crate::rows::Item;
use crate::settings::{Numbers, Unmarked};
use crate::wire::{Meta, PersonReference, Reference, Scalar};

mod entities;
mod groups;
mod persons;
mod value;

/// An object cannot be taken that has no id: nobody can tell what it is, or whether it is gone.
#[derive(Debug)]
pub(crate) struct NoId(pub(crate) &'static str);

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
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        let Self { came, heads, open_persons, marked_persons, newest } = other;
        self.came.iter_mut().zip(came).for_each(|(all, one)| *all += one);
        self.heads += heads;
        self.open_persons += open_persons;
        self.marked_persons += marked_persons;
        self.newest = self.newest.max(*newest);
    }
}

/// How objects are taken in: the same for every page of a read, on whatever thread.
#[derive(Clone)]
pub(crate) struct How {
    pub(crate) keyer: Keyer,
    pub(crate) profile: Arc<Profile>,
    /// Markings that mean "not protected", folded.
    pub(crate) open: Vec<String>,
    pub(crate) unmarked: Unmarked,
    pub(crate) numbers: Numbers,
    pub(crate) today: Date,
    pub(crate) recall: Recall,
}

/// What came of a page. In which order pages are told of means nothing.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    rows: Batch,
    /// Protected persons.
    stopped: Vec<(Key, Option<HashedNumber>)>,
    /// What belongs to them and has an id of its own.
    things: Vec<Key>,
    /// In a read of changes, who or what is open or gone now.
    let_go: Vec<Key>,
    pub(crate) counts: Counts,
    /// Objects of the page, by their places among all ids.
    pub(crate) ids: Vec<u32>,
    /// Print of their ids.
    pub(crate) print: Print,
}

impl Taken {
    /// Notes that an object came.
    pub(crate) fn came(&mut self, key: Key) {
        self.ids.push(Ids::place(key));
        self.print.add(key);
    }

    /// Tells the gate of those who are protected, and gives the rows.
    pub(crate) fn told(&self, intake: &mut Intake<'_>) -> &Batch {
        self.stopped.iter().for_each(|(person, number)| intake.stop(*person, *number));
        self.things.iter().for_each(|thing| intake.protect_thing(*thing));
        self.let_go.iter().for_each(|key| intake.let_go(*key));
        &self.rows
    }
}

/// Takes objects in.
pub(crate) struct Taker<'a> {
    how: &'a How,
    taken: Taken,
    object: Object,
    /// The time that an object before this one told of: many tell of the same.
    time: String,
}

/// The rows of one object.
#[derive(Debug, Default)]
struct Object {
    bytes: Vec<u8>,
    rows: Vec<Part>,
}

/// One of them, without what stands before it in a row.
type Part = (Belongs, [Option<Key>; 2], Range<usize>);

/// Rows take about this part of the page that they come from.
const PART: usize = 4;

impl<'a> Taker<'a> {
    /// What takes the objects of a page of so many bytes.
    pub(crate) fn new(how: &'a How, bytes: usize) -> Self {
        let taken = Taken { rows: Batch::of(bytes / PART), ..Taken::default() };
        Self { how, taken, object: Object::default(), time: String::new() }
    }

    /// What was taken.
    pub(crate) fn taken(self) -> Taken {
        self.taken
    }

    /// Our key of what the register calls `id`.
    fn key(&self, collection: Collection, id: &str) -> Key {
        match collection {
            Collection::Organisations => self.how.keyer.key(EntityKind::SchoolUnit, id),
            Collection::Persons => self.how.keyer.key(EntityKind::Person, id),
            Collection::Groups => self.how.keyer.key(EntityKind::Group, id),
            // Never seen by anybody: any kind serves, where the id cannot be another's.
            Collection::Syllabuses | Collection::Duties | Collection::Activities => {
                if Key::parse_uuid(id).is_some() {
                    return self.how.keyer.key(EntityKind::Group, id);
                }
                self.how.keyer.key(EntityKind::Group, &format!("{}/{id}", collection.name()))
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
    ) -> Result<(Thing, std::borrow::Cow<'s, str>), NoId> {
        let id = id.text().ok_or(NoId(at))?;
        let thing = Thing { collection: collection as u8, key: self.key(collection, &id) };
        self.object.bytes.clear();
        self.object.rows.clear();
        if self.how.recall == Recall::LastRead {
            self.taken.rows.replace(thing);
        }
        self.taken.counts.came[collection as usize] += 1;
        self.taken.came(thing.key);
        Ok((thing, id))
    }

    /// Adds a row to the object. The head comes last, since it bears the object's print.
    fn row(&mut self, belongs: Belongs, named: [Option<Key>; 2], item: &Item<'_>) {
        let start = self.object.bytes.len();
        item.encode(&mut Writer(&mut self.object.bytes));
        self.object.rows.push((belongs, named, start..self.object.bytes.len()));
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

    /// Puts the object's rows aside, its head with a print of the others: two objects with the
    /// same id and other content have two heads.
    fn end(&mut self, thing: Thing, belongs: Belongs, named: [Option<Key>; 2], head: &Item<'_>) {
        let Self { taken, object: Object { bytes, rows }, .. } = self;
        let mut print = 0_u64;
        for (belongs, named, range) in rows.drain(..) {
            let row = taken.rows.push(thing, belongs, named, &[&bytes[range]]);
            print = print.wrapping_add(print::of(row));
        }
        bytes.clear();
        head.encode(&mut Writer(bytes));
        taken.rows.push(thing, belongs, named, &[bytes, &print.to_be_bytes()]);
        // What could not be understood has none.
        taken.counts.heads += u64::from(head.is_head());
    }

    fn says(&self, marking: &Scalar<'_>) -> Says {
        let open = &self.how.open;
        match marking {
            Scalar::Absent | Scalar::Null => Says::Nothing,
            Scalar::Text(text) => {
                let text = text.trim();
                // Folded already; of letters beyond ASCII only the whole rule knows the case.
                let is_open = if text.is_ascii() {
                    open.iter().any(|it| it.eq_ignore_ascii_case(text))
                } else {
                    open.contains(&text.to_lowercase())
                };
                match (text.is_empty(), is_open) {
                    (true, _) => Says::Nothing,
                    (false, true) => Says::Open,
                    (false, false) => Says::Protected,
                }
            }
            // Not a value that anybody can have meant as "not protected".
            Scalar::Number(_) | Scalar::Bool(_) | Scalar::Wrong => Says::Protected,
        }
    }

    /// Notes that somebody or something is open or gone, which only a read of changes asks.
    fn let_go(&mut self, key: Key) {
        if self.how.recall == Recall::LastRead {
            self.taken.let_go.push(key);
        }
    }

    /// The person that a reference names; `None` when it names nobody, or somebody who is
    /// protected, whom the gate is told of.
    fn named(&mut self, reference: Option<&PersonReference<'_>>) -> Named {
        let Some(reference) = reference else { return Named::Nobody };
        let Some(id) = reference.id.text() else { return Named::Nobody };
        let key = self.key(Collection::Persons, &id);
        match self.says(&reference.security_marking) {
            Says::Protected => {
                self.stop(key, None);
                return Named::Protected;
            }
            Says::Open => self.let_go(key),
            // References seldom bear it: the person's own marking counts.
            Says::Nothing => {}
        }
        Named::Somebody(key)
    }

    /// What the gate is to be told of a protected person; the rest is forgotten.
    fn stop(&mut self, person: Key, number: Option<&IdentityNumber>) {
        let number = number.map(|number| self.how.keyer.hashed(number));
        self.taken.stopped.push((person, number));
    }

    /// Notes when the object changed.
    fn changed(&mut self, meta: Option<&Meta<'_>>, at: &'static str, notes: &mut Notes) {
        let Some(text) = meta.and_then(|meta| meta.modified.text()) else { return };
        if *text == self.time {
            return;
        }
        if !has_offset(&text) {
            notes.note(Odd::NoOffset, at, "meta/modified");
            return;
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(changed) => {
                let newest = &mut self.taken.counts.newest;
                *newest = (*newest).max(Some(changed));
                self.time.clear();
                self.time.push_str(&text);
            }
            Err(_) => notes.note(Odd::NoOffset, at, "meta/modified"),
        }
    }
}

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
