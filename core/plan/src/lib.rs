//! Wanted against written and observed: what to do at a receiver, in what order, why, and
//! what must wait for a person.
//!
//! [`draft`] finds the differences, [`guard`] says what of them is held, [`released`] what
//! may run, [`document`] is the plan as it is saved.

mod continuity;
pub mod document;
mod draft;
mod expected;
mod followers;
mod guard;
mod inputs;
mod life_cycle;
mod linked;
mod merge;
mod obstacles;
mod order;
mod owners;
mod owning;
mod quarantine;
mod settle;
mod totals;
mod unique;

#[cfg(test)]
mod tests;

pub use continuity::{
    EntryKind, IdentityIndex, IndexEntry, group_entries, index_entries, match_keys, school_entries,
};
pub use draft::draft;
pub use expected::{mark_expected, removed_from};
pub use followers::follow;
pub use guard::{
    Approval, Before, GuardInputs, GuardName, Held, History, Lang, Names, Scope, Spent, Verdict,
    Verdicts, Window, guard, released, spent,
};
pub use inputs::{
    Continuity, Coverage, Draft, DriftItem, DriftKind, DriftPolicy, Inputs, Observed, Off,
    PlanError, Policies, RulesVersion, Unseen,
};
pub use life_cycle::{Step, link_after, next_step};
pub use obstacles::{Conflict, Holder, Obstacle, Obstructs, reuse};
pub use order::order;
pub use quarantine::Quarantined;
pub use totals::Totals;
pub use unique::WantedValues;
