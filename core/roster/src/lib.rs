//! What the registers say: people, schools, groups and dated relations between them.
//!
//! The language is SS12000 2.1. Everything here is types, pure functions and traits: no
//! input or output, no clock, no randomness.

pub mod assemble;
pub mod codec;
mod gate;
mod group;
mod identity_number;
mod index;
mod interval;
mod joined;
mod key;
mod merge;
mod person;
pub mod quality;
pub mod replica;
#[cfg(test)]
mod sample;
mod school;
pub mod school_register;
pub mod snapshot;
mod sort;
mod source;
mod source_guard;
mod stats;
pub mod supplement;
pub mod terms;

pub use assemble::{
    AnySpool, Assembly, Handed, Intake, Keyer, Lack, Put, Putting, Relations, Tally,
};
pub use gate::{
    Exclusions, Gate, HashedNumber, Marking, MarkingPolicy, PersonDraft, Released, Stopped,
};
pub use group::{Course, Group};
pub use identity_number::{IdentityNumber, IdentityNumberError, NumberKind};
pub use index::{InGroups, Places};
pub use interval::{Date, Interval};
pub use joined::{AnyRows, PersonReader, Roster, RowSource, RowsAre};
pub use key::{EntityKind, Key, KeyError, KeyMaker, Mac, Maccer, TenantKey};
pub(crate) use merge::{Aliases, MatchTable};
pub use merge::{PersonField, Precedence};
pub use person::{Duty, Enrolment, Membership, Person, PersonRecord, Responsible, Teaching};
pub use school::{Organisation, SchoolUnit};
pub use sort::{
    Begin, MemorySpool, Piece, RowStream, Run, RunId, SortSink, SortedRows, Spool, SpoolError,
    merged,
};
pub use source::{
    Coverage, Extent, Notice, NoticeLevel, ReadReport, Record, Source, SourceError, SourceIndex,
};
pub use source_guard::{Share, SourceLimits, SourceTrip, TripKind, TripScope, compare};
pub use stats::{Count, Counts, Stats, StatsPass};
