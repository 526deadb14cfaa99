//! What is asked and what is answered.

use std::io;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};

use super::list::{Query, text};
use super::model::Model;
use super::patch;
use super::project::Wish;
use super::store::Holdings;
use super::table;
use super::trouble::{CONTENT_TYPE, Trouble};
use super::write::{Done, Write};
use crate::egil;
use crate::receiver::{
    self, Call, Chance, Chosen, Reply, Running, Service, canonical, header, now,
};

/// What a service provider is asked to be.
#[derive(Debug, Clone)]
pub struct Switches {
    /// What every receiver is asked to be.
    pub common: receiver::Switches,
    /// Which types it has.
    pub kinds: Kinds,
    /// How many resources a page has when nobody says.
    pub page: usize,
    /// How many it has at most.
    pub largest_page: usize,
    /// `maxOperations` of a bulk request.
    pub largest_bulk: usize,
    /// `maxPayloadSize` of a bulk request, in bytes.
    pub largest_payload: usize,
    /// Whether a list says how many there are.
    pub totals: Totals,
    /// Whether there is PATCH and Bulk; what is not there is not described either.
    pub offers: Offers,
}

/// Whether a list says how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Totals {
    /// As RFC 7644 §3.4.2 wants it.
    #[default]
    Told,
    /// It does not.
    Untold,
}

/// What a provider has beside what everybody must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Offers {
    /// Everything.
    #[default]
    All,
    /// PATCH, and no Bulk (RFC 7644 §3.7: optional).
    Patch,
    /// Neither, and no description: 404 (RFC 7644 §4).
    Nothing,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            common: receiver::Switches::default(),
            kinds: Kinds::Core,
            page: 100,
            largest_page: 1_000,
            largest_bulk: 1_000,
            largest_payload: 1 << 20,
            totals: Totals::Told,
            offers: Offers::All,
        }
    }
}

/// Which types of resources there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kinds {
    /// User with the Enterprise extension, and Group.
    #[default]
    Core,
    /// The seven of EGIL.
    Egil,
}

/// Listens until what is given is dropped.
///
/// # Errors
/// A port is taken or not on loopback, or a file of TLS or the state could not be read.
pub fn start(switches: Switches) -> io::Result<Running> {
    let Switches {
        common,
        kinds,
        page,
        largest_page,
        largest_bulk,
        largest_payload,
        totals,
        offers,
    } = switches;
    let types = match kinds {
        Kinds::Core => table::types(),
        Kinds::Egil => egil::types(),
    };
    let models: Vec<Model> = types.into_iter().map(Model::new).collect();
    let holdings = || RwLock::new(Holdings::new(models.len()));
    let scim = Scim {
        tenants: common.sign_in.tenants().iter().map(|_| holdings()).collect(),
        models,
        scheme: if common.tls.is_some() { "https" } else { "http" },
        chance: Chance::new(u64::from(now().subsec_nanos()) << 32 | now().as_secs()),
        page,
        largest_page,
        largest_bulk,
        largest_payload,
        totals,
        offers,
    };
    receiver::start(common, Box::new(scim))
}

/// A service provider.
#[derive(Debug)]
pub(super) struct Scim {
    pub(super) models: Vec<Model>,
    tenants: Vec<RwLock<Holdings>>,
    scheme: &'static str,
    pub(super) chance: Chance,
    pub(super) page: usize,
    pub(super) largest_page: usize,
    pub(super) largest_bulk: usize,
    pub(super) largest_payload: usize,
    pub(super) totals: Totals,
    pub(super) offers: Offers,
}

/// What a path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Kind(usize),
    One(usize, &'a str),
    Other,
}

impl Scim {
    pub(super) fn holdings(
        &self,
        tenant: usize,
    ) -> Result<RwLockWriteGuard<'_, Holdings>, Trouble> {
        let holdings = self.tenants.get(tenant).ok_or_else(Trouble::missing)?;
        Ok(holdings.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn read_holdings(
        &self,
        tenant: usize,
    ) -> Result<RwLockReadGuard<'_, Holdings>, Trouble> {
        let holdings = self.tenants.get(tenant).ok_or_else(Trouble::missing)?;
        Ok(holdings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A path beneath the base.
    pub(super) fn place<'a>(&self, path: &'a str) -> Place<'a> {
        let mut parts = path.trim_matches('/').split('/');
        let endpoint = parts.next().unwrap_or_default();
        let kind = self.models.iter().position(|it| it.endpoint == endpoint);
        match (kind, parts.next(), parts.next()) {
            (Some(kind), None, None) => Place::Kind(kind),
            (Some(kind), Some(id), None) => Place::One(kind, id),
            (_, _, _) => Place::Other,
        }
    }

