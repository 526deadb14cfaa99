//! What was seen at the receiver and is not ours alone to change.

use state::{Attribute, Kind, LinkState, Mark, Reason, Tells, Value, Verb};

use super::{ObjectRef, Owners, PlanError, Seen, Stand, Three, operation};
use crate::obstacles::{Foreign, Obstructs};
use crate::{Off, unique};

impl Owners<'_> {
    fn attributes(&self, kind: Kind) -> &'static [Attribute] {
        self.context.card.object(kind).map_or(&[][..], |it| it.attributes)
    }

    /// What the values of an object that was seen tell of it.
    pub(super) fn told(
        &self,
        owner: ObjectRef,
        observed: Option<Seen<'_>>,
    ) -> Result<Tells, PlanError> {
        let attributes = self.attributes(owner.kind);
        let Some(observed) = observed else { return Ok(Tells::Itself) };
        if attributes.iter().all(|it| it.tells == Tells::Itself) {
            return Ok(Tells::Itself);
        }
        let values = observed.row.values()?;
        let said = |wanted: Tells| {
            let mut pairs = attributes.iter().zip(&values);
            pairs.any(|(attribute, value)| attribute.tells == wanted && *value != Value::None)
        };
        Ok(if said(Tells::NotOurs) {
            Tells::NotOurs
        } else if said(Tells::Asleep) {
            Tells::Asleep
        } else {
            Tells::Itself
        })
    }

    /// An object of a kind that others make (K118): it is as it is, whoever wants it. `None`
    /// where that is not so, or it is not known yet.
    pub(super) fn of_others(
        &mut self,
        owner: ObjectRef,
        mark: Option<Mark>,
        three: Three<'_>,
    ) -> Option<Stand> {
        let Three { wanted, written, observed } = three;
        let written = written?;
        let continuity = self.context.continuity;
        if !self.context.policies.linked_only.contains(&owner.kind)
            || self.context.protected.contains(&owner.key)
            || continuity.same.contains_key(&owner.key)
            || matches!(mark, Some(Mark::Withheld(_)))
        {
            return None;
        }
        let is_wanted = wanted.is_some() && mark.is_none();
        if !is_wanted && self.context.unseen.touches(written.row.schools()) {
            return None;
        }
        if is_wanted && self.has_gone(written, observed) {
            self.found.tell(&written.row, Obstructs::NoAccount);
            return Some(Stand::Absent);
        }
        // Memberships of who is no longer wanted go, and the account is others' to end.
        Some(Stand::Active)
    }

    /// What the receiver lets nobody into stays as it is, with all that stands in it, and is told
    /// when something of it should be otherwise. `None` where it is not so.
    pub(super) fn shut(
        &mut self,
        owner: ObjectRef,
        mark: Option<Mark>,
        three: Three<'_>,
    ) -> Result<Option<Stand>, PlanError> {
        let Three { wanted, written, observed } = three;
        let context = self.context;
        let Some(written) = written.filter(|_| context.shut.contains(&owner)) else {
            return Ok(None);
        };
        let is_known_anew = context.continuity.same.contains_key(&owner.key);
        if is_known_anew || context.protected.contains(&owner.key) {
            return Ok(None);
        }
        let is_read = !context.unseen.touches(written.row.schools());
        let state = context.links.get(owner).state;
        let has_ended = matches!(state, LinkState::Suspended | LinkState::Archived);
        match (wanted.filter(|_| mark.is_none()), mark) {
            (Some(wanted), _) if has_ended || wanted.row.body != written.row.body => {
                self.found.tell(&wanted.row, Obstructs::Shut);
                let after = crate::settle::refs(wanted.bytes)?;
                let before = crate::settle::refs(written.bytes)?.into_iter();
                self.found.waited_for.extend(before.filter(|id| !after.contains(id)));
            }
            (None, None | Some(Mark::Left { .. })) if is_read => {
                self.found.tell(&written.row, Obstructs::Shut);
            }
            (Some(_) | None, _) => {}
        }
        Ok(Some(self.keep(owner, written, observed)?))
    }

    /// What has become an administrator's, or another program's: it stands, and is not
    /// changed. `None` where it is not so.
    pub(super) fn of_another(
        &mut self,
        owner: ObjectRef,
        mark: Option<Mark>,
        three: Three<'_>,
    ) -> Result<Option<Stand>, PlanError> {
        let Three { wanted, written, observed } = three;
        if self.told(owner, observed)? != Tells::NotOurs
            || self.context.protected.contains(&owner.key)
            || matches!(mark, Some(Mark::Withheld(_)))
        {
            return Ok(None);
        }
        Ok(match (wanted.filter(|_| mark.is_none()), written) {
            (Some(wanted), Some(written)) => {
                if wanted.row.body != written.row.body {
                    self.found.tell(&wanted.row, Obstructs::KeptByAnother);
                }
                Some(Stand::Active)
            }
            (Some(wanted), None) => {
                self.found.tell(&wanted.row, Obstructs::KeptByAnother);
                self.found.unmade.insert(owner);
                Some(Stand::Absent)
            }
            (None, Some(written)) => {
                self.found.tell(&written.row, Obstructs::KeptByAnother);
                Some(self.keep(owner, written, observed)?)
            }
            (None, None) => None,
        })
    }

    /// Whether what we wrote was deleted by somebody where people work (K135).
    pub(super) fn has_gone(&self, written: Seen<'_>, observed: Option<Seen<'_>>) -> bool {
        observed.is_none() && self.context.is_live() && self.context.sees(&written.row)
    }

    /// The row that tells how an object sleeps, where it was seen to; else as it was written.
    pub(super) fn as_it_sleeps<'a>(
        &self,
        owner: ObjectRef,
        written: Seen<'a>,
        observed: Option<Seen<'a>>,
    ) -> Result<Seen<'a>, PlanError> {
        let is_asleep = self.told(owner, observed)? == Tells::Asleep;
        Ok(observed.filter(|_| is_asleep).unwrap_or(written))
    }

    /// Nothing of a kept object changes; what it refers to must stay as well.
    pub(super) fn keep(
        &mut self,
        owner: ObjectRef,
        written: Seen<'_>,
        observed: Option<Seen<'_>>,
    ) -> Result<Stand, PlanError> {
        let is_closed = self.context.policies.off.get(&owner.kind) == Some(&Off::Closed);
        for value in written.row.values()? {
            self.found.held_refs.extend(value.refs());
            if is_closed {
                self.found.waited_for.extend(value.refs());
            }
        }
        // Where people work, the name that it has now counts, whoever gave it.
        let is = observed.filter(|_| self.context.is_live()).unwrap_or(written);
        for value in unique::values(self.context.card, is.bytes)? {
            self.found.held_values.insert(value, owner);
        }
        Ok(Stand::Kept)
    }

    /// An object at the receiver that is not ours: it can at most be linked, where somebody wants
    /// what it has. There may be any number of others.
    pub(super) fn foreign(
        &mut self,
        owner: ObjectRef,
        observed: Seen<'_>,
    ) -> Result<(), PlanError> {
        let values = unique::values(self.context.card, observed.bytes)?;
        let wanted: Vec<_> =
            values.into_iter().filter(|value| self.context.values.has(value)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let tells = self.told(owner, Some(observed))?;
        for value in wanted {
            self.found.foreign.insert(value, Foreign { row: observed.boxed(), tells });
        }
        Ok(())
    }

    /// Whether what became of an object is ever asked for: of what others keep, where somebody of
    /// ours may be in it.
    pub(super) fn matters(&self, owner: ObjectRef, three: &Three<'_>) -> bool {
        let is_ours = three.wanted.is_some() || three.written.is_some();
        is_ours || self.context.card.memberships.iter().any(|it| it.container == owner.kind)
    }

    /// Notes the unique values that others can name.
    pub(super) fn note_named(&mut self, observed: Seen<'_>) -> Result<(), PlanError> {
        let kind = observed.row.owner().kind;
        if !self.named.contains(&kind) || observed.row.membership().is_some() {
            return Ok(());
        }
        let values = unique::values(self.context.card, observed.bytes)?;
        let there = self.found.named.entry(kind).or_default();
        there.extend(values.into_iter().map(|(_, _, form)| form));
        Ok(())
    }

    /// What is wanted, and no longer there, is made anew.
    pub(super) fn again(&mut self, wanted: Seen<'_>, reason: Reason) {
        let again = operation(Verb::Create, None, Some(wanted.boxed()), Some(reason));
        self.found.operations.push(again);
    }
}

/// The kinds that attributes of others name.
pub(super) fn named_kinds(card: &state::Card) -> std::collections::BTreeSet<Kind> {
    let attributes = card.objects.iter().flat_map(|kind| kind.attributes);
    attributes.filter_map(|attribute| attribute.names).collect()
}
