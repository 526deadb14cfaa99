//! What a receiver holds: objects and memberships, wanted, written and observed in one
//! shape; operations on them; and what a target is.
//!
//! Types and traits only, since every connector imports this crate.

mod build;
mod call;
mod card;
mod handover;
mod links;
mod operation;
mod pace;
mod reason;
mod row;
mod target;

pub use build::RowBuilder;
pub use call::{Call, Ids, Material, Outcome, PublishedIds, Receipt, Resource};
pub use card::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Quota, Relation,
    Required, Tells, Verbs, Words,
};
pub use handover::{FirstPassword, Handover, HandoverError, KeptPassword, NoHandover};
pub use links::{Link, LinkState, Links, Maker};
pub use operation::{Change, Expected, Operation, Subject, Verb};
pub use pace::{Pace, QuotaUse};
pub use reason::{Owner, Reason};
pub use row::{Mark, Member, Object, ObjectRef, Row, RowError, RowRef, Value};
pub use target::{
    Closed, Delivery, Held, Intact, Look, Numbered, PushRow, ReadBack, Seen, Target, TargetError,
    Untold,
};
