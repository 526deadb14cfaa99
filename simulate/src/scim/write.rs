//! Creates, replaces, patches and deletes.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::model::Model;
use super::patch;
use super::store::{Holdings, Whole, unique_value};
use super::trouble::Trouble;
use super::wire::Scim;
use crate::receiver::{Written, now};
use crate::ss12000::time;

/// A write: the method, what it is about, and what it says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'a> {
    pub(super) method: &'a str,
    pub(super) kind: usize,
    pub(super) id: Option<&'a str>,
    pub(super) data: &'a Value,
    /// `If-Match`, or `version` in a bulk request.
    pub(super) if_match: Option<&'a str>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) status: u16,
    pub(super) id: String,
    /// None when it was deleted.
    pub(super) whole: Option<Whole>,
    pub(super) written: Written,
}

impl Scim {
    /// Carries a write out, as a whole or not at all.
    pub(super) fn write(&self, tenant: usize, write: Write<'_>) -> Result<Done, Trouble> {
        let model = self.models.get(write.kind).ok_or_else(Trouble::missing)?;
        match (write.method, write.id) {
            ("POST", None) => self.create(tenant, write, model),
            ("PUT", Some(id)) => {
                let body = body_of(model, write.data)?;
                self.alter(tenant, (id, write), model, |_| Ok(body))
            }
            ("PATCH", Some(id)) => self.alter(tenant, (id, write), model, |old| {
                let mut body = old.clone();
                for name in ["schemas", "id", "meta"] {
                    body.remove(name);
                }
                patch::apply(model, &mut body, write.data)?;
                model.read(&body)
            }),
            ("DELETE", Some(id)) => self.delete(tenant, (id, write), model),
            (_, _) => Err(Trouble::new(405, "the method is not for this path")),
        }
    }

    fn create(&self, tenant: usize, write: Write<'_>, model: &Model) -> Result<Done, Trouble> {
        let body = body_of(model, write.data)?;
        let id = self.chance.uuid();
        let whole = Arc::new(finished(model, &id, body, None));
        let mut holdings = self.holdings(tenant)?;
        self.allowed(&holdings, (write.kind, model, &id), &whole)?;
        holdings.put(write.kind, model, &id, Arc::clone(&whole));
        drop(holdings);
        Ok(Done { status: 201, id, whole: Some(whole), written: Written::Nothing })
    }

