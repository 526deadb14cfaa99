//! EGIL: the profile of SS12000:2018 over SCIM that Swedish vendors of learning material are
//! pushed to, directly, by Skolsynk's protocol or in a federation.
//!
//! | | |
//! |---|---|
//! | Reads  | the list of each type, whole |
//! | Writes | organisations, school units, users, employments, groups, activities: one call an object, whole bodies; deletes last, in reverse order |
//! | Sign-in | key in a header, bearer, mutual TLS with pinned keys |
//! | Limits | none published; windermere's example 20 calls a second, which wait |
//! | Source | reference/targets.md §3.2, §4.1–4.2 (Sambruk/windermere, read 2026-11) |

mod cache;
mod card;
mod find;
mod map;
mod profile;
mod settings;
mod wire;

use std::path::Path;

use connect::http::{Client, Earlier, Method, Setup};
use roster::Key;
use secret::Secrets;
use serde_json::Value as Json;
use state::{
    Call, Card, Ids, Intact, Kind, Look, Material, ObjectRef, Operation, Outcome, Pace, PushRow,
    ReadBack, Receipt, Resource, Seen, Target, TargetError, Untold,
};

use crate::courier::{Courier, Reply, Said};
use crate::list::{self, Ask, Paging, Stop};
use find::{Address, Index};
use wire::Type;

pub use card::{
    ACTIVITY, CARD, EMPLOYMENT, ENROLMENT, ID, ORGANISATION, SCHOOL_UNIT, SCHOOL_UNIT_GROUP,
    STUDENT, STUDENT_GROUP, TEACHER, USER,
};
pub use profile::{SKOLSYNK, Sent, left_out};
pub use settings::{IdsOf, Problem, Profile, Settings};

/// A receiver of the EGIL profile.
pub struct Egil {
    name: String,
    settings: Settings,
    courier: Courier,
    index: Index,
}

impl Egil {
    /// The target that the tenant calls `name`, at `url`: the settings' own, or that for tests.
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
        let client = Client::new(url, &settings.http, &settings.sign_in(), secrets)?;
        let Settings { concurrency, calls_per_second, .. } = settings;
        // The shortest of the lists.
        let door = wire::TYPES[0].endpoint;
        let courier = Courier::new(name, client, (concurrency, calls_per_second), door);
        Ok(Self { name: name.to_owned(), settings, courier, index: Index::default() })
    }

    fn invalid(&self, detail: &str) -> TargetError {
        TargetError::Invalid { target: self.name.clone(), detail: detail.to_owned() }
    }

    async fn carry(
        &self,
        object: ObjectRef,
        resource: &Resource<'_>,
    ) -> Result<Outcome, TargetError> {
        let Some(kind) = wire::of(object.kind) else {
            return Err(self.invalid("the plan has a kind that the receiver does not know"));
        };
        let damaged = |_| self.invalid("a row of the plan is damaged: make a new plan");
        let ids = resource.ids;
        let (before, after) = (|it| ids.before(it), |it| ids.after(it));
        let was = map::referred_to(&resource.before).map_err(damaged)?;
        let was = self.addresses(&was, &before, ids).await?;
        let is = map::referred_to(&resource.after).map_err(damaged)?;
        let is = self.addresses(&is, &after, ids).await?;
        if let Some(code) = is.values().find_map(Address::refused) {
            return Ok(Outcome::Refused { code: code.to_owned() });
        }
        let body = |rows: &[Vec<u8>], published: &dyn Fn(ObjectRef) -> Key, known| {
            let own = |it: ObjectRef| published(it).to_string();
            map::body(rows, &own, &|it| find::told(known, it, published)).map_err(damaged)
        };
        let before = body(&resource.before, &before, &was)?;
        let after = body(&resource.after, &after, &is)?;
        // What leaves has no id after the plan; what was linked or has a new key had none before.
        let published = if after.is_none() { ids.before(object) } else { ids.after(object) };
        // What is not there yet has no address; nobody reads a list for it.
        let there = match (&before, self.settings.ids) {
            (None, IdsOf::Receiver) => Address::Missing,
            (Some(_), _) | (None, IdsOf::Ours) => self.address(object, published, ids).await?,
        };
        match (before, after, there) {
            (_, _, Address::Foreign) => Ok(find::foreign()),
            (None, None, _) | (Some(_), None, Address::Missing) => Ok(Outcome::AlreadySo),
            (Some(_), None, Address::At(there)) => self.delete(kind, &there).await,
            // Somebody took it away, or it never was there.
            (None, Some(body), _) | (Some(_), Some(body), Address::Missing) => {
                self.create(kind, &body, Earlier::NotDone).await
            }
            (Some(before), Some(after), Address::At(there)) if before == after => {
                Ok(Outcome::Done { receiver_id: self.own(&there) })
            }
            (Some(_), Some(after), Address::At(there)) => self.replace(kind, &there, &after).await,
        }
    }

    /// The receiver's own id, where what stands in addresses is that.
    fn own(&self, address: &str) -> Option<String> {
        match self.settings.ids {
            IdsOf::Ours => None,
            IdsOf::Receiver => Some(address.to_owned()),
        }
    }

    async fn create(
        &self,
        kind: &Type,
        body: &Json,
        earlier: Earlier,
    ) -> Result<Outcome, TargetError> {
        let said = match self.settings.ids {
            IdsOf::Ours => self.courier.call(Method::POST, kind.endpoint, None, Some(body)).await?,
            // A second object would be made beside the first.
            IdsOf::Receiver => {
                self.courier.call_once(Method::POST, kind.endpoint, None, Some(body)).await?
            }
        };
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        Ok(match reply.status {
            200 | 201 => match (self.settings.ids, made(&reply)) {
                (IdsOf::Ours, _) => Outcome::Done { receiver_id: None },
                (IdsOf::Receiver, Some(id)) => Outcome::Done { receiver_id: Some(id) },
                // Without its id the object cannot be changed: it is looked for.
                (IdsOf::Receiver, None) => Outcome::Unsure,
            },
            // After a try whose answer was lost it is our own.
            409 if [reply.earlier, earlier].contains(&Earlier::MaybeDone) => Outcome::Unsure,
            _ => refused(&reply),
        })
    }

    async fn replace(&self, kind: &Type, id: &str, body: &Json) -> Result<Outcome, TargetError> {
        let said = self.courier.call(Method::PUT, kind.one, Some(id), Some(body)).await?;
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        match reply.status {
            200 | 204 => Ok(Outcome::Done { receiver_id: self.own(id) }),
            // Somebody took it away: it is made again in the same run (peers.md §6 no 4).
            404 => self.create(kind, body, reply.earlier).await,
            _ => Ok(refused(&reply)),
        }
    }

    async fn delete(&self, kind: &Type, id: &str) -> Result<Outcome, TargetError> {
        let said = self.courier.call(Method::DELETE, kind.one, Some(id), None).await?;
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        Ok(match reply.status {
            200 | 202 | 204 => Outcome::Done { receiver_id: None },
            404 | 410 => Outcome::AlreadySo,
            _ => refused(&reply),
        })
    }

    /// Reads a type, and hands every resource to `take`.
    async fn list(&self, kind: &Type, take: list::Take<'_>) -> Result<(), TargetError> {
        let paging = match self.settings.ids {
            IdsOf::Ours => Paging::Theirs,
            IdsOf::Receiver => Paging::Ours,
        };
        let ask = Ask { endpoint: kind.endpoint, paging, attributes: "" };
        list::read(&self.courier, ask, take).await
    }
}

