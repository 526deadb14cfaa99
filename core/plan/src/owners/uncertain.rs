//! Persons of whom a value could not be understood (invariant 4): it blanks nothing.

use state::{ObjectRef, Row, Value};

use super::Owners;
use crate::PlanError;
use crate::merge::Three;

impl Owners<'_> {
    /// The wanted row with the written values where it has none, if a value of the owner's
    /// could not be understood.
    pub(super) fn filled(
        &self,
        owner: ObjectRef,
        three: &Three<'_>,
    ) -> Result<Option<Vec<u8>>, PlanError> {
        let Three { wanted: Some(wanted), written: Some(written), observed: _ } = three else {
            return Ok(None);
        };
        if !self.is_uncertain(owner) {
            return Ok(None);
        }
        let mut row = wanted.row.decode()?;
        match &mut row {
            Row::Object(state::Object { values, .. })
            | Row::Member(state::Member { values, .. }) => {
                for (value, before) in values.iter_mut().zip(written.row.values()?) {
                    if *value == Value::None {
                        *value = before;
                    }
                }
            }
            Row::Mark { .. } => return Ok(None),
        }
        Ok(Some(row.encoded()))
    }

    pub(super) fn is_uncertain(&self, owner: ObjectRef) -> bool {
        let uncertain = self.context.uncertain;
        !uncertain.is_empty() && uncertain.contains(&owner.key)
    }
}
