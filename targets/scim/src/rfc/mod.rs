//! A plain service provider of SCIM 2.0: users and groups (RFC 7643, RFC 7644).
//!
//! | | |
//! |---|---|
//! | Reads  | the lists of users and groups, page by page |
//! | Writes | users and groups by POST, PATCH (PUT where the provider has none), DELETE, many in one Bulk where that is offered; who ends is made inactive |
//! | Ids    | the provider's; ours is `externalId` |
//! | Sign-in | bearer and its like, mutual TLS |
//! | Limits | none published; what `ServiceProviderConfig` says of PATCH and page sizes is kept to |
//! | Source | <https://www.rfc-editor.org/rfc/rfc7644> (read 2026-11-28) |

mod bulk;
mod card;
mod lists;
mod map;
mod offers;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use connect::http::{Client, Earlier, Method, Setup};
use roster::Key;
use secret::Secrets;
use serde_json::Value as Json;
use state::{
    Call, Card, Ids, Kind, Look, Material, ObjectRef, Operation, Outcome, Pace, Receipt, Resource,
    Seen, Target, TargetError, Verb,
};
use tokio::sync::OnceCell;

use crate::courier::{Courier, Reply, Said};
use bulk::Bulk;
use lists::Index;
use map::{Parts, Patch};
use offers::{Changes, Offers};

pub use card::{CARD, GROUP, ID, MEMBER, USER};
pub use settings::{Problem, Settings};

/// As many changes as one request has, whatever the provider takes: more is no faster, and more
/// is in doubt when its answer is lost.
const MOST_TOGETHER: usize = 200;

/// A service provider.
pub struct Scim {
    name: String,
    settings: Settings,
    courier: Courier,
    bulk: Bulk,
    offers: OnceCell<Offers>,
    /// The provider's ids by external id and user name, read when one is not remembered.
    index: OnceCell<Index>,
}

impl Scim {
    /// The target that the tenant calls `name`, at `url`.
    ///
    /// # Errors
    ///
    /// Something that a person must put right: [`Setup`].
    pub fn new(
        name: &str,
        url: &str,
        settings: Settings,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        let client = Client::new(url, &settings.http, &settings.auth, secrets)?;
        let Settings { concurrency, calls_per_second, .. } = settings;
        let courier = Courier::new(name, client, concurrency, calls_per_second);
        let (offers, index) = (OnceCell::new(), OnceCell::new());
        let (name, bulk) = (name.to_owned(), Bulk::default());
        Ok(Self { name, settings, courier, bulk, offers, index })
    }

    fn invalid(&self, detail: &str) -> TargetError {
        TargetError::Invalid { target: self.name.clone(), detail: detail.to_owned() }
    }

    /// RFC 7644 §4: what is not there is not offered.
    async fn offers(&self) -> Result<Offers, TargetError> {
        let ask = || async {
            let said = self.courier.call(Method::GET, "ServiceProviderConfig", None, None).await?;
            let config: Json = match said {
                Said::Reply(reply) => serde_json::from_slice(&reply.body).unwrap_or_default(),
                Said::Nothing => Json::Null,
            };
            Ok(Offers::of(&config))
        };
        self.offers.get_or_try_init(ask).await.copied()
    }