/// The id that a receiver made.
fn made(reply: &Reply) -> Option<String> {
    let body: Json = serde_json::from_slice(&reply.body).ok()?;
    Some(body.get("id")?.as_str()?.to_owned())
}

fn refused(reply: &Reply) -> Outcome {
    Outcome::Refused { code: reply.status.to_string() }
}

#[async_trait::async_trait]
impl Target for Egil {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn width(&self) -> usize {
        // More than may be in flight: so the pacer sees that there is more to do.
        2 * usize::try_from(self.settings.concurrency).unwrap_or(1)
    }

    fn pace(&self) -> Option<Pace> {
        self.courier.paced()
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        Call::each_object(&CARD, operations)
    }

    async fn send(
        &self,
        call: &Call,
        _operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let (Material::Object(resource), Some(object)) = (material, call.about) else {
            return Err(self.invalid("the object is needed"));
        };
        let outcome = self.carry(object, &resource).await?;
        Ok(Receipt { outcomes: vec![outcome; call.operations.len()], notes: Vec::new() })
    }

    async fn observe(
        &self,
        look: Look<'_>,
        ids: &Ids<'_>,
        seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        let own = self.own_ids(look.kinds, ids).await?;
        let known = |kind: Kind, id: &str| {
            let object = own.get(&(kind, id.to_owned())).copied();
            object.unwrap_or_else(|| ObjectRef { kind, key: map::key_of(id) })
        };
        for kind in wire::TYPES.iter().filter(|it| look.kinds.contains(&it.kind)) {
            self.list(kind, &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                // windermere's own answers carry no id (reference/targets.md §4.2).
                let Some(id) = text("externalId").or_else(|| text("id")) else {
                    return Err(Stop::Nonsense("a resource has neither externalId nor id"));
                };
                let made = text("id").filter(|_| self.settings.ids == IdsOf::Receiver);
                let object = made.and_then(|made| own.get(&(kind.kind, made.to_owned())));
                let key = || ObjectRef { kind: kind.kind, key: map::key_of(id) };
                let object = object.copied().unwrap_or_else(key);
                let mut bytes = Vec::new();
                for row in map::rows(kind, object, body, &known) {
                    bytes.clear();
                    row.encode(&mut bytes);
                    seen.row(&bytes, made)?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    async fn read_memory(&self, file: &Path, push: PushRow<'_>) -> Result<ReadBack, TargetError> {
        let opened = std::fs::File::open(file);
        let mut file =
            std::io::BufReader::new(opened.map_err(|error| self.invalid(&error.to_string()))?);
        cache::read(&mut file, push).map_err(|error| match error {
            cache::CacheError::Rows(error) => {
                TargetError::Spool { target: self.name.clone(), error }
            }
            error @ (cache::CacheError::Form
            | cache::CacheError::Cut { .. }
            | cache::CacheError::Io(_)) => self.invalid(&error.to_string()),
        })?;
        Ok(ReadBack::Rows { intact: Intact::Yes, untold: Untold::default() })
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        // Nothing is kept here.
        Ok(())
    }
}

#[cfg(test)]
mod tests;