    fn answered(&self, tenant: usize, call: &Call) -> Result<Reply, Trouble> {
        let (prefix, path) = split(&call.path);
        let base = format!("{}://{}{prefix}", self.scheme, call.host);
        let at = (tenant, base.as_str());
        let get = call.method == "GET";
        let parts: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        match (call.method.as_str(), parts.as_slice()) {
            (_, ["ServiceProviderConfig"]) if self.offers == Offers::Nothing => {
                Err(Trouble::missing())
            }
            ("PATCH", _) if self.offers == Offers::Nothing => {
                Err(Trouble::new(501, "there is no PATCH"))
            }
            ("POST", ["Bulk"]) if self.offers != Offers::All => {
                Err(Trouble::new(501, "there is no Bulk"))
            }
            (_, ["ServiceProviderConfig"]) if get => Ok(json(200, &self.provider(&base))),
            (_, ["ResourceTypes", rest @ ..]) if get && rest.len() < 2 => {
                unfiltered(call)?;
                Ok(json(200, &self.resource_types(&base, rest.first().copied())?))
            }
            (_, ["Schemas", rest @ ..]) if get && rest.len() < 2 => {
                unfiltered(call)?;
                let urn = rest.first().map(|it| receiver::decoded(it));
                Ok(json(200, &self.schemas(&base, urn.as_deref())?))
            }
            (_, ["ServiceProviderConfig" | "ResourceTypes" | "Schemas", ..]) => Err(not_here()),
            ("POST", ["Bulk"]) => {
                if call.body.len() > self.largest_payload {
                    let most = self.largest_payload;
                    let text = format!("larger than maxPayloadSize ({most})");
                    return Err(Trouble::new(413, text));
                }
                Ok(json(200, &self.bulk(at, &body(call)?, call.inside)?))
            }
            ("POST", [".search"]) => {
                Ok(json(200, &self.list(at, None, &Query::of_body(&body(call)?)?)?))
            }
            ("GET", []) => Ok(json(200, &self.list(at, None, &Query::of_pairs(&call.pairs())?)?)),
            ("POST", [_, ".search"]) => match self.place(path) {
                Place::One(kind, _) => {
                    Ok(json(200, &self.list(at, Some(kind), &Query::of_body(&body(call)?)?)?))
                }
                Place::Kind(_) | Place::Other => Err(Trouble::missing()),
            },
            (_, ["Me", ..]) => Err(Trouble::new(501, "there is no /Me")),
            (_, _) => self.resource(at, call, path),
        }
    }

    fn resource(&self, at: (usize, &str), call: &Call, path: &str) -> Result<Reply, Trouble> {
        let (kind, id) = match self.place(path) {
            Place::Kind(kind) => (kind, None),
            Place::One(kind, id) => (kind, Some(id)),
            Place::Other => return Err(Trouble::missing()),
        };
        let wish = Wish::of_pairs(&call.pairs());
        match (call.method.as_str(), id) {
            ("GET", None) => {
                Ok(json(200, &self.list(at, Some(kind), &Query::of_pairs(&call.pairs())?)?))
            }
            ("GET", Some(id)) => {
                let whole = self.read_holdings(at.0)?.get(kind, id).cloned();
                let whole = whole.ok_or_else(Trouble::missing)?;
                let version = version(&whole);
                if call.header(&header::IF_NONE_MATCH).split(',').any(|it| it.trim() == version) {
                    return Ok(Reply::empty(304).with(header::ETAG, version));
                }
                let shown = self.shown(at.1, kind, &whole, &wish);
                Ok(json(200, &shown).with(header::ETAG, version))
            }
            ("POST", None) | ("PUT" | "PATCH" | "DELETE", Some(_)) => {
                let data = if call.method == "DELETE" { Value::Null } else { body(call)? };
                let if_match = Some(call.header(&header::IF_MATCH));
                let write = Write { method: &call.method, kind, id, data: &data, if_match };
                Ok(self.written(at.1, kind, self.write(at.0, write)?, &wish))
            }
            (_, _) => Err(not_here()),
        }
    }

    fn written(&self, base: &str, kind: usize, done: Done, wish: &Wish) -> Reply {
        let Some(whole) = done.whole else { return Reply::empty(done.status) };
        let location = self.location(base, kind, &done.id);
        let reply = json(done.status, &self.shown(base, kind, &whole, wish));
        Reply { written: done.written, ..reply }
            .with(header::ETAG, version(&whole))
            .with(header::LOCATION, location)
    }

    fn of_name(&self, endpoint: &str) -> Option<usize> {
        self.models.iter().position(|it| it.endpoint == endpoint)
    }

    fn ids(&self, tenant: usize, kind: usize, chosen: &Chosen) -> Vec<String> {
        match chosen {
            Chosen::Named(ids) => ids.clone(),
            Chosen::First(many) => {
                let Ok(holdings) = self.read_holdings(tenant) else { return Vec::new() };
                holdings.all(kind).take(*many).map(|it| text(it, "id").to_owned()).collect()
            }
        }
    }
}

