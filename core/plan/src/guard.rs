//! What of a plan must wait for a person.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Key, SourceTrip, TripScope};
use rules::{Guards, Limit, OnFound};
use state::{Card, Entity, Expected, ObjectRef, Observe, Operation, Reason, RowRef, Verb};

use crate::{Conflict, Continuity, Holder, PlanError, Policies, Totals};

mod count;
mod hold;
mod spent;
mod verdict;

pub use hold::{Approval, released};
pub use spent::{Spent, spent};
pub use verdict::{GuardName, Lang, Names, Scope, Verdict};

use count::{Fact, Facts};

/// Whether something has been done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Before {
    /// Never, with a person's approval.
    #[default]
    Never,
    /// Yes.
    Done,
}

/// What was approved in earlier plans of this source and target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Whether a plan of this source and target has been approved.
    pub plan: Before,
    /// Whether a deletion has been approved (K140).
    pub deletion: Before,
    /// Schools of the plan that none has been approved for.
    pub new_schools: BTreeSet<Key>,
    /// What was removed earlier the same day under plans that nobody had to approve.
    pub spent: Spent,
}

/// Whether today lies in a `shift` window of the calendar (K060, K061).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// An ordinary day.
    #[default]
    Ordinary,
    /// Between terms or school years.
    Shift,
}

/// What guards judge by.
pub struct GuardInputs<'a> {
    /// The plan's operations, in order.
    pub operations: &'a [Operation],
    /// The target.
    pub card: &'a Card,
    /// The limits.
    pub guards: &'a Guards,
    /// What the tenant wants of what is found.
    pub policies: &'a Policies,
    /// What there was.
    pub totals: &'a Totals,
    /// Guards that tripped on the source.
    pub trips: &'a [SourceTrip],
    /// Changed keys.
    pub continuity: &'a Continuity,
    /// Values of another's account.
    pub conflicts: &'a [Conflict],
    /// Earlier approvals.
    pub history: &'a History,
    /// What day it is.
    pub window: Window,
}

/// Why an operation is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The verdicts, by their place in [`Verdicts::verdicts`], sorted.
    pub by: Vec<u32>,
    /// T01 waits for approval, T02 held by a guard, T10 depends on what is held.
    pub reason: Reason,
}

/// What the guards say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Guards that tripped; source guards first.
    pub verdicts: Vec<Verdict>,
    /// Held operations by number.
    pub held: BTreeMap<u32, Held>,
}

/// Judges a plan.
///
/// # Shapes
///
/// * A guard that trips holds the operations it counts, every other operation on the same
///   objects, memberships included, and what needs any of them. The rest may run.
/// * Removals of persons who became protected, and what these need, are never counted nor
///   held.
///
/// # Errors
///
/// [`PlanError`] when rows are damaged.
///
/// # Source
///
/// Design §5; limits from reference/portal.md §2.4.
pub fn guard(inputs: &GuardInputs<'_>) -> Result<Verdicts, PlanError> {
    let facts = Facts::of(inputs.operations)?;
    let mut trips = Vec::new();
    by_source(inputs, &facts, &mut trips);
    by_history(inputs, &facts, &mut trips);
    by_identity(inputs, &facts, &mut trips);
    by_found(inputs, &mut trips)?;
    count::by_count(inputs, &facts, &mut trips);
    Ok(hold::hold(inputs, &facts, trips))
}

/// A verdict and the operations that it counts.
pub(crate) struct Tripped {
    verdict: Verdict,
    seeds: Vec<u32>,
}

fn by_source(inputs: &GuardInputs<'_>, facts: &Facts, tripped: &mut Vec<Tripped>) {
    for trip in inputs.trips {
        let (scope, seeds) = match trip.scope {
            // Loss over the whole tenant stops the run.
            TripScope::Tenant => (Scope::Target, facts.numbers(|_| true)),
            TripScope::School(school) => (Scope::School(school), of_lost_school(facts, school)),
        };
        let verdict = Verdict {
            guard: GuardName::Source(trip.kind),
            scope,
            total: trip.before,
            count: trip.now,
            earlier: 0,
            allowed: 0,
            held: 0,
        };
        tripped.push(Tripped { verdict, seeds });
    }
}

/// Removals at the school, and what these bring with them for the same persons elsewhere:
/// who is mainly at a school that was not read is not mainly at another.
fn of_lost_school(facts: &Facts, school: Key) -> Vec<u32> {
    let is_lost = |it: &Fact| it.verb.is_removing() && it.schools.contains(&school);
    let losing: BTreeSet<ObjectRef> =
        facts.all.iter().filter(|it| is_lost(it)).map(|it| it.owner).collect();
    facts.numbers(|it| is_lost(it) || (it.verb == Verb::Update && losing.contains(&it.owner)))
}

fn waits(guard: GuardName, scope: Scope, seeds: Vec<u32>, tripped: &mut Vec<Tripped>) {
    if seeds.is_empty() {
        return;
    }
    let count = seeds.len() as u64;
    let verdict = Verdict { guard, scope, total: count, count, earlier: 0, allowed: 0, held: 0 };
    tripped.push(Tripped { verdict, seeds });
}

