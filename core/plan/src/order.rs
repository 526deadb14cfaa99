//! Order as a graph: what each operation needs first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use state::{Card, ObjectRef, Operation, RowRef, Subject, Verb};

use crate::settle::refs;
use crate::totals::teacher_roles;
use crate::unique::{self, Unique};
use crate::{PlanError, Totals};

/// Puts operations in an order in which they can be carried out, numbers them and notes
/// what each needs.
///
/// * An object is there before what refers to it.
/// * What refers to an object is gone before the object is deleted; what an object owns is
///   another's before it is suspended.
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
    let count = u32::try_from(operations.len()).map_err(|_| PlanError::TooLarge)?;
    for operation in &operations {
        rank(operation)?;
    }
    let mut places: Vec<u32> = (0..count).collect();
    // What the pass found stands in the order of rows, so most of it is sorted already.
    places.sort_by_key(|at| rank(&operations[*at as usize]).ok().map(|it| (it.0, it.1)));
    places.sort_by(|one, two| {
        let rank = |at: &u32| rank(&operations[*at as usize]).ok();
        rank(one).cmp(&rank(two))
    });
    permute(&mut operations, places);
    let needs = Graph::new(&operations, card)?.needs(&operations, totals)?;
    Ok(arranged(operations, &needs))
}

/// Puts at each place what stood where `order` says, without a second list: a first plan has
/// millions of operations.
fn permute<T>(all: &mut [T], mut order: Vec<u32>) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = order[at] as usize;
            order[at] = u32::try_from(at).unwrap_or(u32::MAX);
            if from == start {
                break;
            }
            all.swap(at, from);
            at = from;
        }
    }
}

type Rank<'a> = (u8, u8, &'a [u8], Verb);

fn rank(operation: &Operation) -> Result<Rank<'_>, PlanError> {
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
    Ok((stage, u8::from(row.membership().is_some()), row.id, operation.verb))
}

/// Which operation needs which, by their places: four bytes a need.
struct Needs {
    /// Where the needs of each begin; one more than there are operations.
    starts: Vec<u32>,
    needs: Vec<u32>,
}

impl Needs {
    /// From pairs of an operation and what it needs, in any order.
    fn of(count: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0_u32; count + 1];
        for (at, _) in &pairs {
            starts[*at as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { starts, needs: pairs.into_iter().map(|(_, need)| need).collect() }
    }

    fn of_one(&self, at: u32) -> &[u32] {
        let at = at as usize;
        &self.needs[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Which operations are needed by which.
    fn turned(&self) -> Self {
        let count = u32::try_from(self.starts.len() - 1).unwrap_or(u32::MAX);
        let pairs = (0..count).flat_map(|at| self.of_one(at).iter().map(move |need| (*need, at)));
        Self::of(self.starts.len() - 1, pairs.collect())
    }
}

/// Who provides, releases, frees and replaces what; operations by their place.
struct Graph<'a> {
    card: &'a Card,
    teacher_roles: Vec<Vec<&'static str>>,
    provides: BTreeMap<ObjectRef, usize>,
    deletes: BTreeMap<ObjectRef, usize>,
    suspends: BTreeMap<ObjectRef, usize>,
    frees: BTreeMap<Unique, usize>,
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
            suspends: BTreeMap::new(),
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
            if operation.verb == Verb::Suspend {
                graph.suspends.insert(row.owner(), at);
            }
            for value in graph.given_up(operation)? {
                graph.frees.insert(value, at);
            }
        }
        Ok(graph)
    }

    fn is_teacher(&self, row: &RowRef<'_>) -> bool {
        let roles = row.membership().and_then(|it| self.teacher_roles.get(usize::from(it.0.0)));
        roles.is_some_and(|roles| roles.iter().any(|role| Some(role.as_bytes()) == row.role()))
    }

    fn unique(&self, row: Option<&[u8]>) -> Result<BTreeSet<Unique>, PlanError> {
        let values = row.map(|row| unique::values(self.card, row)).transpose()?;
        Ok(values.into_iter().flatten().collect())
    }

