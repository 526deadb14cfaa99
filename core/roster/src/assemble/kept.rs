//! What a source keeps between runs, on its way in and out of an [`Assembly`].

use std::collections::BTreeMap;

use super::{Assembly, Intake};
use crate::replica::{Old, Recall, Replica};
use crate::{
    Begin, EntityKind, HashedNumber, IdentityNumber, Key, KeyMaker, Maccer, Marking, PersonDraft,
    SortSink, SourceIndex, SpoolError,
};

impl Assembly {
    /// Gives a source what it kept of the last complete read, before its intake is asked for.
    pub fn recall(&mut self, index: SourceIndex, old: Old) {
        self.old.insert(index, old);
    }

    /// What sources keep of this read, to be written when the gate is complete.
    pub fn take_kept(&mut self) -> BTreeMap<SourceIndex, Replica> {
        std::mem::take(&mut self.kept)
    }
}

/// Makes keys and hashes as the [`Intake`] that it is of.
#[derive(Clone)]
pub struct Keyer {
    keys: KeyMaker,
    numbers: Maccer,
}

impl Keyer {
    /// Our key of what the source calls `source_id`.
    #[must_use]
    pub fn key(&self, kind: EntityKind, source_id: &str) -> Key {
        self.keys.key(kind, source_id)
    }

    /// The keyed hash of an identity number.
    #[must_use]
    pub fn hashed(&self, number: &IdentityNumber) -> HashedNumber {
        HashedNumber::of(&self.numbers, number)
    }
}

impl Intake<'_> {
    /// Hands a person to the gate whose number is a keyed hash already: of a person that was
    /// read before, or one that is kept.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn person_hashed(
        &mut self,
        draft: PersonDraft<'_>,
        number: Option<HashedNumber>,
        marking: Marking<'_>,
    ) -> Result<(), SpoolError> {
        let key = self.keys.key(EntityKind::Person, draft.source_id);
        self.admitted(key, draft, number, marking)
    }

    /// What makes keys of this source's ids, and hashes of numbers, on any thread.
    #[must_use]
    pub fn keyer(&self) -> Keyer {
        Keyer { keys: self.keys.clone(), numbers: self.assembly.gate.numbers().clone() }
    }

    /// Tells the gate of a protected person, of whom nothing else is known from then on.
    pub fn stop(&mut self, person: Key, number: Option<HashedNumber>) {
        self.assembly.gate.stop(person, number);
    }

    /// Stops what belongs to a protected person and has an id of its own, such as a duty.
    pub fn protect_thing(&mut self, key: Key) {
        self.assembly.gate.protect_thing(key);
    }

    /// Notes that a person, or what belongs to one, is open or gone in a read of changes.
    pub fn let_go(&mut self, key: Key) {
        self.assembly.gate.let_go(key);
    }

    /// What the source said of the last complete read, where that still counts.
    #[must_use]
    pub fn last_head(&self) -> Option<&[u8]> {
        self.assembly.old.get(&self.index).map(Old::head)
    }

    /// What the source keeps between runs: with what it kept of the last complete read, or
    /// begun anew. The first can be had once.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when what was kept is damaged.
    pub fn replica(&mut self, recall: Recall) -> Result<Replica, SpoolError> {
        let old = self.assembly.old.remove(&self.index);
        let old = match recall {
            Recall::LastRead => old,
            Recall::Nothing => None,
        };
        if let Some(old) = &old {
            // Those who were stopped are not heard of again in a read of changes.
            self.assembly.gate.carry(old.stops()).map_err(crate::joined::damaged)?;
        }
        let spool = (self.assembly.new_spool)();
        Ok(Replica::new(SortSink::of(Begin::WithKind, spool, self.assembly.budget / 2), old))
    }

    /// Hands back what is to be kept.
    pub fn keep(&mut self, replica: Replica) {
        self.assembly.kept.insert(self.index, replica);
    }
}
