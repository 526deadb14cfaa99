//! A day's budget of removals: a register that shrinks a little at every read of a day must
//! not empty a receiver in steps that are each small enough.

use std::collections::{BTreeMap, BTreeSet};

use state::{Card, Entity, Operation, Verb};

use super::count::{Fact, Facts, kinds_from};
use super::{GuardName, Scope, is_unexpected};
use crate::PlanError;

/// How much of what a guard allows in a day has been used, by guard and scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent(BTreeMap<(GuardName, Scope), u64>);

impl Spent {
    /// Notes that so many went.
    pub fn add(&mut self, guard: GuardName, scope: Scope, count: u64) {
        *self.0.entry((guard, scope)).or_default() += count;
    }

    /// Everything of the other is noted too.
    pub fn extend(&mut self, other: &Self) {
        for (guard, scope, count) in other.iter() {
            self.add(guard, scope, count);
        }
    }

    /// How many went.
    #[must_use]
    pub fn of(&self, guard: GuardName, scope: Scope) -> u64 {
        self.0.get(&(guard, scope)).copied().unwrap_or_default()
    }

    /// Guard, scope and how many, in order.
    pub fn iter(&self) -> impl Iterator<Item = (GuardName, Scope, u64)> {
        self.0.iter().map(|(&(guard, scope), &count)| (guard, scope, count))
    }
}

/// What operations that were carried out use of the day's limits, over the whole target and at
/// each school.
///
/// # Shapes
///
/// * `free`: the numbers of those that no person had to approve. The others use nothing, nor
///   do removals that the last good snapshot foresaw, nor those of persons who became
///   protected.
///
/// # Errors
///
/// [`PlanError`] when rows are damaged.
pub fn spent(
    card: &Card,
    operations: &[Operation],
    free: &BTreeSet<u32>,
) -> Result<Spent, PlanError> {
    let persons = kinds_from(card, Entity::Person);
    let groups = kinds_from(card, Entity::Group);
    let mut spent = Spent::default();
    let facts = Facts::of(operations)?;
    let counts =
        |it: &&Fact| it.verb.is_removing() && is_unexpected(it) && free.contains(&it.number);
    for fact in facts.all.iter().filter(counts) {
        let (over_target, at_school) = match fact.container {
            Some(_) if fact.verb == Verb::Remove => {
                (Some(GuardName::MembershipRemovals), Some(GuardName::SchoolMembershipRemovals))
            }
            Some(_) => (None, Some(GuardName::SchoolMembershipRemovals)),
            None if persons.contains(&fact.owner.kind) => {
                (Some(GuardName::Removals), Some(GuardName::SchoolRemovals))
            }
            None if groups.contains(&fact.owner.kind) => (Some(GuardName::GroupRemovals), None),
            None => (None, None),
        };
        if let Some(guard) = over_target {
            spent.add(guard, Scope::Target, 1);
        }
        if let Some(guard) = at_school {
            for &school in &fact.schools {
                spent.add(guard, Scope::School(school), 1);
            }
        }
    }
    Ok(spent)
}