    fn given_up(&self, operation: &Operation) -> Result<Vec<Unique>, PlanError> {
        // A link's `before` may be another's row, which stays.
        if operation.verb == Verb::Link && operation.was.is_none() {
            return Ok(Vec::new());
        }
        let before = self.unique(operation.before.as_deref())?;
        let after = self.unique(operation.after.as_deref())?;
        Ok(before.difference(&after).cloned().collect())
    }

    fn needs(&self, operations: &[Operation], totals: &Totals) -> Result<Needs, PlanError> {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut pairs = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            let mut needs = |at: usize, need: usize| {
                if at != need {
                    pairs.push((place(at), place(need)));
                }
            };
            let refs_of = |row: Option<&[u8]>| row.map_or(Ok(Vec::new()), refs);
            let before = refs_of(operation.before.as_deref())?;
            let after = refs_of(operation.after.as_deref())?;
            if !operation.verb.is_removing() {
                after
                    .iter()
                    .filter_map(|id| self.provides.get(id))
                    .for_each(|need| needs(at, *need));
            }
            for gone in before.iter().filter(|id| !after.contains(id)) {
                if let Some(&delete) = self.deletes.get(gone) {
                    needs(delete, at);
                }
                // A membership need not end before its member sleeps; what one owns is given on.
                if let Some(&suspend) = self.suspends.get(gone).filter(|_| gives_on(operation)) {
                    needs(suspend, at);
                }
            }
            if !operation.verb.is_removing() && !self.frees.is_empty() {
                let (old, new) = (
                    self.unique(operation.before.as_deref())?,
                    self.unique(operation.after.as_deref())?,
                );
                let freed = new.difference(&old).filter_map(|it| self.frees.get(it));
                freed.for_each(|need| needs(at, *need));
            }
            if operation.verb == Verb::Remove {
                self.replacement(operation, totals)?.into_iter().for_each(|need| needs(at, need));
            }
        }
        Ok(Needs::of(operations.len(), pairs))
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

/// Whether what stays may refer to another than before.
fn gives_on(operation: &Operation) -> bool {
    let is_object = matches!(operation.subject(), Ok(Subject::Object(_)));
    is_object && !operation.verb.is_removing()
}

/// Topological order; of what is ready the first in rank goes first.
fn arranged(mut operations: Vec<Operation>, needs: &Needs) -> Vec<Operation> {
    let needed_by = needs.turned();
    let count = u32::try_from(operations.len()).unwrap_or(u32::MAX);
    let mut missing: Vec<u32> =
        needs.starts.windows(2).map(|two| two[1].saturating_sub(two[0])).collect();
    let mut ready: BinaryHeap<Reverse<u32>> =
        (0..count).filter(|at| missing[*at as usize] == 0).map(Reverse).collect();
    let mut number: Vec<Option<u32>> = vec![None; operations.len()];
    let mut sequence: Vec<u32> = Vec::with_capacity(operations.len());
    let mut stuck = 0;
    while sequence.len() < operations.len() {
        let at = if let Some(Reverse(at)) = ready.pop() {
            at
        } else {
            // A circle: the first of what is left goes without what it still needs.
            while number[stuck as usize].is_some() {
                stuck += 1;
            }
            stuck
        };
        if number[at as usize].is_some() {
            continue;
        }
        number[at as usize] = u32::try_from(sequence.len()).ok();
        sequence.push(at);
        for &next in needed_by.of_one(at) {
            let missing = &mut missing[next as usize];
            *missing = missing.saturating_sub(1);
            if *missing == 0 && number[next as usize].is_none() {
                ready.push(Reverse(next));
            }
        }
    }
    for (at, operation) in (0_u32..).zip(&mut operations) {
        let own = number[at as usize].unwrap_or_default();
        operation.number = own;
        // What comes later is a need that a circle went without.
        let before = needs.of_one(at).iter().filter_map(|need| number[*need as usize]);
        operation.needs = before.filter(|need| *need < own).collect();
        operation.needs.sort_unstable();
        operation.needs.shrink_to_fit();
    }
    permute(&mut operations, sequence);
    operations
}