/// The base's path, and what follows it.
fn split(path: &str) -> (&str, &str) {
    for prefix in ["/scim/v2", "/v2"] {
        if let Some(rest) = path.strip_prefix(prefix)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return (prefix, rest);
        }
    }
    ("", path)
}

fn not_here() -> Trouble {
    Trouble::new(405, "the method is not for this path")
}

fn json(status: u16, value: &Value) -> Reply {
    Reply::new(status, CONTENT_TYPE, value.to_string())
}

fn version(whole: &Map<String, Value>) -> &str {
    let meta = whole.get("meta").and_then(|it| it.get("version"));
    meta.and_then(Value::as_str).unwrap_or_default()
}

fn body(call: &Call) -> Result<Value, Trouble> {
    if ![CONTENT_TYPE, "application/json"].contains(&call.content_type().as_str()) {
        return Err(Trouble::new(415, "the content type must be application/scim+json"));
    }
    serde_json::from_slice(&call.body)
        .map_err(|_| Trouble::bad("invalidSyntax", "the body is not JSON"))
}

/// RFC 7644 §4: a filter on the description is refused with 403.
fn unfiltered(call: &Call) -> Result<(), Trouble> {
    let asked = call.pairs().iter().any(|(name, _)| name.eq_ignore_ascii_case("filter"));
    if asked { Err(Trouble::new(403, "the description is not filtered")) } else { Ok(()) }
}

impl Service for Scim {
    fn kind(&self, path: &str) -> &str {
        let (_, path) = split(path);
        match self.place(path) {
            Place::Kind(kind) | Place::One(kind, _) => {
                self.models.get(kind).map_or("-", |it| it.endpoint)
            }
            Place::Other if path == "/Bulk" => "Bulk",
            Place::Other if path == "/ServiceProviderConfig" => "ServiceProviderConfig",
            Place::Other => "-",
        }
    }

    fn largest_body(&self) -> usize {
        self.largest_payload.max(16 << 20)
    }

    fn answer(&self, tenant: usize, call: &Call) -> Reply {
        self.answered(tenant, call).unwrap_or_else(|it| it.reply())
    }

    fn refusal(&self, status: u16, text: &str) -> Reply {
        Trouble::new(status, text).reply()
    }

    fn stranger(&self) -> Reply {
        // RFC 6750 §3.
        let trouble = Trouble::new(401, "a bearer token is needed");
        trouble.reply().with(header::WWW_AUTHENTICATE, "Bearer realm=\"scim\"")
    }

    fn dump(&self, tenant: usize) -> Vec<u8> {
        let Ok(holdings) = self.read_holdings(tenant) else { return Vec::new() };
        let all = self.models.iter().enumerate().map(|(kind, model)| {
            let resources = holdings.all(kind).map(|it| Value::Object((**it).clone()));
            (model.endpoint.to_owned(), resources.collect())
        });
        let mut out = Vec::new();
        canonical(&mut out, &Value::Object(all.collect()));
        out
    }

    fn load(&self, tenant: usize, state: &Map<String, Value>) {
        let Ok(mut holdings) = self.holdings(tenant) else { return };
        for (kind, model) in self.models.iter().enumerate() {
            let resources = state.get(model.endpoint).and_then(Value::as_array);
            for resource in resources.into_iter().flatten().filter_map(Value::as_object) {
                let whole = std::sync::Arc::new(resource.clone());
                holdings.put(kind, model, text(resource, "id"), whole);
            }
        }
    }

    fn remove(&self, tenant: usize, kind: &str, chosen: &Chosen) -> usize {
        let Some(kind) = self.of_name(kind) else { return 0 };
        let ids = self.ids(tenant, kind, chosen);
        let write =
            |id| Write { method: "DELETE", kind, id: Some(id), data: &Value::Null, if_match: None };
        ids.iter().filter(|id| self.write(tenant, write(id.as_str())).is_ok()).count()
    }

    fn change(&self, tenant: usize, kind: &str, chosen: &Chosen, change: (&str, &Value)) -> usize {
        let Some(kind) = self.of_name(kind) else { return 0 };
        let data = patch::replacing(change.0, change.1);
        let ids = self.ids(tenant, kind, chosen);
        let write = |id| Write { method: "PATCH", kind, id: Some(id), data: &data, if_match: None };
        ids.iter().filter(|id| self.write(tenant, write(id.as_str())).is_ok()).count()
    }

    fn reset(&self) {
        for holdings in &self.tenants {
            let mut holdings = holdings.write().unwrap_or_else(PoisonError::into_inner);
            *holdings = Holdings::new(self.models.len());
        }
    }
}
