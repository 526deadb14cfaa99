//! Rows of one owner after another: the object, then the memberships in which it is the
//! member. What became of the object decides about its memberships.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use roster::Key;
use rules::Drift;
use state::{
    Expected, Kind, Link, LinkState, Mark, ObjectRef, Observe, Operation, Reason, RowRef, Value,
    Verb, Verbs,
};

use crate::draft::Context;
use crate::life_cycle::{Step, next_step};
use crate::merge::{Seen, Three};
use crate::obstacles::{Foreign, Obstacle};
use crate::totals::Counter;
use crate::unique::Unique;
use crate::{DriftItem, DriftKind, DriftPolicy, PlanError, RulesVersion};

mod compare;
mod members;
mod theirs;
mod uncertain;

/// What became of an object, for memberships in it and of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Wanted and there, or to be made.
    Active,
    /// Its rows stay as they were written: withheld, waiting, unmanaged or not read.
    Kept,
    /// Not there and not to be made.
    Absent,
    /// It is deleted; its memberships go for the same reason.
    Going(Option<Reason>),
    /// It has a new key.
    Rekeyed,
}

/// What the pass found, before it is settled.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) operations: Vec<Operation>,
    pub(crate) noted: BTreeMap<ObjectRef, Link>,
    pub(crate) drift: Vec<DriftItem>,
    pub(crate) unsupported: BTreeSet<ObjectRef>,
    /// Objects that are not simply active.
    pub(crate) stands: BTreeMap<ObjectRef, Stand>,
    /// What rows refer to that stay as they were written.
    pub(crate) held_refs: BTreeSet<ObjectRef>,
    /// Whom objects refer to that should refer to others, and cannot yet.
    pub(crate) waited_for: BTreeSet<ObjectRef>,
    /// Unique values of objects that stay though they are not wanted.
    pub(crate) held_values: BTreeMap<Unique, ObjectRef>,
    /// Written rows of and in objects with a new key, by the id that they have now.
    pub(crate) rekeyed: BTreeMap<Vec<u8>, Box<[u8]>>,
    /// Objects at the receiver that are not ours, by unique value.
    pub(crate) foreign: BTreeMap<Unique, Foreign>,
    /// Unique values of objects at the receiver that others can name, in their form.
    pub(crate) named: BTreeMap<Kind, BTreeSet<String>>,
    pub(crate) obstacles: Vec<Obstacle>,
    /// New objects that are not made because of an obstacle.
    pub(crate) unmade: BTreeSet<ObjectRef>,
    pub(crate) totals: crate::Totals,
}

pub(crate) struct Owners<'a> {
    context: &'a Context<'a>,
    links: Peekable<std::collections::btree_map::Iter<'a, ObjectRef, Link>>,
    counter: Counter,
    /// Kinds of object that attributes of others name.
    named: BTreeSet<Kind>,
    found: Found,
    owner: Option<ObjectRef>,
    stand: Stand,
    /// Whether the owner is wanted or was written: else it is somebody whom others put there.
    is_ours: bool,
    /// Schools of the owner after the plan, where they change.
    moved_to: Option<Vec<Key>>,
    adds: Vec<Operation>,
    removes: Vec<Operation>,
}

pub(crate) fn operation(
    verb: Verb,
    before: Option<Box<[u8]>>,
    after: Option<Box<[u8]>>,
    reason: Option<Reason>,
) -> Operation {
    let is_expected = Expected::No;
    Operation { number: 0, verb, before, after, was: None, reason, is_expected, needs: Vec::new() }
}

