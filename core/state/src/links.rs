//! What we remember of each object at a receiver, beside its last written values.

use std::collections::BTreeMap;

use roster::{Date, Key};

use crate::{ObjectRef, PublishedIds};

/// Where an object stands in its life at the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LinkState {
    /// Wanted and there.
    #[default]
    Active,
    /// No longer wanted; its waiting time runs. It is still at the receiver, unchanged.
    Ended,
    /// Suspended by us.
    Suspended,
    /// Archived by us; its id is remembered.
    Archived,
}

/// Who made the object at the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Maker {
    /// We did.
    #[default]
    Us,
    /// It was there, and was linked openly.
    Linked,
}

/// What is remembered of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The id that the receiver knows, for ever: the key at first creation.
    pub published: Key,
    /// The receiver's own id, where it makes one.
    pub receiver_id: Option<String>,
    /// Where it stands in its life.
    pub state: LinkState,
    /// Since when, by our clock; `None` while it is active.
    pub since: Option<Date>,
    /// Who made it.
    pub maker: Maker,
}

/// The links that say more than "active, made by us, published under its own key". All
/// others need no words, and no memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links(pub BTreeMap<ObjectRef, Link>);

impl Links {
    /// What is remembered of the object; an active one of ours where nothing special is.
    #[must_use]
    pub fn get(&self, object: ObjectRef) -> Link {
        self.0.get(&object).cloned().unwrap_or(Link {
            published: object.key,
            receiver_id: None,
            state: LinkState::Active,
            since: None,
            maker: Maker::Us,
        })
    }

    /// The ids that receivers know, where they differ from the key.
    #[must_use]
    pub fn published(&self) -> PublishedIds {
        PublishedIds::new(
            self.0
                .iter()
                .filter(|(id, link)| id.key != link.published)
                .map(|(id, link)| (*id, link.published)),
        )
    }
}
