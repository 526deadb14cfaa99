//! From what guards count to what is held, and from approvals to what may run.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{ObjectRef, Operation, Reason, Verb};

use super::{GuardInputs, GuardName, Held, Tripped, Verdict, Verdicts, count::Fact, count::Facts};
use crate::PlanError;

pub(crate) fn hold(inputs: &GuardInputs<'_>, facts: &Facts, tripped: Vec<Tripped>) -> Verdicts {
    let mut verdicts = Verdicts::default();
    if tripped.is_empty() {
        return verdicts;
    }
    let mut spread = None;
    for (place, Tripped { mut verdict, seeds }) in (0_u32..).zip(tripped) {
        let reason = reason_of(&verdict);
        if verdicts.held.is_empty() && seeds.len() == facts.all.len() {
            // A first plan: nothing is left to spread to, and there may be millions.
            let held = |it: &Fact| (it.number, Held { by: vec![place], reason });
            verdicts.held = facts.all.iter().map(held).collect();
            verdict.held = seeds.len() as u64;
            verdicts.verdicts.push(verdict);
            continue;
        }
        let spread = spread.get_or_insert_with(|| Spread::of(inputs, facts));
        let direct: BTreeSet<u32> = seeds.iter().copied().collect();
        let held = spread.from(seeds);
        verdict.held = held.len() as u64;
        for number in held {
            let reason = if direct.contains(&number) { reason } else { Reason::DependsOnHeld };
            let held =
                verdicts.held.entry(number).or_insert_with(|| Held { by: Vec::new(), reason });
            held.by.push(place);
            // Of several reasons the one that names the guard tells more; and most of all the one
            // that no approval takes away.
            let is_taken = verdict.guard.cannot_be_approved() && direct.contains(&number);
            if held.reason == Reason::DependsOnHeld || is_taken {
                held.reason = reason;
            }
        }
        verdicts.verdicts.push(verdict);
    }
    verdicts
}

fn reason_of(verdict: &Verdict) -> Reason {
    match verdict.guard {
        GuardName::FirstPlan
        | GuardName::FirstSchool
        | GuardName::FirstDeletion
        | GuardName::FoundAccounts
        | GuardName::Identity => Reason::AwaitingApproval,
        GuardName::AccountOfAnother | GuardName::NameTaken => Reason::AccountOfAnother,
        GuardName::Source(_)
        | GuardName::IdentityUnclear
        | GuardName::Removals
        | GuardName::GroupRemovals
        | GuardName::ContainerMembers
        | GuardName::Changes
        | GuardName::SchoolRemovals
        | GuardName::SchoolMembershipRemovals
        | GuardName::AttributeChanges
        | GuardName::MembershipRemovals
        | GuardName::Expected => Reason::Guarded,
    }
}

/// How holding spreads: to everything on the same objects and to what needs it.
struct Spread<'a> {
    facts: &'a Facts,
    /// Of held objects: all operations on them, memberships included.
    on_object: BTreeMap<ObjectRef, Vec<u32>>,
    /// By number: the object, if the operation is on one.
    object: BTreeMap<u32, ObjectRef>,
    needed_by: BTreeMap<u32, Vec<u32>>,
}

impl<'a> Spread<'a> {
    fn of(inputs: &GuardInputs<'_>, facts: &'a Facts) -> Self {
        let mut on_object: BTreeMap<ObjectRef, Vec<u32>> = BTreeMap::new();
        let mut object = BTreeMap::new();
        for fact in &facts.all {
            on_object.entry(fact.owner).or_default().push(fact.number);
            match fact.container {
                Some(container) => on_object.entry(container).or_default().push(fact.number),
                None => {
                    object.insert(fact.number, fact.owner);
                }
            }
        }
        let mut needed_by: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for operation in inputs.operations {
            for need in &operation.needs {
                needed_by.entry(*need).or_default().push(operation.number);
            }
        }
        Self { facts, on_object, object, needed_by }
    }

    fn from(&self, seeds: Vec<u32>) -> BTreeSet<u32> {
        let mut held = BTreeSet::new();
        let mut open = seeds;
        while let Some(number) = open.pop() {
            if self.facts.exempt.contains(&number) || !held.insert(number) {
                continue;
            }
            open.extend(self.needed_by.get(&number).into_iter().flatten());
            if let Some(object) = self.object.get(&number) {
                open.extend(self.on_object.get(object).into_iter().flatten());
            }
        }
        held
    }
}

