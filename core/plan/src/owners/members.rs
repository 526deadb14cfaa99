//! Memberships of one owner.

use super::{
    Drift, DriftItem, DriftKind, DriftPolicy, Kind, Operation, Owners, PlanError, Reason, Seen,
    Stand, Three, Verb, operation,
};
use state::{ObjectRef, Row, RowRef, Subject};

impl Owners<'_> {
    pub(super) fn member(&mut self, three: Three<'_>) -> Result<(), PlanError> {
        let Three { wanted, written, observed } = three;
        match (self.stand, written) {
            (Stand::Active, _) => {}
            (Stand::Kept | Stand::Absent, Some(written)) => return self.keep_member(&written),
            (Stand::Going(reason), Some(written)) => {
                let gone = operation(Verb::Remove, Some(written.boxed()), None, reason);
                self.found.operations.push(gone);
                return Ok(());
            }
            (Stand::Rekeyed, Some(written)) => return self.rekey(&written),
            (Stand::Kept | Stand::Absent | Stand::Going(_) | Stand::Rekeyed, None) => {
                return Ok(());
            }
        }
        match (wanted, written) {
            (Some(wanted), Some(written)) => self.both(wanted, written, observed),
            (Some(wanted), None) => {
                self.new_member(wanted, observed);
                Ok(())
            }
            (None, Some(written)) => self.left(&written),
            (None, None) => match observed {
                Some(observed) => self.extra(&observed),
                None => Ok(()),
            },
        }
    }

    fn keep_member(&mut self, written: &Seen<'_>) -> Result<(), PlanError> {
        self.found.held_refs.extend(crate::settle::refs(written.bytes)?);
        Ok(())
    }

    fn both(
        &mut self,
        wanted: Seen<'_>,
        written: Seen<'_>,
        observed: Option<Seen<'_>>,
    ) -> Result<(), PlanError> {
        if observed.is_none() && self.context.sees(&written.row) {
            if self.drifted(&written, DriftKind::Gone)? == Some(DriftPolicy::Restored) {
                let reason = Some(Reason::ChangedAtReceiver);
                self.adds.push(operation(Verb::Add, None, Some(wanted.boxed()), reason));
            }
            return Ok(());
        }
        if wanted.row.body == written.row.body {
            return match observed.filter(|seen| seen.row.body != written.row.body) {
                Some(seen) => self.changed_there(wanted, seen),
                None => Ok(()),
            };
        }
        let verb = self.change_verb(&written);
        let (before, after) = (Some(written.boxed()), Some(wanted.boxed()));
        self.found.operations.push(operation(verb, before, after, Some(self.change_reason())));
        Ok(())
    }

    /// A membership that is there already, under ids of ours, is linked like its object.
    fn new_member(&mut self, wanted: Seen<'_>, observed: Option<Seen<'_>>) {
        let after = Some(wanted.boxed());
        let add = match observed {
            Some(seen) => {
                let reason = Some(Reason::FoundAtReceiver);
                operation(Verb::Link, Some(seen.boxed()), after, reason)
            }
            None => operation(Verb::Add, None, after, Some(Reason::MemberInSource)),
        };
        self.adds.push(add);
    }

    /// Somebody at the receiver changed what stands with a membership.
    fn changed_there(&mut self, wanted: Seen<'_>, seen: Seen<'_>) -> Result<(), PlanError> {
        if self.drifted(&seen, DriftKind::Changed)? == Some(DriftPolicy::Restored) {
            let (before, after) = (Some(seen.boxed()), Some(wanted.boxed()));
            let verb = self.change_verb(&seen);
            let reason = Some(Reason::ChangedAtReceiver);
            self.found.operations.push(operation(verb, before, after, reason));
        }
        Ok(())
    }

    fn change_verb(&self, row: &Seen<'_>) -> Verb {
        let verbs = self.member_verbs(row);
        let can = verbs.is_some_and(|verbs| verbs.has(Verb::Update));
        if can { Verb::Update } else { Verb::ChangeRole }
    }

    fn change_reason(&self) -> Reason {
        match self.context.rules {
            crate::RulesVersion::Changed => Reason::RulesChanged,
            crate::RulesVersion::Same => Reason::ChangedInSource,
        }
    }

    fn left(&mut self, written: &Seen<'_>) -> Result<(), PlanError> {
        let container = written.row.membership().map(|it| it.1);
        if container.is_some_and(|it| self.context.continuity.same.contains_key(&it.key)) {
            return self.rekey(written);
        }
        if self.context.unseen.touches(written.row.schools()) {
            return self.keep_member(written);
        }
        let reason = match &self.moved_to {
            Some(now) if !written.row.schools().any(|school| now.contains(&school)) => {
                Reason::ChangedSchool
            }
            Some(_) | None => Reason::NotMember,
        };
        let remove = operation(Verb::Remove, Some(written.boxed()), None, Some(reason));
        self.removes.push(remove);
        Ok(())
    }

    /// A membership that we did not write, of a member and in a container of ours. Whom others
    /// added is theirs, whether the object itself was read today or not.
    fn extra(&mut self, observed: &Seen<'_>) -> Result<(), PlanError> {
        if !self.is_ours {
            return Ok(());
        }
        if self.drifted(observed, DriftKind::Extra)? == Some(DriftPolicy::Restored) {
            let reason = Some(Reason::ChangedAtReceiver);
            self.removes.push(operation(Verb::Remove, Some(observed.boxed()), None, reason));
        }
        Ok(())
    }

    /// Tells of a drift if the policy wants it told.
    fn drifted(
        &mut self,
        row: &Seen<'_>,
        kind: DriftKind,
    ) -> Result<Option<DriftPolicy>, PlanError> {
        let Some((membership, _)) = row.row.membership() else { return Ok(None) };
        let policy = self.context.policies.membership_drift.get(&membership).copied();
        let policy = match policy.unwrap_or_default() {
            Drift::Keep => DriftPolicy::Restored,
            Drift::Report => DriftPolicy::Left,
            Drift::CreateOnly | Drift::Ignore => return Ok(None),
        };
        if let Row::Member(member) = row.row.decode()? {
            let state::Member { kind: of, container, member, role, values: _, schools: _ } = member;
            let subject = Subject::Membership { kind: of, container, member, role };
            self.found.drift.push(DriftItem { subject, kind, policy });
        }
        Ok(Some(policy))
    }

    fn member_verbs(&self, row: &Seen<'_>) -> Option<state::Verbs> {
        let (kind, _) = row.row.membership()?;
        self.context.card.membership(kind).map(|kind| kind.verbs)
    }

    /// Another role in the same container is one change where the receiver knows it so.
    pub(super) fn end_of_owner(&mut self) -> Result<(), PlanError> {
        if self.adds.is_empty() || self.removes.is_empty() {
            self.found.operations.append(&mut self.adds);
            self.found.operations.append(&mut self.removes);
            return Ok(());
        }
        let adds = std::mem::take(&mut self.adds);
        for mut add in adds {
            let place = place_of(add.after.as_deref())?;
            let can = place.is_some_and(|(kind, _)| {
                let kind = self.context.card.membership(kind);
                kind.is_some_and(|kind| kind.verbs.has(Verb::ChangeRole))
            });
            if can && let Some(remove) = self.take_remove(place)? {
                add.verb = Verb::ChangeRole;
                add.before = remove.before;
                add.reason = Some(self.change_reason());
            }
            self.found.operations.push(add);
        }
        self.found.operations.append(&mut self.removes);
        Ok(())
    }

    fn take_remove(
        &mut self,
        place: Option<(Kind, ObjectRef)>,
    ) -> Result<Option<Operation>, PlanError> {
        for at in 0..self.removes.len() {
            if place_of(self.removes[at].before.as_deref())? == place {
                return Ok(Some(self.removes.remove(at)));
            }
        }
        Ok(None)
    }
}

fn place_of(row: Option<&[u8]>) -> Result<Option<(Kind, ObjectRef)>, PlanError> {
    Ok(match row {
        Some(row) => RowRef::new(row)?.membership(),
        None => None,
    })
}
