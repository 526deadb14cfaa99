//! What is planned, done at Google: object by object, with all that stands in it.

mod course;
mod group;
mod roster;
mod user;

use std::collections::BTreeSet;

use state::{
    Call, ObjectRef, Operation, Outcome, Resource, Row, RowError, RowRef, TargetError, Verb,
};

use crate::Google;
use crate::card::{CARD, COURSE, GROUP, USER};
use crate::client::{Answer, Said};
use crate::map::{self, Parts};

/// The calls, all in one stage but for accounts that are put to sleep or deleted: those go last,
/// since their courses must have other owners first (reference/google.md §0 no 6). Unless
/// something else needs them: a name that is given up is free before another takes it.
pub(crate) fn bundle(operations: &[Operation]) -> Vec<Call> {
    let needed: BTreeSet<u32> = operations.iter().flat_map(|it| it.needs.iter().copied()).collect();
    let ends = |number: &u32| {
        let place = operations.binary_search_by_key(number, |it| it.number).ok();
        let operation = place.and_then(|at| operations.get(at));
        operation.is_some_and(|it| matches!(it.verb, Verb::Suspend | Verb::Delete))
            && !needed.contains(number)
    };
    let mut calls = Call::each_object(&CARD, operations);
    for call in &mut calls {
        let is_user = call.about.is_some_and(|object| object.kind == USER);
        call.stage = u16::from(is_user && call.operations.iter().all(ends));
    }
    calls
}

/// One object, and what is to be done to it and in it.
pub(super) struct Work<'a> {
    pub(super) object: ObjectRef,
    pub(super) before: Parts,
    pub(super) after: Parts,
    pub(super) resource: &'a Resource<'a>,
    /// Of the object itself, in the order of the plan.
    pub(super) verbs: Vec<Verb>,
}

/// One place in a container, to be given, taken or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seat {
    /// Its place among the operations of the call.
    pub(super) at: usize,
    pub(super) member: ObjectRef,
    pub(super) kind: state::Kind,
    pub(super) change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    Add { role: String },
    Remove,
    Role { role: String },
}

impl Work<'_> {
    /// The id by which the object is known, after the plan.
    pub(super) fn published(&self) -> String {
        self.resource.ids.after(self.object).to_string()
    }

    /// Whether the object's mark must be written: it is linked now, or has another id.
    pub(super) fn takes_mark(&self) -> bool {
        self.verbs.contains(&Verb::Link)
            || self.resource.ids.before(self.object) != self.resource.ids.after(self.object)
    }
}

impl Google {
    pub(crate) async fn carry(
        &self,
        operations: &[Operation],
        resource: &Resource<'_>,
    ) -> Result<Vec<Outcome>, TargetError> {
        let damaged = |_| self.invalid("a row of the plan is damaged: make a new plan");
        let (before, after) = (map::parts(&resource.before), map::parts(&resource.after));
        let (before, after) = (before.map_err(damaged)?, after.map_err(damaged)?);
        let Some((object, verbs, seats)) = tasks(operations, &before).map_err(damaged)? else {
            return Ok(Vec::new());
        };
        let work = Work { object, before, after, resource, verbs };
        let mut outcomes = vec![None; operations.len()];
        if object.kind == USER {
            let outcome = self.carry_user(&work).await?;
            return Ok(vec![outcome; operations.len()]);
        }
        let own = if object.kind == GROUP {
            self.carry_group(&work, &seats, &mut outcomes).await?
        } else if object.kind == COURSE {
            self.carry_course(&work, &seats, &mut outcomes).await?
        } else {
            // Organisational units are never made (K127).
            refused("not-made-here")
        };
        Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| own.clone())).collect())
    }

    /// Google's id of a user; `None` when it has no account.
    pub(super) async fn user_id(
        &self,
        user: ObjectRef,
        resource: &Resource<'_>,
    ) -> Result<Option<String>, TargetError> {
        if let Some(id) = resource.ids.of_receiver(user) {
            return Ok(Some(id));
        }
        let marked = self.marked.get_or_try_init(|| self.read_marks()).await?;
        let found = [resource.ids.after(user), resource.ids.before(user)];
        let found = found.iter().find_map(|key| marked.get(key)).cloned();
        if let Some(id) = &found {
            resource.ids.made(user, id);
        }
        Ok(found)
    }
}

/// Takes operations apart: what is done to the object, and to each that stands in it. What is
/// so already, by what was seen, is no task.
#[expect(clippy::type_complexity, reason = "three things that are found at once")]
fn tasks(
    operations: &[Operation],
    before: &Parts,
) -> Result<Option<(ObjectRef, Vec<Verb>, Vec<Seat>)>, RowError> {
    let (mut about, mut verbs, mut seats) = (None, Vec::new(), Vec::new());
    for (at, operation) in operations.iter().enumerate() {
        let rows = [operation.before.as_deref(), operation.after.as_deref()];
        let row = RowRef::new(rows[1].or(rows[0]).ok_or(RowError)?)?;
        about = Some(CARD.home(&row));
        let Row::Member(row) = row.decode()? else {
            verbs.push(operation.verb);
            continue;
        };
        let was = before.members.iter().find(|it| it.kind == row.kind && it.member == row.member);
        // Under another id of ours, and the same at Google.
        if operation.verb == Verb::Link && was.is_some_and(|was| was.role == row.role) {
            continue;
        }
        let change = match (rows[1], was) {
            (None, _) => Change::Remove,
            (Some(_), None) => Change::Add { role: row.role.clone() },
            (Some(_), Some(_)) => Change::Role { role: row.role.clone() },
        };
        seats.push(Seat { at, member: row.member, kind: row.kind, change });
    }
    Ok(about.map(|about| (about, verbs, seats)))
}

/// Google refused it, or we did.
pub(super) fn refused(code: &str) -> Outcome {
    Outcome::Refused { code: code.to_owned() }
}

pub(super) fn done(id: &str) -> Outcome {
    Outcome::Done { receiver_id: Some(id.to_owned()) }
}

/// What an answer without further ado comes to.
pub(super) fn plainly(said: &Said, fine: Outcome) -> Outcome {
    match said {
        Said::Nothing => Outcome::Unsure,
        Said::Reply(answer) if answer.is_fine() => fine,
        Said::Reply(answer) => refused(&answer.code),
    }
}

/// The id that an answer tells of what was made.
pub(super) fn id_of(answer: &Answer) -> Option<String> {
    answer.text("id")
}
