//! What goes to a receiver at one time, what it is made from, and what came of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use roster::Key;

use crate::{Card, Delivery, Handover, Home, Links, ObjectRef, Operation, RowError, RowRef};

/// The ids that a receiver knows objects by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedIds(BTreeMap<ObjectRef, Key>);

impl PublishedIds {
    /// The ids that differ from the key.
    pub fn new(exceptions: impl IntoIterator<Item = (ObjectRef, Key)>) -> Self {
        Self(exceptions.into_iter().collect())
    }

    /// The id that the receiver knows.
    #[must_use]
    pub fn of(&self, object: ObjectRef) -> Key {
        self.0.get(&object).copied().unwrap_or(object.key)
    }

    /// Our own key for an id that the receiver knows, by that id.
    #[must_use]
    pub fn turned(&self) -> BTreeMap<ObjectRef, Key> {
        let turn = |(object, published): (&ObjectRef, &Key)| {
            (ObjectRef { kind: object.kind, key: *published }, object.key)
        };
        self.0.iter().map(turn).collect()
    }
}

/// Ids of objects at a receiver, before and after the calls of a plan.
#[derive(Debug, Default)]
pub struct Ids<'a> {
    published: [Cow<'a, PublishedIds>; 2],
    links: Cow<'a, Links>,
    /// What the receiver has made since.
    made: Mutex<BTreeMap<ObjectRef, String>>,
    /// Objects of the receiver's ids by what was published before the plan, once asked for.
    was: OnceLock<BTreeMap<ObjectRef, ObjectRef>>,
}

impl<'a> Ids<'a> {
    /// `published` as before and after the plan; `links` as remembered before it.
    #[must_use]
    pub fn new([before, after]: [&'a PublishedIds; 2], links: &'a Links) -> Self {
        let published = [Cow::Borrowed(before), Cow::Borrowed(after)];
        let (made, was) = (Mutex::default(), OnceLock::new());
        Self { published, links: Cow::Borrowed(links), made, was }
    }

    /// The id that the receiver knew before the plan.
    #[must_use]
    pub fn before(&self, object: ObjectRef) -> Key {
        self.published[0].of(object)
    }

    /// The id that the receiver knows after it.
    #[must_use]
    pub fn after(&self, object: ObjectRef) -> Key {
        self.published[1].of(object)
    }

    /// Our own keys by the ids that the receiver knows after the plan, where they differ.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<ObjectRef, Key> {
        self.published[1].turned()
    }

    /// The id that the receiver itself made for the object, under whatever key the object was
    /// known when that was remembered.
    #[must_use]
    pub fn of_receiver(&self, object: ObjectRef) -> Option<String> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&object).cloned();
        let remembered = |object: &ObjectRef| self.links.0.get(object)?.receiver_id.clone();
        made.or_else(|| remembered(&object)).or_else(|| remembered(&self.was(object)?))
    }

    /// The object of before the plan that has the published id which this one has after it:
    /// links are remembered by the old key until the plan is carried out.
    fn was(&self, object: ObjectRef) -> Option<ObjectRef> {
        let was = self.was.get_or_init(|| {
            let known = self.links.0.iter().filter(|(_, link)| link.receiver_id.is_some());
            let known = known.map(|(id, _)| (ObjectRef { key: self.before(*id), ..*id }, *id));
            known.collect()
        });
        was.get(&ObjectRef { key: self.after(object), ..object }).copied()
    }

    /// Remembers the id that the receiver made.
    pub fn made(&self, object: ObjectRef, receiver_id: &str) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(object, receiver_id.to_owned());
    }

    /// The ids that the receiver has made, or that were found there, since.
    #[must_use]
    pub fn learnt(&self) -> BTreeMap<ObjectRef, String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every object whose receiver's id is remembered, with that id.
    pub fn all_of_receiver(&self) -> impl Iterator<Item = (ObjectRef, &str)> {
        let known = self.links.0.iter();
        known.filter_map(|(id, link)| Some((*id, link.receiver_id.as_deref()?)))
    }
}