    /// Makes a change, with others where the provider takes many at once. It is not made again
    /// by itself: a group would stand there twice.
    async fn tell(
        &self,
        method: Method,
        kind: Kind,
        id: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Said, TargetError> {
        if let Some(offer) = self.offers().await?.bulk {
            let path = match id {
                Some(id) => format!("/{}/{id}", endpoint(kind)),
                None => format!("/{}", endpoint(kind)),
            };
            return self.bulk.send(&self.courier, offer, &method, &path, body).await;
        }
        let template = if id.is_some() { one(kind) } else { endpoint(kind) };
        self.courier.call_once(method, template, id, body).await
    }

    /// The provider's id of an object: remembered, else looked for by what is unique.
    async fn id(
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

    /// The provider's ids of users, in the order given; `None` when one of them is not there.
    async fn users(
        &self,
        users: &[ObjectRef],
        ids: &Ids<'_>,
    ) -> Result<Option<Vec<String>>, TargetError> {
        let mut found = Vec::new();
        for user in users {
            let Some(id) = self.id(*user, &Parts::default(), ids).await? else { return Ok(None) };
            found.push(id);
        }
        Ok(Some(found))
    }

    async fn carry(
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
        let Some(members) = self.users(&parts.members, ids).await? else { return Ok(nobody()) };
        let body = map::body(it, &ids.after(object).to_string(), &members, true);
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
        let (was, is): (BTreeSet<_>, BTreeSet<_>) =
            (before.members.iter().copied().collect(), after.members.iter().copied().collect());
        let added: Vec<ObjectRef> = is.difference(&was).copied().collect();
        let gone: Vec<ObjectRef> = was.difference(&is).copied().collect();
        let is_same = old.values == new.values && added.is_empty() && gone.is_empty();
        let has_name = ids.before(old.id) == ids.after(object);
        if is_same && has_name && !comes_back {
            return Ok(Outcome::Done { receiver_id: Some(id) });
        }
        let said = if self.offers().await?.changes == Changes::Patch {
            let mut patch = Patch::default();
            if !has_name {
                patch.replace("externalId", &Json::from(ids.after(object).to_string()));
            }
            if comes_back {
                patch.replace("active", &Json::from(true));
            }
            patch.values(old, new);
            let Some(added) = self.users(&added, ids).await? else { return Ok(nobody()) };
            // Who is not there any more is in no group.
            let gone = self.users(&gone, ids).await?.unwrap_or_default();
            patch.members(&added, &gone);
            if patch.is_empty() {
                return Ok(Outcome::Done { receiver_id: Some(id) });
            }
            self.tell(Method::PATCH, object.kind, Some(&id), Some(&patch.body())).await?
        } else {
            let Some(members) = self.users(&after.members, ids).await? else {
                return Ok(nobody());
            };
            let body = map::body(new, &ids.after(object).to_string(), &members, true);
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

fn endpoint(kind: Kind) -> &'static str {
    if kind == USER { "Users" } else { "Groups" }
}

fn one(kind: Kind) -> &'static str {
    if kind == USER { "Users/{id}" } else { "Groups/{id}" }
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

#[async_trait::async_trait]
impl Target for Scim {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn width(&self) -> usize {
        // More than may be in flight: so the pacer sees that there is more to do, and a request
        // of many is filled.
        let offer = self.offers.get().and_then(|offers| offers.bulk);
        let bulk = offer.map_or(0, |offer| offer.operations.min(MOST_TOGETHER));
        bulk.max(2 * usize::try_from(self.settings.concurrency).unwrap_or(1))
    }

    fn pace(&self) -> Option<Pace> {
        self.courier.paced()
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        let mut calls = Call::each_object(&CARD, operations);
        // Needs alone decide: a user name that is given up is free before another takes it.
        for call in &mut calls {
            call.stage = 0;
        }
        calls
    }

    async fn send(
        &self,
        call: &Call,
        operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let (Material::Object(resource), Some(object)) = (material, call.about) else {
            return Err(self.invalid("the object is needed"));
        };
        let verbs: Vec<Verb> = operations.iter().map(|it| it.verb).collect();
        let outcome = self.carry(object, &verbs, &resource).await?;
        Ok(Receipt { outcomes: vec![outcome; call.operations.len()], notes: Vec::new() })
    }

    async fn observe(
        &self,
        look: Look<'_>,
        ids: &Ids<'_>,
        seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        let ours: BTreeMap<String, ObjectRef> =
            ids.all_of_receiver().map(|(object, id)| (id.to_owned(), object)).collect();
        let mut users = BTreeMap::new();
        let published = |object: ObjectRef| ObjectRef { kind: object.kind, key: ids.after(object) };
        let of = |kind: Kind, body: &Json| -> Result<(String, ObjectRef), String> {
            let text = |name: &str| body.get(name).and_then(Json::as_str);
            let id = text("id").ok_or("a resource has no id")?;
            let known = ours.get(id).filter(|it| it.kind == kind).copied().map(published);
            let key = || ObjectRef { kind, key: map::key_of(text("externalId"), id) };
            Ok((id.to_owned(), known.unwrap_or_else(key)))
        };
        let attributes = if look.kinds.contains(&USER) { "" } else { "externalId" };
        self.list(USER, attributes, &mut |body| {
            let (id, object) = of(USER, body)?;
            if look.kinds.contains(&USER) {
                let row = map::user(object, body).encoded();
                seen.row(&row, Some(&id)).map_err(|error| error.to_string())?;
            }
            users.insert(id, object);
            Ok(())
        })
        .await?;
        if !look.kinds.contains(&GROUP) {
            return Ok(());
        }
        self.list(GROUP, "", &mut |body| {
            let (id, object) = of(GROUP, body)?;
            for row in map::group(object, body, &|id| users.get(id).copied()) {
                seen.row(&row.encoded(), Some(&id)).map_err(|error| error.to_string())?;
            }
            Ok(())
        })
        .await
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        // Nothing is kept here.
        Ok(())
    }
}