    fn alter(
        &self,
        tenant: usize,
        (id, write): (&str, Write<'_>),
        model: &Model,
        new: impl FnOnce(&Map<String, Value>) -> Result<Map<String, Value>, Trouble>,
    ) -> Result<Done, Trouble> {
        let mut holdings = self.holdings(tenant)?;
        let old = holdings.get(write.kind, id).cloned().ok_or_else(Trouble::missing)?;
        fresh(&old, write.if_match)?;
        let whole = finished(model, id, new(&old)?, Some(&old));
        let done = |whole, written| Done { status: 200, id: id.to_owned(), whole, written };
        if whole.get("meta").and_then(|it| it.get("version")) == version(&old) {
            return Ok(done(Some(old), Written::Needless));
        }
        self.allowed(&holdings, (write.kind, model, id), &whole)?;
        let whole = Arc::new(whole);
        holdings.put(write.kind, model, id, Arc::clone(&whole));
        drop(holdings);
        Ok(done(Some(whole), Written::Nothing))
    }

    fn delete(
        &self,
        tenant: usize,
        (id, write): (&str, Write<'_>),
        model: &Model,
    ) -> Result<Done, Trouble> {
        let mut holdings = self.holdings(tenant)?;
        let old = holdings.get(write.kind, id).ok_or_else(Trouble::missing)?;
        fresh(old, write.if_match)?;
        self.forget(&mut holdings, write.kind, model, id);
        drop(holdings);
        Ok(Done { status: 204, id: id.to_owned(), whole: None, written: Written::Nothing })
    }

    /// Takes a resource away, out of its groups too.
    pub(super) fn forget(&self, holdings: &mut Holdings, kind: usize, model: &Model, id: &str) {
        holdings.forget(kind, model, id);
        for (kind, referrer) in holdings.referrers(id) {
            let (Some(model), Some(old)) =
                (self.models.get(kind), holdings.get(kind, &referrer).cloned())
            else {
                continue;
            };
            let mut body = (*old).clone();
            let Some(Value::Array(members)) = body.get_mut("members") else { continue };
            members.retain(|it| it.get("value").and_then(Value::as_str) != Some(id));
            if members.is_empty() {
                body.remove("members");
            }
            let whole = finished(model, &referrer, body, Some(&old));
            holdings.put(kind, model, &referrer, Arc::new(whole));
        }
    }

    /// No two share what must be unique, and every reference leads somewhere.
    fn allowed(
        &self,
        holdings: &Holdings,
        (kind, model, id): (usize, &Model, &str),
        whole: &Map<String, Value>,
    ) -> Result<(), Trouble> {
        let value = unique_value(model, whole);
        let holder = value.as_deref().and_then(|it| holdings.holder(kind, it));
        if holder.is_some_and(|it| it != id) {
            let detail = "another resource has the same value already";
            return Err(Trouble { scim_type: Some("uniqueness"), ..Trouble::new(409, detail) });
        }
        for reference in model.references(whole) {
            let there = self.models.iter().enumerate().any(|(kind, it)| {
                reference.endpoints.iter().any(|name| name == it.endpoint)
                    && holdings.get(kind, reference.id).is_some()
            });
            if !there && reference.id != id {
                let detail = format!("{} refers to what is not there", reference.attribute);
                return Err(Trouble::bad("invalidValue", detail));
            }
        }
        Ok(())
    }
}

/// What a body of POST or PUT sets.
fn body_of(model: &Model, data: &Value) -> Result<Map<String, Value>, Trouble> {
    let syntax = |text: &str| Trouble::bad("invalidSyntax", text);
    let Value::Object(given) = data else { return Err(syntax("the body is no object")) };
    let schemas = given.get("schemas").and_then(Value::as_array).into_iter().flatten();
    let mut names = schemas.filter_map(Value::as_str);
    if !names.any(|it| it.eq_ignore_ascii_case(model.urn)) {
        return Err(syntax("schemas must name the schema of the type"));
    }
    model.read(given)
}

fn version(whole: &Map<String, Value>) -> Option<&Value> {
    whole.get("meta")?.get("version")
}

/// RFC 7644 §3.14: 412 when the resource is another by now.
fn fresh(old: &Map<String, Value>, if_match: Option<&str>) -> Result<(), Trouble> {
    let Some(wanted) = if_match.filter(|it| !it.is_empty()) else { return Ok(()) };
    let version = version(old).and_then(Value::as_str).unwrap_or_default();
    if wanted.split(',').any(|it| it.trim() == "*" || it.trim() == version) {
        return Ok(());
    }
    Err(Trouble::new(412, "the resource has another version by now"))
}

/// A body with what the provider adds. A body that says what was there keeps its version.
fn finished(
    model: &Model,
    id: &str,
    mut body: Map<String, Value>,
    old: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    for name in ["schemas", "id", "meta"] {
        body.remove(name);
    }
    let mut whole = Map::new();
    whole.insert("schemas".to_owned(), model.schemas(&body));
    whole.insert("id".to_owned(), id.into());
    whole.extend(body);
    let moment = time::rfc3339(i64::try_from(now().as_secs()).unwrap_or(0));
    let Some(old_meta) = old.and_then(|it| it.get("meta")) else {
        let meta = json!({
            "resourceType": model.name, "created": moment, "lastModified": moment,
            "version": "W/\"1\"",
        });
        whole.insert("meta".to_owned(), meta);
        return whole;
    };
    whole.insert("meta".to_owned(), old_meta.clone());
    if old != Some(&whole) {
        let text = old_meta.get("version").and_then(Value::as_str).unwrap_or_default();
        let number = text.trim_start_matches("W/").trim_matches('"').parse::<u64>().unwrap_or(0);
        if let Some(meta) = whole.get_mut("meta").and_then(Value::as_object_mut) {
            meta.insert("lastModified".to_owned(), moment.into());
            meta.insert("version".to_owned(), format!("W/\"{}\"", number + 1).into());
        }
    }
    whole
}
