//! Guards that count.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use rules::{Guards, Limit};
use state::{Card, Entity, Expected, Kind, ObjectRef, Operation, Reason, RowRef, Verb};

use super::{GuardInputs, GuardName, Scope, Spent, Tripped, Verdict, is_unexpected, limit};
use crate::PlanError;

/// What guards ask about an operation.
pub(crate) struct Fact {
    pub(crate) number: u32,
    pub(crate) verb: Verb,
    /// The object, or the member of the membership.
    pub(crate) owner: ObjectRef,
    pub(crate) container: Option<ObjectRef>,
    pub(crate) schools: Vec<Key>,
    pub(crate) reason: Option<Reason>,
    pub(crate) expected: Expected,
    pub(crate) attributes: Vec<usize>,
}

/// All operations but those that no guard may hold.
pub(crate) struct Facts {
    pub(crate) all: Vec<Fact>,
    /// Removals of protected persons, and what these need.
    pub(crate) exempt: BTreeSet<u32>,
}

impl Facts {
    pub(crate) fn of(operations: &[Operation]) -> Result<Self, PlanError> {
        let mut exempt = BTreeSet::new();
        // Needs have smaller numbers: from the last to the first one pass is enough.
        for operation in operations.iter().rev() {
            let is_protected = operation.reason.is_none() && operation.verb.is_removing();
            if is_protected || exempt.contains(&operation.number) {
                exempt.insert(operation.number);
                exempt.extend(operation.needs.iter().copied());
            }
        }
        let mut all = Vec::with_capacity(operations.len());
        for operation in operations {
            if exempt.contains(&operation.number) {
                continue;
            }
            let row = operation.after.as_deref().or(operation.before.as_deref());
            let row = RowRef::new(row.unwrap_or_default())?;
            let is_change = operation.before.is_some() && operation.after.is_some();
            let is_change = is_change && operation.verb != Verb::Link;
            let changes = if is_change { operation.changes()? } else { Vec::new() };
            all.push(Fact {
                number: operation.number,
                verb: operation.verb,
                owner: row.owner(),
                container: row.membership().map(|it| it.1),
                schools: operation.schools()?,
                reason: operation.reason,
                expected: operation.is_expected,
                attributes: changes.into_iter().map(|change| change.attribute).collect(),
            });
        }
        Ok(Self { all, exempt })
    }

    /// The numbers of the operations that match.
    pub(crate) fn numbers(&self, matches: impl Fn(&Fact) -> bool) -> Vec<u32> {
        self.all.iter().filter(|it| matches(it)).map(|it| it.number).collect()
    }
}

/// Kinds of object made from this.
pub(crate) fn kinds_from(card: &Card, entity: Entity) -> BTreeSet<Kind> {
    (0..=u8::MAX)
        .map(Kind)
        .zip(card.objects)
        .filter(|(_, kind)| kind.from.contains(&entity))
        .map(|(kind, _)| kind)
        .collect()
}

struct Watch<'a> {
    spent: &'a Spent,
    tripped: &'a mut Vec<Tripped>,
}

impl Watch<'_> {
    fn limit(&mut self, guard: GuardName, scope: Scope, limit: Limit, total: u64, seeds: Vec<u32>) {
        let earlier = self.spent.of(guard, scope);
        let (count, total) = (seeds.len() as u64 + earlier, total + earlier);
        let allowed = limit.allowed(total);
        if count > allowed && !seeds.is_empty() {
            let verdict = Verdict { guard, scope, total, count, earlier, allowed, held: 0 };
            self.tripped.push(Tripped { verdict, seeds });
        }
    }
}

pub(crate) fn by_count(inputs: &GuardInputs<'_>, facts: &Facts, tripped: &mut Vec<Tripped>) {
    let persons = kinds_from(inputs.card, Entity::Person);
    let groups = kinds_from(inputs.card, Entity::Group);
    let mut watch = Watch { spent: &inputs.history.spent, tripped };
    over_target(inputs, facts, (&persons, &groups), &mut watch);
    changes(inputs, facts, &mut watch);
    attributes(inputs, facts, &mut watch);
    schools(inputs, facts, &persons, &mut watch);
    containers(inputs, facts, &mut watch);
}

fn total_of(inputs: &GuardInputs<'_>, kinds: &BTreeSet<Kind>) -> u64 {
    kinds.iter().filter_map(|kind| inputs.totals.objects.get(kind)).sum()
}

fn over_target(
    inputs: &GuardInputs<'_>,
    facts: &Facts,
    (persons, groups): (&BTreeSet<Kind>, &BTreeSet<Kind>),
    watch: &mut Watch<'_>,
) {
    let Guards { removals, group_removals, membership_removals, expected, .. } = inputs.guards;
    let lost = |kinds: &BTreeSet<Kind>, expected: Expected| {
        facts.numbers(|it| {
            it.container.is_none()
                && it.verb.is_removing()
                && kinds.contains(&it.owner.kind)
                && it.expected == expected
        })
    };
    let taken =
        |expected: Expected| facts.numbers(|it| it.verb == Verb::Remove && it.expected == expected);
    let (all_persons, all_groups) = (total_of(inputs, persons), total_of(inputs, groups));
    let memberships = inputs.totals.memberships;
    let foreseen = limit(inputs, "expected", *expected);
    #[rustfmt::skip]
    let watched = [
        (GuardName::Removals, limit(inputs, "removals", *removals), all_persons, lost(persons, Expected::No)),
        (GuardName::GroupRemovals, limit(inputs, "group_removals", *group_removals), all_groups, lost(groups, Expected::No)),
        (GuardName::MembershipRemovals, limit(inputs, "membership_removals", *membership_removals), memberships, taken(Expected::No)),
        (GuardName::Expected, foreseen, all_persons, lost(persons, Expected::Yes)),
        (GuardName::Expected, foreseen, all_groups, lost(groups, Expected::Yes)),
        (GuardName::Expected, foreseen, memberships, taken(Expected::Yes)),
    ];
    for (guard, limit, total, seeds) in watched {
        watch.limit(guard, Scope::Target, limit, total, seeds);
    }
}

