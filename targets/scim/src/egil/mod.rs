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
mod map;
mod profile;
mod settings;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
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
use crate::list;
use wire::Type;

pub use card::{
    ACTIVITY, CARD, EMPLOYMENT, ENROLMENT, ID, ORGANISATION, SCHOOL_UNIT, SCHOOL_UNIT_GROUP,
    STUDENT, STUDENT_GROUP, TEACHER, USER,
};
pub use profile::{SKOLSYNK, Sent, left_out};
pub use settings::{IdsOf, Problem, Profile, Settings};

/// Resources asked for at a time, where the receiver pages (RFC 7644 §3.4.2.4).
const PAGE: u64 = 1000;

/// A receiver of the EGIL profile.
pub struct Egil {
    name: String,
    settings: Settings,
    courier: Courier,
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
        let courier = Courier::new(name, client, concurrency, calls_per_second);
        Ok(Self { name: name.to_owned(), settings, courier })
    }

    fn invalid(&self, detail: &str) -> TargetError {
        TargetError::Invalid { target: self.name.clone(), detail: detail.to_owned() }
    }

    /// The id of an object in addresses and references.
    fn id(&self, object: ObjectRef, published: Key, ids: &Ids<'_>) -> String {
        match self.settings.ids {
            IdsOf::Ours => published.to_string(),
            IdsOf::Receiver => ids.of_receiver(object).unwrap_or_else(|| published.to_string()),
        }
    }

    fn bodies(&self, resource: &Resource<'_>) -> Result<[Option<Json>; 2], TargetError> {
        let damaged = |_| self.invalid("a row of the plan is damaged: make a new plan");
        let ids = resource.ids;
        let before = |object: ObjectRef| self.id(object, ids.before(object), ids);
        let after = |object: ObjectRef| self.id(object, ids.after(object), ids);
        let mut bodies = [
            map::body(&resource.before, &before).map_err(damaged)?,
            map::body(&resource.after, &after).map_err(damaged)?,
        ];
        // An object's own id in its body is ours, whatever stands in addresses.
        if self.settings.ids == IdsOf::Receiver {
            let rows = [&resource.before, &resource.after];
            for (at, (body, rows)) in bodies.iter_mut().zip(rows).enumerate() {
                let rows = rows.iter().filter_map(|row| state::RowRef::new(row).ok());
                // Members of a group stand before the group itself.
                let object = rows.into_iter().find(|row| row.membership().is_none());
                if let (Some(body), Some(object)) = (body, object.map(|row| row.owner())) {
                    let own = if at == 0 { ids.before(object) } else { ids.after(object) };
                    body["externalId"] = Json::from(own.to_string());
                }
            }
        }
        Ok(bodies)
    }

    async fn carry(
        &self,
        object: ObjectRef,
        resource: &Resource<'_>,
    ) -> Result<Outcome, TargetError> {
        let Some(kind) = wire::of(object.kind) else {
            return Err(self.invalid("the plan has a kind that the receiver does not know"));
        };
        let ids = resource.ids;
        let [before, after] = self.bodies(resource)?;
        // What leaves has no id after the plan; what was linked or has a new key had none before.
        let published = if after.is_none() { ids.before(object) } else { ids.after(object) };
        let there = self.id(object, published, ids);
        match (before, after) {
            (None, None) => Ok(Outcome::AlreadySo),
            (Some(_), None) => self.delete(kind, &there).await,
            (None, Some(body)) => self.create(kind, &body, Earlier::NotDone).await,
            (Some(before), Some(after)) if before == after => Ok(Outcome::AlreadySo),
            (Some(_), Some(after)) => self.replace(kind, &there, &after).await,
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
            200 | 201 => Outcome::Done { receiver_id: self.made(&reply) },
            // After a try whose answer was lost it is our own.
            409 if [reply.earlier, earlier].contains(&Earlier::MaybeDone) => Outcome::Unsure,
            _ => refused(&reply),
        })
    }

    async fn replace(&self, kind: &Type, id: &str, body: &Json) -> Result<Outcome, TargetError> {
        let said = self.courier.call(Method::PUT, kind.one, Some(id), Some(body)).await?;
        let Said::Reply(reply) = said else { return Ok(Outcome::Unsure) };
        match reply.status {
            200 | 204 => Ok(Outcome::Done { receiver_id: None }),
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

    /// Only a receiver that makes ids is asked for them.
    fn made(&self, reply: &Reply) -> Option<String> {
        if self.settings.ids == IdsOf::Ours {
            return None;
        }
        let body: Json = serde_json::from_slice(&reply.body).ok()?;
        Some(body.get("id")?.as_str()?.to_owned())
    }

    /// Reads a type, and hands every resource with its id to `take`.
    async fn list(&self, kind: &Type, take: list::Take<'_>) -> Result<(), TargetError> {
        let mut start = 1_u64;
        loop {
            let mut request = self.courier.get(kind.endpoint);
            if self.settings.ids == IdsOf::Receiver {
                request = request.query("startIndex", &start.to_string());
                request = request.query("count", &PAGE.to_string());
            }
            let body = self.courier.whole(request).await?;
            let head = list::each(&body, take).map_err(|error| self.nonsense(kind, &error))?;
            start += head.given;
            let is_all = head.total.is_none_or(|total| start > total);
            if self.settings.ids == IdsOf::Ours || is_all {
                return Ok(());
            }
            if head.given == 0 {
                return Err(self.unreadable(kind, "a page is empty before the list is at its end"));
            }
        }
    }

    fn nonsense(&self, kind: &Type, error: &serde_json::Error) -> TargetError {
        self.unreadable(kind, &format!("line {}, column {}", error.line(), error.column()))
    }

    fn unreadable(&self, kind: &Type, detail: &str) -> TargetError {
        let detail = format!("the list {} makes no sense: {detail}", kind.endpoint);
        TargetError::Invalid { target: self.name.clone(), detail }
    }

    /// Our objects by the receiver's ids for them, where it makes ids: of these kinds and of
    /// those that they refer to.
    async fn own_ids(
        &self,
        kinds: &BTreeSet<Kind>,
    ) -> Result<BTreeMap<(Kind, String), ObjectRef>, TargetError> {
        let mut known = BTreeMap::new();
        if self.settings.ids == IdsOf::Ours || kinds.is_empty() {
            return Ok(known);
        }
        for kind in &wire::TYPES {
            self.list(kind, &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                if let Some(id) = text("id") {
                    let key = map::key_of(text("externalId").unwrap_or(id));
                    let object = ObjectRef { kind: kind.kind, key };
                    known.insert((kind.kind, id.to_owned()), object);
                }
                Ok(())
            })
            .await?;
        }
        Ok(known)
    }
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
        _ids: &Ids<'_>,
        seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        let own = self.own_ids(look.kinds).await?;
        let known = |kind: Kind, id: &str| {
            let object = own.get(&(kind, id.to_owned())).copied();
            object.unwrap_or_else(|| ObjectRef { kind, key: map::key_of(id) })
        };
        for kind in wire::TYPES.iter().filter(|it| look.kinds.contains(&it.kind)) {
            self.list(kind, &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                // windermere's own answers carry no id (reference/targets.md §4.2).
                let Some(id) = text("externalId").or_else(|| text("id")) else {
                    return Err("a resource has neither externalId nor id".to_owned());
                };
                let object = ObjectRef { kind: kind.kind, key: map::key_of(id) };
                let made = text("id").filter(|_| self.settings.ids == IdsOf::Receiver);
                let mut bytes = Vec::new();
                for row in map::rows(kind, object, body, &known) {
                    bytes.clear();
                    row.encode(&mut bytes);
                    seen.row(&bytes, made).map_err(|error| error.to_string())?;
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
        cache::read(&mut file, push).map_err(|error| self.invalid(&error.to_string()))?;
        Ok(ReadBack::Rows { intact: Intact::Yes, untold: Untold::default() })
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        // Nothing is kept here.
        Ok(())
    }
}

#[cfg(test)]
mod tests;
