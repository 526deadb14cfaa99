//! Attribute by attribute: the register's changes and drift.

use super::{
    Drift, DriftItem, DriftKind, DriftPolicy, ObjectRef, Owners, PlanError, Reason, RulesVersion,
    Seen, Value, Verb, operation,
};
use crate::draft::Context;
use crate::unique;
use state::{Entity, Object, Row, Subject};

/// What three states make of an object's values.
struct Merged {
    before: Vec<Value>,
    after: Vec<Value>,
    /// Whether the register changed anything; else all changes restore drift.
    by_register: Vec<usize>,
    restored: Vec<usize>,
}

impl Owners<'_> {
    pub(super) fn changed(
        &mut self,
        owner: ObjectRef,
        wanted: Seen<'_>,
        written: Seen<'_>,
        observed: Option<Seen<'_>>,
    ) -> Result<(), PlanError> {
        let merged = self.merged(owner, wanted, written, observed)?;
        let Merged { before, after, by_register, restored } = merged;
        if before == after {
            return Ok(());
        }
        let schools = |seen: &Seen<'_>| seen.row.schools().collect::<Vec<_>>();
        let (old, new) = (schools(&written), schools(&wanted));
        let moves = old != new;
        let reason = if by_register.is_empty() {
            Reason::ChangedAtReceiver
        } else if moves && !old.is_empty() && self.is_person(owner) {
            Reason::ChangedSchool
        } else if self.context.rules == RulesVersion::Changed {
            Reason::RulesChanged
        } else {
            Reason::ChangedInSource
        };
        if moves {
            self.moved_to = Some(new.clone());
        }
        let changed: Vec<_> = by_register.into_iter().chain(restored).collect();
        let Some(verb) = self.verb_for(owner, &changed) else {
            self.found.unsupported.insert(owner);
            return Ok(());
        };
        let row = |values, schools| {
            Some(Row::Object(Object { id: owner, values, schools }).encoded().into_boxed_slice())
        };
        let change = operation(verb, row(before, old), row(after, new), Some(reason));
        self.found.operations.push(change);
        Ok(())
    }

    fn merged(
        &mut self,
        owner: ObjectRef,
        wanted: Seen<'_>,
        written: Seen<'_>,
        observed: Option<Seen<'_>>,
    ) -> Result<Merged, PlanError> {
        let (wanted, mut before) = (wanted.row.values()?, written.row.values()?);
        let observed = observed.map(|it| it.row.values()).transpose()?;
        let count = wanted.len().max(before.len());
        before.resize(count, Value::None);
        let mut after = before.clone();
        let (mut by_register, mut restored) = (Vec::new(), Vec::new());
        // Blanked while the person was protected: whatever is there is written and known anew.
        let is_blank = before.iter().all(|value| *value == Value::None);
        let observed = observed.filter(|_| !is_blank);
        for at in 0..count {
            if self.is_of_protected(&before[at]) {
                continue;
            }
            let policy = self.context.policies.drift.get(&(owner.kind, at)).copied();
            let policy = policy.unwrap_or_default();
            let want = wanted.get(at).cloned().unwrap_or_default();
            let is = observed.as_ref().map(|values| values.get(at).cloned().unwrap_or_default());
            let drifted = is.filter(|is| !self.is_same(owner, at, is, &before[at]));
            if want != before[at] && policy != Drift::CreateOnly {
                before[at] = drifted.unwrap_or_else(|| before[at].clone());
                after[at] = want;
                if after[at] != before[at] {
                    by_register.push(at);
                }
                continue;
            }
            let Some(drifted) = drifted else { continue };
            let policy = match policy {
                Drift::Keep => {
                    before[at] = drifted;
                    restored.push(at);
                    DriftPolicy::Restored
                }
                Drift::Report => DriftPolicy::Left,
                Drift::CreateOnly | Drift::Ignore => continue,
            };
            let subject = Subject::Object(owner);
            self.found.drift.push(DriftItem { subject, kind: DriftKind::Value(at), policy });
        }
        Ok(Merged { before, after, by_register, restored })
    }

    /// Whether a value names a person who is protected, where people work: what belongs to the
    /// account there is left as it is with it (K070).
    fn is_of_protected(&self, value: &Value) -> bool {
        let Context { protected, .. } = self.context;
        self.context.is_live() && value.refs().iter().any(|it| protected.contains(&it.key))
    }

    /// Whether two values are the same to the receiver.
    fn is_same(&self, owner: ObjectRef, at: usize, one: &Value, other: &Value) -> bool {
        let card = self.context.card;
        one == other
            || match (one.text(), other.text()) {
                (Some(one), Some(other)) if self.has_form(owner, at) => {
                    unique::form(card, one) == unique::form(card, other)
                }
                (_, _) => false,
            }
    }

    fn has_form(&self, owner: ObjectRef, at: usize) -> bool {
        let kind = self.context.card.object(owner.kind);
        let attribute = kind.and_then(|kind| kind.attributes.get(at));
        attribute.is_some_and(|it| it.unique || it.names.is_some())
    }

    fn is_person(&self, owner: ObjectRef) -> bool {
        let kind = self.context.card.object(owner.kind);
        kind.is_some_and(|kind| kind.from.contains(&Entity::Person))
    }

    /// The narrowest verb of the card that covers the changed attributes.
    fn verb_for(&self, owner: ObjectRef, changed: &[usize]) -> Option<Verb> {
        let kind = self.context.card.object(owner.kind)?;
        let all = |names: &[&str]| {
            !changed.is_empty()
                && changed
                    .iter()
                    .all(|at| kind.attributes.get(*at).is_some_and(|it| names.contains(&it.name)))
        };
        if kind.verbs.has(Verb::Rename) && all(DISPLAY_NAMES) {
            return Some(Verb::Rename);
        }
        if kind.verbs.has(Verb::Move) && all(PLACES) {
            return Some(Verb::Move);
        }
        kind.verbs.has(Verb::Update).then_some(Verb::Update)
    }
}

/// What receivers call the name that people see.
const DISPLAY_NAMES: &[&str] = &["name", "displayName", "display_name", "title", "className"];

/// What receivers call the place of an object among others.
const PLACES: &[&str] =
    &["org_unit", "orgUnitPath", "orgSourcedId", "orgSourcedIds", "school", "parent"];