fn changes(inputs: &GuardInputs<'_>, facts: &Facts, watch: &mut Watch<'_>) {
    let Guards { changes, changes_at_least, .. } = inputs.guards;
    let allowed = limit(inputs, "changes", *changes);
    for (&kind, &total) in &inputs.totals.objects {
        if total < *changes_at_least {
            continue;
        }
        let seeds = facts.numbers(|it| {
            it.container.is_none()
                && it.owner.kind == kind
                && it.reason != Some(Reason::KeyChanged)
                && is_unexpected(it)
                && !waits_for_its_school(inputs, it)
        });
        watch.limit(GuardName::Changes, Scope::Kind(kind), allowed, total, seeds);
    }
}

/// Whether the operation makes something at schools that are new to the receiver alone: these
/// wait for a person anyway, and are no change of what there is.
fn waits_for_its_school(inputs: &GuardInputs<'_>, fact: &Fact) -> bool {
    fact.verb == Verb::Create
        && !fact.schools.is_empty()
        && fact.schools.iter().all(|school| inputs.history.new_schools.contains(school))
}

fn attributes(inputs: &GuardInputs<'_>, facts: &Facts, watch: &mut Watch<'_>) {
    let Guards { attribute_changes, changes_at_least, .. } = inputs.guards;
    let mut by_attribute: BTreeMap<(Kind, usize), Vec<u32>> = BTreeMap::new();
    for fact in facts.all.iter().filter(|it| it.container.is_none()) {
        for &attribute in &fact.attributes {
            by_attribute.entry((fact.owner.kind, attribute)).or_default().push(fact.number);
        }
    }
    let allowed = limit(inputs, "attribute_changes", *attribute_changes);
    for ((kind, attribute), seeds) in by_attribute {
        let total = inputs.totals.objects.get(&kind).copied().unwrap_or_default();
        if total >= *changes_at_least {
            let scope = Scope::Attribute(kind, attribute);
            watch.limit(GuardName::AttributeChanges, scope, allowed, total, seeds);
        }
    }
}

/// A school lost is hidden in the total: so each is watched.
fn schools(
    inputs: &GuardInputs<'_>,
    facts: &Facts,
    persons: &BTreeSet<Kind>,
    watch: &mut Watch<'_>,
) {
    let Guards { school_removals, school_at_least, .. } = inputs.guards;
    let allowed = limit(inputs, "school_removals", *school_removals);
    let mut lost: BTreeMap<(Key, GuardName), Vec<u32>> = BTreeMap::new();
    for fact in facts.all.iter().filter(|it| it.verb.is_removing() && is_unexpected(it)) {
        let guard = match fact.container {
            None if persons.contains(&fact.owner.kind) => GuardName::SchoolRemovals,
            Some(_) => GuardName::SchoolMembershipRemovals,
            None => continue,
        };
        for school in &fact.schools {
            lost.entry((*school, guard)).or_default().push(fact.number);
        }
    }
    for ((school, guard), seeds) in lost {
        let there = |counts: &BTreeMap<Key, u64>| counts.get(&school).copied().unwrap_or_default();
        let persons = there(&inputs.totals.school_persons);
        let total = if guard == GuardName::SchoolRemovals {
            persons
        } else {
            there(&inputs.totals.school_memberships)
        };
        if persons.max(total) >= *school_at_least {
            watch.limit(guard, Scope::School(school), allowed, total, seeds);
        }
    }
}

fn containers(inputs: &GuardInputs<'_>, facts: &Facts, watch: &mut Watch<'_>) {
    let Guards { container_members, container_at_least, .. } = inputs.guards;
    let allowed = limit(inputs, "container_members", *container_members);
    // A container that goes itself is counted as such.
    let leaving: BTreeSet<ObjectRef> = facts
        .all
        .iter()
        .filter(|it| it.container.is_none() && it.verb.is_removing())
        .map(|it| it.owner)
        .collect();
    let mut lost: BTreeMap<ObjectRef, Vec<u32>> = BTreeMap::new();
    for fact in facts.all.iter().filter(|it| it.verb == Verb::Remove && is_unexpected(it)) {
        if let Some(container) = fact.container.filter(|it| !leaving.contains(it)) {
            lost.entry(container).or_default().push(fact.number);
        }
    }
    for (container, seeds) in lost {
        let total = inputs.totals.members.get(&container).copied().unwrap_or_default();
        if total >= *container_at_least {
            let scope = Scope::Container(container);
            watch.limit(GuardName::ContainerMembers, scope, allowed, total, seeds);
        }
    }
}
