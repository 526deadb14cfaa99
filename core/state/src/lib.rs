//! What a receiver holds: objects and memberships, wanted, written and observed in one
//! shape; operations on them; and what a target is.
//!
//! Types and traits only, since every connector imports this crate.

mod build;
mod card;
mod links;
mod operation;
mod reason;
mod row;
mod target;

pub use build::RowBuilder;
pub use card::{
    Attribute, Card, Entity, Kind, MembershipKind, ObjectKind, Observe, Quota, Relation, Required,
    Verbs, Words,
};
pub use links::{Link, LinkState, Links, Maker};
pub use operation::{Change, Expected, Operation, Subject, Verb};
pub use reason::{Owner, Reason};
pub use row::{Mark, Member, Object, ObjectRef, Row, RowError, RowRef, Value};
pub use target::{
    Call, Delivery, Held, Intact, Outcome, PublishedIds, PushRow, ReadBack, Receipt, Target,
    TargetError,
};
