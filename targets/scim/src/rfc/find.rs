//! Which of the provider's objects are meant: by the ids that it made, remembered or looked for.

use std::collections::BTreeSet;

use state::{Ids, ObjectRef, TargetError};

use super::map::Parts;
use super::{Scim, USER};

/// Members by the provider's ids.
#[derive(Default)]
pub(super) struct Members {
    /// Each member's id, in the order of members.
    pub(super) ids: Vec<String>,
    /// Those that are not at the provider.
    pub(super) missing: Vec<ObjectRef>,
}

impl Members {
    /// Who of these is not among `others`: by the provider's ids, whatever our keys are.
    pub(super) fn without(&self, others: &Self) -> Vec<String> {
        let others: BTreeSet<&String> = others.ids.iter().collect();
        let ids: BTreeSet<&String> = self.ids.iter().collect();
        ids.difference(&others).map(|id| (*id).clone()).collect()
    }
}

impl Scim {
    /// The provider's id of an object: remembered, else looked for by what is unique.
    pub(super) async fn id(
        &self,
        object: ObjectRef,
        parts: &Parts,
        ids: &Ids<'_>,
    ) -> Result<Option<String>, TargetError> {
        if let Some(id) = ids.of_receiver(object) {
            return Ok(Some(id));
        }
        let index = self.index.get_or_try_init(|| self.read_index()).await?;
        let by = |text: String| index.get(&(object.kind, text)).cloned();
        let name = parts.object.as_ref().and_then(|it| it.values.first()?.text());
        let name = name.filter(|_| object.kind == USER).map(str::to_lowercase);
        let found = by(ids.after(object).to_string());
        let found = found.or_else(|| by(ids.before(object).to_string()));
        let found = found.or_else(|| name.and_then(by));
        if let Some(id) = &found {
            ids.made(object, id);
        }
        Ok(found)
    }

    /// The provider's ids of members, one by one.
    pub(super) async fn members(
        &self,
        members: &[ObjectRef],
        ids: &Ids<'_>,
    ) -> Result<Members, TargetError> {
        let mut found = Members::default();
        for member in members {
            match self.id(*member, &Parts::default(), ids).await? {
                Some(id) => found.ids.push(id),
                None => found.missing.push(*member),
            }
        }
        Ok(found)
    }
}