impl<'a> Owners<'a> {
    pub(crate) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            links: context.links.0.iter().peekable(),
            counter: Counter::new(context.card),
            named: theirs::named_kinds(context.card),
            found: Found::default(),
            owner: None,
            stand: Stand::Active,
            is_ours: false,
            moved_to: None,
            adds: Vec::new(),
            removes: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self, three: Three<'_>) -> Result<(), PlanError> {
        let Some(any) = three.wanted.or(three.written).or(three.observed) else { return Ok(()) };
        let owner = any.row.owner();
        if self.owner != Some(owner) {
            self.end_of_owner()?;
            self.owner = Some(owner);
            self.stand = Stand::Active;
            self.is_ours = false;
            self.moved_to = None;
        }
        self.is_ours |= three.wanted.is_some() || three.written.is_some();
        if let Some(written) = &three.written {
            self.counter.count(&written.row);
        }
        if let Some(observed) = three.observed {
            self.note_named(observed)?;
        }
        let filled = self.filled(owner, &three)?;
        let three = match &filled {
            Some(bytes) => Three { wanted: Some(Seen::new(bytes)?), ..three },
            None => three,
        };
        if any.row.membership().is_some() { self.member(three) } else { self.object(owner, three) }
    }

    pub(crate) fn finish(mut self) -> Result<Found, PlanError> {
        self.end_of_owner()?;
        self.found.totals = self.counter.finish();
        Ok(self.found)
    }

    fn link(&mut self, owner: ObjectRef) -> Option<&'a Link> {
        while self.links.next_if(|(id, _)| **id < owner).is_some() {}
        self.links.next_if(|(id, _)| **id == owner).map(|(_, link)| link)
    }

    fn verbs(&self, kind: Kind) -> Verbs {
        self.context.card.object(kind).map_or(Verbs(&[]), |kind| kind.verbs)
    }

    fn object(&mut self, owner: ObjectRef, three: Three<'_>) -> Result<(), PlanError> {
        let link = self.link(owner);
        let mark = match &three.wanted {
            Some(wanted) => wanted.row.mark()?,
            None => None,
        };
        let others = match self.of_others(owner, mark, three) {
            Some(stand) => Some(stand),
            None => match self.shut(owner, mark, three)? {
                Some(stand) => Some(stand),
                None => self.of_another(owner, mark, three)?,
            },
        };
        if let Some(stand) = others {
            self.stand = stand;
            if stand != Stand::Active {
                self.found.stands.insert(owner, stand);
            }
            return Ok(());
        }
        self.stand = match (three.wanted, mark, three.written) {
            (Some(wanted), None, written) => {
                self.wanted(owner, link, wanted, written, three.observed)?;
                Stand::Active
            }
            (_, Some(Mark::Withheld(_)), Some(written)) => {
                self.keep(owner, written, three.observed)?
            }
            (_, Some(Mark::Withheld(_)), None) => Stand::Absent,
            // That nobody wants it may be for the value that was not understood; a date tells.
            (_, None | Some(Mark::Left { end: None, .. }), Some(written))
                if self.is_uncertain(owner) =>
            {
                self.keep(owner, written, three.observed)?
            }
            (_, mark, Some(written)) => {
                self.unwanted(owner, link, mark, written, three.observed)?
            }
            (_, _, None) => {
                if let Some(observed) = three.observed {
                    self.foreign(owner, observed)?;
                }
                Stand::Absent
            }
        };
        if self.stand != Stand::Active && self.matters(owner, &three) {
            self.found.stands.insert(owner, self.stand);
        }
        Ok(())
    }

    fn wanted(
        &mut self,
        owner: ObjectRef,
        link: Option<&Link>,
        wanted: Seen<'_>,
        written: Option<Seen<'_>>,
        observed: Option<Seen<'_>>,
    ) -> Result<(), PlanError> {
        let state = link.map_or(LinkState::Active, |link| link.state);
        if state == LinkState::Ended
            && let Some(link) = link
        {
            self.found
                .noted
                .insert(owner, Link { state: LinkState::Active, since: None, ..link.clone() });
        }
        if matches!(state, LinkState::Suspended | LinkState::Archived) {
            return self.take_back(owner, state, wanted, written, observed);
        }
        let Some(written) = written else {
            let (before, after) = (observed.map(|it| it.boxed()), Some(wanted.boxed()));
            let (verb, reason) = match before {
                // It is there under our own id: never silently ours.
                Some(_) => (Verb::Link, Reason::FoundAtReceiver),
                None => (Verb::Create, Reason::InRegister),
            };
            self.found.operations.push(operation(verb, before, after, Some(reason)));
            return Ok(());
        };
        if observed.is_none() && self.context.sees(&written.row) {
            self.gone(owner, wanted);
            return Ok(());
        }
        if wanted.row.body == written.row.body
            && observed.is_none_or(|it| it.row.body == written.row.body)
        {
            return Ok(());
        }
        self.changed(owner, wanted, written, observed)
    }

    /// Somebody at the receiver deleted what we had written.
    fn gone(&mut self, owner: ObjectRef, wanted: Seen<'_>) {
        let policies = &self.context.policies.drift;
        let attributes = self.context.card.object(owner.kind).map_or(0, |it| it.attributes.len());
        let keep = (0..attributes).any(|at| policies.get(&(owner.kind, at)) == Some(&Drift::Keep));
        let policy = if keep { DriftPolicy::Restored } else { DriftPolicy::Left };
        let subject = state::Subject::Object(owner);
        self.found.drift.push(DriftItem { subject, kind: DriftKind::Gone, policy });
        if keep {
            self.again(wanted, Reason::ChangedAtReceiver);
        }
    }

    /// An object that we suspended or archived is wanted again (K141): never a new one.
    fn take_back(
        &mut self,
        owner: ObjectRef,
        state: LinkState,
        wanted: Seen<'_>,
        written: Option<Seen<'_>>,
        observed: Option<Seen<'_>>,
    ) -> Result<(), PlanError> {
        if written.is_some_and(|it| self.has_gone(it, observed)) {
            self.again(wanted, Reason::Returned);
            return Ok(());
        }
        let verbs = self.verbs(owner.kind);
        let preferred = match state {
            LinkState::Archived => [Verb::Unarchive, Verb::Reactivate],
            LinkState::Active | LinkState::Ended | LinkState::Suspended => {
                [Verb::Reactivate, Verb::Unarchive]
            }
        };
        let verb = preferred.into_iter().find(|verb| verbs.has(*verb)).unwrap_or(Verb::Update);
        let before = match written {
            Some(written) => Some(self.as_it_sleeps(owner, written, observed)?.boxed()),
            None => None,
        };
        let after = Some(wanted.boxed());
        self.found.operations.push(operation(verb, before, after, Some(Reason::Returned)));
        Ok(())
    }

    fn unwanted(
        &mut self,
        owner: ObjectRef,
        link: Option<&Link>,
        mark: Option<Mark>,
        written: Seen<'_>,
        observed: Option<Seen<'_>>,
    ) -> Result<Stand, PlanError> {
        if self.context.protected.contains(&owner.key) {
            if self.context.card.observe == Observe::Live {
                return self.keep(owner, written, observed);
            }
            let gone = operation(Verb::Delete, Some(written.boxed()), None, None);
            self.found.operations.push(gone);
            return Ok(Stand::Going(None));
        }
        if self.context.continuity.same.contains_key(&owner.key) {
            let as_it_is = self.as_it_sleeps(owner, written, observed)?;
            self.rekey(&as_it_is)?;
            return Ok(Stand::Rekeyed);
        }
        if self.context.unseen.touches(written.row.schools()) {
            return self.keep(owner, written, observed);
        }
        self.ending(owner, link, mark, (written, observed))
    }

    fn ending(
        &mut self,
        owner: ObjectRef,
        link: Option<&Link>,
        mark: Option<Mark>,
        (written, observed): (Seen<'_>, Option<Seen<'_>>),
    ) -> Result<Stand, PlanError> {
        let today = self.context.today;
        let link = link.cloned().unwrap_or_else(|| self.context.links.get(owner));
        let (reason, end) = match mark {
            Some(Mark::Left { reason, end }) => (reason, end),
            Some(Mark::Withheld(reason)) => (reason, None),
            None if matches!(link.state, LinkState::Suspended | LinkState::Archived) => {
                (Reason::WaitingPeriod, None)
            }
            None => (Reason::NotInSource, None),
        };
        let ended = end.or(link.since).unwrap_or(today).min(today);
        let life_cycle =
            self.context.policies.life_cycle.get(&owner.kind).copied().unwrap_or_default();
        let step = next_step(&link, ended, life_cycle, self.verbs(owner.kind), today);
        let before = Some(written.boxed());
        let (verb, after) = match step {
            // Somebody has deleted it: it holds no name, and nothing can be done to it.
            Step::Wait | Step::Suspend | Step::Archive if self.has_gone(written, observed) => {
                self.found.held_refs.extend(crate::settle::refs(written.bytes)?);
                return Ok(Stand::Kept);
            }
            Step::Wait => {
                self.note_end(owner, link, ended);
                return self.keep(owner, written, observed);
            }
            Step::Delete => {
                let gone = operation(Verb::Delete, before, None, Some(reason));
                self.found.operations.push(gone);
                return Ok(Stand::Going(Some(reason)));
            }
            Step::Archive if self.leaves_the_set() => {
                let gone = operation(Verb::Archive, before, None, Some(reason));
                self.found.operations.push(gone);
                return Ok(Stand::Going(Some(reason)));
            }
            Step::Suspend => (Verb::Suspend, before.clone()),
            Step::Archive => (Verb::Archive, before.clone()),
        };
        self.found.operations.push(operation(verb, before, after, Some(reason)));
        self.keep(owner, written, observed)
    }

    /// Nothing is archived in a set: what is archived leaves it, memberships and all.
    fn leaves_the_set(&self) -> bool {
        match self.context.card.observe {
            Observe::FileSet | Observe::Served => true,
            Observe::Live | Observe::Mirror | Observe::DeltaOnly => false,
        }
    }

    fn note_end(&mut self, owner: ObjectRef, link: Link, ended: roster::Date) {
        // What is off has not ended: its days begin when it is seen to.
        let is_on = !self.context.policies.off.contains_key(&owner.kind);
        let waits = is_on && matches!(link.state, LinkState::Active | LinkState::Ended);
        if waits && (link.state != LinkState::Ended || link.since != Some(ended)) {
            let link = Link { state: LinkState::Ended, since: Some(ended), ..link };
            self.found.noted.insert(owner, link);
        }
    }

    fn rekey(&mut self, written: &Seen<'_>) -> Result<(), PlanError> {
        let now = crate::settle::rekeyed(written.bytes, self.context.continuity)?;
        let id = RowRef::new(&now)?.id.to_vec();
        self.found.rekeyed.insert(id, written.boxed());
        Ok(())
    }
}
