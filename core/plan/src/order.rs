//! Order as a graph: what each operation needs first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use state::{Card, Kind, ObjectRef, Operation, RowRef, Verb};

use crate::settle::refs;
use crate::totals::teacher_roles;
use crate::{PlanError, Totals};

/// Puts operations in an order in which they can be carried out, numbers them and notes
/// what each needs.
///
/// * An object is there before what refers to it.
/// * What refers to an object is gone before the object is deleted.
/// * *Frees*: a unique value is given up before another object takes it.
/// * *Keeps*: a new teacher is added before the last one is removed.
///
/// Ties: removals last, then objects before memberships, kind, key. Where needs go in a
/// circle (two objects that swap a unique value, objects that refer to each other), the
/// first operation in the order of ties goes first and loses the need that closes the
/// circle.
///
/// # Errors
///
/// [`PlanError`] when rows are damaged or there are too many operations.
pub fn order(
    mut operations: Vec<Operation>,
    card: &Card,
    totals: &Totals,
) -> Result<Vec<Operation>, PlanError> {
    u32::try_from(operations.len()).map_err(|_| PlanError::TooLarge)?;
    let mut ranked = Vec::with_capacity(operations.len());
    for operation in operations.drain(..) {
        ranked.push((rank(&operation)?, operation));
    }
    ranked.sort_by(|one, two| one.0.cmp(&two.0));
    operations.extend(ranked.into_iter().map(|(_, operation)| operation));
    let needs = Graph::new(&operations, card)?.needs(&operations, totals)?;
    Ok(arranged(operations, needs))
}

type Rank = (u8, u8, Vec<u8>, Verb);

fn rank(operation: &Operation) -> Result<Rank, PlanError> {
    let row = operation.after.as_deref().or(operation.before.as_deref());
    let row = RowRef::new(row.unwrap_or_default())?;
    let stage = match operation.verb {
        Verb::Remove => 1,
        Verb::Suspend => 2,
        Verb::Archive => 3,
        Verb::Delete => 4,
        Verb::Link
        | Verb::Create
        | Verb::Update
        | Verb::Rename
        | Verb::Move
        | Verb::Reactivate
        | Verb::Unarchive
        | Verb::Add
        | Verb::ChangeRole => 0,
    };
    Ok((stage, u8::from(row.membership().is_some()), row.id.to_vec(), operation.verb))
}

/// Who provides, releases, frees and replaces what; operations by their place.
struct Graph<'a> {
    card: &'a Card,
    teacher_roles: Vec<Vec<&'static str>>,
    provides: BTreeMap<ObjectRef, usize>,
    deletes: BTreeMap<ObjectRef, usize>,
    frees: BTreeMap<(Kind, usize, Vec<u8>), usize>,
    /// By container: the first teacher added, and how many leave.
    new_teacher: BTreeMap<ObjectRef, usize>,
    leaving_teachers: BTreeMap<ObjectRef, u64>,
}

impl<'a> Graph<'a> {
    fn new(operations: &[Operation], card: &'a Card) -> Result<Self, PlanError> {
        let mut graph = Self {
            card,
            teacher_roles: teacher_roles(card),
            provides: BTreeMap::new(),
            deletes: BTreeMap::new(),
            frees: BTreeMap::new(),
            new_teacher: BTreeMap::new(),
            leaving_teachers: BTreeMap::new(),
        };
        for (at, operation) in operations.iter().enumerate() {
            let Some(row) = operation.after.as_deref().or(operation.before.as_deref()) else {
                continue;
            };
            let row = RowRef::new(row)?;
            if let Some((_, container)) = row.membership() {
                if !graph.is_teacher(&row) {
                    continue;
                }
                if operation.verb == Verb::Remove {
                    *graph.leaving_teachers.entry(container).or_default() += 1;
                } else if operation.before.is_none() || operation.verb == Verb::ChangeRole {
                    graph.new_teacher.entry(container).or_insert(at);
                }
                continue;
            }
            let provides = [Verb::Create, Verb::Reactivate, Verb::Unarchive, Verb::Link];
            if provides.contains(&operation.verb) {
                graph.provides.insert(row.owner(), at);
            }
            if operation.after.is_none() {
                graph.deletes.insert(row.owner(), at);
            }
            for value in graph.given_up(operation)? {
                graph.frees.insert(value, at);
            }
        }
        Ok(graph)
    }

    fn is_teacher(&self, row: &RowRef<'_>) -> bool {
        let roles = row.membership().and_then(|it| self.teacher_roles.get(usize::from(it.0.0)));
        roles.is_some_and(|roles| roles.iter().any(|role| role.as_bytes() == &row.id[36..]))
    }

