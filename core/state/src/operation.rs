//! What a plan does to a receiver.

use crate::{Kind, Member, Object, ObjectRef, Owner, Reason, Row, RowError, RowRef, Value};
use roster::Key;

macro_rules! verbs {
    ($($name:ident = $word:literal, $sv:literal, $sign:literal;)+) => {
        /// What an operation does. Deactivation, deletion and archiving are different verbs
        /// (K209).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $(#[doc = concat!("`", $word, "`, in Swedish: ", $sv)] $name,)+
        }

        impl Verb {
            /// Every verb, in the order in which plans show them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in plans, settings and logs.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The Swedish word (reference/portal.md §2.6).
            #[must_use]
            pub const fn sv(self) -> &'static str {
                match self { $(Self::$name => $sv),+ }
            }

            /// The sign that stands before the word, so that colour is never alone.
            #[must_use]
            pub const fn sign(self) -> &'static str {
                match self { $(Self::$name => $sign),+ }
            }

            /// The verb with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|verb| verb.word() == word)
            }
        }
    };
}

verbs! {
    Link = "link", "koppla", "=";
    Create = "create", "skapa", "+";
    Update = "update", "ändra", "±";
    Rename = "rename", "byta namn", "±";
    Move = "move", "flytta", "±";
    Reactivate = "reactivate", "återaktivera", "⟲";
    Unarchive = "unarchive", "återöppna", "⟲";
    Add = "add", "lägga till", "+";
    ChangeRole = "change-role", "byta roll", "±";
    Remove = "remove", "ta ur", "−";
    Suspend = "suspend", "inaktivera", "−";
    Archive = "archive", "arkivera", "▣";
    Delete = "delete", "ta bort", "−";
}

impl Verb {
    /// Whether the verb takes something away from somebody: what an incomplete read can
    /// never do, and what guards count.
    #[must_use]
    pub const fn is_removing(self) -> bool {
        matches!(self, Self::Remove | Self::Suspend | Self::Archive | Self::Delete)
    }
}

/// What an operation is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An object.
    Object(ObjectRef),
    /// A membership.
    Membership {
        /// The kind of membership.
        kind: Kind,
        /// What holds.
        container: ObjectRef,
        /// What is held.
        member: ObjectRef,
        /// As what.
        role: String,
    },
}

/// One attribute's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The attribute's place on the card.
    pub attribute: usize,
    /// What it was.
    pub from: Value,
    /// What it becomes.
    pub to: Value,
}

/// One thing that a plan does. Rows stand encoded: a plan may hold a million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its place in the plan, from 0.
    pub number: u32,
    /// What is done.
    pub verb: Verb,
    /// What was written last, or observed where that differs; `None` for what is new.
    pub before: Option<Box<[u8]>>,
    /// What will be written; `None` for what leaves the receiver. A suspended or archived
    /// object stays as it was.
    pub after: Option<Box<[u8]>>,
    /// For [`Verb::Link`] on a changed key: the key that it had.
    pub was: Option<Key>,
    /// Why. `None` for the removal of a person who became protected: such a removal carries
    /// no reason (design §3).
    pub reason: Option<Reason>,
    /// Whether the last good snapshot already held the date that causes it (design §5).
    pub is_expected: Expected,
    /// Numbers of operations that must be done first.
    pub needs: Vec<u32>,
}

/// Whether an operation was foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// Caused by a date that the last good snapshot already held.
    Yes,
    /// Not foreseen.
    No,
}

impl Operation {
    /// The row that tells what it is about.
    fn row(&self) -> Result<RowRef<'_>, RowError> {
        RowRef::new(self.after.as_deref().or(self.before.as_deref()).ok_or(RowError)?)
    }

    /// What it is about.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the operation's rows are damaged or missing.
    pub fn subject(&self) -> Result<Subject, RowError> {
        Ok(match self.row()?.decode()? {
            Row::Object(Object { id, .. }) | Row::Mark { id, .. } => Subject::Object(id),
            Row::Member(Member { kind, container, member, role, .. }) => {
                Subject::Membership { kind, container, member, role }
            }
        })
    }

    /// The schools that it touches, sorted: those before and those after.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the operation's rows are damaged.
    pub fn schools(&self) -> Result<Vec<Key>, RowError> {
        let mut schools = Vec::new();
        for row in [&self.before, &self.after].into_iter().flatten() {
            schools.extend(RowRef::new(row)?.schools());
        }
        schools.sort_unstable();
        schools.dedup();
        Ok(schools)
    }

    /// Who can put its cause right.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.reason.map_or(Owner::Us, Reason::owner)
    }

    /// What changes from what to what, in the card's order.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the operation's rows are damaged.
    pub fn changes(&self) -> Result<Vec<Change>, RowError> {
        let values = |row: &Option<Box<[u8]>>| match row {
            None => Ok(Vec::new()),
            Some(row) => RowRef::new(row)?.values(),
        };
        let (before, after) = (values(&self.before)?, values(&self.after)?);
        let at =
            |values: &[Value], attribute: usize| values.get(attribute).cloned().unwrap_or_default();
        Ok((0..before.len().max(after.len()))
            .map(|attribute| Change {
                attribute,
                from: at(&before, attribute),
                to: at(&after, attribute),
            })
            .filter(|change| change.from != change.to)
            .collect())
    }
}
