//! What the planner is given and what it gives back.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Date, Key, RowStream, SpoolError};
use rules::{Drift, LifeCycle, OnFound, OnReusedName};
use state::{Card, Kind, Link, Links, ObjectRef, Operation, RowError, Subject};

use crate::{Conflict, Obstacle, Totals, WantedValues};

/// Why no plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Rows could not be read.
    #[error("rows of state could not be read")]
    Rows(#[from] SpoolError),
    /// A stored row is damaged: read the register and the receiver anew.
    #[error(transparent)]
    Damaged(#[from] RowError),
    /// More than 4,294,967,295 operations.
    #[error("the plan has more operations than a plan can hold")]
    TooLarge,
}

/// What the tenant says about life cycle and drift, resolved per kind by the caller.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// By kind of object; a kind that is left out never ends.
    pub life_cycle: BTreeMap<Kind, LifeCycle>,
    /// By kind of object and the attribute's place on the card; else the default.
    pub drift: BTreeMap<(Kind, usize), Drift>,
    /// By kind of membership; else the default.
    pub membership_drift: BTreeMap<Kind, Drift>,
    /// What becomes of a sleeping account whose name a new person should get (K136).
    pub on_reused_name: OnReusedName,
    /// What becomes of an account or group in use that others made and a new one's value finds.
    pub on_found: OnFound,
    /// Kinds of object that others make (K118): found at the receiver and linked, never made
    /// or changed.
    pub linked_only: BTreeSet<Kind>,
    /// Kinds of object that are not kept, at least not in this run. None of them may be wanted:
    /// what was made of them stays as it is, and has not ended.
    pub off: BTreeMap<Kind, Off>,
}

/// Why a kind of object is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// The tenant does not want it (K052).
    Unwanted,
    /// A permission for it is missing for now: whoever an object of the kind refers to is not
    /// put to sleep before it can be given to another.
    Closed,
}

/// Whether the rules are those that the written rows were made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RulesVersion {
    /// They are.
    #[default]
    Same,
    /// They are not: a change may come from the settings (P17).
    Changed,
}

/// What was not read completely. Nothing inside is removed (invariant 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// These schools; none of them when everything was read.
    Schools(BTreeSet<Key>),
    /// Everything.
    All,
}

impl Default for Unseen {
    fn default() -> Self {
        Self::Schools(BTreeSet::new())
    }
}

impl Unseen {
    /// Whether any of `schools` was not read.
    pub(crate) fn touches(&self, mut schools: impl Iterator<Item = Key>) -> bool {
        match self {
            Self::All => true,
            Self::Schools(unseen) => {
                !unseen.is_empty() && schools.any(|school| unseen.contains(&school))
            }
        }
    }
}

/// How much of the receiver was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// All of it: what is missing is not there.
    Whole,
    /// All objects of these kinds, with the memberships that stand in them.
    Kinds(BTreeSet<Kind>),
    /// All objects of these kinds, and each of these objects with the memberships that stand in
    /// it.
    Objects {
        /// Kinds of which all objects were read, not what stands in them.
        kinds: BTreeSet<Kind>,
        /// Objects that were read with all that stands in them.
        with: BTreeSet<ObjectRef>,
    },
    /// A part: what is missing says nothing.
    Part,
}

/// What was seen at the receiver.
pub struct Observed<'a> {
    /// Encoded rows, sorted.
    pub rows: &'a mut dyn RowStream,
    /// How much.
    pub coverage: Coverage,
    /// The unique values of what is wanted: others' objects matter where they have one.
    pub values: &'a WantedValues,
    /// Objects that the receiver lets nobody into: they, and what stands in them, are there and
    /// stay as they are.
    pub shut: &'a BTreeSet<ObjectRef>,
}

/// The same persons and groups under new keys, as [`crate::match_keys`] finds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Continuity {
    /// Old key to new key, one to one.
    pub same: BTreeMap<Key, Key>,
    /// Keys, old and new, that match in more than one way: nothing of theirs is released,
    /// and they are quality issues.
    pub unclear: BTreeSet<Key>,
    /// Old keys among [`Self::same`] of *other* persons, whose sleeping account goes to the new
    /// key since the tenant wants it so (K136).
    pub reused: BTreeSet<Key>,
}

impl Continuity {
    /// The key that an old key has now.
    pub(crate) fn now(&self, id: ObjectRef) -> ObjectRef {
        ObjectRef { kind: id.kind, key: self.same.get(&id.key).copied().unwrap_or(id.key) }
    }
}

/// All that a plan depends on.
///
/// # Shapes
///
/// All streams hold encoded rows sorted by their id; wanted ones may hold marks.
pub struct Inputs<'a> {
    /// The target.
    pub card: &'a Card,
    /// What should be.
    pub wanted: &'a mut dyn RowStream,
    /// What was written last and acknowledged.
    pub written: &'a mut dyn RowStream,
    /// What was seen, at targets that can be read.
    pub observed: Option<Observed<'a>>,
    /// What is remembered of objects.
    pub links: &'a Links,
    /// Life cycle and drift.
    pub policies: &'a Policies,
    /// Changed keys.
    pub continuity: &'a Continuity,
    /// Persons who have become protected. They are never in `wanted`.
    pub protected: &'a BTreeSet<Key>,
    /// Persons of whom a value could not be understood: nothing of theirs is blanked, and no
    /// object of theirs ends.
    pub uncertain: &'a BTreeSet<Key>,
    /// Whether the rules changed.
    pub rules: RulesVersion,
    /// What was not read.
    pub unseen: &'a Unseen,
    /// The day in the tenant's zone.
    pub today: Date,
}

/// What somebody changed at the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// An attribute's value; its place on the card.
    Value(usize),
    /// What we wrote is gone.
    Gone,
    /// A membership that we did not write.
    Extra,
    /// What stands with a membership.
    Changed,
}

/// One drift and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DriftItem {
    /// What was changed.
    pub subject: Subject,
    /// How.
    pub kind: DriftKind,
    /// [`Drift::Keep`]: restored by an operation of the plan; [`Drift::Report`]: left.
    pub policy: DriftPolicy,
}

/// What is done about a drift that people are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftPolicy {
    /// Our value is written again.
    Restored,
    /// It is left as it is.
    Left,
}

/// What is to be done, before guards.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// In the order in which they can be carried out.
    pub operations: Vec<Operation>,
    /// What to remember of objects even if nothing is applied: a waiting time that began or
    /// was cancelled. In the order of objects.
    pub noted: Vec<(ObjectRef, Link)>,
    /// Drift that people are told of.
    pub drift: Vec<DriftItem>,
    /// Objects that should be deleted but are referred to by rows that stay.
    pub kept: BTreeSet<ObjectRef>,
    /// New or changed objects that refer to something that is withheld and not there.
    pub blocked: BTreeSet<ObjectRef>,
    /// Objects whose change needs a verb that the target does not have.
    pub unsupported: BTreeSet<ObjectRef>,
    /// Values of another's account.
    pub conflicts: Vec<Conflict>,
    /// What keeps objects from being as they should until a person has done something.
    pub obstacles: Vec<Obstacle>,
    /// New objects that are not made because of an obstacle.
    pub unmade: BTreeSet<ObjectRef>,
    /// What there was, for the guards.
    pub totals: Totals,
}