fn by_history(inputs: &GuardInputs<'_>, facts: &Facts, tripped: &mut Vec<Tripped>) {
    let History { plan, deletion, new_schools, spent: _ } = inputs.history;
    if *plan == Before::Never {
        waits(GuardName::FirstPlan, Scope::Target, facts.numbers(|_| true), tripped);
    } else {
        for school in new_schools {
            let seeds = facts.numbers(|it| it.schools.contains(school));
            waits(GuardName::FirstSchool, Scope::School(*school), seeds, tripped);
        }
    }
    if *deletion == Before::Never {
        let seeds =
            facts.numbers(|it| it.verb == Verb::Delete && is_registered(inputs.card, it.owner));
        waits(GuardName::FirstDeletion, Scope::Target, seeds, tripped);
    }
}

/// Whether the register itself names such objects. A course that nobody teaches any more, or
/// a term that is over, follows from something else that ended.
fn is_registered(card: &Card, object: ObjectRef) -> bool {
    let follows = |it: &Entity| matches!(it, Entity::Term | Entity::Course);
    card.object(object.kind).is_some_and(|kind| !kind.from.iter().all(follows))
}

fn by_identity(inputs: &GuardInputs<'_>, facts: &Facts, tripped: &mut Vec<Tripped>) {
    let is_changed = |it: &count::Fact| it.reason == Some(Reason::KeyChanged);
    let any_changed = facts.all.iter().any(is_changed);
    // What no school has, an organisation, cannot be told from its old self by any hash.
    let changed = facts.numbers(|it| {
        is_changed(it) || (any_changed && it.verb == Verb::Create && it.schools.is_empty())
    });
    waits(GuardName::Identity, Scope::Target, changed, tripped);
    let unclear = &inputs.continuity.unclear;
    if !unclear.is_empty() {
        let seeds = facts.numbers(|it| {
            unclear.contains(&it.owner.key)
                || it.container.is_some_and(|container| unclear.contains(&container.key))
        });
        waits(GuardName::IdentityUnclear, Scope::Target, seeds, tripped);
    }
    for guard in [GuardName::AccountOfAnother, GuardName::NameTaken] {
        let conflicts = inputs.conflicts.iter().filter(|it| guard_of(inputs.card, it) == guard);
        let others: BTreeSet<ObjectRef> = conflicts.map(|it| it.object).collect();
        if !others.is_empty() {
            let seeds = facts.numbers(|it| others.contains(&it.owner) && it.container.is_none());
            waits(guard, Scope::Target, seeds, tripped);
        }
    }
}

/// Where people work, an account of ours that stays has its name until a person there has given
/// the account another: a yes here would only be refused there.
fn guard_of(card: &Card, conflict: &Conflict) -> GuardName {
    match conflict.whose {
        Holder::Ours | Holder::Suspended if card.observe == Observe::Live => GuardName::NameTaken,
        Holder::Ours | Holder::Suspended | Holder::Another | Holder::Asleep | Holder::NotOurs => {
            GuardName::AccountOfAnother
        }
    }
}

/// Accounts and groups that others made: a value that is the same does not make them the same
/// person's, and a link lets us rename, suspend and delete them (invariant 3). The first plan
/// waits as a whole.
fn by_found(inputs: &GuardInputs<'_>, tripped: &mut Vec<Tripped>) -> Result<(), PlanError> {
    let GuardInputs { card, policies, history, .. } = inputs;
    let is_asked = card.observe == Observe::Live && policies.on_found == OnFound::Hold;
    if !is_asked || history.plan == Before::Never {
        return Ok(());
    }
    let mut seeds = Vec::new();
    for operation in inputs.operations {
        if is_anothers(operation, policies)? {
            seeds.push(operation.number);
        }
    }
    waits(GuardName::FoundAccounts, Scope::Target, seeds, tripped);
    Ok(())
}

fn is_anothers(operation: &Operation, policies: &Policies) -> Result<bool, PlanError> {
    let (Some(before), Some(after)) = (&operation.before, &operation.after) else {
        return Ok(false);
    };
    if operation.verb != Verb::Link || operation.reason != Some(Reason::FoundAtReceiver) {
        return Ok(false);
    }
    let (before, after) = (RowRef::new(before)?, RowRef::new(after)?);
    // What bears our own id was made by us; what others make is never changed (K118).
    Ok(after.membership().is_none()
        && before.owner() != after.owner()
        && !policies.linked_only.contains(&after.owner().kind))
}

/// The limit of this name today.
pub(crate) fn limit(inputs: &GuardInputs<'_>, name: &str, ordinary: Limit) -> Limit {
    match inputs.window {
        Window::Ordinary => ordinary,
        Window::Shift => inputs.guards.shift.get(name).copied().unwrap_or(ordinary),
    }
}

/// Whether an operation is one of these for the guards that count.
pub(crate) fn is_unexpected(operation: &count::Fact) -> bool {
    operation.expected == Expected::No
}