    fn unique(&self, row: Option<&[u8]>) -> Result<BTreeSet<(Kind, usize, Vec<u8>)>, PlanError> {
        let mut values = BTreeSet::new();
        let Some(row) = row else { return Ok(values) };
        let row = RowRef::new(row)?;
        let kind = row.owner().kind;
        let Some(declared) = self.card.object(kind) else { return Ok(values) };
        if row.membership().is_some() || !declared.attributes.iter().any(|it| it.unique) {
            return Ok(values);
        }
        for (at, value) in row.values()?.into_iter().enumerate() {
            if declared.attributes.get(at).is_some_and(|it| it.unique)
                && let Some(text) = value.text()
            {
                values.insert((kind, at, text.as_bytes().to_vec()));
            }
        }
        Ok(values)
    }

    fn given_up(&self, operation: &Operation) -> Result<Vec<(Kind, usize, Vec<u8>)>, PlanError> {
        // A link's `before` may be another's row, which stays.
        if operation.verb == Verb::Link && operation.was.is_none() {
            return Ok(Vec::new());
        }
        let before = self.unique(operation.before.as_deref())?;
        let after = self.unique(operation.after.as_deref())?;
        Ok(before.difference(&after).cloned().collect())
    }

    fn needs(
        &self,
        operations: &[Operation],
        totals: &Totals,
    ) -> Result<Vec<BTreeSet<usize>>, PlanError> {
        let mut needs = vec![BTreeSet::new(); operations.len()];
        for (at, operation) in operations.iter().enumerate() {
            let refs_of = |row: Option<&[u8]>| row.map_or(Ok(Vec::new()), refs);
            let before = refs_of(operation.before.as_deref())?;
            let after = refs_of(operation.after.as_deref())?;
            if !operation.verb.is_removing() {
                needs[at].extend(after.iter().filter_map(|id| self.provides.get(id)));
            }
            for gone in before.iter().filter(|id| !after.contains(id)) {
                if let Some(&delete) = self.deletes.get(gone) {
                    needs[delete].insert(at);
                }
            }
            if !operation.verb.is_removing() {
                let (old, new) = (
                    self.unique(operation.before.as_deref())?,
                    self.unique(operation.after.as_deref())?,
                );
                needs[at].extend(new.difference(&old).filter_map(|it| self.frees.get(it)));
            }
            if operation.verb == Verb::Remove {
                needs[at].extend(self.replacement(operation, totals)?);
            }
            needs[at].remove(&at);
        }
        Ok(needs)
    }

    /// The new teacher that must stand before the last one leaves.
    fn replacement(
        &self,
        operation: &Operation,
        totals: &Totals,
    ) -> Result<Option<usize>, PlanError> {
        let row = RowRef::new(operation.before.as_deref().unwrap_or_default())?;
        let Some((_, container)) = row.membership().filter(|_| self.is_teacher(&row)) else {
            return Ok(None);
        };
        let there = totals.teachers.get(&container).copied().unwrap_or_default();
        let leave = self.leaving_teachers.get(&container).copied().unwrap_or_default();
        Ok(self.new_teacher.get(&container).copied().filter(|_| there <= leave))
    }
}

/// Topological order; of what is ready the first in rank goes first.
fn arranged(operations: Vec<Operation>, mut needs: Vec<BTreeSet<usize>>) -> Vec<Operation> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    let mut missing: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    for (at, needs) in needs.iter().enumerate() {
        for &need in needs {
            needed_by[need].push(at);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..operations.len()).filter(|at| missing[*at] == 0).map(Reverse).collect();
    let mut number: Vec<Option<u32>> = vec![None; operations.len()];
    let mut sequence = Vec::with_capacity(operations.len());
    let mut stuck = 0;
    while sequence.len() < operations.len() {
        let at = if let Some(Reverse(at)) = ready.pop() {
            at
        } else {
            // A circle: the first of what is left goes without what it still needs.
            while number[stuck].is_some() {
                stuck += 1;
            }
            needs[stuck].retain(|need| number[*need].is_some());
            stuck
        };
        if number[at].is_some() {
            continue;
        }
        number[at] = u32::try_from(sequence.len()).ok();
        sequence.push(at);
        for &next in &needed_by[at] {
            missing[next] = missing[next].saturating_sub(1);
            if missing[next] == 0 && number[next].is_none() {
                ready.push(Reverse(next));
            }
        }
    }
    numbered(operations, &sequence, &needs, &number)
}

fn numbered(
    operations: Vec<Operation>,
    sequence: &[usize],
    needs: &[BTreeSet<usize>],
    number: &[Option<u32>],
) -> Vec<Operation> {
    let mut operations: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let mut arranged = Vec::with_capacity(operations.len());
    for &at in sequence {
        if let Some(mut operation) = operations[at].take() {
            operation.number = number[at].unwrap_or_default();
            operation.needs = needs[at].iter().filter_map(|need| number[*need]).collect();
            operation.needs.sort_unstable();
            arranged.push(operation);
        }
    }
    arranged
}
