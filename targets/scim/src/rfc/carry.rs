//! What is done to one object: made, changed, suspended, taken back, deleted. Each does the same
//! when it is done twice.

use std::collections::BTreeSet;

use connect::http::{Earlier, Method};
use roster::Key;
use serde_json::Value as Json;
use state::{Ids, ObjectRef, Outcome, Resource, TargetError, Verb};

use super::Scim;
use super::map::{self, Parts, Patch};
use super::offers::Changes;
use crate::courier::{Reply, Said};

impl Scim {
    pub(super) async fn carry(
        &self,
        object: ObjectRef,
        verbs: &[Verb],
        resource: &Resource<'_>,
    ) -> Result<Outcome, TargetError> {
        let damaged = |_| self.invalid("a row of the plan is damaged: make a new plan");
        let before = map::parts(&resource.before).map_err(damaged)?;
        let after = map::parts(&resource.after).map_err(damaged)?;
        let ids = resource.ids;
        if verbs.contains(&Verb::Suspend) {
            return self.suspend(object, &before, ids).await;
        }
        match (&before.object, &after.object) {
            (None, None) => Ok(Outcome::AlreadySo),
            (Some(_), None) => self.delete(object, &before, ids).await,
            (None, Some(_)) => self.create(object, &after, ids, Earlier::NotDone).await,
            (Some(_), Some(_)) => {
                let comes_back = verbs.contains(&Verb::Reactivate);
                self.change(object, [&before, &after], comes_back, ids).await
            }
        }
    }

    async fn create(
        &self,
        object: ObjectRef,
        parts: &Parts,
        ids: &Ids<'_>,
        earlier: Earlier,
    ) -> Result<Outcome, TargetError> {
        let Some(it) = &parts.object else { return Ok(Outcome::AlreadySo) };
        let members = self.members(&parts.members, ids).await?;
        if !members.missing.is_empty() {
            return Ok(nobody());
        }
        let body = map::body(it, &ids.after(object).to_string(), &members.ids, true);
        let said = self.tell(Method::POST, object.kind, None, Some(&body)).await?;
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        Ok(match reply.status {
            200 | 201 => match made(&reply) {
                Some(id) => Outcome::Done { receiver_id: Some(id) },
                // Without its id the object cannot be changed: it is looked for.
                None => Outcome::Unsure,
            },
            409 if [reply.earlier, earlier].contains(&Earlier::MaybeDone) => Outcome::Unsure,
            _ => refused(&reply),
        })
    }

    async fn change(
        &self,
        object: ObjectRef,
        [before, after]: [&Parts; 2],
        comes_back: bool,
        ids: &Ids<'_>,
    ) -> Result<Outcome, TargetError> {
        let (Some(old), Some(new)) = (&before.object, &after.object) else {
            return Ok(Outcome::AlreadySo);
        };
        let Some(id) = self.id(object, before, ids).await? else {
            return self.create(object, after, ids, Earlier::NotDone).await;
        };
        // By the provider's ids: whoever has a new key is the same member as before.
        let was = self.members(&before.members, ids).await?;
        let is = self.members(&after.members, ids).await?;
        let (added, gone) = (is.without(&was), was.without(&is));
        let is_same = old.values == new.values && added.is_empty() && gone.is_empty();
        let has_name = ids.before(old.id) == ids.after(object);
        let does_patch = self.offers().await?.changes == Changes::Patch;
        // In a patch those alone matter that come; who is not there any more is in no group.
        let before: BTreeSet<Key> = before.members.iter().map(|it| ids.before(*it)).collect();
        if is.missing.iter().any(|it| !does_patch || !before.contains(&ids.after(*it))) {
            return Ok(nobody());
        }
        if is_same && has_name && !comes_back {
            return Ok(Outcome::Done { receiver_id: Some(id) });
        }
        let said = if does_patch {
            let mut patch = Patch::default();
            if !has_name {
                patch.replace("externalId", &Json::from(ids.after(object).to_string()));
            }
            if comes_back {
                patch.replace("active", &Json::from(true));
            }
            patch.values(old, new);
            patch.members(&added, &gone);
            self.tell(Method::PATCH, object.kind, Some(&id), Some(&patch.body())).await?
        } else {
            let body = map::body(new, &ids.after(object).to_string(), &is.ids, true);
            self.tell(Method::PUT, object.kind, Some(&id), Some(&body)).await?
        };
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        match reply.status {
            200 | 204 => Ok(Outcome::Done { receiver_id: Some(id) }),
            // Somebody took it away: it is made again in the same run.
            404 => self.create(object, after, ids, reply.earlier).await,
            _ => Ok(refused(&reply)),
        }
    }

    async fn suspend(
        &self,
        object: ObjectRef,
        parts: &Parts,
        ids: &Ids<'_>,
    ) -> Result<Outcome, TargetError> {
        let Some(it) = &parts.object else { return Ok(Outcome::AlreadySo) };
        let Some(id) = self.id(object, parts, ids).await? else { return Ok(Outcome::AlreadySo) };
        let said = if self.offers().await?.changes == Changes::Patch {
            let mut patch = Patch::default();
            patch.replace("active", &Json::from(false));
            self.tell(Method::PATCH, object.kind, Some(&id), Some(&patch.body())).await?
        } else {
            let body = map::body(it, &ids.before(object).to_string(), &[], false);
            self.tell(Method::PUT, object.kind, Some(&id), Some(&body)).await?
        };
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        Ok(match reply.status {
            200 | 204 => Outcome::Done { receiver_id: Some(id) },
            404 => Outcome::AlreadySo,
            _ => refused(&reply),
        })
    }

    async fn delete(
        &self,
        object: ObjectRef,
        parts: &Parts,
        ids: &Ids<'_>,
    ) -> Result<Outcome, TargetError> {
        let Some(id) = self.id(object, parts, ids).await? else { return Ok(Outcome::AlreadySo) };
        let said = self.tell(Method::DELETE, object.kind, Some(&id), None).await?;
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        Ok(match reply.status {
            200 | 202 | 204 => Outcome::Done { receiver_id: None },
            404 | 410 => Outcome::AlreadySo,
            _ => refused(&reply),
        })
    }
}

fn made(reply: &Reply) -> Option<String> {
    let body: Json = serde_json::from_slice(&reply.body).ok()?;
    Some(body.get("id")?.as_str()?.to_owned())
}

/// A member is not at the provider though its account was made before.
fn nobody() -> Outcome {
    Outcome::Refused { code: "member-missing".to_owned() }
}

fn refused(reply: &Reply) -> Outcome {
    Outcome::Refused { code: reply.status.to_string() }
}