/// One call to a receiver: one or many operations, or a whole delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The numbers of the operations that it carries out.
    pub operations: Vec<u32>,
    /// The object at the receiver that it is about, where it is about one.
    pub about: Option<ObjectRef>,
    /// All calls of an earlier stage are settled before one of a later stage is sent.
    pub stage: u16,
}

impl Call {
    /// The one call of a target that delivers a set: all operations, or no call where there
    /// are none.
    #[must_use]
    pub fn whole(operations: &[Operation]) -> Vec<Self> {
        if operations.is_empty() {
            return Vec::new();
        }
        let operations = operations.iter().map(|operation| operation.number).collect();
        vec![Self { operations, about: None, stage: 0 }]
    }

    /// A call per object at the receiver: what is done to it and to all that stands in it.
    /// In stages: kind by kind in the order of the card, then what is deleted, in the
    /// reverse order of kinds. Operations whose rows are damaged are in none.
    #[must_use]
    pub fn each_object(card: &Card, operations: &[Operation]) -> Vec<Self> {
        let mut calls: BTreeMap<(u16, ObjectRef), Vec<u32>> = BTreeMap::new();
        let mut deleted = BTreeMap::new();
        let kinds = u16::try_from(card.objects.len()).unwrap_or(u16::MAX);
        for operation in operations {
            let (Some(before), None) = (operation.before.as_deref(), &operation.after) else {
                continue;
            };
            if let Ok(row) = RowRef::new(before)
                && row.membership().is_none()
            {
                let stage = kinds + kinds.saturating_sub(u16::from(row.owner().kind.0));
                deleted.insert(row.owner(), stage);
            }
        }
        for operation in operations {
            let Ok(home) = home(card, operation) else { continue };
            let stage = deleted.get(&home).copied().unwrap_or(u16::from(home.kind.0));
            calls.entry((stage, home)).or_default().push(operation.number);
        }
        let call = |((stage, about), operations)| Self { operations, about: Some(about), stage };
        calls.into_iter().map(call).collect()
    }
}

/// The object at the receiver that an operation changes.
fn home(card: &Card, operation: &Operation) -> Result<ObjectRef, RowError> {
    let row = operation.after.as_deref().or(operation.before.as_deref()).ok_or(RowError)?;
    Ok(card.home(&RowRef::new(row)?))
}

impl Card {
    /// The object at the receiver that a row stands in: itself, or where its kind of
    /// membership has its home.
    #[must_use]
    pub fn home(&self, row: &RowRef<'_>) -> ObjectRef {
        let Some((kind, container)) = row.membership() else { return row.owner() };
        match self.membership(kind).map_or(Home::Own, |kind| kind.home) {
            Home::Container => container,
            Home::Own | Home::Member => row.owner(),
        }
    }
}

/// What a call is made from.
pub enum Material<'a> {
    /// The operations are enough.
    Nothing,
    /// The whole set, for file sets and served receivers.
    Set(Delivery<'a>),
    /// The object that the call is about.
    Object(Resource<'a>),
}

/// An object at a receiver with all that stands in it: encoded rows in their order.
pub struct Resource<'a> {
    /// As it is there, as far as is known; empty for what is not there.
    pub before: Vec<Vec<u8>>,
    /// As it is to be; empty for what is to leave.
    pub after: Vec<Vec<u8>>,
    /// Ids of this and other objects.
    pub ids: &'a Ids<'a>,
    /// Who keeps a password that is drawn now.
    pub handover: &'a dyn Handover,
}

/// What became of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done now.
    Done {
        /// The id that the receiver made, if it makes one.
        receiver_id: Option<String>,
    },
    /// It was already so: a success.
    AlreadySo,
    /// It may have been done or not: reading the receiver tells.
    Unsure,
    /// Refused; the next operation may go well.
    Refused {
        /// The receiver's own code. Never its message: that may name a person.
        code: String,
    },
}

/// What a call amounted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// One outcome per operation of the call, in its order.
    pub outcomes: Vec<Outcome>,
    /// For people and for the audit: files and checksums, or a request id.
    pub notes: Vec<String>,
}
