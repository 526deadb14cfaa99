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
mod carry;
mod find;
mod lists;
mod map;
mod offers;
mod settings;

use std::collections::BTreeMap;

use connect::http::{Client, Method, Setup};
use roster::Key;
use secret::Secrets;
use serde_json::Value as Json;
use state::{
    Call, Card, Ids, Kind, Look, Material, ObjectRef, Operation, Pace, Receipt, Seen, Target,
    TargetError, Verb,
};
use tokio::sync::OnceCell;

use crate::courier::{Courier, Said};
use crate::list::Stop;
use bulk::Bulk;
use lists::Index;
use offers::Offers;

pub use card::{CARD, GROUP, ID, MEMBER, USER};
pub use settings::{Problem, Settings};

/// As many changes as one request has, whatever the provider takes: more is no faster, and more
/// is in doubt when its answer is lost.
const MOST_TOGETHER: usize = 200;

/// What the provider says of itself (RFC 7644 §4).
const DESCRIPTION: &str = "ServiceProviderConfig";

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
        let courier = Courier::new(name, client, (concurrency, calls_per_second), endpoint(USER));
        let (offers, index) = (OnceCell::new(), OnceCell::new());
        let (name, bulk) = (name.to_owned(), Bulk::default());
        Ok(Self { name, settings, courier, bulk, offers, index })
    }

    fn invalid(&self, detail: &str) -> TargetError {
        TargetError::Invalid { target: self.name.clone(), detail: detail.to_owned() }
    }

    /// What the provider says that it can do, asked for once. Where that cannot be told nothing
    /// is changed: a whole body in place of a patch would wipe out what others have written.
    async fn offers(&self) -> Result<Offers, TargetError> {
        let ask = || async {
            let Some(body) = self.courier.ask(DESCRIPTION).await? else { return Ok(Offers::NONE) };
            Offers::of(&body).ok_or_else(|| {
                let detail = format!("{DESCRIPTION} is none");
                TargetError::Unreadable { target: self.name.clone(), detail }
            })
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
}

fn endpoint(kind: Kind) -> &'static str {
    if kind == USER { "Users" } else { "Groups" }
}

fn one(kind: Kind) -> &'static str {
    if kind == USER { "Users/{id}" } else { "Groups/{id}" }
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
        let of = |kind: Kind, body: &Json| -> Result<(String, ObjectRef), Stop> {
            let text = |name: &str| body.get(name).and_then(Json::as_str);
            let id = text("id").ok_or(Stop::Nonsense("a resource has no id"))?;
            let known = ours.get(id).filter(|it| it.kind == kind).copied().map(published);
            let key = || ObjectRef { kind, key: map::key_of(text("externalId"), id) };
            Ok((id.to_owned(), known.unwrap_or_else(key)))
        };
        let attributes = if look.kinds.contains(&USER) { "" } else { "externalId" };
        self.list(USER, attributes, &mut |body| {
            let (id, object) = of(USER, body)?;
            if look.kinds.contains(&USER) {
                let row = map::user(object, body).encoded();
                seen.row(&row, Some(&id))?;
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
                seen.row(&row.encoded(), Some(&id))?;
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