/// What a person said yes to, of this plan alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Everything that can be approved as a whole: not accounts of others (K136) nor
    /// unclear identities, which must be named one by one.
    All,
    /// What touches these schools and no others.
    Schools(BTreeSet<Key>),
    /// These verbs.
    Verbs(BTreeSet<Verb>),
    /// These operations, by number.
    Operations(BTreeSet<u32>),
}

/// The numbers of the operations that may run: those that nothing holds and those that were
/// approved, as far as what they need may run as well.
///
/// # Errors
///
/// [`PlanError`] when rows are damaged.
pub fn released(
    operations: &[Operation],
    verdicts: &Verdicts,
    approvals: &[Approval],
) -> Result<BTreeSet<u32>, PlanError> {
    let approved = approved(operations, verdicts, approvals)?;
    let mut released = BTreeSet::new();
    for operation in operations {
        let is_held = verdicts.held.contains_key(&operation.number);
        let is_open = !is_held || approved.contains(&operation.number);
        let is_protected = operation.reason.is_none() && operation.verb.is_removing();
        if is_open && (is_protected || operation.needs.iter().all(|it| released.contains(it))) {
            released.insert(operation.number);
        }
    }
    Ok(released)
}

/// What was approved. Who approves verbs or single operations approves what these need: a
/// delete that may not take its memberships along would release nothing.
fn approved(
    operations: &[Operation],
    verdicts: &Verdicts,
    approvals: &[Approval],
) -> Result<BTreeSet<u32>, PlanError> {
    let named = |it: &&Approval| matches!(it, Approval::Verbs(_) | Approval::Operations(_));
    let named: Vec<Approval> = approvals.iter().filter(named).cloned().collect();
    let (mut approved, mut needed) = (BTreeSet::new(), BTreeSet::new());
    let mut needed_at_schools = BTreeSet::new();
    // Needs have smaller numbers: from the last to the first one pass is enough.
    for operation in operations.iter().rev() {
        let Some(held) = verdicts.held.get(&operation.number) else { continue };
        let must_be_named = held_by(held, &verdicts.verdicts, GuardName::must_be_named);
        // Nor is what others made taken over with something else that is approved.
        let is_found = operation.verb == Verb::Link
            && held_by(held, &verdicts.verdicts, |it| it == GuardName::FoundAccounts);
        let is_needed = needed.contains(&operation.number)
            || (needed_at_schools.contains(&operation.number) && operation.schools()?.is_empty());
        if is_approved(operation, held, &verdicts.verdicts, &named)?
            || (is_needed && !must_be_named && !is_found)
        {
            needed.extend(operation.needs.iter().copied());
            approved.insert(operation.number);
        } else if is_approved(operation, held, &verdicts.verdicts, approvals)? {
            // What a school needs and no school has: the organisation above it, a term.
            needed_at_schools.extend(operation.needs.iter().copied());
            approved.insert(operation.number);
        }
    }
    Ok(approved)
}

/// Whether a guard of this sort is among those that hold it.
fn held_by(held: &Held, verdicts: &[Verdict], is: fn(GuardName) -> bool) -> bool {
    held.by.iter().any(|place| verdicts.get(*place as usize).is_some_and(|it| is(it.guard)))
}

fn is_approved(
    operation: &Operation,
    held: &Held,
    verdicts: &[Verdict],
    approvals: &[Approval],
) -> Result<bool, PlanError> {
    // What only depends on it can go on without it, as far as it does not need it.
    let is_taken = held.reason == Reason::AccountOfAnother;
    if is_taken && held_by(held, verdicts, GuardName::cannot_be_approved) {
        return Ok(false);
    }
    let must_be_named = held_by(held, verdicts, GuardName::must_be_named);
    for approval in approvals {
        let covers = match approval {
            Approval::Operations(numbers) => numbers.contains(&operation.number),
            _ if must_be_named => false,
            Approval::All => true,
            Approval::Schools(schools) => {
                let touched = operation.schools()?;
                !touched.is_empty() && touched.iter().all(|school| schools.contains(school))
            }
            Approval::Verbs(verbs) => verbs.contains(&operation.verb),
        };
        if covers {
            return Ok(true);
        }
    }
    Ok(false)
}
