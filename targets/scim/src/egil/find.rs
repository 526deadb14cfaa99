//! Where objects stand at the receiver: by our ids, or by those that it makes, remembered or
//! learned from its lists.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use serde_json::Value as Json;
use state::{Ids, Kind, ObjectRef, Outcome, TargetError};
use tokio::sync::OnceCell;

use super::{Egil, IdsOf, map, wire};
use crate::common;
use crate::list::Stop;

/// What the receiver holds, kind by kind: each read once, when something of it is not known.
#[derive(Default)]
pub(super) struct Index([OnceCell<BTreeMap<Key, There>>; wire::TYPES.len()]);

/// An object that is there.
struct There {
    /// The receiver's id for it, where it tells one.
    id: Option<String>,
    /// Whether its external id is none that we could write.
    is_foreign: bool,
}

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// Under this id.
    At(String),
    /// Nowhere.
    Missing,
    /// Under an id of somebody else's, where ours stand in addresses: we cannot call it.
    Foreign,
}

impl Address {
    /// Why nothing can refer to it.
    pub(super) fn refused(&self) -> Option<&'static str> {
        match self {
            Self::At(_) => None,
            Self::Missing => Some("reference-missing"),
            Self::Foreign => Some(FOREIGN),
        }
    }
}

/// Code for what bears an id of somebody else's.
const FOREIGN: &str = "foreign-id";

/// It is there under an id that is none of EGIL's, and a second one would be made beside it: a
/// person gives it an external id that is a UUID, or takes it away.
pub(super) fn foreign() -> Outcome {
    Outcome::Refused { code: FOREIGN.to_owned() }
}

/// What a body says for an object. What is gone is told as it was published: it stands in what
/// was, never in what is sent.
pub(super) fn told(
    known: &BTreeMap<ObjectRef, Address>,
    object: ObjectRef,
    published: &dyn Fn(ObjectRef) -> Key,
) -> String {
    match known.get(&object) {
        Some(Address::At(id)) => id.clone(),
        Some(Address::Missing | Address::Foreign) | None => published(object).to_string(),
    }
}

impl Egil {
    /// Where each of these objects stands.
    pub(super) async fn addresses(
        &self,
        objects: &BTreeSet<ObjectRef>,
        published: &(dyn Fn(ObjectRef) -> Key + Sync),
        ids: &Ids<'_>,
    ) -> Result<BTreeMap<ObjectRef, Address>, TargetError> {
        let mut found = BTreeMap::new();
        for object in objects {
            found.insert(*object, self.address(*object, published(*object), ids).await?);
        }
        Ok(found)
    }

    /// Where an object stands that the receiver knows by `published`.
    pub(super) async fn address(
        &self,
        object: ObjectRef,
        published: Key,
        ids: &Ids<'_>,
    ) -> Result<Address, TargetError> {
        match self.settings.ids {
            IdsOf::Ours => {
                // Only what was found at the receiver has another's id, made into a key.
                let may_be = published != object.key && common::may_be_foreign(published);
                let is_foreign = |there: &There| there.is_foreign;
                let held = if may_be { self.there(object.kind).await? } else { &BTreeMap::new() };
                let is_foreign = held.get(&published).is_some_and(is_foreign);
                let at = || Address::At(published.to_string());
                Ok(if is_foreign { Address::Foreign } else { at() })
            }
            IdsOf::Receiver => {
                if let Some(id) = ids.of_receiver(object) {
                    return Ok(Address::At(id));
                }
                let there = self.there(object.kind).await?.get(&published);
                let Some(id) = there.and_then(|it| it.id.clone()) else {
                    return Ok(Address::Missing);
                };
                ids.made(object, &id);
                Ok(Address::At(id))
            }
        }
    }

    /// What the receiver holds of a kind, by the keys that it stands under.
    async fn there(&self, kind: Kind) -> Result<&BTreeMap<Key, There>, TargetError> {
        let (Some(kind), Some(cell)) = (wire::of(kind), self.index.0.get(usize::from(kind.0)))
        else {
            return Err(self.invalid("the plan has a kind that the receiver does not know"));
        };
        let read = || async {
            let mut all = BTreeMap::new();
            self.list(kind, &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                let (id, external) = (text("id"), text("externalId"));
                if let Some(told) = external.or(id) {
                    let is_foreign = external.and_then(Key::parse_uuid).is_none();
                    let id = id.map(str::to_owned);
                    all.insert(map::key_of(told), There { id, is_foreign });
                }
                Ok(())
            })
            .await?;
            Ok(all)
        };
        cell.get_or_try_init(read).await
    }

    /// Our objects by the receiver's ids for them, where it makes ids: of these kinds and of
    /// those that they refer to.
    pub(super) async fn own_ids(
        &self,
        kinds: &BTreeSet<Kind>,
        ids: &Ids<'_>,
    ) -> Result<BTreeMap<(Kind, String), ObjectRef>, TargetError> {
        let mut known = BTreeMap::new();
        if self.settings.ids == IdsOf::Ours || kinds.is_empty() {
            return Ok(known);
        }
        for kind in &wire::TYPES {
            self.list(kind, &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                let id = text("id").ok_or(Stop::Nonsense("a resource has no id"))?;
                let key = map::key_of(text("externalId").unwrap_or(id));
                known.insert((kind.kind, id.to_owned()), ObjectRef { kind: kind.kind, key });
                Ok(())
            })
            .await?;
        }
        // What is remembered counts, whatever somebody has written into it since.
        for (object, id) in ids.all_of_receiver() {
            if let Some(there) = known.get_mut(&(object.kind, id.to_owned())) {
                there.key = ids.after(object);
            }
        }
        Ok(known)
    }
}
