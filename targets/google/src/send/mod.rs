//! What is planned, done at Google: object by object, with all that stands in it.

mod course;
mod group;
mod roster;
mod user;

use std::collections::{BTreeMap, BTreeSet};

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
    /// The places of its rows among the operations of the call: somebody may have several
    /// roles in the plan, and has one at Google.
    at: Vec<usize>,
    pub(super) member: ObjectRef,
    pub(super) kind: state::Kind,
    pub(super) change: Change,
}

impl Seat {
    /// Notes what became of it.
    pub(super) fn tell(&self, outcomes: &mut [Option<Outcome>], outcome: &Outcome) {
        for at in &self.at {
            outcomes[*at] = Some(outcome.clone());
        }
    }

    /// Whether nothing has become of it yet.
    pub(super) fn is_open(&self, outcomes: &[Option<Outcome>]) -> bool {
        self.at.iter().all(|at| outcomes[*at].is_none())
    }
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
        let tasks = tasks(operations, &before, &after).map_err(damaged)?;
        let Some(Tasks { object, verbs, seats, already }) = tasks else { return Ok(Vec::new()) };
        let work = Work { object, before, after, resource, verbs };
        if let Some(code) = self.is_off(object.kind).await {
            // Nor is anything so already: nothing was seen of it.
            return Ok(vec![refused(code); operations.len()]);
        }
        let mut outcomes = vec![None; operations.len()];
        for at in already {
            outcomes[at] = Some(Outcome::AlreadySo);
        }
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

    /// Why nothing is called about a kind of object.
    async fn is_off(&self, kind: state::Kind) -> Option<&'static str> {
        match kind {
            GROUP if !self.settings.groups => Some("groupsOff"),
            COURSE if !self.settings.classrooms => Some("classroomOff"),
            COURSE if self.classroom_closed().await.is_some() => Some("classroomClosed"),
            _ => None,
        }
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

/// What operations come to: what is done to the object, and to each that stands in it.
struct Tasks {
    object: ObjectRef,
    verbs: Vec<Verb>,
    seats: Vec<Seat>,
    /// The places of operations on what is so already, by what was seen.
    already: Vec<usize>,
}

/// Takes operations apart.
fn tasks(
    operations: &[Operation],
    before: &Parts,
    after: &Parts,
) -> Result<Option<Tasks>, RowError> {
    let (was, is) = (roles(before), roles(after));
    let (mut object, mut verbs, mut already) = (None, Vec::new(), Vec::new());
    let mut seats = BTreeMap::new();
    for (at, operation) in operations.iter().enumerate() {
        let row = operation.after.as_deref().or(operation.before.as_deref());
        let row = RowRef::new(row.ok_or(RowError)?)?;
        object = Some(CARD.home(&row));
        let Row::Member(row) = row.decode()? else {
            verbs.push(operation.verb);
            continue;
        };
        let (kind, member) = (row.kind, row.member);
        let change = match (was.get(&(kind, member)), is.get(&(kind, member))) {
            (was, is) if was == is => {
                // What is linked is under another id of ours, and the same at Google: it goes
                // with its object.
                already.extend((operation.verb != Verb::Link).then_some(at));
                continue;
            }
            (_, None) => Change::Remove,
            (None, Some(role)) => Change::Add { role: (*role).to_owned() },
            // Who was given more by others keeps it where the plan adds him.
            (Some(was), Some(is))
                if operation.verb == Verb::Add && height(kind, was) > height(kind, is) =>
            {
                already.push(at);
                continue;
            }
            (Some(_), Some(role)) => Change::Role { role: (*role).to_owned() },
        };
        let seat = Seat { at: Vec::new(), member, kind, change };
        seats.entry((kind, member)).or_insert(seat).at.push(at);
    }
    let mut seats: Vec<Seat> = seats.into_values().collect();
    seats.sort_by_key(|seat| seat.at.first().copied());
    Ok(object.map(|object| Tasks { object, verbs, seats, already }))
}

/// Who stands in an object, each with the highest of his roles: Google keeps one
/// (reference/google.md §1.3).
fn roles(parts: &Parts) -> BTreeMap<(state::Kind, ObjectRef), &str> {
    let mut highest = BTreeMap::new();
    for it in &parts.members {
        let role = highest.entry((it.kind, it.member)).or_insert(it.role.as_str());
        if height(it.kind, &it.role) > height(it.kind, role) {
            *role = &it.role;
        }
    }
    highest
}

/// The place of a role among those of its kind, from the lowest; one that is none is lower.
pub(super) fn height(kind: state::Kind, role: &str) -> Option<usize> {
    CARD.membership(kind)?.roles.iter().position(|it| *it == role)
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
